#include "server/services/champion/champion_admin_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/champion/candidate_convert.h"
#include "server/services/champion/champion_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/update_mask.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/nominations.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/judge.h"

namespace perigee::services {
namespace {

using domain::Appointment;
using domain::MemberKey;
using domain::MergedMembers;
using domain::Nomination;
using domain::NominationReview;
using domain::NominationVoice;
using domain::Title;
using domain::Verdict;
using use_cases::AppointmentPlace;
using use_cases::Judge;

constexpr std::size_t kReasonBytesMax = 2000;

constexpr Changeable<Title> kChangeable[] = {
    {"display_name",
     [](Title& title, const Title& given) { title.display_name = given.display_name; }},
    {"term_months",
     [](Title& title, const Title& given) { title.term_months = given.term_months; }},
    {"seats", [](Title& title, const Title& given) { title.seats = given.seats; }},
    {"nominators", [](Title& title, const Title& given) { title.nominators = given.nominators; }},
    {"reviews", [](Title& title, const Title& given) { title.reviews = given.reviews; }},
    {"questions", [](Title& title, const Title& given) { title.questions = given.questions; }},
    {"renewal_days",
     [](Title& title, const Title& given) { title.renewal_days = given.renewal_days; }},
    {"rights", [](Title& title, const Title& given) { title.rights = given.rights; }},
    {"retired", [](Title& title, const Title& given) { title.retired = given.retired; }},
    {"criteria", [](Title& title, const Title& given) { title.criteria = given.criteria; }},
};

absl::StatusOr<Title> ParseTitle(const v1::Title& title) {
  Title out;
  out.display_name = title.display_name();
  out.term_months = title.term_months();
  out.seats = title.seats();
  for (const int nominator : title.nominators()) {
    if (!v1::Nominator_IsValid(nominator) || nominator == v1::NOMINATOR_UNSPECIFIED) {
      return InvalidField("title.nominators", "must be STAFF, PEER or SELF");
    }
    out.nominators.push_back(static_cast<domain::Nominator>(nominator));
  }
  out.reviews = title.reviews();
  out.questions.assign(title.questions().begin(), title.questions().end());
  out.renewal_days = title.renewal_days();
  out.rights.assign(title.rights().begin(), title.rights().end());
  out.retired = title.retired();
  PERIGEE_ASSIGN_OR_RETURN(out.criteria, ParseCriteria("title.criteria", title.criteria()));
  return out;
}

absl::StatusOr<Change> ChangeToCreateTitle(const CallContext&,
                                           const v1::CreateTitleRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(Title title, ParseTitle(request.title()));
  title.id = request.title_id();
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeTitle(title));
  return Change{parts[0], [program = parts[0], title](ports::StoreReader& reader,
                                                      const ports::UnitContext& unit) {
                  return Answered(use_cases::CreateTitle(reader, unit, program, title),
                                  [&](const Title& made) { return ToProto(program, made); });
                }};
}

absl::StatusOr<Change> ChangeToUpdateTitle(const CallContext&,
                                           const v1::UpdateTitleRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("title.name", request.title().name(), kTitlePattern));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<Title> edit,
      ParseEdit(request.update_mask(), request.title(), kChangeable, ParseTitle));
  return Change{parts[0],
                [parts, edit](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::UpdateTitle(reader, unit, parts[0], parts[1], edit),
                                  [&](const Title& changed) { return ToProto(parts[0], changed); });
                }};
}

// The change that `decide`, (StoreReader&, UnitContext, program, id, Judge) → DecidedNomination,
// makes of the nomination of that name.
template <class Decide>
absl::StatusOr<Change> ChangeNomination(const CallContext& call, const std::string& name,
                                        Decide decide) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kNominationPattern));
  return Change{
      parts[0],
      [parts, judge = JudgeOf(call.caller), decide = std::move(decide)](
          ports::StoreReader& reader,
          const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
        use_cases::DecidedNomination decided = decide(reader, unit, parts[0], parts[1], judge);
        if (!decided.ok()) {
          return decided.status();
        }
        PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                                 PersonNames::Of(reader, parts[0], {decided->value.member}));
        return Answered(std::move(decided), [&](const Nomination& nomination) {
          return ToProto(parts[0], nomination, unit.now, names);
        });
      }};
}

absl::StatusOr<Change> ChangeToReview(const CallContext& call,
                                      const v1::ReviewNominationRequest& request) {
  if (!v1::NominationReview::Verdict_IsValid(request.verdict()) ||
      request.verdict() == v1::NominationReview::VERDICT_UNSPECIFIED) {
    return InvalidField("verdict", "must be ACCEPT, DECLINE or RECUSED");
  }
  const auto verdict = static_cast<Verdict>(request.verdict());
  PERIGEE_RETURN_IF_ERROR(
      CheckText("reason", request.reason(), verdict == Verdict::kRecused ? 0 : 1, kReasonBytesMax));
  return ChangeNomination(
      call, request.name(),
      [verdict, reason = request.reason()](auto& reader, const auto& unit, const auto& program,
                                           const auto& id, const Judge& judge) {
        return use_cases::ReviewNomination(reader, unit, program, id, judge, verdict, reason);
      });
}

