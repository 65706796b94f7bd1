#include "server/use_cases/champion/contributions.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/champion/contribution_authors.h"
#include "server/use_cases/champion/contribution_credit.h"
#include "server/use_cases/champion/nominations.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Contribution;
using domain::ContributionKind;
using domain::ContributionMove;
using domain::ContributionShare;
using domain::Member;
using domain::MemberKey;
using domain::MergedMembers;

// More than the times that a link can sensibly be handed in.
constexpr int kMost = 10'000;

absl::Status ContributionNotFound(const std::string& program, const std::string& id) {
  return NotFound(FormatName(kContributionPattern, {program, id}));
}

absl::StatusOr<ContributionKind> RequireKind(ports::StoreReader& reader, const std::string& program,
                                             const std::string& id) {
  ContributionKind like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<ContributionKind> kind,
                           reader.records().Find(program, like));
  if (!kind.has_value()) {
    return NotFound(FormatName(kContributionKindPattern, {program, id}));
  }
  return *std::move(kind);
}

absl::Status CheckOpen(const ContributionKind& kind) {
  return kind.retired ? Error(Reason::kContributionKindRetired, "kind " + kind.id + " is retired",
                              {{"contribution_kind", kind.id}})
                      : absl::OkStatus();
}

absl::Status CheckDate(ports::StoreReader& reader, const std::string& program,
                       const Contribution& contribution, Time now) {
  constexpr std::string_view kField = "contribution.date";
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(owner.time_zone));
  PERIGEE_ASSIGN_OR_RETURN(const absl::CivilDay day, domain::ParseDay(kField, contribution.date));
  return domain::CheckAge(kField, day, zone, now);
}

// kDuplicateContribution if another contribution that still counts has the link. Whose it is, the
// refusal says to its member alone.
absl::Status CheckLinkIsNew(ports::StoreReader& reader, const std::string& program,
                            const Contribution& contribution) {
  if (contribution.same_link.empty()) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Contribution> same,
                           reader.records().List<Contribution>(
                               program, {{"same_link", contribution.same_link}}, nullptr, kMost));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  for (const Contribution& other : same) {
    // Of an erased member, nothing is left but the index for a moment.
    const bool is_erased = other.same_link.empty();
    if (other.id == contribution.id || is_erased || domain::IsGone(other)) {
      continue;
    }
    ErrorMetadata metadata;
    if (merged.HeadOf(other.member) == merged.HeadOf(contribution.member)) {
      metadata = {{"resource_name", FormatName(kContributionPattern, {program, other.id})}};
    }
    return Error(Reason::kDuplicateContribution, "this link was handed in before",
                 std::move(metadata));
  }
  return absl::OkStatus();
}

// Takes over what the member states.
void Take(const Contribution& stated, Contribution& contribution) {
  contribution.kind = stated.kind;
  contribution.date = stated.date;
  contribution.claimed_reach = stated.claimed_reach;
  contribution.title = stated.title;
  contribution.link = stated.link;
  contribution.same_link = stated.same_link;
  contribution.evidence = stated.evidence;
}

// Puts the contribution with all of its authors.
Decided<AuthoredContribution> PutWhole(const ports::UnitContext& unit, AuthoredContribution whole,
                                       domain::Changes changes) {
  whole.contribution.revision = unit.revision;
  changes.records.Put(whole.contribution);
  for (ContributionShare& author : whole.authors) {
    author.contribution = whole.contribution.id;
    author.revision = unit.revision;
    changes.records.Put(author);
  }
  return {std::move(whole), std::move(changes)};
}

