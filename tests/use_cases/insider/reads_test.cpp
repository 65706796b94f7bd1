#include "server/use_cases/insider/reads.h"

#include <chrono>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/insider/item_read.h"
#include "tests/use_cases/insider/open_programme.h"

namespace perigee::tests {
namespace {

using domain::ItemRead;
using std::chrono::seconds;
using testing::SizeIs;

using ReadsTest = OpenItemsTest;

TEST_F(ReadsTest, ReadsWithinAMinuteShareAnEntry) {
  Open("bike");
  EXPECT_FALSE(Body("ada", "bike")->on_record.has_value());
  const ItemRead entry = Record(*Body("ada", "bike")).value();
  EXPECT_EQ(entry.create_time, Now());
  Go(seconds(60) - Duration(1));
  ASSERT_TRUE(Body("ada", "bike")->on_record.has_value());
  EXPECT_EQ(Body("ada", "bike")->on_record->revision, entry.revision);
  // A read that was on its way when the entry came shares it too.
  EXPECT_EQ(Record(*Body("ada", "bike"))->revision, entry.revision);
  EXPECT_THAT(Log(), SizeIs(1));
  Go(Duration(1));
  EXPECT_FALSE(Body("ada", "bike")->on_record.has_value());
  EXPECT_NE(Record(*Body("ada", "bike"))->revision, entry.revision);
  EXPECT_THAT(Log(), SizeIs(2));
}

TEST_F(ReadsTest, AnotherBodyOrAnotherReaderHasAnotherEntry) {
  Open("bike");
  ASSERT_THAT(Appoint("bob"), IsOk());
  ASSERT_THAT(Record(*Body("ada", "bike")), IsOk());
  EXPECT_FALSE(Body("bob", "bike")->on_record.has_value());
  AddVersion("bike", "It rolls.");
  EXPECT_FALSE(Body("ada", "bike")->on_record.has_value());
  ASSERT_THAT(Record(*Body("ada", "bike")), IsOk());
  const std::vector<ItemRead> log = Log();
  ASSERT_THAT(log, SizeIs(2));
  EXPECT_EQ(log[0].version, 2);
  EXPECT_EQ(log[1].version, 1);
  EXPECT_EQ(log[1].member, programme.KeyOf("ada"));
}

TEST_F(ReadsTest, ReadsOfAPersonComeInOneOrder) {
  Open("bike");
  ASSERT_THAT(Appoint("bob"), IsOk());
  for (const char* member : {"ada", "bob", "ada"}) {
    ASSERT_THAT(Record(*Body(member, "bike")), IsOk());
    Go(seconds(60));
  }
  const auto reads = [&](const ports::ItemReadQuery& query, int limit) {
    const std::vector<domain::MemberKey> members = {programme.KeyOf("ada"), programme.KeyOf("bob")};
    std::vector<ItemRead> found;
    programme.Read([&](ports::StoreReader& reader) {
      found = use_cases::ReadsOf(reader, "demo", members, query, limit).value();
      return absl::OkStatus();
    });
    return found;
  };
  EXPECT_EQ(reads({}, 10).size(), 3U);
  const std::vector<ItemRead> two = reads({}, 2);
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].member, programme.KeyOf("ada"));
  EXPECT_EQ(two[1].member, programme.KeyOf("bob"));
  ports::ItemReadQuery rest;
  rest.before = {two[1].create_time, two[1].revision};
  EXPECT_EQ(reads(rest, 10).size(), 1U);
}

TEST_F(ReadsTest, NoReadOfAnErasedMemberIsRecorded) {
  Open("bike");
  const use_cases::OpenBody opened = *Body("ada", "bike");
  ASSERT_THAT(Record(opened), IsOk());
  programme.Erase(programme.KeyOf("ada"));
  Go(seconds(60));
  EXPECT_THAT(Record(opened), HasReason(Reason::kNotFound));
  // What was read before stays on record, under a pseudonym that leads to nobody.
  EXPECT_THAT(Log(), SizeIs(1));
  programme.DoWhatIsDue();
  EXPECT_TRUE(programme.Findings().empty());
}

}  // namespace
}  // namespace perigee::tests
