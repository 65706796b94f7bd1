#pragma once

#include <memory>

#include "server/jobs/delivery/event_passing.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/use_cases/delivery/senders.h"

namespace perigee::tests {

// A programme whose events go to the webhook `crm`, by a follower of the journal.
class FollowingTest : public SendersTest {
 protected:
  void TearDown() override { EXPECT_THAT(programme.Findings(), testing::IsEmpty()); }

  std::unique_ptr<jobs::EventPassing> Follow() {
    auto passing = std::make_unique<jobs::EventPassing>(jobs::EventPassing::Parts{
        programme.store(), programme.clock, programme.executor, programme.telemetry});
    EXPECT_THAT(passing->Start(), IsOk());
    return passing;
  }
  domain::Revision Head() {
    domain::Revision head = 0;
    programme.Read([&](ports::StoreReader& reader) {
      head = reader.journal().Head("demo").value();
      return absl::OkStatus();
    });
    return head;
  }
  // Waits until the follower is at the head, its own entries among it.
  void CatchUp() {
    ASSERT_TRUE(
        programme.Eventually([&] { return programme.telemetry.projected("webhooks") == Head(); }));
  }
  void Change(const std::string& member) {
    programme.ChangeMember(member, [](domain::Member& m) { m.display_name += "!"; });
  }
};

}  // namespace perigee::tests
