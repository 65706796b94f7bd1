#include "server/use_cases/champion/contribution_credit.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/activity/record_activity.h"
#include "server/use_cases/champion/contribution_authors.h"
#include "server/use_cases/champion/contributions.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Contribution;
using domain::ContributionKind;
using domain::ContributionShare;

constexpr char kSource[] = "contributions";

bool Waits(const ContributionShare& author) { return author.share > 0 && author.activity == 0; }

absl::StatusOr<ContributionKind> KindOf(ports::StoreReader& reader, const std::string& program,
                                        const Contribution& contribution) {
  ContributionKind like;
  like.id = contribution.kind;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<ContributionKind> kind,
                           reader.records().Find(program, like));
  return kind.has_value() ? absl::StatusOr<ContributionKind>(*std::move(kind))
                          : Error(Reason::kInternal, "the kind of a contribution is gone");
}

absl::StatusOr<domain::Activity> ActivityOf(ports::StoreReader& reader, const std::string& program,
                                            const Contribution& contribution,
                                            const ContributionShare& author) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(owner.time_zone));
  PERIGEE_ASSIGN_OR_RETURN(const absl::CivilDay day, domain::ParseDay("date", contribution.date));
  PERIGEE_ASSIGN_OR_RETURN(ContributionKind kind, KindOf(reader, program, contribution));
  domain::Activity activity;
  activity.type = std::move(kind.activity_type);
  activity.object = "contributions/" + contribution.id;
  activity.quantity = author.share;
  activity.source = kSource;
  activity.source_event_id = absl::StrCat(contribution.id, "-", author.member.Hex());
  activity.occur_time = zone.StartOf(day);
  return activity;
}

// Records the first share that waits, and lists the contribution as due while others do.
absl::Status RecordNext(ports::StoreReader& reader, const ports::UnitContext& unit,
                        const std::string& program, AuthoredContribution& whole,
                        domain::Changes& changes) {
  Contribution& contribution = whole.contribution;
  contribution.credit_time.reset();
  auto author = std::ranges::find_if(whole.authors, Waits);
  for (; author != whole.authors.end(); author = std::find_if(author, whole.authors.end(), Waits)) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                             reader.members().FindByKeys(program, {&author->member, 1}));
    if (!members.empty()) {
      ActivityDraft draft;
      PERIGEE_ASSIGN_OR_RETURN(draft.activity, ActivityOf(reader, program, contribution, *author));
      draft.actor = members.front().id;
      PERIGEE_ASSIGN_OR_RETURN(RecordedActivity recorded,
                               RecordActivity(reader, unit, program, draft));
      changes = std::move(recorded.changes);
      author->activity = recorded.activity.revision;
      author->revision = unit.revision;
      break;
    }
    ++author;
  }
  // In the past, and each time later than before: the loop takes what stays due for a failure.
  const auto waiting = author == whole.authors.end()
                           ? 0
                           : std::count_if(std::next(author), whole.authors.end(), Waits);
  if (waiting > 0) {
    contribution.credit_time =
        contribution.decide_time.value_or(unit.now) - std::chrono::microseconds(waiting);
  }
  contribution.revision = unit.revision;
  return absl::OkStatus();
}

}  // namespace

absl::Status CreditAuthors(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, AuthoredContribution& whole,
                           domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(const ContributionKind kind,
                           KindOf(reader, program, whole.contribution));
  whole.contribution.credit = kind.credit;
  domain::SplitCredit(kind.credit, whole.authors);
  return RecordNext(reader, unit, program, whole, changes);
}

absl::Status RecordDueShare(const std::string& program, Contribution contribution,
                            ports::StoreReader& reader, const ports::UnitContext& unit,
                            domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<ContributionShare> authors,
                           AuthorsIn(reader, program, contribution.id));
  AuthoredContribution whole{std::move(contribution), std::move(authors)};
  PERIGEE_RETURN_IF_ERROR(RecordNext(reader, unit, program, whole, changes));
  for (ContributionShare& author : whole.authors) {
    if (author.revision == unit.revision) {
      changes.records.Put(std::move(author));
    }
  }
  changes.records.Put(std::move(whole.contribution));
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
