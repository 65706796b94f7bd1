#pragma once

#include <map>
#include <string>

#include "absl/status/status.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {
struct Changes;
struct Member;
}  // namespace perigee::domain

namespace perigee::sql {

class Connection;

// When a member's place on boards changed by more than transfers.
struct EligibilityRow {
  // The last change that put the member on boards or took the member off them, or that changed
  // which members are the same person.
  domain::Revision revision = 0;
  // When the member was last merged or parted, or was erased while merged. 0: never.
  domain::Revision person_revision = 0;
  bool operator==(const EligibilityRow&) const = default;
};

// Keeps the rows of members that changed so after they were made.
class Eligibility {
 public:
  explicit Eligibility(Connection& connection) : connection_(connection) {}

  // Call it before the changes are written.
  absl::Status Note(const std::string& program, const domain::Changes& changes,
                    domain::Revision revision);
  // Fills the empty table from the journals of all programmes.
  absl::Status Fill();

 private:
  absl::Status Put(const std::string& program, const domain::MemberKey& member,
                   domain::Revision revision, bool person);

  Connection& connection_;
};

// The same rows, computed from the entries of a journal.
class EligibilityFold {
 public:
  // What eligibility follows from.
  struct Known {
    std::string fields;  // As bytes.
    domain::MemberKey head;
  };

  // Takes the entries in order, with their texts.
  void Add(const domain::Changes& changes, domain::Revision revision);

  const std::map<domain::MemberKey, EligibilityRow>& rows() const { return rows_; }

 private:
  std::map<domain::MemberKey, Known> known_;
  std::map<domain::MemberKey, EligibilityRow> rows_;
};

}  // namespace perigee::sql