absl::StatusOr<Change> ChangeToDecide(const CallContext& call,
                                      const v1::DecideNominationRequest& request) {
  if (request.verdict() != v1::NominationReview::VERDICT_ACCEPT &&
      request.verdict() != v1::NominationReview::VERDICT_DECLINE) {
    return InvalidField("verdict", "must be ACCEPT or DECLINE");
  }
  PERIGEE_RETURN_IF_ERROR(CheckText("reason", request.reason(), 1, kReasonBytesMax));
  use_cases::NominationDecision decision;
  decision.accept = request.verdict() == v1::NominationReview::VERDICT_ACCEPT;
  decision.reason = request.reason();
  decision.etag = request.etag();
  if (request.has_start_time()) {
    PERIGEE_ASSIGN_OR_RETURN(decision.start_time,
                             FromTimestamp("start_time", request.start_time()));
  }
  return ChangeNomination(call, request.name(),
                          [decision](auto& reader, const auto& unit, const auto& program,
                                     const auto& id, const Judge& judge) {
                            return use_cases::DecideNomination(reader, unit, program, id, judge,
                                                               decision);
                          });
}

// Leaves out drafts, and the nominations of the caller.
absl::StatusOr<v1::ListNominationsResponse> ListNominations(
    const CallContext& call, const v1::ListNominationsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListNominations " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListNominationsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    Nomination after;
    after.id = page.after();
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Nomination> nominations,
                             reader.records().List<Nomination>(parts[0], {}, &after, page.Limit()));
    v1::ListNominationsResponse response;
    response.set_next_page_token(page.Cut(nominations, &Nomination::id));
    PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(parts[0]));
    const Judge judge = JudgeOf(call.caller);
    std::erase_if(nominations, [&](const Nomination& nomination) {
      return nomination.state == domain::NominationState::kDraft ||
             use_cases::IsThePerson(judge, merged, nomination.member);
    });
    std::vector<MemberKey> keys;
    for (const Nomination& nomination : nominations) {
      keys.push_back(nomination.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, parts[0], keys));
    for (const Nomination& nomination : nominations) {
      *response.add_nominations() = ToProto(parts[0], nomination, call.now, names);
    }
    return response;
  });
}

absl::StatusOr<v1::Nomination> GetNomination(const CallContext& call, ports::StoreReader& reader,
                                             const std::string& program, const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(const Nomination nomination,
                           use_cases::RequireNomination(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  if (nomination.state == domain::NominationState::kDraft ||
      use_cases::IsThePerson(JudgeOf(call.caller), merged, nomination.member)) {
    return NotFound(FormatName(kNominationPattern, {program, id}));
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<NominationVoice> voices,
                           use_cases::VoicesOf(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<NominationReview> reviews,
                           use_cases::ReviewsOf(reader, program, id));
  std::vector<MemberKey> keys{nomination.member};
  for (const NominationVoice& voice : voices) {
    keys.push_back(voice.nominator);
  }
  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, program, keys));
  v1::Nomination out = ToProto(program, nomination, call.now, names);
  for (const NominationVoice& voice : voices) {
    *out.add_voices() = ToProto(voice, names);
  }
  for (const NominationReview& review : reviews) {
    *out.add_reviews() = ToProto(review);
  }
  return out;
}

// The change that `decide`, (StoreReader&, UnitContext) → DecidedAppointment, makes.
template <class Decide>
Change ChangeAppointment(const std::string& program, Decide decide) {
  return {program,
          [program, decide = std::move(decide)](
              ports::StoreReader& reader,
              const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
            use_cases::DecidedAppointment decided = decide(reader, unit);
            if (!decided.ok()) {
              return decided.status();
            }
            const MemberKey member = decided->value.member;
            PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                                     PersonNames::Of(reader, program, {member}));
            return Answered(std::move(decided), [&](const Appointment& appointment) {
              return ToProto(program, appointment, names(member), unit.now, ShownTo::kStaff);
            });
          }};
}

absl::StatusOr<AppointmentPlace> ParsePlace(const std::string& name) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kAppointmentPattern));
  return AppointmentPlace{parts[0], parts[1], parts[2]};
}

