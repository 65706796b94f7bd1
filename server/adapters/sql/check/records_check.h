#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/ports/due.h"

namespace perigee::sql {

class Connection;

// Compares the rows of plain records with the journal, by their descriptions alone. Append-only
// records are compared entry by entry, others with their last state in the journal. Memory grows
// with the records that are not append-only.
class RecordsCheck {
 public:
  // `find` gets every finding. Rows of `erasing` may still have texts that the journal no longer
  // has. `keys` are the keys of the programme's texts.
  RecordsCheck(Connection& connection, std::string program,
               const std::set<domain::MemberKey>& erasing, const TextKeys& keys,
               std::function<void(std::string what)> find)
      : connection_(connection),
        program_(std::move(program)),
        erasing_(erasing),
        keys_(keys),
        find_(std::move(find)) {}

  // Takes one entry, with its texts.
  absl::Status Add(const domain::RecordChanges& changes);
  // Notes that an entry erases the member: the records that are known by the member are deleted.
  void Erase(const domain::MemberKey& member);
  // After the last entry: compares all remaining records.
  absl::Status Finish();
  // Before Finish: the due rows that the records should have, by the journal.
  std::vector<ports::Due> Due() const;

 private:
  struct Recorded {
    std::string bytes;
    std::int64_t revision = 0;
  };

  // Before schema 5 the journal sealed the texts of grants under the programme's key, which
  // outlives an erasure.
  std::string WithoutErased(const domain::RecordType& type, const Recorded& recorded) const;
  // Whether a later portion of an erasure may still clear the row.
  bool IsBeingErased(const domain::RecordType& type, const std::shared_ptr<void>& row) const;
  absl::Status CompareRow(const domain::RecordChange& change);
  // Whether the row is found by its own texts. A row that is being erased may still be found.
  absl::Status CompareIndex(const domain::RecordType& type, const std::shared_ptr<void>& row);
  absl::Status CompareTable(const domain::RecordType& type);

  Connection& connection_;
  const std::string program_;
  const std::set<domain::MemberKey>& erasing_;
  const TextKeys& keys_;
  std::set<domain::MemberKey> erased_;
  const std::function<void(std::string what)> find_;
  // By readable name.
  std::map<const domain::RecordType*, std::map<std::string, Recorded>> recorded_;
  std::map<const domain::RecordType*, std::int64_t> counts_;  // Of append-only records.
};

}  // namespace perigee::sql
