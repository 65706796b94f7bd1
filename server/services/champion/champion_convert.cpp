#include "server/services/champion/champion_convert.h"

#include <utility>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/member/member_reader.h"
#include "server/services/champion/candidate_convert.h"
#include "server/services/gatekeeper.h"
#include "server/services/lookup.h"

namespace perigee::services {
namespace {

// A title's name and others of the programme. Empty for no id.
std::string NameIn(std::string_view pattern, const std::string& program, const std::string& id) {
  return id.empty() ? std::string() : FormatName(pattern, {program, id});
}

}  // namespace

absl::StatusOr<PersonNames> PersonNames::Of(ports::StoreReader& reader, const std::string& program,
                                            const std::vector<domain::MemberKey>& keys) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  std::vector<domain::MemberKey> heads;
  for (const domain::MemberKey& key : keys) {
    heads.push_back(merged.HeadOf(key));
  }
  PERIGEE_ASSIGN_OR_RETURN(MemberNames of_heads, NamesOf(reader, program, heads));
  PersonNames names;
  for (const domain::MemberKey& key : keys) {
    if (const auto head = of_heads.find(merged.HeadOf(key)); head != of_heads.end()) {
      names.names_.emplace(key, head->second);
    }
  }
  return names;
}

std::string PersonNames::operator()(const domain::MemberKey& key) const {
  const auto found = names_.find(key);
  return found == names_.end() ? std::string() : found->second;
}

v1::Title ToProto(const std::string& program, const domain::Title& title) {
  v1::Title out;
  out.set_name(FormatName(kTitlePattern, {program, title.id}));
  out.set_display_name(title.display_name);
  out.set_term_months(title.term_months);
  out.set_seats(title.seats);
  for (const domain::Nominator nominator : title.nominators) {
    out.add_nominators(static_cast<v1::Nominator>(nominator));
  }
  out.set_reviews(title.reviews);
  out.mutable_questions()->Add(title.questions.begin(), title.questions.end());
  out.set_renewal_days(title.renewal_days);
  out.mutable_rights()->Add(title.rights.begin(), title.rights.end());
  out.set_retired(title.retired);
  for (const domain::CandidateCriterion& criterion : title.criteria) {
    *out.add_criteria() = ToProto(criterion);
  }
  *out.mutable_create_time() = ToTimestamp(title.create_time);
  out.set_etag(domain::Etag(title.revision));
  out.set_revision(title.revision);
  return out;
}

v1::Nomination ToProto(const std::string& program, const domain::Nomination& nomination, Time now,
                       const PersonNames& names) {
  v1::Nomination out;
  out.set_name(FormatName(kNominationPattern, {program, nomination.id}));
  out.set_title(NameIn(kTitlePattern, program, nomination.title));
  out.set_nominee(names(nomination.member));
  out.set_state(static_cast<v1::Nomination::State>(domain::StateOf(nomination, now)));
  *out.mutable_expire_time() = ToTimestamp(nomination.expire_time);
  out.set_reason(nomination.reason);
  *out.mutable_create_time() = ToTimestamp(nomination.create_time);
  if (nomination.decide_time.has_value()) {
    *out.mutable_decide_time() = ToTimestamp(*nomination.decide_time);
  }
  out.set_etag(domain::Etag(nomination.revision));
  out.set_revision(nomination.revision);
  return out;
}

v1::NominationVoice ToProto(const domain::NominationVoice& voice, const PersonNames& names) {
  v1::NominationVoice out;
  out.set_nominator(names(voice.nominator));
  out.set_kind(static_cast<v1::Nominator>(voice.kind));
  out.mutable_questions()->Add(voice.questions.begin(), voice.questions.end());
  out.mutable_answers()->Add(voice.answers.begin(), voice.answers.end());
  *out.mutable_create_time() = ToTimestamp(voice.create_time);
  out.set_candidate_reason(voice.candidate_reason);
  return out;
}

v1::NominationReview ToProto(const domain::NominationReview& review) {
  v1::NominationReview out;
  out.set_reviewer(review.reviewer.IsNil() ? std::string() : review.reviewer.Hex());
  out.set_verdict(static_cast<v1::NominationReview::Verdict>(review.verdict));
  out.set_reason(review.reason);
  *out.mutable_create_time() = ToTimestamp(review.create_time);
  return out;
}

v1::Appointment ToProto(const std::string& program, const domain::Appointment& appointment,
                        const std::string& member, Time now, ShownTo to) {
  const auto name = [&](const std::string& id) {
    return id.empty() || member.empty() ? std::string() : member + "/appointments/" + id;
  };
  v1::Appointment out;
  out.set_name(name(appointment.id));
  out.set_title(NameIn(kTitlePattern, program, appointment.title));
  out.set_state(static_cast<v1::Appointment::State>(domain::StateOf(appointment, now)));
  *out.mutable_start_time() = ToTimestamp(appointment.start_time);
  *out.mutable_end_time() = ToTimestamp(domain::SeatTime(appointment).end);
  if (to != ShownTo::kEverybody) {
    *out.mutable_renewal_time() = ToTimestamp(appointment.renewal_time);
    out.set_renews(name(appointment.renews));
    out.set_renewed_by(name(appointment.renewed_by));
    out.set_reason(appointment.reason);
    out.set_revision(appointment.revision);
  }
  if (to == ShownTo::kStaff) {
    out.set_nomination(NameIn(kNominationPattern, program, appointment.nomination));
  }
  return out;
}

}  // namespace perigee::services
