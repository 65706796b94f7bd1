#include "server/services/member/member_service.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/core/unicode.h"
#include "server/domain/access/role.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/member/invitation.h"
#include "server/domain/member/trait.h"
#include "server/ports/access/access_view.h"
#include "server/ports/ids.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/member/member_search.h"
#include "server/services/board/boards_shown.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/member/merges.h"
#include "server/services/member/personal_read_list.h"
#include "server/services/paging.h"
#include "server/services/update_mask.h"
#include "server/use_cases/member/erase_member.h"
#include "server/use_cases/member/invitations.h"
#include "server/use_cases/member/members.h"
#include "server/use_cases/member/traits.h"

namespace perigee::services {
namespace {

using domain::Member;
using domain::Trait;

constexpr Changeable<Member> kDisplayName{"display_name", [](Member& member, const Member& given) {
                                            member.display_name = given.display_name;
                                          }};
constexpr Changeable<Member> kBoardOptOut{"board_opt_out", [](Member& member, const Member& given) {
                                            member.board_opt_out = given.board_opt_out;
                                          }};
constexpr Changeable<Member> kHandle{
    "handle", [](Member& member, const Member& given) { member.handle = given.handle; }};
constexpr Changeable<Member> kMotives{
    "motives", [](Member& member, const Member& given) { member.motives = given.motives; }};
constexpr Changeable<Member> kChangeable[] = {
    kDisplayName,
    kHandle,
    kMotives,
    {"kinds", [](Member& member, const Member& given) { member.kinds = given.kinds; }},
    {"facets", [](Member& member, const Member& given) { member.facets = given.facets; }},
    {"type", [](Member& member, const Member& given) { member.type = given.type; }},
    kBoardOptOut,
};
constexpr Changeable<Member> kChangeableByOneself[] = {kDisplayName, kHandle, kMotives,
                                                       kBoardOptOut};
constexpr std::size_t kQueryBytesMax = 200;

// The fields that a sender states, checked. An unspecified `member.type` means a person.
absl::StatusOr<Member> ParseMember(const v1::Member& member) {
  Member out;
  out.display_name = member.display_name();
  for (const int kind : member.kinds()) {
    if (kind == v1::STAKEHOLDER_KIND_UNSPECIFIED || !v1::StakeholderKind_IsValid(kind)) {
      return InvalidField("member.kinds", "must be among the kinds that StakeholderKind names");
    }
    out.kinds.push_back(static_cast<domain::StakeholderKind>(kind));
  }
  for (const int motive : member.motives()) {
    if (motive == v1::MOTIVE_UNSPECIFIED || !v1::Motive_IsValid(motive)) {
      return InvalidField("member.motives", "must be among the motives that Motive names");
    }
    out.motives.push_back(static_cast<domain::Motive>(motive));
  }
  out.handle = member.handle();
  out.facets.assign(member.facets().begin(), member.facets().end());
  if (!v1::Member::Type_IsValid(member.type())) {
    return InvalidField("member.type", "must be PERSON, STAFF or BOT");
  }
  if (member.type() != v1::Member::TYPE_UNSPECIFIED) {
    out.type = static_cast<domain::MemberType>(member.type());
  }
  out.board_opt_out = member.board_opt_out();
  return out;
}

// The decision of a use case, with the member as the answer.
absl::StatusOr<ports::Decision> AnsweredWith(const std::string& program,
                                             use_cases::DecidedMember decided) {
  return Answered(std::move(decided),
                  [&](const Member& member) { return ToProto(program, member); });
}

absl::StatusOr<Change> ChangeToCreateMember(const CallContext& call,
                                            const v1::CreateMemberRequest& request,
                                            ports::Ids& ids) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!request.member_id().empty()) {
    PERIGEE_RETURN_IF_ERROR(CheckId("member_id", request.member_id()));
  }
  PERIGEE_ASSIGN_OR_RETURN(Member member, ParseMember(request.member()));
  if (member.kinds.empty()) {
    member.kinds.push_back(domain::StakeholderKind::kCustomer);
  }
  std::optional<Time> join_time;
  if (request.member().has_join_time()) {
    PERIGEE_ASSIGN_OR_RETURN(join_time,
                             FromTimestamp("member.join_time", request.member().join_time()));
  }
  member.key = ids.Random();
  member.id = request.member_id().empty() ? ids.Random().Hex() : request.member_id();
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeMember(member));
  return Change{parts[0], [program = parts[0], member = std::move(member), join_time,
                           source = SourceOf(call.caller)](ports::StoreReader& reader,
                                                           const ports::UnitContext& unit) {
                  return AnsweredWith(program, use_cases::CreateMember(reader, unit, program,
                                                                       member, join_time, source));
                }};
}

