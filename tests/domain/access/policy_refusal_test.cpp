#include "server/domain/access/policy_refusal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/journal/changes.h"
#include "server/domain/record/wire.h"

namespace perigee::domain {
namespace {

TEST(PolicyRefusalTest, TheJournalHasAllOfItAndItConcernsNoMember) {
  const RecordType& type = TypeOf<PolicyRefusal>();
  const PolicyRefusal refusal{"CASH_LIKE_REWARD", "gift_card", 7};
  const std::string bytes = EncodeRecord(type, &refusal, WireSink::Part::kPlain);
  const auto decoded = DecodeRecord(type, bytes, {}, 7);
  ASSERT_NE(decoded, nullptr);
  EXPECT_EQ(static_cast<const PolicyRefusal*>(decoded.get())->policy, refusal.policy);
  EXPECT_EQ(static_cast<const PolicyRefusal*>(decoded.get())->subject, refusal.subject);
  EXPECT_EQ(EncodeRecord(type, &refusal, WireSink::Part::kPersonal), "");
  Changes changes;
  changes.records.Put(refusal);
  EXPECT_THAT(ConcernedMembers(changes), testing::IsEmpty());
}

}  // namespace
}  // namespace perigee::domain
