#include "server/use_cases/champion/nominations.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/candidates.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Member;
using domain::MemberKey;
using domain::MergedMembers;
using domain::Nomination;
using domain::NominationMove;
using domain::NominationReview;
using domain::NominationVoice;
using domain::Nominator;
using domain::Title;
using domain::Verdict;

// More than the voices and reviews of a nomination, and the nominations of a member, can sensibly
// be.
constexpr int kMost = 10'000;

absl::Status NominationNotFound(const std::string& program, const std::string& id) {
  return NotFound(FormatName(kNominationPattern, {program, id}));
}

template <class R>
void Put(const ports::UnitContext& unit, R& record, domain::Changes& changes) {
  record.revision = unit.revision;
  changes.records.Put(record);
}

bool IsOf(const NominationVoice& voice, const MergedMembers& merged, const MemberKey& nominator) {
  return !voice.nominator.IsNil() && merged.HeadOf(voice.nominator) == merged.HeadOf(nominator);
}

// Adds the voice to an open nomination.
DecidedNomination Join(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const std::string& program, const MergedMembers& merged,
                       Nomination nomination, NominationVoice voice) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<NominationVoice> voices,
                           VoicesOf(reader, program, nomination.id));
  if (std::ranges::any_of(
          voices, [&](const NominationVoice& one) { return IsOf(one, merged, voice.nominator); })) {
    return AlreadyExists(FormatName(kNominationPattern, {program, nomination.id}));
  }
  PERIGEE_RETURN_IF_ERROR(domain::Make(NominationMove::kJoin, unit.now, nomination));
  voice.nomination = nomination.id;
  Decided<Nomination> decided;
  Put(unit, nomination, decided.changes);
  Put(unit, voice, decided.changes);
  decided.value = std::move(nomination);
  return decided;
}

// A nomination that the judge may see.
absl::StatusOr<Nomination> RequireForJudge(ports::StoreReader& reader, const std::string& program,
                                           const std::string& id, const Judge& judge,
                                           const MergedMembers& merged) {
  PERIGEE_ASSIGN_OR_RETURN(Nomination nomination, RequireNomination(reader, program, id));
  if (nomination.state == domain::NominationState::kDraft ||
      IsThePerson(judge, merged, nomination.member)) {
    return NominationNotFound(program, id);
  }
  return nomination;
}

absl::Status CheckUninvolved(ports::StoreReader& reader, const std::string& program,
                             const Nomination& nomination, const Judge& judge,
                             const MergedMembers& merged) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<NominationVoice> voices,
                           VoicesOf(reader, program, nomination.id));
  for (const NominationVoice& voice : voices) {
    if (!voice.nominator.IsNil() && IsThePerson(judge, merged, voice.nominator)) {
      return Error(Reason::kInvolved, "the caller is a nominator and may not judge",
                   {{"nomination", nomination.id}});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::optional<Nomination>> FindOpenNomination(ports::StoreReader& reader,
                                                             const std::string& program,
                                                             const std::vector<MemberKey>& person,
                                                             const std::string& title, Time now) {
  for (const MemberKey& member : person) {
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<Nomination> nominations,
        reader.records().List<Nomination>(program, {{"member_key", std::string(member.Raw())}},
                                          nullptr, kMost));
    for (const Nomination& nomination : nominations) {
      if (nomination.title == title && domain::IsOpen(nomination, now)) {
        return nomination;
      }
    }
  }
  return std::nullopt;
}

absl::StatusOr<Nomination> RequireNomination(ports::StoreReader& reader, const std::string& program,
                                             const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  Nomination like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Nomination> found, reader.records().Find(program, like));
  if (!found.has_value()) {
    return NominationNotFound(program, id);
  }
  return *std::move(found);
}

absl::StatusOr<std::vector<NominationVoice>> VoicesOf(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const std::string& nomination) {
  return reader.records().List<NominationVoice>(program, {{"nomination", nomination}}, nullptr,
                                                kMost);
}

absl::StatusOr<std::vector<NominationReview>> ReviewsOf(ports::StoreReader& reader,
                                                        const std::string& program,
                                                        const std::string& nomination) {
  return reader.records().List<NominationReview>(program, {{"nomination", nomination}}, nullptr,
                                                 kMost);
}