template <class Request, std::size_t kFields>
absl::StatusOr<Change> ChangeToUpdate(const CallContext& call, const Request& request,
                                      const Changeable<Member> (&changeable)[kFields]) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("member.name", request.member().name(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<Member> edit,
      ParseEdit(request.update_mask(), request.member(), changeable, ParseMember));
  Member judged;  // Checks the edited fields alone. The other fields have dummy values.
  judged.id = parts[1];
  judged.display_name = "unchanged";
  edit.apply(judged);
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeMember(judged));
  return Change{parts[0], [parts, edit = std::move(edit), source = SourceOf(call.caller)](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(parts[0], use_cases::UpdateMember(reader, unit, parts[0],
                                                                        parts[1], edit, source));
                }};
}

// A change by name alone, such as use_cases::SuspendMember.
absl::StatusOr<Change> ChangeByName(const std::string& name,
                                    decltype(use_cases::SuspendMember)* move) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kMemberPattern));
  return Change{parts[0],
                [parts, move](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(parts[0], move(reader, unit, parts[0], parts[1]));
                }};
}

absl::StatusOr<Change> ChangeToPause(const CallContext&, const v1::PauseSelfRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kMemberPattern));
  std::optional<Time> end;
  if (request.has_end_time()) {
    PERIGEE_ASSIGN_OR_RETURN(end, FromTimestamp("end_time", request.end_time()));
  }
  return Change{parts[0], [parts, end](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(
                      parts[0], use_cases::PauseMember(reader, unit, parts[0], parts[1], end));
                }};
}

// The member with its inviter, who may have turned out to be the same person.
absl::StatusOr<v1::Member> WithInviter(ports::StoreReader& reader, const std::string& program,
                                       const Member& member) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  const domain::MemberKey inviter = merged.HeadOf(member.inviter);
  v1::Member out = ToProto(program, member);
  if (inviter == member.key) {
    return out;
  }
  PERIGEE_ASSIGN_OR_RETURN(const MemberNames names,
                           NamesOf(reader, program, std::span(&inviter, 1)));
  if (!names.empty()) {
    out.set_inviter(names.begin()->second);
  }
  return out;
}

absl::StatusOr<Change> ChangeToJoin(const CallContext& call, const v1::JoinProgramRequest& request,
                                    ports::Ids& ids) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!request.display_name().empty()) {
    PERIGEE_RETURN_IF_ERROR(
        CheckText("display_name", request.display_name(), 1, domain::kDisplayNameBytesMax));
  }
  use_cases::JoinDraft draft;
  draft.token = domain::ParseToken(request.token());
  if (call.caller.session != nullptr) {
    const domain::Subject& subject = call.caller.session->subject;
    domain::Identity& sign_in = draft.sign_in.emplace();
    sign_in.id = ids.Random().Hex();
    sign_in.issuer = subject.issuer;
    sign_in.subject = subject.id;
    sign_in.subject_digest = domain::SubjectDigest(subject);
  }
  draft.member.key = ids.Random();
  draft.member.id = ids.Random().Hex();
  draft.member.display_name = request.display_name();
  Change change;
  change.program = parts[0];
  // A stranger must not learn that there is a closed programme.
  change.in_closed = true;
  change.decide = [program = parts[0], draft = std::move(draft)](
                      ports::StoreReader& reader,
                      const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
    PERIGEE_ASSIGN_OR_RETURN(use_cases::Decided<use_cases::Joined> joined,
                             use_cases::JoinProgram(reader, unit, program, draft));
    PERIGEE_ASSIGN_OR_RETURN(const v1::Member answer,
                             WithInviter(reader, program, joined.value.member));
    return ports::Decision{std::move(joined.changes), answer.SerializeAsString(),
                           joined.value.made_at};
  };
  return change;
}

absl::StatusOr<v1::SearchMembersResponse> Search(const v1::SearchMembersRequest& request,
                                                 const ports::Store& store,
                                                 ports::MemberSearch& search,
                                                 const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_RETURN_IF_ERROR(CheckText("query", request.query(), 1, kQueryBytesMax));
  const std::string key = SearchKey(request.query());
  if (key.empty()) {
    return InvalidField("query", "has nothing that shows");
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, "SearchMembers " + request.parent() + " " + key, request));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> ids,
                           search.Find(parts[0], key, page.after(), page.Limit()));
  v1::SearchMembersResponse response;
  response.set_next_page_token(page.Cut(ids, [](const std::string& id) { return id; }));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> members,
                           ReadFrom(store, [&](ports::StoreReader& reader) {
                             return reader.members().FindByIds(parts[0], ids);
                           }));
  for (const Member& member : members) {
    *response.add_members() = ToProto(parts[0], member);
  }
  return response;
}

