#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/uuid.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {
struct Changes;
struct Principal;
}  // namespace perigee::domain

namespace perigee::sql {

class Connection;

// The pseudonyms under which an entry is listed in journal_party. Activities and transfers have
// tables of their own that find them by member, so that most writes list nobody here.
std::set<Uuid> PartiesOf(const domain::Principal& by, const domain::Changes& changes);

// Finds the entries of the journal by those who are in them.
class JournalParties {
 public:
  explicit JournalParties(Connection& connection) : connection_(connection) {}

  absl::Status Add(const std::string& program, const std::set<Uuid>& parties,
                   domain::Revision revision);
  // See ports::JournalReader::Of.
  absl::StatusOr<std::vector<domain::Revision>> Of(const std::string& program, const Uuid& party,
                                                   domain::Revision before, int limit);
  // See ports::JournalReader::Naming.
  absl::StatusOr<std::vector<domain::Revision>> Naming(const std::string& program,
                                                       const Uuid& party, domain::Revision after,
                                                       domain::Revision before, bool newest_first,
                                                       int limit);
  // Fills the empty table from the journals of all programmes.
  absl::Status Fill();

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