DecidedNomination Nominate(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const NominationDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const Title title, RequireOpenTitle(reader, program, draft.title));
  PERIGEE_ASSIGN_OR_RETURN(const Member nominee,
                           RequireMember(reader, program, draft.nominee, "nominee"));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  NominationVoice voice;
  if (!draft.nominator.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const Member nominator,
                             RequireMember(reader, program, draft.nominator, "member"));
    voice.nominator = nominator.key;
    voice.kind = nominator.key == nominee.key ? Nominator::kSelf : Nominator::kPeer;
  }
  if (!std::ranges::binary_search(title.nominators, voice.kind)) {
    return Error(Reason::kNominatorNotAllowed, "the title does not take such nominations",
                 {{"title", title.id}});
  }
  PERIGEE_RETURN_IF_ERROR(domain::CheckAnswers(title, draft.answers));
  voice.id = absl::StrCat(unit.revision);
  voice.member = nominee.key;
  voice.questions = title.questions;
  voice.answers = draft.answers;
  voice.create_time = unit.now;
  if (draft.from_candidates) {
    PERIGEE_ASSIGN_OR_RETURN(voice.candidate_reason,
                             RequireCandidate(reader, program, title, nominee, unit.now));
  }
  if (!draft.draft) {
    PERIGEE_ASSIGN_OR_RETURN(
        std::optional<Nomination> open,
        FindOpenNomination(reader, program, merged.AllOf(nominee.key), title.id, unit.now));
    if (open.has_value()) {
      return Join(reader, unit, program, merged, *std::move(open), std::move(voice));
    }
  }
  Nomination nomination;
  nomination.id = absl::StrCat(unit.revision);
  nomination.member = nominee.key;
  nomination.title = title.id;
  nomination.create_time = unit.now;
  nomination.expire_time = unit.now + domain::kNominationOpenFor;
  if (!draft.draft) {
    PERIGEE_RETURN_IF_ERROR(domain::Make(NominationMove::kSubmit, unit.now, nomination));
  }
  voice.nomination = nomination.id;
  Decided<Nomination> decided;
  Put(unit, nomination, decided.changes);
  Put(unit, voice, decided.changes);
  decided.value = std::move(nomination);
  return decided;
}

DecidedNomination SubmitNomination(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const std::string& id,
                                   const std::string& nominator) {
  PERIGEE_ASSIGN_OR_RETURN(Nomination nomination, RequireNomination(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(const Member member,
                           RequireMember(reader, program, nominator, "member"));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<NominationVoice> voices,
                           VoicesOf(reader, program, id));
  const auto own = std::ranges::find_if(
      voices, [&](const NominationVoice& voice) { return IsOf(voice, merged, member.key); });
  if (own == voices.end()) {
    return NominationNotFound(program, id);
  }
  const Nomination draft = nomination;
  PERIGEE_RETURN_IF_ERROR(domain::Make(NominationMove::kSubmit, unit.now, nomination));
  PERIGEE_RETURN_IF_ERROR(RequireOpenTitle(reader, program, nomination.title).status());
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Nomination> open,
                           FindOpenNomination(reader, program, merged.AllOf(nomination.member),
                                              nomination.title, unit.now));
  if (!open.has_value()) {
    nomination.revision = unit.revision;
    return use_cases::Put(std::move(nomination));
  }
  DecidedNomination joined = Join(reader, unit, program, merged, *std::move(open), *own);
  if (joined.ok()) {
    joined->changes.records.Delete(draft);
  }
  return joined;
}

DecidedNomination WithdrawNomination(ports::StoreReader& reader, const ports::UnitContext& unit,
                                     const std::string& program, const std::string& id,
                                     const std::string& member_id) {
  PERIGEE_ASSIGN_OR_RETURN(Nomination nomination, RequireNomination(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  Decided<Nomination> decided;
  if (!member_id.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const Member member,
                             RequireMember(reader, program, member_id, "member"));
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<NominationVoice> voices,
                             VoicesOf(reader, program, id));
    const auto own = std::ranges::find_if(
        voices, [&](const NominationVoice& voice) { return IsOf(voice, merged, member.key); });
    // A draft is its nominator's alone.
    const bool is_nominee = merged.HeadOf(nomination.member) == member.key &&
                            nomination.state != domain::NominationState::kDraft;
    if (own == voices.end() && !is_nominee) {
      return NominationNotFound(program, id);
    }
    if (!is_nominee && voices.size() > 1) {
      Nomination withdrawn = nomination;
      PERIGEE_RETURN_IF_ERROR(domain::Make(NominationMove::kWithdraw, unit.now, withdrawn));
      decided.changes.records.Delete(*own);
      Put(unit, nomination, decided.changes);
      decided.value = std::move(nomination);
      return decided;
    }
  }
  PERIGEE_RETURN_IF_ERROR(domain::Make(NominationMove::kWithdraw, unit.now, nomination));
  nomination.revision = unit.revision;
  return use_cases::Put(std::move(nomination));
}

