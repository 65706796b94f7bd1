#include "server/services/board/entries_wire.h"

#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "perigee/v1/board.pb.h"
#include "server/core/resource_name.h"
#include "server/services/call.h"
#include "server/services/convert.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using services::EntriesWire;

// Adds the same entry to a message, which protobuf itself would write.
void AddTo(v1::ListEntriesResponse& message, const std::string& program,
           const domain::RankedPlace& ranked, const std::string& display_name) {
  v1::Entry& entry = *message.add_entries();
  entry.set_rank(ranked.rank);
  entry.set_member(MemberName(program, ranked.place.member_id));
  entry.set_display_name(display_name);
  entry.set_score(ranked.place.score.score);
  *entry.mutable_reach_time() = services::ToTimestamp(ranked.place.score.reach_time);
  entry.set_tied(ranked.tied);
}

class EntriesWireTest : public testing::Test {
 protected:
  std::int64_t Number() {
    switch (dice() % 5) {
      case 0:
        return 0;
      case 1:
        return static_cast<std::int64_t>(dice() % 300);
      case 2:
        return -static_cast<std::int64_t>(dice() % 300);
      case 3:
        return std::numeric_limits<std::int64_t>::min();
      default:
        return static_cast<std::int64_t>(dice());
    }
  }
  std::string Text(std::size_t size_max) { return std::string(dice() % (size_max + 1), 'x'); }
  Time Instant() {
    switch (dice() % 4) {
      case 0:
        return Time{};
      case 1:
        return kBeginningOfTime;
      default:
        return FromMicros(static_cast<std::int64_t>(dice() % 4'000'000'000'000'000));
    }
  }

  std::mt19937_64 dice{11};
};

TEST_F(EntriesWireTest, ItWritesTheBytesOfTheMessage) {
  for (int round = 0; round < 200; ++round) {
    const std::string program = "p" + Text(62);
    const std::string token = Text(300);
    const std::string period = Text(200);
    const std::int64_t total = Number();
    const domain::Revision revision = Number();
    const std::size_t entries = dice() % 40;
    v1::ListEntriesResponse expected;
    // The hint is sometimes too small, which is allowed.
    EntriesWire wire(program, dice() % 2 == 0 ? entries : 0);
    for (std::size_t i = 0; i < entries; ++i) {
      const domain::RankedPlace ranked{
          Number(), {"m" + Text(62), {Number(), Instant()}}, dice() % 2 == 0};
      const std::string name = Text(1000);
      wire.Add(ranked, name);
      AddTo(expected, program, ranked, name);
    }
    expected.set_next_page_token(token);
    expected.set_total_size(total);
    expected.set_period(period);
    expected.set_revision(revision);
    const grpc::Slice body = wire.Finish(token, total, period);

    v1::ListEntriesResponse answer;
    ASSERT_THAT(services::ParseBytes(services::AnswerBytes(body, revision), answer), IsOk());
    ASSERT_EQ(answer.SerializeAsString(), expected.SerializeAsString());

    v1::WatchBoardResponse watched;
    ASSERT_THAT(services::ParseBytes(services::WatchPageBytes(body, revision, token), watched),
                IsOk());
    ASSERT_EQ(watched.page().SerializeAsString(), expected.SerializeAsString());
    ASSERT_EQ(watched.cursor(), token);
    ASSERT_FALSE(watched.heartbeat());
  }
}

TEST_F(EntriesWireTest, AHeartbeatHasACursorAndNoPage) {
  v1::WatchBoardResponse watched;
  ASSERT_THAT(services::ParseBytes(services::HeartbeatBytes("here"), watched), IsOk());
  EXPECT_TRUE(watched.heartbeat());
  EXPECT_FALSE(watched.has_page());
  EXPECT_EQ(watched.cursor(), "here");
}

TEST_F(EntriesWireTest, OneBodyServesManyAnswersWithoutACopy) {
  EntriesWire wire("acme", 1);
  wire.Add({1, {"ada", {5, Time{}}}, false}, std::string(500, 'a'));
  const grpc::Slice body = wire.Finish("", 1, "period");
  std::vector<grpc::Slice> parts;
  ASSERT_TRUE(services::AnswerBytes(body, 7).Dump(&parts).ok());
  EXPECT_EQ(parts.front().begin(), body.begin());
}

}  // namespace
}  // namespace perigee::tests
