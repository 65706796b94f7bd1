#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member_key.h"

namespace perigee::domain {
class RecordType;
}  // namespace perigee::domain

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::services {

// The document of ExportMember (member.proto), piece by piece: member_export.schema.json describes
// it. All of it is the state at the revision of the first piece, although each piece is read from a
// view of its own: what changes is in the first piece, and the others hold what is only ever added,
// up to that revision. Not for several threads.
class MemberExport {
 public:
  MemberExport(std::string program, std::string member_id)
      : program_(std::move(program)), member_id_(std::move(member_id)) {}

  // The next piece, from a view that is not older than those before. Empty after the last. The
  // first piece holds accounts with their open lots, and all records that may change; a later one
  // holds at most kPage rows. kNotFound if the member does not exist, or was erased since.
  // kConflict if other members than at the first piece are merged into it.
  absl::StatusOr<std::string> Next(ports::StoreReader& reader, Time now);
  static constexpr int kPage = 200;
  // Whether the last piece was made.
  bool ended() const { return ended_; }

 private:
  absl::Status CheckPerson(ports::StoreReader& reader,
                           const std::vector<domain::MemberKey>& present) const;
  absl::Status Begin(ports::StoreReader& reader, Time now);
  absl::Status AddMembers(ports::StoreReader& reader);
  absl::Status AddAccounts(ports::StoreReader& reader, Time now);
  absl::Status AddRecords(ports::StoreReader& reader);
  // Adds the next records of the kind, of one member. Returns whether there may be more, of any.
  absl::StatusOr<bool> AddPage(ports::StoreReader& reader, const domain::RecordType& type);
  // Whether the record is told with the present member: it belongs to none before.
  bool IsToldNow(const domain::RecordType& type, const std::shared_ptr<void>& record) const;
  absl::Status AddStatement(ports::StoreReader& reader);
  // Adds an item of the innermost list.
  void AddItem(const std::string& json);
  // Adds records as items. Others of the programme stand in them by their names.
  absl::Status AddItems(ports::StoreReader& reader, const domain::RecordType& type,
                        const std::vector<std::shared_ptr<void>>& records);

  const std::string program_;
  const std::string member_id_;
  // The members of the person: first the one that stands for it, then those merged into it.
  std::vector<domain::MemberKey> members_;
  std::map<domain::MemberKey, std::string> ids_;
  domain::Revision revision_ = 0;  // 0: not begun.
  std::string json_;               // Of the piece that is being made.
  bool is_first_ = true;           // The next item is the first of its list.
  // The kinds of records that are only ever added, and how far they are told.
  std::vector<const domain::RecordType*> types_;
  std::size_t type_ = 0;
  // How far the records of one kind are told, which come member by member.
  std::size_t owner_ = 0;
  std::shared_ptr<void> last_;
  std::vector<domain::AccountRef> accounts_;
  std::size_t account_ = 0;
  domain::TransferId before_;
  bool ended_ = false;
};

}  // namespace perigee::services
