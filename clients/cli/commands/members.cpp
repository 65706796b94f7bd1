#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <system_error>

#include "absl/strings/str_join.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Stub = v1::MemberAdminService::Stub;

void Show(Session& session, const v1::Member& member) {
  Card card;
  card.Add("name", member.name());
  card.Add("display name", member.display_name());
  card.Add("kinds", Words<v1::StakeholderKind>(member.kinds()));
  card.Add("facets", absl::StrJoin(member.facets(), ", "));
  card.Add("handle", member.handle());
  card.Add("motives", Words<v1::Motive>(member.motives()));
  if (member.has_pause()) {
    card.Add("pause", member.pause().has_end_time()
                          ? "until " + FormatTimestamp(member.pause().end_time())
                          : "until the member ends it");
  }
  card.Add("inviter", member.inviter());
  card.Add("merged into", member.merged_into());
  card.Add("type", Word(member.type()));
  card.Add("standing", Word(member.standing()));
  card.Add("on boards", member.board_opt_out() ? "opted out" : "yes");
  card.Add("joined", FormatTimestamp(member.join_time()));
  card.Add("etag", member.etag());
  card.Add("revision", std::to_string(member.revision()));
  card.Print(session.out());
}

void ShowProfile(Session& session, const v1::Profile& profile) {
  Card card;
  card.Add("name", profile.name());
  card.Add("display name", profile.display_name());
  card.Add("joined", FormatTimestamp(profile.join_time()));
  card.Print(session.out());
}

Rows<v1::Member> MemberRows() {
  return {{"MEMBER", "NAME", "KINDS", "TYPE", "STANDING", "JOINED"},
          [](const v1::Member& member) -> Row {
            return {IdOf(member.name()),
                    member.display_name(),
                    Words<v1::StakeholderKind>(member.kinds()),
                    Word(member.type()),
                    Word(member.standing()),
                    FormatTimestamp(member.join_time())};
          }};
}

// Writes the document as it comes. A failure that comes before the first part is tried again.
absl::Status Export(Session& session, const v1::ExportMemberRequest& request, std::ostream& out) {
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session.Channel(Door::kPublic));
  v1::MemberService::Stub stub(channel);
  bool begun = false;
  grpc::Status ended;
  const absl::Status status = session.Retry([&](grpc::ClientContext& context) {
    auto stream = stub.ExportMember(&context, request);
    v1::ExportMemberResponse part;
    while (stream->Read(&part)) {
      begun = true;
      out.write(part.json().data(), static_cast<std::streamsize>(part.json().size()));
    }
    ended = stream->Finish();
    return begun ? grpc::Status::OK : ended;
  });
  PERIGEE_RETURN_IF_ERROR(status.ok() ? FromGrpc(ended) : status);
  out.flush();
  return out ? absl::OkStatus() : UsageFailure("the document cannot be written.");
}

// Only for those who may read it: the document holds all that is known of a person.
absl::Status ExportTo(Session& session, const v1::ExportMemberRequest& request,
                      const std::string& path) {
  if (path.empty()) {
    return Export(session, request, session.out());
  }
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  std::error_code failure;
  std::filesystem::permissions(
      path, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, failure);
  if (!file || failure) {
    return UsageFailure("--out " + path + " cannot be written.");
  }
  const absl::Status status = Export(session, request, file);
  if (!status.ok()) {
    file.close();
    std::filesystem::remove(path, failure);  // Part of a document is none.
  }
  return status;
}

// Erases the member as it is now.
template <class Service>
auto Erase(Door door, std::shared_ptr<const std::string> confirmed) {
  return [door, confirmed](Session& session, v1::EraseMemberRequest request) -> absl::Status {
    if (IdOf(*confirmed) != IdOf(request.name())) {
      return UsageFailure("--yes-erase must be the member's id once more.");
    }
    v1::GetMemberRequest asked;
    asked.set_name(request.name());
    PERIGEE_ASSIGN_OR_RETURN(
        const v1::Member member,
        session.Ask(Door::kPublic, &v1::MemberService::Stub::GetMember, asked));
    request.set_etag(member.etag());
    PERIGEE_ASSIGN_OR_RETURN(const v1::EraseMemberResponse erased,
                             session.Ask(door, &Service::Stub::EraseMember, request));
    if (!session.PrintPlain(erased)) {
      session.out() << "erased at revision " << erased.revision() << "\n";
    }
    return absl::OkStatus();
  };
}

