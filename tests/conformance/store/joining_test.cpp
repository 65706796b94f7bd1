#include <array>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/access/role_grant.h"
#include "server/domain/member/invitation.h"
#include "server/domain/member/trait.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/members.h"
#include "server/use_cases/member/traits.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/race.h"

namespace perigee::tests {
namespace {

use_cases::JoinDraft JoinerOf(const domain::InvitationToken& token, std::uint32_t n) {
  use_cases::JoinDraft draft;
  draft.token = token;
  domain::Identity& sign_in = draft.sign_in.emplace();
  sign_in.id = "identity-" + std::to_string(n);
  sign_in.subject_digest = "subject " + std::to_string(n);
  draft.member = MakeMember(n, "m" + std::to_string(n), 0);
  return draft;
}

}  // namespace

TEST_P(StoreConformance, OneOfManyWhoUseOneTokenJoins) {
  MakeProgram();
  const domain::InvitationToken token = domain::MakeToken(
      NumberedId(100), std::array{NumberedId(101), NumberedId(102), NumberedId(103)});
  ASSERT_THAT(
      Write(UnitOf([&](auto& reader, const auto& unit) {
        return use_cases::CreateInvitation(reader, unit, kProgram, {token, "", "", std::nullopt});
      })),
      IsOk());
  const Race race = AtOnce(16, [&](int i) {
    const auto draft = JoinerOf(token, 200 + static_cast<std::uint32_t>(i));
    return Write(UnitOf([&](auto& reader, const auto& unit) {
      return use_cases::JoinProgram(reader, unit, kProgram, draft);
    }));
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kNotFound, 15}}}));
  const auto identities = Reading<std::vector<domain::Identity>>([](ports::StoreReader& reader) {
    return reader.records().List<domain::Identity>(kProgram, {}, nullptr, 100);
  });
  EXPECT_EQ(identities.size(), 1U);
}

TEST_P(StoreConformance, OneHandleIsOneMembersWhoeverIsFirst) {
  MakeProgram();
  const std::array spellings = {"Zoë", "ZOË", "Zoe\xCC\x88", "zOE\xCC\x88"};
  const Race race = AtOnce(16, [&](int i) {
    return Write(UnitOf([&](auto& reader, const auto& unit) {
      domain::Member member =
          MakeMember(200 + static_cast<std::uint32_t>(i), "m" + std::to_string(i), 0);
      member.handle = spellings[static_cast<std::size_t>(i) % spellings.size()];
      EXPECT_THAT(domain::NormalizeMember(member), IsOk());
      return use_cases::CreateMember(reader, unit, kProgram, member);
    }));
  });
  EXPECT_EQ(race, (Race{1, {{Reason::kAlreadyExists, 15}}}));
}

// What a batch of units decides is as if each unit had been alone.
TEST_P(StoreConformance, ATraitAndItsMemberChangeTogether) {
  MakeProgram();
  const auto ada = [&] {
    return Reading<std::optional<domain::Member>>(
        [&](ports::StoreReader& reader) { return reader.members().Find(kProgram, "ada"); });
  };
  ASSERT_TRUE(ada().has_value());
  const Race race = AtOnce(16, [&](int i) {
    return Write(UnitOf([&](auto& reader, const auto& unit) {
      return use_cases::StateFacet(reader, unit, {kProgram, "ada", "f" + std::to_string(i)},
                                   std::nullopt, std::nullopt);
    }));
  });
  EXPECT_EQ(race, (Race{16, {}}));
  EXPECT_EQ(ada()->facets.size(), 16U);
}

}  // namespace perigee::tests
