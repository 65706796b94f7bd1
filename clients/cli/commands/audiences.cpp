#include "absl/strings/str_join.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "perigee/v1/audience.grpc.pb.h"

namespace perigee::cli {

namespace {

Rows<v1::AudienceMember> AudienceMemberRows() {
  return {
      {"MEMBER", "NAME", "WHY"}, [](const v1::AudienceMember& member) -> Row {
        return {IdOf(member.member()), member.display_name(), absl::StrJoin(member.why(), ", ")};
      }};
}

}  // namespace

void AddAudiences(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "audiences", "Who is meant: predicates over members");
  AddCall<v1::ListAudienceMembersRequest>(
      noun, chosen,
      {"members", "Show who is in an audience now, and why",
       "  perigee audiences members 'kind:customer and not facet:parent' -p demo\n"
       "  perigee audiences members 'activities(30d) >= 3 and member_for < 52w' -p demo --limit "
       "20"},
      [](Form& form) {
        form.InProgram();
        form.Add("PREDICATE", "predicate",
                 "Terms kind:K, facet:F, title:T, badge:B, tier:S/L, orbit:L, member_for >= 90d, "
                 "activities(TYPE, 30d) >= 3, everybody, joined by and, or, not and parentheses")
            ->required();
        form.AddFlag("--allow-demographic", "allow_demographic",
                     "Even if it names demographic facets");
        BindLimit(form);
      },
      List(Door::kInternal, &v1::AudienceAdminService::Stub::ListAudienceMembers,
           AudienceMemberRows()));
}

}  // namespace perigee::cli
