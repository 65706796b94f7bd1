#include "server/domain/record/record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/activity/activity.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"

namespace perigee::tests {
namespace {

domain::Member Ada() {
  domain::Member member;
  member.id = "ada";
  member.display_name = "Ada";
  member.board_opt_out = true;
  return member;
}

TEST(RecordTest, ChangesGiveBackTheirRecords) {
  domain::RecordChanges changes;
  EXPECT_TRUE(changes.empty());
  changes.Put(Ada());
  changes.Put(domain::Program{.id = "demo"});
  changes.Delete(domain::Member{.id = "bob"});
  ASSERT_EQ(changes.All<domain::Member>().size(), 1U);
  EXPECT_EQ(changes.All<domain::Member>()[0]->id, "ada");
  EXPECT_EQ(changes.Last<domain::Program>()->id, "demo");
  EXPECT_EQ(changes.Last<domain::Activity>(), nullptr);
  EXPECT_EQ(changes.all().size(), 3U);
  EXPECT_TRUE(changes.all()[2].deleted);
}

TEST(RecordTest, ClearingOneCopyOfChangesLeavesTheOtherAsItIs) {
  domain::RecordChanges changes;
  changes.Put(Ada());
  domain::RecordChanges copy = changes;
  copy.ClearPersonal();
  EXPECT_EQ(copy.All<domain::Member>()[0]->id, "");
  EXPECT_TRUE(copy.All<domain::Member>()[0]->board_opt_out);
  EXPECT_EQ(changes.All<domain::Member>()[0]->id, "ada");
}

}  // namespace
}  // namespace perigee::tests
