#include "server/services/champion/champion_service.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/services/champion/champion_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/nominations.h"

namespace perigee::services {
namespace {

using domain::Appointment;
using domain::Member;
using domain::MemberKey;
using domain::MergedMembers;
using domain::Nomination;
using domain::NominationVoice;
using domain::Title;

// The member who acts, or nobody for staff. Nobody acts for another member.
absl::StatusOr<std::string> ParseActor(const Caller& caller, const std::string& member,
                                       const std::string& program) {
  if (member.empty()) {
    return std::string();
  }
  PERIGEE_ASSIGN_OR_RETURN(std::string id, ParseMemberRef("member", member, program));
  if (caller.access != nullptr && !caller.access->IsMember(id)) {
    return InvalidField("member", "must be the caller, or empty for staff");
  }
  return id;
}

v1::OwnNomination OwnOf(const std::string& program, const Nomination& nomination, Time now,
                        const NominationVoice* voice, const PersonNames& names) {
  v1::OwnNomination own;
  const v1::Nomination whole = ToProto(program, nomination, now, names);
  own.set_name(whole.name());
  own.set_title(whole.title());
  own.set_nominee(whole.nominee());
  own.set_state(whole.state());
  if (voice != nullptr) {
    *own.mutable_voice() = ToProto(*voice, names);
  }
  return own;
}

// The answer of a change, with the voice that the change wrote.
absl::StatusOr<ports::Decision> AnsweredWith(ports::StoreReader& reader, const std::string& program,
                                             Time now, use_cases::DecidedNomination decided) {
  if (!decided.ok()) {
    return decided.status();
  }
  const auto* voice = decided->changes.records.Last<NominationVoice>();
  std::vector<MemberKey> keys{decided->value.member};
  if (voice != nullptr) {
    keys.push_back(voice->nominator);
  }
  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, program, keys));
  const v1::OwnNomination answer = OwnOf(program, decided->value, now, voice, names);
  return ports::Decision{std::move(decided->changes), answer.SerializeAsString()};
}

absl::StatusOr<Change> ChangeToNominate(const CallContext& call,
                                        const v1::NominateRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  use_cases::NominationDraft draft;
  PERIGEE_ASSIGN_OR_RETURN(draft.nominator, ParseActor(call.caller, request.member(), parts[0]));
  PERIGEE_ASSIGN_OR_RETURN(draft.nominee, ParseMemberRef("nominee", request.nominee(), parts[0]));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> title,
                           ParseName("title", request.title(), kTitlePattern));
  if (title[0] != parts[0]) {
    return InvalidField("title", "is of another programme");
  }
  if (request.draft() && draft.nominator.empty()) {
    return InvalidField("draft", "is for a member who nominates");
  }
  if (request.from_candidates() && !draft.nominator.empty()) {
    return InvalidField("from_candidates", "is for staff");
  }
  if (request.from_candidates()) {
    // Its refusal tells who is a candidate.
    PERIGEE_RETURN_IF_ERROR(
        RequireRight(call.caller, "CandidateAdminService/ListCandidates", parts[0]));
  }
  draft.title = title[1];
  draft.answers.assign(request.answers().begin(), request.answers().end());
  draft.draft = request.draft();
  draft.from_candidates = request.from_candidates();
  return Change{parts[0], [program = parts[0], draft](ports::StoreReader& reader,
                                                      const ports::UnitContext& unit) {
                  return AnsweredWith(reader, program, unit.now,
                                      use_cases::Nominate(reader, unit, program, draft));
                }};
}

// SubmitNomination or WithdrawNomination, by `move`.
template <class Request>
absl::StatusOr<Change> ChangeByMember(const CallContext& call, const Request& request,
                                      decltype(use_cases::SubmitNomination)* move) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kNominationPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseActor(call.caller, request.member(), parts[0]));
  return Change{parts[0],
                [parts, member, move](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(reader, parts[0], unit.now,
                                      move(reader, unit, parts[0], parts[1], member));
                }};
}

absl::StatusOr<v1::ListOwnNominationsResponse> ListOwn(ports::StoreReader& reader,
                                                       const std::string& program,
                                                       const std::string& member_id, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  std::map<std::string, std::pair<Nomination, std::optional<NominationVoice>>> own;
  std::vector<MemberKey> keys;
  for (const MemberKey& key : merged.AllOf(member.key)) {
    const std::string raw(key.Raw());
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<NominationVoice> voices,
                             reader.records().List<NominationVoice>(program, {{"nominator", raw}},
                                                                    nullptr, kPageSizeMax));
    for (const NominationVoice& voice : voices) {
      PERIGEE_ASSIGN_OR_RETURN(Nomination nomination,
                               use_cases::RequireNomination(reader, program, voice.nomination));
      own.insert_or_assign(voice.nomination, std::pair(std::move(nomination), voice));
    }
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Nomination> nominations,
        reader.records().List<Nomination>(program, {{"member_key", raw}}, nullptr, kPageSizeMax));
    for (Nomination& nomination : nominations) {
      if (nomination.state != domain::NominationState::kDraft) {
        const std::string id = nomination.id;
        own.try_emplace(id, std::move(nomination), std::nullopt);
      }
    }
  }
  for (const auto& [id, one] : own) {
    keys.push_back(one.first.member);
  }
  keys.push_back(member.key);
  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, program, keys));
  v1::ListOwnNominationsResponse response;
  for (const auto& [id, one] : own) {
    *response.add_nominations() =
        OwnOf(program, one.first, now, one.second.has_value() ? &*one.second : nullptr, names);
  }
  return response;
}