v1::KindTerm KindTermOf(const Trait& trait) {
  v1::KindTerm out;
  out.set_kind(static_cast<v1::StakeholderKind>(*trait.kind));
  if (trait.start_time.has_value()) {
    *out.mutable_start_time() = ToTimestamp(*trait.start_time);
  }
  if (trait.end_time.has_value()) {
    *out.mutable_end_time() = ToTimestamp(*trait.end_time);
  }
  return out;
}

absl::StatusOr<Change> ChangeToSetKind(const CallContext& call, const v1::SetKindRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  const v1::KindTerm& asked = request.kind_term();
  if (asked.kind() == v1::STAKEHOLDER_KIND_UNSPECIFIED ||
      !v1::StakeholderKind_IsValid(asked.kind())) {
    return InvalidField("kind_term.kind", "must be among the kinds that StakeholderKind names");
  }
  Trait term;
  term.kind = static_cast<domain::StakeholderKind>(asked.kind());
  term.source = SourceOf(call.caller);
  if (asked.has_start_time()) {
    PERIGEE_ASSIGN_OR_RETURN(term.start_time,
                             FromTimestamp("kind_term.start_time", asked.start_time()));
  }
  if (asked.has_end_time()) {
    PERIGEE_ASSIGN_OR_RETURN(term.end_time, FromTimestamp("kind_term.end_time", asked.end_time()));
  }
  PERIGEE_RETURN_IF_ERROR(domain::CheckTerm("kind_term", term.start_time, term.end_time));
  return Change{
      parts[0], [parts, term](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::SetKind(reader, unit, parts[0], parts[1], term), KindTermOf);
      }};
}

absl::StatusOr<v1::ListKindsResponse> ListKinds(const v1::ListKindsRequest& request,
                                                const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<Trait> traits,
      ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<std::vector<Trait>> {
        PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, parts[0], parts[1]));
        return use_cases::TraitsOf(reader, parts[0], member);
      }));
  std::ranges::sort(traits, {}, &Trait::kind);
  v1::ListKindsResponse response;
  for (const Trait& trait : traits) {
    if (trait.kind.has_value()) {
      *response.add_kind_terms() = KindTermOf(trait);
    }
  }
  return response;
}

absl::StatusOr<LongChange> ChangeToErase(const CallContext&,
                                         const v1::EraseMemberRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kMemberPattern));
  if (request.etag().empty()) {
    return InvalidField("etag", "is required");
  }
  return LongChange{parts[0], [order = use_cases::ErasureOrder{parts[0], parts[1], request.etag()}](
                                  ports::Store& store, const ports::Unit& unit) {
                      return use_cases::EraseMember(store, unit, order,
                                                    [](ports::Revision revision) {
                                                      v1::EraseMemberResponse answer;
                                                      answer.set_revision(revision);
                                                      return answer.SerializeAsString();
                                                    });
                    }};
}

absl::StatusOr<v1::Self> ReadSelf(const Caller& caller, const v1::GetSelfRequest& request,
                                  const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  v1::Self self;
  if (caller.access == nullptr) {
    self.add_roles(v1::ROLE_OPERATOR);  // Where nobody signs in, everybody may do everything.
    return self;
  }
  for (int role = v1::Role_MIN + 1; role <= v1::Role_MAX; ++role) {
    if (caller.access->roles.Has(static_cast<domain::Role>(role))) {
      self.add_roles(static_cast<v1::Role>(role));
    }
  }
  if (!caller.access->member_id.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const Member member, ReadFrom(store, [&](ports::StoreReader& reader) {
                               return RequireMember(reader, parts[0], caller.access->member_id);
                             }));
    *self.mutable_member() = ToProto(parts[0], member);
  }
  return self;
}

// By pseudonym: the store knows no other order.
absl::StatusOr<v1::ListMembersResponse> ListMembers(const ports::Store& store,
                                                    const PageTokens& tokens,
                                                    const v1::ListMembersRequest& asked) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", asked.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListMembers " + asked.parent(), asked));
  return ReadFrom(
      store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListMembersResponse> {
        PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
        PERIGEE_ASSIGN_OR_RETURN(
            std::vector<Member> members,
            reader.members().List(parts[0], Uuid::FromRaw(page.after()), page.Limit()));
        v1::ListMembersResponse answer;
        answer.set_next_page_token(
            page.Cut(members, [](const Member& last) { return std::string(last.key.Raw()); }));
        for (const Member& member : members) {
          *answer.add_members() = ToProto(parts[0], member);
        }
        return answer;
      });
}

}  // namespace