void BindErasure(Form& form, std::string& confirmed) {
  BindMember(form, "name");
  form.command().add_option("--yes-erase", confirmed, "Its id once more")->required();
}

void BindOptOut(Form& form) {
  form.Add("--board-opt-out", "member.board_opt_out", "Keep the member off every board: yes or no")
      ->check(CLI::IsMember({"yes", "no"}));
}

void BindNames(Form& form) {
  form.Add("--handle", "member.handle", "A name that nobody else in the programme has");
  form.Add("--motive", "member.motives",
           "What drives them, may be repeated: " + WordsOf(*v1::Motive_descriptor()));
}

void BindProperties(Form& form) {
  BindNames(form);
  form.Add("--kind", "member.kinds",
           "Stakeholder kind, may be repeated: " + WordsOf(*v1::StakeholderKind_descriptor()));
  form.Add("--facet", "member.facets", "Role, identity or interest, may be repeated");
  form.Add("--type", "member.type", "What it is: " + WordsOf(*v1::Member::Type_descriptor()));
  BindOptOut(form);
}

}  // namespace

void AddMembers(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "members", "The people of a programme");
  AddCall<v1::CreateMemberRequest>(
      noun, chosen,
      {"create", "Add a member",
       "  perigee members create ada -p demo --display-name 'Ada L.' --kind customer --kind donor"},
      [](Form& form) {
        form.InProgram();
        form.Add("MEMBER", "member_id", "Its id; the server makes one if left out");
        form.Add("--display-name", "member.display_name", "What others see")->required();
        form.Add("--joined", "member.join_time", "When they joined; now if left out");
        BindProperties(form);
      },
      Send(Door::kInternal, &Stub::CreateMember, Show));
  AddCall<v1::GetMemberRequest>(
      noun, chosen, {"get", "Show one member", "  perigee members get m-001 -p demo"},
      [](Form& form) { BindMember(form, "name"); },
      Send(Door::kPublic, &v1::MemberService::Stub::GetMember, Show));
  AddCall<v1::GetProfileRequest>(
      noun, chosen,
      {"profile", "Show what members see of each other", "  perigee members profile m-001 -p demo"},
      [](Form& form) { BindMember(form, "name"); },
      Send(Door::kPublic, &v1::MemberService::Stub::GetProfile, ShowProfile));
  AddCall<v1::UpdateSelfRequest>(
      noun, chosen,
      {"update-self", "Change oneself: one's names and motives, and whether one stands on boards",
       "  perigee members update-self m-001 -p demo --display-name Ada --board-opt-out no"},
      [](Form& form) {
        BindMember(form, "member.name", "One's own id");
        form.Add("--display-name", "member.display_name", "What others see");
        BindNames(form);
        BindOptOut(form);
        BindEtag(form, "member.etag");
      },
      Send(Door::kPublic, &v1::MemberService::Stub::UpdateSelf, Show));
  AddCall<v1::ListMembersRequest>(
      noun, chosen, {"list", "List members", "  perigee members list -p demo --limit 20"},
      BindProgramList, List(Door::kInternal, &Stub::ListMembers, MemberRows()));
  AddCall<v1::SearchMembersRequest>(
      noun, chosen,
      {"search", "Find members by a part of their name or handle",
       "  perigee members search an -p demo --limit 20"},
      [](Form& form) {
        form.InProgram();
        form.Add("TEXT", "query", "In any script; case makes no difference")->required();
        BindLimit(form);
      },
      List(Door::kInternal, &Stub::SearchMembers, MemberRows()));
  AddKinds(noun, chosen);
  AddCall<v1::PauseSelfRequest>(
      noun, chosen,
      {"pause", "Do not disturb oneself",
       "  perigee members pause m-001 --until 2099-08-31 -p demo"},
      [](Form& form) {
        BindMember(form, "name");
        form.Add("--until", "end_time", "When it ends; until `resume` if left out");
      },
      Send(Door::kPublic, &v1::MemberService::Stub::PauseSelf, Show));
  AddCall<v1::ResumeSelfRequest>(
      noun, chosen, {"resume", "End a pause of oneself", "  perigee members resume m-001 -p demo"},
      [](Form& form) { BindMember(form, "name"); },
      Send(Door::kPublic, &v1::MemberService::Stub::ResumeSelf, Show));
  AddCall<v1::UpdateMemberRequest>(
      noun, chosen,
      {"update", "Change what is given, leave the rest",
       "  perigee members update m-001 -p demo --board-opt-out yes --facet cyclist --facet maker\n"
       "  perigee members update m-001 -p demo --no-facets"},
      [](Form& form) {
        BindMember(form, "member.name");
        form.Add("--display-name", "member.display_name", "What others see");
        BindProperties(form);
        form.AddClear("--no-kinds", {"member.kinds"}, "Take all kinds away")->excludes("--kind");
        form.AddClear("--no-facets", {"member.facets"}, "Take all facets away")
            ->excludes("--facet");
        BindEtag(form, "member.etag");
      },
      Send(Door::kInternal, &Stub::UpdateMember, Show));
  AddCall<v1::SuspendMemberRequest>(
      noun, chosen,
      {"suspend", "Take a member off every board and refuse their spending",
       "  perigee members suspend m-001 -p demo"},
      [](Form& form) { BindMember(form, "name"); },
      Send(Door::kInternal, &Stub::SuspendMember, Show));
  AddCall<v1::ReinstateMemberRequest>(
      noun, chosen,
      {"reinstate", "End a suspension",
       "  perigee members suspend m-001 -p demo\n"
       "  perigee members reinstate m-001 -p demo"},
      [](Form& form) { BindMember(form, "name"); },
      Send(Door::kInternal, &Stub::ReinstateMember, Show));
  AddCall<v1::MergeMembersRequest>(
      noun, chosen,
      {"merge", "Join two members that are one person, by the name of the first",
       "  perigee members merge m-003 --from m-005 -p demo"},
      [](Form& form) {
        BindMember(form, "name");
        form.Add("--from", "from", "The member that is merged into it", {.read = IdIn("members")})
            ->required();
        form.Add("--etag", "etag", "Only if this is still the etag of --from");
      },
      Send(Door::kInternal, &Stub::MergeMembers, Show));
  AddCall<v1::UnmergeMemberRequest>(
      noun, chosen,
      {"unmerge", "Undo a merge",
       "  perigee members merge m-003 --from m-005 -p demo\n"
       "  perigee members unmerge m-005 -p demo"},
      [](Form& form) {
        form.Add("MEMBER", "name", "The id of the member that was merged",
                 {.read = IdIn("members")})
            ->required();
        form.Add("--etag", "etag", "Only if this is still its etag, as `merged` shows it");
      },
      Send(Door::kInternal, &Stub::UnmergeMember, Show));
  AddCall<v1::ListMergedMembersRequest>(
      noun, chosen,
      {"merged", "List the members that are merged into one",
       "  perigee members merge m-003 --from m-005 -p demo\n"
       "  perigee members merged m-003 -p demo"},
      BindMemberList, List(Door::kInternal, &Stub::ListMergedMembers, MemberRows()));
  const auto path = std::make_shared<std::string>();
  AddCall<v1::ExportMemberRequest>(
      noun, chosen,
      {"export", "Write all that is stored of a member as one JSON document",
       "  perigee members export m-001 -p demo --out m-001.json"},
      [path](Form& form) {
        BindMember(form, "name");
        form.command().add_option("--out", *path, "A file for it; the standard output if left out");
      },
      [path](Session& session, const v1::ExportMemberRequest& request) {
        return ExportTo(session, request, *path);
      });
  const auto confirmed = std::make_shared<std::string>();
  AddCall<v1::EraseMemberRequest>(
      noun, chosen,
      {"erase", "Erase a member for good, who asked for it in another way",
       "  perigee members erase m-001 -p demo --yes-erase m-001"},
      [confirmed](Form& form) { BindErasure(form, *confirmed); },
      Erase<v1::MemberAdminService>(Door::kInternal, confirmed));
  AddCall<v1::EraseMemberRequest>(
      noun, chosen,
      {"erase-self", "Erase oneself for good",
       "  perigee members erase-self m-001 -p demo --yes-erase m-001"},
      [confirmed](Form& form) { BindErasure(form, *confirmed); },
      Erase<v1::MemberService>(Door::kPublic, confirmed));
}

}  // namespace perigee::cli
