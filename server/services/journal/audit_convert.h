#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/audit.pb.h"
#include "server/core/uuid.h"
#include "server/domain/access/principal.h"
#include "server/domain/journal/journal.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::services {

inline constexpr std::string_view kAuditEntryPattern = "programs/*/auditEntries/*";

// What a v1::AuditFilter asks for.
struct AuditQuery {
  // The members of a person whom entries concern, or who caused them; also staff. Empty: anybody.
  std::vector<Uuid> parties;
  std::optional<domain::PrincipalKind> principal_kind;
  std::optional<Uuid> principal;
  std::set<std::string> kinds;  // Empty: all.

  bool Matches(const domain::JournalEntry& entry) const;
  // Those whose entries, and no others, can match, if the store finds entries by them. Empty: it
  // does not.
  std::vector<Uuid> ListedParties() const;
};

// kInvalidField, naming a field in `filter`. kNotFound for the member.
absl::StatusOr<AuditQuery> ParseFilter(ports::StoreReader& reader, const std::string& program,
                                       const v1::AuditFilter& filter);

// How much of one entry is shown.
struct AuditBounds {
  std::size_t changes = 100;
  std::size_t members = 100;  // Of each change.
};

// The entries as audit.proto shows them, with the names of this view of the store.
absl::StatusOr<std::vector<v1::AuditEntry>> ToProto(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    std::span<const domain::JournalEntry> entries,
                                                    AuditBounds bounds);

}  // namespace perigee::services