// Who may see what of appointments.
class Shown {
 public:
  Shown(const Caller& caller, std::string program, Time now)
      : caller_(caller), program_(std::move(program)), now_(now) {}

  // Adds those that the caller may see.
  absl::Status Add(ports::StoreReader& reader, const std::vector<Appointment>& appointments,
                   v1::ListAppointmentsResponse& response) const {
    PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program_));
    std::vector<MemberKey> heads;
    for (const Appointment& one : appointments) {
      heads.push_back(merged.HeadOf(one.member));
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> found,
                             reader.members().FindByKeys(program_, heads));
    std::map<MemberKey, Member> members;
    for (const Member& member : found) {
      members.emplace(member.key, member);
    }
    for (const Appointment& one : appointments) {
      const auto head = members.find(merged.HeadOf(one.member));
      if (head == members.end()) {
        continue;
      }
      const Member& member = head->second;
      const bool is_own = caller_.access != nullptr && caller_.access->IsMember(member.id);
      const bool is_hidden =
          member.board_opt_out || member.standing == domain::Standing::kSuspended;
      if (is_own || (!is_hidden && domain::IsPublic(one, now_))) {
        *response.add_appointments() = ToProto(program_, one, MemberName(program_, member.id), now_,
                                               is_own ? ShownTo::kOwner : ShownTo::kEverybody);
      }
    }
    return absl::OkStatus();
  }

 private:
  const Caller& caller_;
  const std::string program_;
  const Time now_;
};

absl::StatusOr<v1::ListAppointmentsResponse> ListAppointments(
    const CallContext& call, const v1::ListAppointmentsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, "ListAppointments " + request.parent() + " " + request.of_member(),
                  request));
  std::string of_member;
  if (!request.of_member().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(of_member, ParseMemberRef("of_member", request.of_member(), parts[0]));
  }
  return ReadFrom(
      store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListAppointmentsResponse> {
        PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
        v1::ListAppointmentsResponse response;
        std::vector<Appointment> appointments;
        if (of_member.empty()) {
          Appointment after;
          after.id = page.after();
          PERIGEE_ASSIGN_OR_RETURN(
              appointments, reader.records().List<Appointment>(parts[0], {}, &after, page.Limit()));
          response.set_next_page_token(page.Cut(appointments, &Appointment::id));
        } else {
          // Who is hidden answers as who is missing: with nothing.
          PERIGEE_ASSIGN_OR_RETURN(const std::optional<Member> member,
                                   reader.members().Find(parts[0], of_member));
          PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(parts[0]));
          if (member.has_value()) {
            PERIGEE_ASSIGN_OR_RETURN(
                appointments,
                use_cases::AppointmentsOf(reader, parts[0], merged.AllOf(member->key)));
          }
          response.set_next_page_token(page.CutById(appointments));
        }
        PERIGEE_RETURN_IF_ERROR(
            Shown(call.caller, parts[0], call.now).Add(reader, appointments, response));
        return response;
      });
}

absl::StatusOr<Change> ChangeToResign(const CallContext&,
                                      const v1::ResignAppointmentRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kAppointmentPattern));
  return Change{parts[0], [parts](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(
                      use_cases::MoveAppointment(reader, unit, {parts[0], parts[1], parts[2]},
                                                 domain::AppointmentMove::kResign, ""),
                      [&](const Appointment& resigned) {
                        return ToProto(parts[0], resigned, MemberName(parts[0], parts[1]), unit.now,
                                       ShownTo::kOwner);
                      });
                }};
}

}  // namespace

ChampionService::ChampionService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.ChampionService") {
  Read<v1::ListTitlesRequest>("ListTitles", [this, &tokens](const CallContext&, const auto& asked) {
    return ListOfProgram<v1::ListTitlesResponse>(
        store(), tokens, "ListTitles", asked,
        [](auto& reader, const auto& program, const Page& page) {
          Title after;
          after.id = page.after();
          return reader.records().template List<Title>(program, {}, &after, page.Limit());
        },
        [](auto& answer, const auto& program, const Title& title) {
          *answer.add_titles() = ToProto(program, title);
        });
  });
  Write<v1::NominateRequest>("Nominate", ChangeToNominate);
  Write<v1::SubmitNominationRequest>(
      "SubmitNomination", [](const CallContext& context, const auto& asked) {
        return ChangeByMember(context, asked, use_cases::SubmitNomination);
      });
  Write<v1::WithdrawNominationRequest>(
      "WithdrawNomination", [](const CallContext& context, const auto& asked) {
        return ChangeByMember(context, asked, use_cases::WithdrawNomination);
      });
  Read<v1::ListOwnNominationsRequest>(
      "ListOwnNominations",
      [this](const CallContext& context,
             const auto& asked) -> absl::StatusOr<v1::ListOwnNominationsResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("parent", asked.parent(), kMemberPattern));
        return ReadFrom(store(), [&](ports::StoreReader& reader) {
          return ListOwn(reader, parts[0], parts[1], context.now);
        });
      });
  Read<v1::ListAppointmentsRequest>(
      "ListAppointments", [this, &tokens](const CallContext& context, const auto& asked) {
        return services::ListAppointments(context, asked, store(), tokens);
      });
  Write<v1::ResignAppointmentRequest>("ResignAppointment", ChangeToResign);
}

}  // namespace perigee::services
