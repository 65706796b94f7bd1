#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/champion/contribution.h"
#include "server/domain/rule/rules.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/use_cases/activity/record_activity.h"
#include "server/use_cases/champion/contributions.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {

// The programme of champions, with the kind `talk`, worth 10, and a rule that gives 2 reputation
// for each unit of a talk.
class ContributedTest : public ChampionsTest {
 protected:
  using Whole = absl::StatusOr<use_cases::AuthoredContribution>;
  using Verdict = domain::ContributionMove;

  ContributedTest() {
    EXPECT_THAT(SetKind([](domain::ContributionKind&) {}), IsOk());
    domain::Rule rule;
    rule.id = "talk";
    rule.activity_type = "talk";
    rule.grants = {{.asset = "reputation", .amount = 2, .per_quantity = true}};
    PutRule(rule);
    rule.id = "thanked";
    rule.activity_type = "thanked";
    rule.grants = {};
    rule.thanks = true;
    PutRule(rule);
  }

  absl::StatusOr<domain::ContributionKind> SetKind(
      const std::function<void(domain::ContributionKind&)>& change, const std::string& etag = "") {
    domain::ContributionKind kind;
    kind.id = "talk";
    kind.display_name = "Talk";
    kind.credit = 10;
    change(kind);
    EXPECT_THAT(domain::NormalizeKind(kind), IsOk());
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::SetContributionKind(reader, unit, "demo", kind, etag);
    });
  }
  static use_cases::ContributionDraft DraftOf(const std::string& member, const std::string& link,
                                              std::vector<use_cases::CoAuthor> co_authors = {}) {
    use_cases::ContributionDraft draft;
    draft.member = member;
    draft.stated.kind = "talk";
    draft.stated.title = "On orbits";
    draft.stated.link = link;
    draft.stated.evidence = "A recording";
    draft.stated.date = "2026-11-20";
    draft.stated.claimed_reach = 100;
    draft.co_authors = std::move(co_authors);
    EXPECT_THAT(domain::NormalizeContribution(draft.stated), IsOk());
    return draft;
  }
  Whole Submit(const use_cases::ContributionDraft& draft) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::SubmitContribution(reader, unit, "demo", draft);
    });
  }
  Whole Submit(const std::string& member, const std::string& link) {
    return Submit(DraftOf(member, link));
  }
  Whole Revise(const std::string& id, const use_cases::ContributionDraft& draft,
               const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::ReviseContribution(reader, unit, "demo", id, draft, etag);
    });
  }
  Whole Withdraw(const std::string& id, const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::WithdrawContribution(reader, unit, "demo", id, member);
    });
  }
  Whole Decline(const std::string& id, const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::DeclineCredit(reader, unit, "demo", id, member);
    });
  }
  Whole Judge(const std::string& id, Verdict move, const use_cases::Judge& judge = Stranger(1),
              const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::JudgeContribution(reader, unit, "demo", id, judge, {move, "because", etag});
    });
  }
  // From submitted to accepted, with what is due.
  void Accept(const std::string& id) {
    ASSERT_THAT(Judge(id, Verdict::kStartReview), IsOk());
    ASSERT_THAT(Judge(id, Verdict::kAccept), IsOk());
    programme.DoWhatIsDue();
  }
  void Record(const std::string& type, const std::string& actor, const std::string& recipient,
              const std::string& event, Time time) {
    const auto recorded =
        Do([&](auto& reader,
               const auto& unit) -> absl::StatusOr<use_cases::Decided<domain::Activity>> {
          use_cases::ActivityDraft draft;
          draft.activity.type = type;
          draft.activity.source = "test";
          draft.activity.source_event_id = event;
          draft.activity.occur_time = time;
          draft.actor = actor;
          draft.recipient = recipient;
          auto made = use_cases::RecordActivity(reader, unit, "demo", draft);
          if (!made.ok()) {
            return made.status();
          }
          return use_cases::Decided<domain::Activity>{made->activity, std::move(made->changes)};
        });
    EXPECT_THAT(recorded, IsOk());
  }
  // The activities that came from contributions, oldest first.
  std::vector<domain::Activity> Activities() {
    std::vector<domain::Activity> found;
    programme.Read([&](ports::StoreReader& reader) {
      found = reader.activities().List("demo", {}, 0, 1000).value();
      return absl::OkStatus();
    });
    std::erase_if(found, [](const domain::Activity& one) { return one.source != "contributions"; });
    return {found.rbegin(), found.rend()};
  }
  std::vector<domain::ContributionShare> Shares() { return All<domain::ContributionShare>(); }
  domain::Contribution Get(const std::string& id) {
    for (const domain::Contribution& one : All<domain::Contribution>()) {
      if (one.id == id) {
        return one;
      }
    }
    ADD_FAILURE() << "no contribution " << id;
    return {};
  }

 private:
  void PutRule(domain::Rule rule) {
    EXPECT_THAT(
        Do([&](ports::StoreReader&,
               const ports::UnitContext& unit) -> absl::StatusOr<use_cases::Decided<domain::Rule>> {
          rule.create_time = unit.now;
          rule.revision = unit.revision;
          return use_cases::Put(rule);
        }),
        IsOk());
  }
};

}  // namespace perigee::tests
