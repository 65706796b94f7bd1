#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Stub = v1::MemberAdminService::Stub;

constexpr char kKindPrefix[] = "STAKEHOLDER_KIND_";

struct MemberArgs {
  std::string id;
  std::string display_name;
  std::vector<std::string> kinds;
  std::vector<std::string> facets;
  std::string type;
  std::string joined;
  std::string opt_out;
  std::string etag;
};

std::string Kinds(const v1::Member& member) {
  std::string kinds;
  for (const int kind : member.kinds()) {
    kinds +=
        (kinds.empty() ? "" : ", ") +
        Friendly(v1::StakeholderKind_Name(static_cast<v1::StakeholderKind>(kind)), kKindPrefix);
  }
  return kinds;
}

absl::Status Show(Session& session, const v1::Member& member) {
  if (session.PrintJson(member)) {
    return absl::OkStatus();
  }
  std::string facets;
  for (const std::string& facet : member.facets()) {
    facets += (facets.empty() ? "" : ", ") + facet;
  }
  Card card;
  card.Add("name", member.name());
  card.Add("display name", member.display_name());
  card.Add("kinds", Kinds(member));
  card.Add("facets", facets);
  card.Add("type", Friendly(v1::Member::Type_Name(member.type()), "TYPE_"));
  card.Add("standing", Friendly(v1::Member::Standing_Name(member.standing()), "STANDING_"));
  card.Add("on boards", member.board_opt_out() ? "opted out" : "yes");
  card.Add("joined", FormatTimestamp(member.join_time()));
  card.Add("etag", member.etag());
  card.Add("revision", std::to_string(member.revision()));
  card.Print(session.out());
  return absl::OkStatus();
}

absl::Status Fill(const MemberArgs& args, v1::Member& member) {
  member.set_display_name(args.display_name);
  for (const std::string& kind : args.kinds) {
    v1::StakeholderKind value{};
    if (!v1::StakeholderKind_Parse(Unfriendly(kind, kKindPrefix), &value)) {
      return UsageFailure("--kind " + kind +
                          " is none of customer, employee, partner, influencer, citizen, donor, "
                          "alumni, investor.");
    }
    member.add_kinds(value);
  }
  member.mutable_facets()->Assign(args.facets.begin(), args.facets.end());
  v1::Member::Type type = v1::Member::TYPE_UNSPECIFIED;
  if (!args.type.empty() && !v1::Member::Type_Parse(Unfriendly(args.type, "TYPE_"), &type)) {
    return UsageFailure("--type " + args.type + " is none of person, staff, bot.");
  }
  member.set_type(type);
  member.set_board_opt_out(args.opt_out == "yes");
  if (!args.joined.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(*member.mutable_join_time(), ParseTimestamp("--joined", args.joined));
  }
  return absl::OkStatus();
}

absl::Status Create(Session& session, const MemberArgs& args) {
  v1::CreateMemberRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  request.set_member_id(args.id);
  PERIGEE_RETURN_IF_ERROR(Fill(args, *request.mutable_member()));
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Member member,
                           session.Ask(Door::kInternal, &Stub::CreateMember, request));
  return Show(session, member);
}

absl::Status Get(Session& session, const MemberArgs& args) {
  v1::GetMemberRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("members", args.id));
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::Member member,
      session.Ask(Door::kPublic, &v1::MemberService::Stub::GetMember, request));
  return Show(session, member);
}

absl::Status Update(Session& session, const MemberArgs& args) {
  v1::UpdateMemberRequest request;
  v1::Member& member = *request.mutable_member();
  PERIGEE_RETURN_IF_ERROR(Fill(args, member));
  PERIGEE_ASSIGN_OR_RETURN(*member.mutable_name(), session.Name("members", args.id));
  member.set_etag(args.etag);
  const std::pair<const char*, bool> given[] = {{"display_name", !args.display_name.empty()},
                                                {"kinds", !args.kinds.empty()},
                                                {"facets", !args.facets.empty()},
                                                {"type", !args.type.empty()},
                                                {"board_opt_out", !args.opt_out.empty()}};
  for (const auto& [field, present] : given) {
    if (present) {
      request.mutable_update_mask()->add_paths(field);
    }
  }
  if (request.update_mask().paths().empty()) {
    return UsageFailure("nothing to change was given; see `perigee members update --help`.");
  }
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Member updated,
                           session.Ask(Door::kInternal, &Stub::UpdateMember, request));
  return Show(session, updated);
}

