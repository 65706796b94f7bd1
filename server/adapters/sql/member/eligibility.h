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

// Keeps the revision of the last change that put a member on boards or took the member off them.
class Eligibility {
 public:
  explicit Eligibility(Connection& connection) : connection_(connection) {}

  // Call it before the member's row is written.
  absl::Status Put(const std::string& program, const domain::Member& member,
                   domain::Revision revision);
  // Call it when the member is deleted or erased.
  absl::Status End(const std::string& program, const domain::MemberKey& member,
                   domain::Revision revision);
  // Fills the empty table from the journals of all programmes.
  absl::Status Fill();

 private:
  Connection& connection_;
};

// The same rows, computed from the entries of a journal.
class EligibilityFold {
 public:
  // Takes the entries in order, with their texts.
  void Add(const domain::Changes& changes, domain::Revision revision);

  const std::map<domain::MemberKey, domain::Revision>& rows() const { return rows_; }

 private:
  std::map<domain::MemberKey, std::string> known_;  // What eligibility follows from, as bytes.
  std::map<domain::MemberKey, domain::Revision> rows_;
};

}  // namespace perigee::sql