absl::StatusOr<Change> ChangeToAppoint(const CallContext&,
                                       const v1::CreateAppointmentRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> title,
                           ParseName("title", request.title(), kTitlePattern));
  if (title[0] != parts[0]) {
    return InvalidField("title", "is of another programme");
  }
  use_cases::AppointmentDraft draft{title[1], parts[1], std::nullopt};
  if (request.has_start_time()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.start_time, FromTimestamp("start_time", request.start_time()));
  }
  return ChangeAppointment(parts[0], [program = parts[0], draft](auto& reader, const auto& unit) {
    return use_cases::Appoint(reader, unit, program, draft);
  });
}

absl::StatusOr<Change> ChangeToRenew(const CallContext&,
                                     const v1::RenewAppointmentRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const AppointmentPlace place, ParsePlace(request.name()));
  return ChangeAppointment(place.program, [place](auto& reader, const auto& unit) {
    return use_cases::RenewAppointment(reader, unit, place);
  });
}

absl::StatusOr<Change> ChangeByMove(const std::string& name, domain::AppointmentMove move,
                                    const std::string& reason) {
  PERIGEE_ASSIGN_OR_RETURN(const AppointmentPlace place, ParsePlace(name));
  return ChangeAppointment(place.program, [place, move, reason](auto& reader, const auto& unit) {
    return use_cases::MoveAppointment(reader, unit, place, move, reason);
  });
}

template <class Request>
absl::StatusOr<Change> ChangeByReason(const Request& request, domain::AppointmentMove move) {
  PERIGEE_RETURN_IF_ERROR(CheckText("reason", request.reason(), 1, kReasonBytesMax));
  return ChangeByMove(request.name(), move, request.reason());
}

absl::StatusOr<v1::ListAllAppointmentsResponse> ListAllAppointments(
    const CallContext& call, const v1::ListAllAppointmentsRequest& request,
    const ports::Store& store, const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListAllAppointments " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListAllAppointmentsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    Appointment after;
    after.id = page.after();
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Appointment> appointments,
        reader.records().List<Appointment>(parts[0], {}, &after, page.Limit()));
    v1::ListAllAppointmentsResponse response;
    response.set_next_page_token(page.Cut(appointments, &Appointment::id));
    std::vector<MemberKey> keys;
    for (const Appointment& appointment : appointments) {
      keys.push_back(appointment.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, parts[0], keys));
    for (const Appointment& appointment : appointments) {
      *response.add_appointments() =
          ToProto(parts[0], appointment, names(appointment.member), call.now, ShownTo::kStaff);
    }
    return response;
  });
}

}  // namespace

ChampionAdminService::ChampionAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.ChampionAdminService") {
  using domain::AppointmentMove;
  Write<v1::CreateTitleRequest>("CreateTitle", ChangeToCreateTitle);
  Write<v1::UpdateTitleRequest>("UpdateTitle", ChangeToUpdateTitle);
  Read<v1::ListNominationsRequest>(
      "ListNominations", [this, &tokens](const CallContext& context, const auto& asked) {
        return services::ListNominations(context, asked, store(), tokens);
      });
  Read<v1::GetNominationRequest>(
      "GetNomination",
      [this](const CallContext& context, const auto& asked) -> absl::StatusOr<v1::Nomination> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("name", asked.name(), kNominationPattern));
        return ReadFrom(store(), [&](ports::StoreReader& reader) {
          return services::GetNomination(context, reader, parts[0], parts[1]);
        });
      });
  Write<v1::StartReviewRequest>("StartReview", [](const CallContext& context, const auto& asked) {
    return ChangeNomination(context, asked.name(), use_cases::StartReview);
  });
  Write<v1::ReviewNominationRequest>("ReviewNomination", ChangeToReview);
  Write<v1::DecideNominationRequest>("DecideNomination", ChangeToDecide);
  Read<v1::ListAllAppointmentsRequest>(
      "ListAllAppointments", [this, &tokens](const CallContext& context, const auto& asked) {
        return services::ListAllAppointments(context, asked, store(), tokens);
      });
  Write<v1::CreateAppointmentRequest>("CreateAppointment", ChangeToAppoint);
  Write<v1::RenewAppointmentRequest>("RenewAppointment", ChangeToRenew);
  Write<v1::SuspendAppointmentRequest>("SuspendAppointment",
                                       [](const CallContext&, const auto& asked) {
                                         return ChangeByReason(asked, AppointmentMove::kSuspend);
                                       });
  Write<v1::ReinstateAppointmentRequest>(
      "ReinstateAppointment", [](const CallContext&, const auto& asked) {
        return ChangeByMove(asked.name(), AppointmentMove::kReinstate, "");
      });
  Write<v1::RevokeAppointmentRequest>("RevokeAppointment",
                                      [](const CallContext&, const auto& asked) {
                                        return ChangeByReason(asked, AppointmentMove::kRevoke);
                                      });
}

}  // namespace perigee::services