absl::Status List(Session& session, int limit) {
  v1::ListMembersRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListMembersResponse response,
      session.AskAll(Door::kInternal, &Stub::ListMembers, request, limit,
                     [](const v1::ListMembersResponse& page) { return page.members_size(); }));
  if (session.PrintJson(response)) {
    return absl::OkStatus();
  }
  Table table({"MEMBER", "NAME", "KINDS", "TYPE", "STANDING", "JOINED"});
  for (const v1::Member& member : response.members()) {
    table.Add({IdOf(member.name()), member.display_name(), Kinds(member),
               Friendly(v1::Member::Type_Name(member.type()), "TYPE_"),
               Friendly(v1::Member::Standing_Name(member.standing()), "STANDING_"),
               FormatTimestamp(member.join_time())});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

template <class Request>
auto Move(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, v1::Member*)) {
  return [method](Session& session, const MemberArgs& args) -> absl::Status {
    Request request;
    PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("members", args.id));
    request.set_request_id(session.RequestId());
    PERIGEE_ASSIGN_OR_RETURN(const v1::Member member,
                             session.Ask(Door::kInternal, method, request));
    return Show(session, member);
  };
}

void BindMember(CLI::App& command, MemberArgs& args) {
  command.add_option("MEMBER", args.id, "The member's id")->required();
}

void BindProperties(CLI::App& command, MemberArgs& args) {
  command.add_option("--kind", args.kinds,
                     "Stakeholder kind, may be repeated: customer, employee, partner, influencer, "
                     "citizen, donor, alumni, investor");
  command.add_option("--facet", args.facets, "Role, identity or interest, may be repeated");
  command.add_option("--type", args.type, "person, staff or bot");
  command.add_option("--board-opt-out", args.opt_out, "Keep the member off every board")
      ->check(CLI::IsMember({"yes", "no"}));
}

}  // namespace

void AddMembers(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "members", "The people of a programme");
  AddCommand<MemberArgs>(
      noun, chosen,
      {"create", "Add a member",
       "  perigee members create ada -p acme --display-name 'Ada L.' --kind customer --kind donor"},
      [](CLI::App& command, MemberArgs& args) {
        command.add_option("MEMBER", args.id, "Its id; the server makes one if left out");
        command.add_option("--display-name", args.display_name, "What others see")->required();
        command.add_option("--joined", args.joined, "When they joined; now if left out");
        BindProperties(command, args);
      },
      Create);
  AddCommand<MemberArgs>(noun, chosen,
                         {"get", "Show one member", "  perigee members get ada -p acme"},
                         BindMember, Get);
  AddCommand<int>(
      noun, chosen, {"list", "List members by id", "  perigee members list -p acme --limit 20"},
      [](CLI::App& command, int& limit) {
        command.add_option("--limit", limit, "At most so many; all if left out");
      },
      List);
  AddCommand<MemberArgs>(
      noun, chosen,
      {"update", "Change what is given, leave the rest",
       "  perigee members update ada -p acme --board-opt-out yes"},
      [](CLI::App& command, MemberArgs& args) {
        BindMember(command, args);
        command.add_option("--display-name", args.display_name, "What others see");
        BindProperties(command, args);
        command.add_option("--etag", args.etag, "Only if this is still its etag");
      },
      Update);
  AddCommand<MemberArgs>(noun, chosen,
                         {"suspend", "Take a member off every board and refuse their spending",
                          "  perigee members suspend ada -p acme"},
                         BindMember, Move(&Stub::SuspendMember));
  AddCommand<MemberArgs>(
      noun, chosen, {"reinstate", "End a suspension", "  perigee members reinstate ada -p acme"},
      BindMember, Move(&Stub::ReinstateMember));
}

}  // namespace perigee::cli
