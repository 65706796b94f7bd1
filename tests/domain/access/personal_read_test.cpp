#include "server/domain/access/personal_read.h"

#include <gmock/gmock.h>

#include "server/domain/journal/changes.h"
#include "server/domain/record/wire.h"

namespace perigee::domain {
namespace {

const MemberKey kAda = Uuid::FromRaw("0123456789abcdef");
const MemberKey kBob = Uuid::FromRaw("fedcba9876543210");

TEST(PersonalReadTest, ItsMembersAreInTheJournalByPseudonym) {
  const RecordType& type = TypeOf<PersonalRead>();
  for (const std::vector<MemberKey>& members :
       {std::vector<MemberKey>{}, std::vector<MemberKey>{kAda},
        std::vector<MemberKey>{kBob, kAda}}) {
    const PersonalRead read{members, 7};
    const std::string bytes = EncodeRecord(type, &read, WireSink::Part::kPlain);
    const auto decoded = DecodeRecord(type, bytes, {}, 7);
    ASSERT_NE(decoded, nullptr);
    EXPECT_EQ(static_cast<const PersonalRead*>(decoded.get())->members, members);
    EXPECT_EQ(EncodeRecord(type, &read, WireSink::Part::kPersonal), "");
  }
}

TEST(PersonalReadTest, PartOfAPseudonymIsNoList) {
  const PersonalRead read{{kAda}, 7};
  std::string bytes = EncodeRecord(TypeOf<PersonalRead>(), &read, WireSink::Part::kPlain);
  // The length of the field goes with its bytes.
  bytes.pop_back();
  --bytes[1];
  EXPECT_EQ(DecodeRecord(TypeOf<PersonalRead>(), bytes, {}, 7), nullptr);
}

TEST(PersonalReadTest, ItConcernsTheMembersShown) {
  Changes changes;
  changes.records.Put(PersonalRead{{kAda, kBob}, 7});
  EXPECT_THAT(ConcernedMembers(changes), testing::UnorderedElementsAre(kAda, kBob));
}

}  // namespace
}  // namespace perigee::domain
