#include "server/use_cases/member/merges.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/member/trait.h"
#include "server/domain/record/wire.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/access/access.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/member/erase_member.h"
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/traits.h"
#include "tests/jobs/units.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Member;
using domain::StakeholderKind;
using domain::Trait;
using testing::ElementsAre;
using testing::IsEmpty;

class MergesTest : public UnitsTest {
 protected:
  MergesTest() {
    for (const char* id : {"ada", "bob", "cyd"}) {
      programme.AddMember(id);
    }
  }

  absl::Status Merge(const std::string& into, const std::string& from,
                     const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::MergeMembers(reader, unit, {"demo", into, from, etag});
           })
        .status();
  }
  absl::Status Unmerge(const std::string& member, const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::UnmergeMember(reader, unit, {"demo", member, etag});
           })
        .status();
  }
  absl::Status State(const std::string& member, const std::string& facet,
                     std::optional<Time> start = std::nullopt) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::StateFacet(reader, unit, {"demo", member, facet}, start,
                                          std::nullopt);
           })
        .status();
  }
  absl::Status Withdraw(const std::string& member, const std::string& facet) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::WithdrawFacet(reader, unit, {"demo", member, facet});
           })
        .status();
  }
  absl::Status Propose(const std::string& member, const std::string& facet) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::ProposeFacet(reader, unit, {"demo", member, facet}, {});
           })
        .status();
  }
  absl::Status Suspend(const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::SuspendMember(reader, unit, "demo", member);
           })
        .status();
  }
  void Change(const std::string& id, const std::function<void(Member&)>& change) {
    programme.ChangeMember(id, change);
  }
  // The member of exactly that id.
  Member Named(const std::string& id) {
    Member member;
    programme.Read([&](ports::StoreReader& reader) {
      member = reader.members().Find("demo", id).value().value_or(Member());
      return absl::OkStatus();
    });
    return member;
  }
  std::string PersonOf(const std::string& id) {
    std::string person;
    programme.Read([&](ports::StoreReader& reader) {
      person = use_cases::RequireMember(reader, "demo", id).value().id;
      return absl::OkStatus();
    });
    return person;
  }
  // All traits of the programme, without what says when they were written.
  std::vector<std::string> Traits() {
    std::vector<std::string> traits;
    programme.Read([&](ports::StoreReader& reader) {
      const auto all = reader.records().List<Trait>("demo", {}, nullptr, 1000).value();
      for (const Trait& trait : all) {
        traits.push_back(trait.id + " " + trait.member.Hex() + " " + trait.facet +
                         (trait.withdraw_time.has_value() ? " withdrawn" : ""));
      }
      return absl::OkStatus();
    });
    return traits;
  }
};

TEST_F(MergesTest, BothNamesAreOnePersonUntilTheUnmerge) {
  const Member ada = Named("ada");
  const Member bob = Named("bob");
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_EQ(Named("bob").merged_into, ada.key);
  EXPECT_EQ(Named("bob").merge_revision, Named("bob").revision);
  EXPECT_EQ(Named("ada").revision, Named("bob").revision);  // Followers look at both.
  EXPECT_EQ(PersonOf("bob"), "ada");
  EXPECT_EQ(PersonOf("ada"), "ada");
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_EQ(PersonOf("bob"), "bob");
  for (const Member& before : {ada, bob}) {
    Member after = Named(before.id);
    EXPECT_GT(after.revision, before.revision);
    after.revision = before.revision;
    after.update_time = before.update_time;
    EXPECT_EQ(
        domain::EncodeRecord(domain::TypeOf<Member>(), &after, domain::WireSink::Part::kAll),
        domain::EncodeRecord(domain::TypeOf<Member>(), &before, domain::WireSink::Part::kAll));
  }
}

TEST_F(MergesTest, GroupsAreFlat) {
  EXPECT_THAT(Merge("ada", "ada"), IsInvalidField("from"));
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_THAT(Merge("ada", "bob"), HasReason(Reason::kMemberMerged));
  EXPECT_THAT(Merge("cyd", "bob"), HasReason(Reason::kMemberMerged));
  EXPECT_THAT(Merge("bob", "cyd"), HasReason(Reason::kMemberMerged));
  EXPECT_THAT(Merge("cyd", "ada"), HasReason(Reason::kMemberMerged));
  EXPECT_THAT(Merge("ada", "cyd"), IsOk());
  EXPECT_THAT(Unmerge("ada"), HasReason(Reason::kMemberNotMerged));
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_THAT(Unmerge("bob"), HasReason(Reason::kMemberNotMerged));
  EXPECT_EQ(PersonOf("cyd"), "ada");
}