MemberService::MemberService(Call& call, ports::Ids& ids, ports::BoardView& boards,
                             const PageTokens& tokens)
    : Service(call, "perigee.v1.MemberService"), ids_(ids) {
  Write<v1::JoinProgramRequest>("JoinProgram",
                                [this](const CallContext& context, const auto& asked) {
                                  return ChangeToJoin(context, asked, ids_);
                                });
  Write<v1::PauseSelfRequest>("PauseSelf", ChangeToPause);
  Write<v1::ResumeSelfRequest>("ResumeSelf", [](const CallContext&, const auto& asked) {
    return ChangeByName(asked.name(), use_cases::ResumeMember);
  });
  Read<v1::ListPersonalReadsRequest>("ListPersonalReads",
                                     [this, &tokens](const CallContext&, const auto& asked) {
                                       return ListPersonalReads(asked, store(), tokens);
                                     });
  Read<v1::GetSelfRequest>("GetSelf", [this](const CallContext& context, const auto& asked) {
    return ReadSelf(context.caller, asked, store());
  });
  Write<v1::UpdateSelfRequest>(
      "UpdateSelf",
      [&boards](const CallContext& context, const auto& asked) -> absl::StatusOr<Change> {
        PERIGEE_ASSIGN_OR_RETURN(Change change,
                                 ChangeToUpdate(context, asked, kChangeableByOneself));
        change.more = OnceBoardsShow(boards, change.program);
        return change;
      });
  Read<v1::GetMemberRequest>(
      "GetMember", [this](const CallContext&, const auto& asked) -> absl::StatusOr<v1::Member> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("name", asked.name(), kMemberPattern));
        return ReadFrom(store(), [&](ports::StoreReader& reader) -> absl::StatusOr<v1::Member> {
          PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, parts[0], parts[1]));
          return WithInviter(reader, parts[0], member);
        });
      });
  Read<v1::GetProfileRequest>(
      "GetProfile", [this](const CallContext&, const auto& asked) -> absl::StatusOr<v1::Profile> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("name", asked.name(), kMemberPattern));
        PERIGEE_ASSIGN_OR_RETURN(const Member member,
                                 ReadFrom(store(), [&](ports::StoreReader& reader) {
                                   return RequireMember(reader, parts[0], parts[1]);
                                 }));
        v1::Profile profile;
        profile.set_name(MemberName(parts[0], member.id));
        profile.set_display_name(member.display_name);
        profile.set_handle(member.handle);
        *profile.mutable_join_time() = ToTimestamp(member.join_time);
        return profile;
      });
  ServerStream<v1::ExportMemberRequest>(
      "ExportMember", [this](const RunningCall& running, const v1::ExportMemberRequest& asked) {
        return ExportStream::Start(exports_, this->call(), running, asked);
      });
  WriteLong<v1::EraseMemberRequest>("EraseMember", ChangeToErase);
}

MemberAdminService::MemberAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens,
                                       ports::MemberSearch& search)
    : Service(call, "perigee.v1.MemberAdminService"), ids_(ids), tokens_(tokens) {
  Write<v1::CreateMemberRequest>("CreateMember",
                                 [this](const CallContext& context, const auto& asked) {
                                   return ChangeToCreateMember(context, asked, ids_);
                                 });
  Read<v1::SearchMembersRequest>("SearchMembers",
                                 [this, &search](const CallContext&, const auto& asked) {
                                   return Search(asked, store(), search, tokens_);
                                 });
  Write<v1::SetKindRequest>("SetKind", ChangeToSetKind);
  Read<v1::ListKindsRequest>("ListKinds", [this](const CallContext&, const auto& asked) {
    return services::ListKinds(asked, store());
  });
  Read<v1::ListMembersRequest>("ListMembers", [this](const CallContext&, const auto& asked) {
    return ListMembers(store(), tokens_, asked);
  });
  Write<v1::UpdateMemberRequest>("UpdateMember", [](const CallContext& context, const auto& asked) {
    return ChangeToUpdate(context, asked, kChangeable);
  });
  Write<v1::SuspendMemberRequest>("SuspendMember", [](const CallContext&, const auto& asked) {
    return ChangeByName(asked.name(), use_cases::SuspendMember);
  });
  Write<v1::ReinstateMemberRequest>("ReinstateMember", [](const CallContext&, const auto& asked) {
    return ChangeByName(asked.name(), use_cases::ReinstateMember);
  });
  Write<v1::MergeMembersRequest>("MergeMembers", ChangeToMerge);
  Write<v1::UnmergeMemberRequest>("UnmergeMember", ChangeToUnmerge);
  Read<v1::ListMergedMembersRequest>("ListMergedMembers",
                                     [this](const CallContext&, const auto& asked) {
                                       return services::ListMergedMembers(asked, store(), tokens_);
                                     });
  WriteLong<v1::EraseMemberRequest>("EraseMember", ChangeToErase);
}

}  // namespace perigee::services
