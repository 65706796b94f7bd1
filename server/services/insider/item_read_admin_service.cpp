#include "server/services/insider/item_read_admin_service.h"

#include <optional>
#include <string>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/uuid.h"
#include "server/domain/insider/item_read.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/insider/item_read_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/services/convert.h"
#include "server/services/insider/item_read_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/insider/reads.h"

namespace perigee::services {
namespace {

using domain::ItemRead;
using domain::MemberKey;

// The parts of the query that the request alone says.
absl::StatusOr<ports::ItemReadQuery> ParseFilter(const v1::ListItemReadsRequest& request,
                                                 const std::string& program) {
  ports::ItemReadQuery query;
  if (!request.item().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> item,
                             ParseName("item", request.item(), kItemPattern));
    if (item[0] != program) {
      return InvalidField("item", "is of another programme");
    }
    query.item = item[1];
  }
  if (request.has_start_time()) {
    PERIGEE_ASSIGN_OR_RETURN(query.since, FromTimestamp("start_time", request.start_time()));
  }
  if (request.has_end_time()) {
    PERIGEE_ASSIGN_OR_RETURN(query.before.time, FromTimestamp("end_time", request.end_time()));
    if (query.before.time <= query.since) {
      return InvalidField("end_time", "must be after start_time");
    }
  }
  return query;
}

// Whose reads are asked for. nullopt: everybody's.
absl::StatusOr<std::optional<std::vector<MemberKey>>> MembersOf(
    ports::StoreReader& reader, const v1::ListItemReadsRequest& request,
    const std::string& program) {
  if (!request.pseudonym().empty()) {
    if (!request.member().empty()) {
      return InvalidField("pseudonym", "must be empty if member is set");
    }
    PERIGEE_ASSIGN_OR_RETURN(const Uuid pseudonym, ParseUuid(request.pseudonym(), "pseudonym"));
    return std::optional(std::vector<MemberKey>{pseudonym});
  }
  if (request.member().empty()) {
    return std::optional<std::vector<MemberKey>>();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string id,
                           ParseMemberRef("member", request.member(), program));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member, RequireMember(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  return std::optional(merged.AllOf(member.key));
}

// What must be the same on the next page.
std::string QueryOf(v1::ListItemReadsRequest request) {
  request.clear_page_size();
  request.clear_page_token();
  return "ListItemReads " + request.SerializeAsString();
}

absl::StatusOr<v1::ListItemReadsResponse> List(const v1::ListItemReadsRequest& request,
                                               const ports::Store& store,
                                               const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  const std::string& program = parts[0];
  PERIGEE_ASSIGN_OR_RETURN(ports::ItemReadQuery query, ParseFilter(request, program));
  PERIGEE_ASSIGN_OR_RETURN(const Page page, Page::Parse(tokens, QueryOf(request), request));
  if (!page.after().empty()) {
    query.before = PlaceOf(page);
  }
  using Answer = absl::StatusOr<v1::ListItemReadsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::vector<MemberKey>> members,
                             MembersOf(reader, request, program));
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<ItemRead> reads,
        members.has_value() ? use_cases::ReadsOf(reader, program, *members, query, page.Limit())
                            : reader.item_reads().List(program, query, page.Limit()));
    v1::ListItemReadsResponse response;
    response.set_next_page_token(CutReads(page, reads));
    std::vector<MemberKey> readers;
    for (const ItemRead& read : reads) {
      readers.push_back(read.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const MemberNames names, NamesOf(reader, program, readers));
    for (const ItemRead& read : reads) {
      *response.add_item_reads() = ToProto(program, read, names);
    }
    return response;
  });
}

}  // namespace

ItemReadAdminService::ItemReadAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.ItemReadAdminService") {
  Read<v1::ListItemReadsRequest>("ListItemReads",
                                 [this, &tokens](const CallContext&, const auto& asked) {
                                   return List(asked, store(), tokens);
                                 });
}

}  // namespace perigee::services
