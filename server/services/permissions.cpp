#include "server/services/permissions.h"

#include <algorithm>
#include <array>

#include "absl/strings/str_split.h"

namespace perigee::services {
namespace {

using domain::Role;
using domain::Roles;

constexpr Roles kNobody{};  // Operators only.
constexpr Roles kMember{Role::kMember};
constexpr Roles kAdmin{Role::kProgramAdmin};
constexpr Roles kOrder{Role::kProgramAdmin, Role::kModerator};
constexpr Roles kSystems{Role::kProgramAdmin, Role::kIngestion};
constexpr Roles kAuditors{Role::kProgramAdmin, Role::kAnalyst};
// See personal data.
constexpr Roles kStaff{Role::kProgramAdmin, Role::kModerator, Role::kReviewer};
// See how the programme works.
constexpr Roles kInsiders{Role::kProgramAdmin, Role::kModerator, Role::kReviewer, Role::kAnalyst,
                          Role::kIngestion};
// See what members see of each other.
constexpr Roles kPeople{Role::kProgramAdmin, Role::kModerator, Role::kReviewer, Role::kMember};
constexpr Roles kEverybody{Role::kProgramAdmin, Role::kModerator, Role::kReviewer,
                           Role::kAnalyst,      Role::kIngestion, Role::kMember};

constexpr auto kTable = std::to_array<Permission>({
    // method, field of the resource, who anywhere in the programme, who on their own, whose own
    {"ProgramAdminService/CreateProgram", "", kNobody, kNobody},
    {"ProgramAdminService/GetProgram", "name", kInsiders, kNobody},
    {"ProgramAdminService/ListPrograms", "", kNobody, kNobody},
    {"ProgramAdminService/UpdateProgram", "program.name", kAdmin, kNobody},
    {"ProgramAdminService/CloseProgram", "name", kAdmin, kNobody},
    {"ProgramAdminService/ReopenProgram", "name", kAdmin, kNobody},
    {"ProgramAdminService/DeleteProgram", "name", kNobody, kNobody},
    {"ProgramAdminService/CreateAsset", "parent", kAdmin, kNobody},
    {"ProgramAdminService/GetAsset", "name", kInsiders, kNobody},
    {"ProgramAdminService/ListAssets", "parent", kInsiders, kNobody},
    {"ProgramAdminService/CreateRule", "parent", kAdmin, kNobody},
    {"ProgramAdminService/GetRule", "name", kInsiders, kNobody},
    {"ProgramAdminService/ListRules", "parent", kInsiders, kNobody},
    {"ProgramAdminService/ListRuleVersions", "name", kInsiders, kNobody},
    {"ProgramAdminService/UpdateRule", "rule.name", kAdmin, kNobody},
    {"ProgramAdminService/SetRules", "parent", kAdmin, kNobody},

    {"MemberService/GetSelf", "parent", kInsiders, kMember, kByHandler},
    {"MemberService/JoinProgram", "parent", kEverybody, kNobody, {}, true, true},
    {"MemberService/PauseSelf", "name", kNobody, kMember, "name"},
    {"MemberService/ResumeSelf", "name", kNobody, kMember, "name"},
    {"MemberService/UpdateSelf", "member.name", kNobody, kMember, "member.name", false},
    {"MemberService/GetMember", "name", kStaff, kMember, "name"},
    {"MemberService/GetProfile", "name", kPeople, kNobody},
    {"MemberService/ExportMember", "name", kAdmin, kMember, "name"},
    {"MemberService/EraseMember", "name", kNobody, kMember, "name"},
    {"MemberAdminService/CreateMember", "parent", kSystems, kNobody},
    {"MemberAdminService/ListMembers", "parent", kStaff, kNobody},
    {"MemberAdminService/SearchMembers", "parent", kStaff, kNobody},
    {"MemberAdminService/SetKind", "parent", kAdmin, kNobody},
    {"MemberAdminService/ListKinds", "parent", kStaff, kNobody},
    {"MemberAdminService/UpdateMember", "member.name", kAdmin, kNobody},
    {"MemberAdminService/SuspendMember", "name", kOrder, kNobody},
    {"MemberAdminService/ReinstateMember", "name", kOrder, kNobody},
    {"MemberAdminService/EraseMember", "name", kAdmin, kNobody},

    {"FacetService/StateFacet", "parent", kNobody, kMember, "parent", false},
    {"FacetService/ConsentToFacet", "name", kNobody, kMember, "name", false},
    {"FacetService/WithdrawFacet", "name", kNobody, kMember, "name"},
    {"FacetService/ListFacets", "parent", kAdmin, kMember, "parent"},
    {"FacetService/ListFacetTypes", "parent", kEverybody, kNobody},
    {"FacetAdminService/SetFacetType", "facet_type.name", kAdmin, kNobody},
    {"FacetAdminService/ProposeFacet", "parent", kSystems, kNobody},
    {"FacetAdminService/RemoveFacet", "name", kSystems, kNobody},

    {"InvitationAdminService/CreateInvitation", "parent", kSystems, kNobody},
    {"InvitationAdminService/ListInvitations", "parent", kAdmin, kNobody},
    {"InvitationAdminService/RevokeInvitation", "name", kAdmin, kNobody},

    {"AccessAdminService/CreateRoleGrant", "parent", kAdmin, kNobody},
    {"AccessAdminService/ListRoleGrants", "parent", kAdmin, kNobody},
    {"AccessAdminService/DeleteRoleGrant", "name", kAdmin, kNobody},
    {"AccessAdminService/CreateIdentity", "parent", kSystems, kNobody},
    {"AccessAdminService/ListIdentities", "parent", kAdmin, kNobody},
    {"AccessAdminService/FindIdentity", "parent", kSystems, kNobody},
    {"AccessAdminService/DeleteIdentity", "name", kAdmin, kNobody},

    {"AudienceAdminService/ListAudienceMembers", "parent", kAdmin, kNobody},

    {"ActivityAdminService/RecordActivity", "parent", kSystems, kNobody},
    {"ActivityAdminService/RecordActivities", "parent", kSystems, kNobody},
    {"ActivityAdminService/GetActivity", "name", kStaff, kNobody},
    {"ActivityAdminService/ListActivities", "parent", kStaff, kNobody},

    {"CapitalService/ListAssets", "parent", kEverybody, kNobody},
    {"CapitalService/GetAccount", "name", kStaff, kMember, "name"},
    {"CapitalService/ListMemberAccounts", "parent", kStaff, kMember, "parent"},
    {"CapitalService/ListStatementLines", "parent", kStaff, kMember, "parent"},
    {"CapitalService/ListLots", "parent", kStaff, kMember, "parent"},
    {"CapitalService/GetTransfer", "name", kStaff, kMember, kByHandler},
    {"CapitalService/ExplainTransfer", "name", kStaff, kMember, kByHandler},
    {"CapitalAdminService/CreateAccount", "parent", kAdmin, kNobody},
    {"CapitalAdminService/PostTransfers", "parent", kAdmin, kNobody},
    {"CapitalAdminService/Distribute", "parent", kAdmin, kNobody},
    {"CapitalAdminService/CaptureTransfer", "name", kAdmin, kNobody},
    {"CapitalAdminService/VoidTransfer", "name", kAdmin, kNobody},
    {"CapitalAdminService/ReverseTransfer", "name", kAdmin, kNobody},

    {"BoardService/GetBoard", "name", kEverybody, kNobody},
    {"BoardService/ListBoards", "parent", kEverybody, kNobody},
    {"BoardService/GetPeriod", "name", kEverybody, kNobody},
    {"BoardService/ListEntries", "parent", kPeople, kNobody},
    {"BoardService/ListEntriesAround", "parent", kPeople, kNobody},
    {"BoardService/BatchGetEntries", "parent", kPeople, kNobody},
    {"BoardService/ExplainEntry", "parent", kStaff, kMember, "member"},
    {"BoardService/WatchBoard", "name", kPeople, kNobody},
    {"BoardAdminService/CreateBoard", "parent", kAdmin, kNobody},
    {"BoardAdminService/UpdateBoard", "board.name", kAdmin, kNobody},
    {"BoardAdminService/DeleteBoard", "name", kAdmin, kNobody},
    {"BoardAdminService/ClosePeriod", "name", kAdmin, kNobody},
    {"BoardAdminService/AmendPeriod", "name", kAdmin, kNobody},
    {"BoardAdminService/VerifyBoard", "name", kAuditors, kNobody},
});

constexpr std::string_view kPackage = "perigee.v1.";

using Path = std::vector<const google::protobuf::FieldDescriptor*>;

// The way to a text field such as `member.name`. nullopt if the message has no such field.
std::optional<Path> PathTo(std::string_view field, const google::protobuf::Descriptor& message) {
  Path path;
  if (field.empty() || field == kByHandler) {
    return path;
  }
  const google::protobuf::Descriptor* at = &message;
  const std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(field.data(), field.size()), '.');
  for (const std::string& part : parts) {
    const auto* found = at == nullptr ? nullptr : at->FindFieldByName(part);
    if (found == nullptr || found->is_repeated()) {
      return std::nullopt;
    }
    path.push_back(found);
    at = found->message_type();
  }
  if (path.back()->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_STRING) {
    return std::nullopt;
  }
  return path;
}

std::string_view TextAt(const Path& path, const google::protobuf::Message& message) {
  if (path.empty()) {
    return {};
  }
  const google::protobuf::Message* at = &message;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    at = &at->GetReflection()->GetMessage(*at, path[i]);
  }
  static const std::string kNone;
  // Of a text field with the default layout the reference is always to the field itself.
  std::string scratch;
  const std::string& text = at->GetReflection()->GetStringReference(*at, path.back(), &scratch);
  return &text == &scratch ? std::string_view(kNone) : std::string_view(text);
}

}  // namespace

std::span<const Permission> AllPermissions() { return kTable; }

std::optional<BoundPermission> BoundPermission::Of(std::string_view method,
                                                   const google::protobuf::Descriptor& request) {
  if (!method.starts_with(kPackage)) {
    return std::nullopt;
  }
  method.remove_prefix(kPackage.size());
  const auto* line = std::ranges::find(kTable, method, &Permission::method);
  if (line == kTable.end()) {
    return std::nullopt;
  }
  std::optional<Path> resource = PathTo(line->resource, request);
  std::optional<Path> owner = PathTo(line->owner, request);
  if (!resource.has_value() || !owner.has_value()) {
    return std::nullopt;
  }
  BoundPermission bound;
  bound.permission_ = line;
  bound.resource_ = *std::move(resource);
  bound.owner_ = *std::move(owner);
  return bound;
}

std::string_view BoundPermission::Resource(const google::protobuf::Message& request) const {
  return TextAt(resource_, request);
}

std::string_view BoundPermission::Owner(const google::protobuf::Message& request) const {
  return TextAt(owner_, request);
}

}  // namespace perigee::services
