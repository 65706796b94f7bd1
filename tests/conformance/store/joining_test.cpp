#include <array>
#include <atomic>
#include <string>
#include <thread>
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
  std::atomic<int> joined{0};
  std::atomic<int> refused{0};
  std::vector<std::jthread> threads;
  for (std::uint32_t i = 0; i < 16; ++i) {
    threads.emplace_back([&, draft = JoinerOf(token, 200 + i)] {
      const Outcome outcome = Write(UnitOf([&](auto& reader, const auto& unit) {
        return use_cases::JoinProgram(reader, unit, kProgram, draft);
      }));
      joined += outcome.ok() ? 1 : 0;
      refused += ReasonOf(outcome.status()) == Reason::kNotFound ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(joined, 1);
  EXPECT_EQ(refused, 15);
  const auto identities = Reading<std::vector<domain::Identity>>([](ports::StoreReader& reader) {
    return reader.records().List<domain::Identity>(kProgram, {}, nullptr, 100);
  });
  EXPECT_EQ(identities.size(), 1U);
}

TEST_P(StoreConformance, OneHandleIsOneMembersWhoeverIsFirst) {
  MakeProgram();
  std::atomic<int> made{0};
  std::atomic<int> refused{0};
  std::vector<std::jthread> threads;
  const std::array spellings = {"Zoë", "ZOË", "Zoe\xCC\x88", "zOE\xCC\x88"};
  for (std::uint32_t i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      const Outcome outcome = Write(UnitOf([&](auto& reader, const auto& unit) {
        domain::Member member = MakeMember(200 + i, "m" + std::to_string(i), 0);
        member.handle = spellings[i % spellings.size()];
        EXPECT_THAT(domain::NormalizeMember(member), IsOk());
        return use_cases::CreateMember(reader, unit, kProgram, member);
      }));
      made += outcome.ok() ? 1 : 0;
      refused += ReasonOf(outcome.status()) == Reason::kAlreadyExists ? 1 : 0;
    });
  }
  threads.clear();
  EXPECT_EQ(made, 1);
  EXPECT_EQ(refused, 15);
}

// What a batch of units decides is as if each unit had been alone.
TEST_P(StoreConformance, ATraitAndItsMemberChangeTogether) {
  MakeProgram();
  const auto ada = [&] {
    return Reading<std::optional<domain::Member>>(
        [&](ports::StoreReader& reader) { return reader.members().Find(kProgram, "ada"); });
  };
  ASSERT_TRUE(ada().has_value());
  std::vector<std::jthread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&, i] {
      EXPECT_THAT(Write(UnitOf([&](auto& reader, const auto& unit) {
                    return use_cases::StateFacet(reader, unit,
                                                 {kProgram, "ada", "f" + std::to_string(i)},
                                                 std::nullopt, std::nullopt);
                  })),
                  IsOk());
    });
  }
  threads.clear();
  EXPECT_EQ(ada()->facets.size(), 16U);
}

}  // namespace perigee::tests