DecidedNomination StartReview(ports::StoreReader& reader, const ports::UnitContext& unit,
                              const std::string& program, const std::string& id,
                              const Judge& judge) {
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(Nomination nomination,
                           RequireForJudge(reader, program, id, judge, merged));
  PERIGEE_RETURN_IF_ERROR(domain::Make(NominationMove::kStartReview, unit.now, nomination));
  nomination.revision = unit.revision;
  return use_cases::Put(std::move(nomination));
}

DecidedNomination ReviewNomination(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const std::string& id,
                                   const Judge& judge, Verdict verdict, const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(Nomination nomination,
                           RequireForJudge(reader, program, id, judge, merged));
  PERIGEE_RETURN_IF_ERROR(domain::Make(NominationMove::kReview, unit.now, nomination));
  if (verdict != Verdict::kRecused) {
    PERIGEE_RETURN_IF_ERROR(CheckUninvolved(reader, program, nomination, judge, merged));
  }
  NominationReview review;
  review.id = absl::StrCat(unit.revision);
  review.nomination = id;
  review.member = nomination.member;
  review.reviewer = judge.id;
  review.verdict = verdict;
  review.reason = reason;
  review.create_time = unit.now;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<NominationReview> reviews,
                           ReviewsOf(reader, program, id));
  const auto before = std::ranges::find(reviews, judge.id, &NominationReview::reviewer);
  // Where nobody signs in, one reviewer cannot be told from another.
  if (before != reviews.end() && !judge.id.IsNil()) {
    review.id = before->id;
  }
  Decided<Nomination> decided;
  Put(unit, nomination, decided.changes);
  Put(unit, review, decided.changes);
  decided.value = std::move(nomination);
  return decided;
}

DecidedNomination DecideNomination(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const std::string& id,
                                   const Judge& judge, const NominationDecision& decision) {
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(Nomination nomination,
                           RequireForJudge(reader, program, id, judge, merged));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(decision.etag, nomination.revision));
  PERIGEE_RETURN_IF_ERROR(domain::Make(
      decision.accept ? NominationMove::kAccept : NominationMove::kDecline, unit.now, nomination));
  PERIGEE_RETURN_IF_ERROR(CheckUninvolved(reader, program, nomination, judge, merged));
  PERIGEE_ASSIGN_OR_RETURN(const Title title, RequireTitle(reader, program, nomination.title));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<NominationReview> reviews,
                           ReviewsOf(reader, program, id));
  const auto verdicts = std::ranges::count_if(
      reviews, [](const NominationReview& review) { return review.verdict != Verdict::kRecused; });
  if (verdicts < title.reviews) {
    return Error(Reason::kReviewsMissing,
                 absl::StrCat("the nomination has ", verdicts, " of ", title.reviews, " verdicts"),
                 {{"verdicts", absl::StrCat(verdicts)}, {"reviews", absl::StrCat(title.reviews)}});
  }
  nomination.reason = decision.reason;
  Decided<Nomination> decided;
  if (decision.accept) {
    const MemberKey head = merged.HeadOf(nomination.member);
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> nominee,
                             reader.members().FindByKeys(program, {&head, 1}));
    if (nominee.empty()) {
      return NominationNotFound(program, id);
    }
    PERIGEE_ASSIGN_OR_RETURN(
        Decided<domain::Appointment> appointed,
        Appoint(reader, unit, program,
                {title.id, nominee.front().id, decision.start_time, nomination.id}));
    decided.changes = std::move(appointed.changes);
  }
  Put(unit, nomination, decided.changes);
  decided.value = std::move(nomination);
  return decided;
}

}  // namespace perigee::use_cases