// Puts what was just submitted. If its kind is trusted, it is accepted first.
DecidedContribution PutSubmitted(ports::StoreReader& reader, const ports::UnitContext& unit,
                                 const std::string& program, bool trusted,
                                 AuthoredContribution whole) {
  domain::Changes changes;
  if (trusted) {
    PERIGEE_RETURN_IF_ERROR(
        domain::Make(ContributionMove::kAcceptByRule, unit.now, whole.contribution));
    whole.contribution.by_rule = true;
    PERIGEE_RETURN_IF_ERROR(CreditAuthors(reader, unit, program, whole, changes));
  }
  return PutWhole(unit, std::move(whole), std::move(changes));
}

// The contribution that the member handed in.
absl::StatusOr<AuthoredContribution> RequireOwn(ports::StoreReader& reader,
                                                const std::string& program, const std::string& id,
                                                const std::string& member_id) {
  PERIGEE_ASSIGN_OR_RETURN(AuthoredContribution whole, RequireContribution(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(const Member member,
                           RequireMember(reader, program, member_id, "member"));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  if (merged.HeadOf(whole.contribution.member) != member.key) {
    return ContributionNotFound(program, id);
  }
  return whole;
}

// The authors as a revision names them. Who declined before stays so, named or not. An author who
// is not named any more is deleted.
void ReplaceAuthors(const MergedMembers& merged, std::vector<ContributionShare> named,
                    std::vector<ContributionShare>& authors, domain::Changes& changes) {
  const std::size_t before = authors.size();
  for (const ContributionShare& old : authors) {
    const auto same = std::ranges::find_if(named, [&](const ContributionShare& author) {
      return merged.HeadOf(author.member) == merged.HeadOf(old.member);
    });
    if (same != named.end()) {
      // Who hands it in never declines, even if merged with one who did.
      same->declined = same->index > 0 && (same->declined || old.declined);
      same->create_time = old.create_time;
    } else if (old.declined) {
      named.push_back(old);
      named.back().index = static_cast<std::int32_t>(named.size() - 1);
    }
  }
  for (std::size_t i = named.size(); i < before; ++i) {
    changes.records.Delete(authors[i]);
  }
  authors = std::move(named);
}

}  // namespace

DecidedContributionKind SetContributionKind(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const std::string& program, ContributionKind kind,
                                            const std::string& etag) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<ContributionKind> before,
                           reader.records().Find(program, kind));
  PERIGEE_RETURN_IF_ERROR(
      domain::CheckEtag(etag, before.has_value() ? before->revision : domain::Revision{0}));
  kind.create_time = before.has_value() ? before->create_time : unit.now;
  kind.revision = unit.revision;
  return Put(std::move(kind));
}

DecidedContribution SubmitContribution(ports::StoreReader& reader, const ports::UnitContext& unit,
                                       const std::string& program, const ContributionDraft& draft) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const ContributionKind kind,
                           RequireKind(reader, program, draft.stated.kind));
  AuthoredContribution whole;
  PERIGEE_ASSIGN_OR_RETURN(whole.authors, AuthorsOf(reader, program, draft, unit.now));
  PERIGEE_RETURN_IF_ERROR(CheckOpen(kind));
  PERIGEE_RETURN_IF_ERROR(CheckDate(reader, program, draft.stated, unit.now));
  Contribution& contribution = whole.contribution;
  Take(draft.stated, contribution);
  contribution.id = absl::StrCat(unit.revision);
  contribution.member = whole.authors.front().member;
  contribution.create_time = unit.now;
  PERIGEE_RETURN_IF_ERROR(CheckLinkIsNew(reader, program, contribution));
  return PutSubmitted(reader, unit, program, kind.trusted, std::move(whole));
}

