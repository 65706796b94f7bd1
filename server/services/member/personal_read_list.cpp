#include "server/services/member/personal_read_list.h"

#include <algorithm>
#include <string>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/access/personal_read.h"
#include "server/domain/access/principal.h"
#include "server/domain/journal/journal.h"
#include "server/domain/member/member.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/services/journal/audit_search.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/permissions.h"

namespace perigee::services {

absl::StatusOr<v1::ListPersonalReadsResponse> ListPersonalReads(
    const v1::ListPersonalReadsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListPersonalReads " + request.parent(), request));
  const auto read =
      [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListPersonalReadsResponse> {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(const domain::Revision head, reader.journal().Head(parts[0]));
    AuditSearch search;
    search.program = parts[0];
    search.before = head + 1;
    if (!page.after().empty()) {
      PERIGEE_ASSIGN_OR_RETURN(search.before, ParseRevision("page_token", page.after()));
    }
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(parts[0]));
    search.parties = merged.AllOf(member.key);
    search.matches = [&](const domain::JournalEntry& entry) {
      return std::ranges::any_of(
          entry.changes.records.All<domain::PersonalRead>(), [&](const auto* one) {
            return std::ranges::find_first_of(one->members, search.parties) != one->members.end();
          });
    };
    search.size = page.size();
    PERIGEE_ASSIGN_OR_RETURN(const AuditFound found, Search(reader, search));
    v1::ListPersonalReadsResponse response;
    for (const domain::JournalEntry& entry : found.entries) {
      v1::PersonalRead& shown = *response.add_personal_reads();
      *shown.mutable_time() = ToTimestamp(entry.time);
      const Permission* permission = FindPermission(entry.method);
      if (permission == nullptr || permission->personal != Personal::kUnnamed) {
        shown.set_method(entry.method);
      }
      shown.set_by_system(entry.by.kind == domain::PrincipalKind::kService);
    }
    if (found.next.has_value()) {
      response.set_next_page_token(page.TokenAfter(std::to_string(*found.next)));
    }
    return response;
  };
  return ReadFrom(store, read);
}

}  // namespace perigee::services
