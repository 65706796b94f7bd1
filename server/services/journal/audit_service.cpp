#include "server/services/journal/audit_service.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/services/journal/audit_convert.h"
#include "server/services/journal/audit_search.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"

namespace perigee::services {
namespace {

// Of an entry that is asked for by name.
constexpr AuditBounds kWhole{10'000, 10'000};

absl::StatusOr<v1::AuditEntry> GetEntry(const v1::GetAuditEntryRequest& request,
                                        const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kAuditEntryPattern));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision revision, ParseRevision("name", parts[1]));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::AuditEntry> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::JournalEntry> entries,
                             reader.journal().Read(parts[0], revision - 1, 1));
    if (entries.empty() || entries.front().revision != revision) {
      return NotFound(request.name());
    }
    PERIGEE_ASSIGN_OR_RETURN(std::vector<v1::AuditEntry> shown,
                             ToProto(reader, parts[0], entries, kWhole));
    return std::move(shown.front());
  });
}

struct TimeRange {
  std::optional<Time> start;
  std::optional<Time> end;
};

absl::StatusOr<TimeRange> ParseTimes(const v1::ListAuditEntriesRequest& request) {
  TimeRange range;
  if (request.has_start_time()) {
    PERIGEE_ASSIGN_OR_RETURN(range.start, FromTimestamp("start_time", request.start_time()));
  }
  if (request.has_end_time()) {
    PERIGEE_ASSIGN_OR_RETURN(range.end, FromTimestamp("end_time", request.end_time()));
  }
  if (range.start.has_value() && range.end.has_value() && *range.end <= *range.start) {
    return InvalidField("end_time", "must be after start_time");
  }
  return range;
}

// What must be the same on the next page.
std::string QueryOf(v1::ListAuditEntriesRequest request) {
  request.clear_page_size();
  request.clear_page_token();
  return "ListAuditEntries " + request.SerializeAsString();
}

absl::StatusOr<v1::ListAuditEntriesResponse> List(const v1::ListAuditEntriesRequest& request,
                                                  const ports::Store& store,
                                                  const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const TimeRange range, ParseTimes(request));
  PERIGEE_ASSIGN_OR_RETURN(const Page page, Page::Parse(tokens, QueryOf(request), request));
  const std::string& program = parts[0];
  const auto read =
      [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListAuditEntriesResponse> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
    PERIGEE_ASSIGN_OR_RETURN(const AuditQuery query,
                             ParseFilter(reader, program, request.filter()));
    AuditSearch search;
    search.program = program;
    search.parties = query.ListedParties();
    search.matches = [&](const domain::JournalEntry& entry) { return query.Matches(entry); };
    search.size = page.size();
    if (range.start.has_value()) {
      PERIGEE_ASSIGN_OR_RETURN(search.after,
                               reader.journal().RevisionAt(program, *range.start - Duration(1)));
    }
    if (!page.after().empty()) {
      PERIGEE_ASSIGN_OR_RETURN(search.before, ParseRevision("page_token", page.after()));
    } else {
      PERIGEE_ASSIGN_OR_RETURN(const domain::Revision newest,
                               range.end.has_value()
                                   ? reader.journal().RevisionAt(program, *range.end - Duration(1))
                                   : reader.journal().Head(program));
      search.before = newest + 1;
    }
    PERIGEE_ASSIGN_OR_RETURN(const AuditFound found, Search(reader, search));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<v1::AuditEntry> entries,
                             ToProto(reader, program, found.entries, {}));
    v1::ListAuditEntriesResponse response;
    for (v1::AuditEntry& entry : entries) {
      *response.add_audit_entries() = std::move(entry);
    }
    if (found.next.has_value()) {
      response.set_next_page_token(page.TokenAfter(std::to_string(*found.next)));
    }
    return response;
  };
  return ReadFrom(store, read);
}

}  // namespace

AuditAdminService::AuditAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.AuditAdminService"), tokens_(tokens), watches_(call) {
  Read<v1::GetAuditEntryRequest>("GetAuditEntry", [this](const CallContext&, const auto& asked) {
    return GetEntry(asked, store());
  });
  Read<v1::ListAuditEntriesRequest>(
      "ListAuditEntries",
      [this](const CallContext&, const auto& asked) { return List(asked, store(), tokens_); });
  ServerStream<v1::WatchAuditEntriesRequest>("WatchAuditEntries",
                                             [this](const RunningCall& running, const auto& asked) {
                                               return watches_.Start(running, asked);
                                             });
}

}  // namespace perigee::services