DecidedContribution ReviseContribution(ports::StoreReader& reader, const ports::UnitContext& unit,
                                       const std::string& program, const std::string& id,
                                       const ContributionDraft& draft, const std::string& etag) {
  PERIGEE_ASSIGN_OR_RETURN(AuthoredContribution whole,
                           RequireOwn(reader, program, id, draft.member));
  PERIGEE_ASSIGN_OR_RETURN(const ContributionKind kind,
                           RequireKind(reader, program, draft.stated.kind));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<ContributionShare> named,
                           AuthorsOf(reader, program, draft, unit.now));
  Contribution& contribution = whole.contribution;
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(etag, contribution.revision));
  PERIGEE_RETURN_IF_ERROR(domain::Make(ContributionMove::kRevise, unit.now, contribution));
  if (kind.id != contribution.kind) {
    PERIGEE_RETURN_IF_ERROR(CheckOpen(kind));
  }
  PERIGEE_RETURN_IF_ERROR(CheckDate(reader, program, draft.stated, unit.now));
  Take(draft.stated, contribution);
  PERIGEE_RETURN_IF_ERROR(CheckLinkIsNew(reader, program, contribution));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  domain::Changes changes;
  ReplaceAuthors(merged, std::move(named), whole.authors, changes);
  PERIGEE_ASSIGN_OR_RETURN(
      Decided<AuthoredContribution> decided,
      PutSubmitted(reader, unit, program, kind.trusted && !kind.retired, std::move(whole)));
  for (const domain::RecordChange& change : changes.records.all()) {
    decided.changes.records.Add(change);
  }
  return decided;
}

DecidedContribution WithdrawContribution(ports::StoreReader& reader, const ports::UnitContext& unit,
                                         const std::string& program, const std::string& id,
                                         const std::string& member) {
  PERIGEE_ASSIGN_OR_RETURN(AuthoredContribution whole, RequireOwn(reader, program, id, member));
  PERIGEE_RETURN_IF_ERROR(domain::Make(ContributionMove::kWithdraw, unit.now, whole.contribution));
  return PutWhole(unit, std::move(whole), {});
}

DecidedContribution DeclineCredit(ports::StoreReader& reader, const ports::UnitContext& unit,
                                  const std::string& program, const std::string& id,
                                  const std::string& member_id) {
  PERIGEE_ASSIGN_OR_RETURN(AuthoredContribution whole, RequireContribution(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(const Member member,
                           RequireMember(reader, program, member_id, "member"));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  const auto own = std::ranges::find_if(whole.authors, [&](const ContributionShare& author) {
    return author.index > 0 && !author.declined && merged.HeadOf(author.member) == member.key;
  });
  if (own == whole.authors.end()) {
    return ContributionNotFound(program, id);
  }
  if (domain::IsDecided(whole.contribution)) {
    return IllegalMove("contribution " + id, NameOf(whole.contribution.state), "decline_credit",
                       {});
  }
  own->declined = true;
  return PutWhole(unit, std::move(whole), {});
}

DecidedContribution JudgeContribution(ports::StoreReader& reader, const ports::UnitContext& unit,
                                      const std::string& program, const std::string& id,
                                      const Judge& judge, const ContributionVerdict& verdict) {
  PERIGEE_ASSIGN_OR_RETURN(AuthoredContribution whole, RequireContribution(reader, program, id));
  Contribution& contribution = whole.contribution;
  PERIGEE_ASSIGN_OR_RETURN(const bool is_there, IsThere(reader, program, contribution.member));
  if (!is_there) {
    return ContributionNotFound(program, id);
  }
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  for (const ContributionShare& author : whole.authors) {
    if (!author.declined && IsThePerson(judge, merged, author.member)) {
      return Error(Reason::kInvolved, "the caller is an author and may not judge",
                   {{"contribution", id}});
    }
  }
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(verdict.etag, contribution.revision));
  PERIGEE_RETURN_IF_ERROR(domain::Make(verdict.move, unit.now, contribution));
  contribution.reason = verdict.reason;
  domain::Changes changes;
  if (verdict.move == ContributionMove::kAccept) {
    PERIGEE_RETURN_IF_ERROR(CreditAuthors(reader, unit, program, whole, changes));
  }
  return PutWhole(unit, std::move(whole), std::move(changes));
}

}  // namespace perigee::use_cases