TEST_F(MergesTest, MissingMembersAndOldEtagsAreRefused) {
  EXPECT_THAT(Merge("eve", "bob"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Merge("ada", "eve"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Unmerge("eve"), HasReason(Reason::kNotFound));
  const std::string etag = domain::Etag(Named("bob").revision);
  EXPECT_THAT(Merge("ada", "bob", "r1"), HasReason(Reason::kEtagMismatch));
  ASSERT_THAT(Merge("ada", "bob", etag), IsOk());
  EXPECT_THAT(Unmerge("bob", etag), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Unmerge("bob", domain::Etag(Named("bob").revision)), IsOk());
}

TEST_F(MergesTest, AMergeChangesNothingSilently) {
  Change("bob", [](Member& bob) { bob.type = domain::MemberType::kBot; });
  EXPECT_THAT(Merge("ada", "bob"), HasReason(Reason::kMembersDiffer));
  Change("bob", [](Member& bob) {
    bob.type = domain::MemberType::kPerson;
    bob.standing = domain::Standing::kSuspended;
  });
  EXPECT_THAT(Merge("ada", "bob"), HasReason(Reason::kMembersDiffer));
  EXPECT_THAT(Merge("bob", "ada"), HasReason(Reason::kMembersDiffer));
  Change("bob", [](Member& bob) {
    bob.standing = domain::Standing::kGood;
    bob.board_opt_out = true;
  });
  EXPECT_THAT(Merge("ada", "bob"), HasReason(Reason::kMembersDiffer));
  EXPECT_THAT(Merge("bob", "ada"), IsOk());  // Who opted out stays so.
}

TEST_F(MergesTest, AllMembersOfAPersonHaveOneStanding) {
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  ASSERT_THAT(Suspend("bob"), IsOk());
  EXPECT_EQ(Named("ada").standing, domain::Standing::kSuspended);
  EXPECT_EQ(Named("bob").standing, domain::Standing::kSuspended);
  EXPECT_THAT(Suspend("ada"), HasReason(Reason::kMemberSuspended));
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_EQ(Named("bob").standing, domain::Standing::kSuspended);
}

TEST_F(MergesTest, FacetsCountForThePersonUntilTheUnmerge) {
  const Time tomorrow = programme.clock.Now() + std::chrono::hours(24);
  Change("bob", [](Member& bob) { bob.facets = {"plain"}; });
  ASSERT_THAT(State("bob", "cyclist"), IsOk());
  ASSERT_THAT(State("bob", "later", tomorrow), IsOk());
  ASSERT_THAT(Propose("bob", "proposed"), IsOk());
  ASSERT_THAT(State("bob", "gone"), IsOk());
  ASSERT_THAT(Withdraw("bob", "gone"), IsOk());
  ASSERT_THAT(State("ada", "own"), IsOk());
  ASSERT_THAT(State("bob", "own"), IsOk());
  ASSERT_THAT(State("ada", "unloved"), IsOk());
  ASSERT_THAT(Withdraw("ada", "unloved"), IsOk());
  ASSERT_THAT(State("bob", "unloved"), IsOk());
  const auto before = Traits();
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_THAT(Named("ada").facets, ElementsAre("cyclist", "own", "plain"));
  // An import that knows the person by either name must not bring it back.
  EXPECT_THAT(Propose("bob", "gone"), HasReason(Reason::kFacetWithdrawn));
  programme.clock.Advance(std::chrono::hours(25));
  programme.DoWhatIsDue();
  EXPECT_THAT(Named("ada").facets, ElementsAre("cyclist", "later", "own", "plain"));
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_EQ(Traits(), before);
  EXPECT_THAT(Named("ada").facets, ElementsAre("own"));
  EXPECT_THAT(Named("bob").facets, ElementsAre("cyclist", "later", "own", "plain", "unloved"));
}

TEST_F(MergesTest, AWithdrawalWhileMergedIsOfBoth) {
  Change("bob", [](Member& bob) { bob.facets = {"plain"}; });
  ASSERT_THAT(State("bob", "cyclist"), IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  ASSERT_THAT(Withdraw("ada", "cyclist"), IsOk());
  ASSERT_THAT(Withdraw("bob", "plain"), IsOk());
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_THAT(Named("ada").facets, IsEmpty());
  EXPECT_THAT(Named("bob").facets, IsEmpty());
  EXPECT_THAT(Propose("bob", "cyclist"), HasReason(Reason::kFacetWithdrawn));
  EXPECT_THAT(Propose("bob", "plain"), HasReason(Reason::kFacetWithdrawn));
  EXPECT_THAT(Propose("ada", "plain"), HasReason(Reason::kFacetWithdrawn));
}

TEST_F(MergesTest, WhatIsStatedAnewWhileMergedIsOfTheHead) {
  ASSERT_THAT(State("bob", "cyclist"), IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  programme.clock.Advance(std::chrono::seconds(1));
  ASSERT_THAT(State("ada", "cyclist"), IsOk());
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_THAT(Named("ada").facets, ElementsAre("cyclist"));
  EXPECT_THAT(Named("bob").facets, ElementsAre("cyclist"));
}

TEST_F(MergesTest, KindsCountForThePersonUntilTheUnmerge) {
  Change("bob", [](Member& bob) {
    bob.kinds = {StakeholderKind::kCustomer, StakeholderKind::kDonor};
  });
  Change("ada", [](Member& ada) { ada.kinds = {StakeholderKind::kCustomer}; });
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_THAT(Named("ada").kinds, ElementsAre(StakeholderKind::kCustomer, StakeholderKind::kDonor));
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_THAT(Named("ada").kinds, ElementsAre(StakeholderKind::kCustomer));
  EXPECT_THAT(Traits(), IsEmpty());
}

TEST_F(MergesTest, MoreFacetsThanAMemberMayHaveAreRefused) {
  const auto facets = [](const std::string& prefix, std::size_t count) {
    std::vector<std::string> made;
    for (std::size_t i = 0; i < count; ++i) {
      made.push_back(prefix + std::to_string(i));
    }
    std::ranges::sort(made);
    return made;
  };
  Change("ada", [&](Member& ada) { ada.facets = facets("a", domain::kFacetsMax - 1); });
  Change("bob", [&](Member& bob) { bob.facets = facets("b", 2); });
  EXPECT_THAT(Merge("ada", "bob"), IsInvalidField("from"));
  EXPECT_FALSE(Named("bob").IsMerged());
  Change("bob", [&](Member& bob) { bob.facets = facets("b", 1); });
  EXPECT_THAT(Merge("ada", "bob"), IsOk());
}

TEST_F(MergesTest, AnErasureIsOfAllMembersOfThePerson) {
  programme.Earn("ada", 70, programme.clock.Now());
  programme.Earn("bob", 40, programme.clock.Now());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  ASSERT_THAT(Merge("ada", "cyd"), IsOk());
  const domain::Revision before = Named("cyd").revision;
  const auto erase = [&](const std::string& etag) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    return use_cases::EraseMember(programme.store(), unit, {"demo", "cyd", etag},
                                  [](ports::Revision) { return ""; });
  };
  EXPECT_THAT(erase("r1"), HasReason(Reason::kEtagMismatch));
  EXPECT_EQ(Named("bob").id, "bob");
  const auto erased = erase(domain::Etag(Named("ada").revision));
  ASSERT_THAT(erased, IsOk());
  EXPECT_EQ(erased->revision, before + 1);
  for (const char* id : {"ada", "bob", "cyd"}) {
    EXPECT_TRUE(Named(id).id.empty()) << id;
  }
}

TEST_F(MergesTest, AnUnmergeGivesPooledCapitalBack) {
  const auto balance = [&](const std::string& id) {
    std::int64_t found = 0;
    programme.Read([&](ports::StoreReader& reader) {
      found =
          reader.ledger().Books("demo").FindAccount({"access", Named(id).key, ""}).value()->balance;
      return absl::OkStatus();
    });
    return found;
  };
  programme.Earn("ada", 5, programme.clock.Now(), "access");
  programme.Earn("bob", 10, programme.clock.Now(), "access");
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  programme.Ledger([&](domain::LedgerUnit& ledger) {
    EXPECT_THAT(ledger.Post({.debit = {"access", Named("ada").key, ""},
                             .credit = {"access", {}, "spent"},
                             .amount = 8}),
                IsOk());
  });
  EXPECT_EQ(balance("ada"), 0);
  EXPECT_EQ(balance("bob"), 7);
  programme.Earn("ada", 5, programme.clock.Now(), "access");
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_EQ(balance("ada"), 2);
  EXPECT_EQ(balance("bob"), 10);
}

TEST_F(MergesTest, ASignInOfOneMemberIsOneOfThePerson) {
  const auto invite = [&](const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
             use_cases::InvitationDraft draft;
             draft.token.invitation = member;
             draft.member = member;
             return use_cases::CreateInvitation(reader, unit, "demo", draft);
           })
        .status();
  };
  EXPECT_THAT(invite("bob"), IsOk());
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  ASSERT_THAT(
      Do([&](auto& reader, const auto& unit) {
        return use_cases::CreateIdentity(reader, unit, "demo", "bob", {"i1", {"issuer", "bob"}});
      }),
      IsOk());
  EXPECT_THAT(invite("ada"), HasReason(Reason::kAlreadyExists));
  ASSERT_THAT(Unmerge("bob"), IsOk());
  EXPECT_THAT(invite("ada"), IsOk());
}

}  // namespace
}  // namespace perigee::tests
