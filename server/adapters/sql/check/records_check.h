#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/ports/due.h"

namespace perigee::sql {

class Connection;

// Holds the rows of plain records against the journal, by their descriptions alone: what is
// append-only entry by entry, the rest as the journal said it last. Memory grows with the records
// that are not append-only.
class RecordsCheck {
 public:
  // `find` is told of everything that is wrong. Rows of `erasing` may still have texts that the
  // journal has not any more.
  RecordsCheck(Connection& connection, std::string program,
               const std::set<domain::MemberKey>& erasing,
               std::function<void(std::string what)> find)
      : connection_(connection),
        program_(std::move(program)),
        erasing_(erasing),
        find_(std::move(find)) {}

  // Takes in one entry, with its texts.
  absl::Status Add(const domain::RecordChanges& changes);
  // An entry erases the member: the records known by him go.
  void Erase(const domain::MemberKey& member);
  // After the last entry: compares all that stands.
  absl::Status Finish();
  // Before that: what falls due with the records, as the journal says it.
  std::vector<ports::Due> Due() const;

 private:
  struct Standing {
    std::string bytes;
    std::int64_t revision = 0;
  };

  // Whether a portion of an erasure may still come to the row.
  bool IsBeingErased(const domain::RecordType& type, const std::shared_ptr<void>& row) const;
  absl::Status CompareRow(const domain::RecordChange& change);
  absl::Status CompareTable(const domain::RecordType& type);

  Connection& connection_;
  const std::string program_;
  const std::set<domain::MemberKey>& erasing_;
  const std::function<void(std::string what)> find_;
  // By name, as people read it.
  std::map<const domain::RecordType*, std::map<std::string, Standing>> standing_;
  std::map<const domain::RecordType*, std::int64_t> counts_;  // Of what is append-only.
};

}  // namespace perigee::sql
