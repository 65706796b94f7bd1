#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/insider/item_read.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {

// A place in the access log, which goes by time, then by revision.
struct ItemReadPlace {
  Time time{};
  domain::Revision revision = 0;
  bool operator==(const ItemReadPlace&) const = default;
};

// Which entries of the access log are asked for: those that meet all that is set.
struct ItemReadQuery {
  std::optional<domain::MemberKey> member;  // Exactly this one, not the person.
  std::string item;                         // Empty: of any.
  Time since = kBeginningOfTime;            // At that time or later.
  ItemReadPlace before{kEndOfTime, 0};
};

// A member who was shown the body of a version.
struct VersionReader {
  std::int32_t version = 0;
  domain::MemberKey member;
  bool operator==(const VersionReader&) const = default;
};

// The access log of insider items. See StoreReader for the rules of all reads.
class ItemReadReader {
 public:
  virtual ~ItemReadReader() = default;

  // The newest entry of the member and the part, of those made at `since` or later. Looks only at
  // entries of the member from then on.
  virtual absl::StatusOr<std::optional<domain::ItemRead>> Newest(const std::string& program,
                                                                 const domain::MemberKey& member,
                                                                 const domain::ItemPart& part,
                                                                 Time since) = 0;
  // Newest first.
  virtual absl::StatusOr<std::vector<domain::ItemRead>> List(const std::string& program,
                                                             const ItemReadQuery& query,
                                                             int limit) = 0;
  // Who read which version of the item's body, each once, by version and member, after `after`, at
  // most `limit`.
  virtual absl::StatusOr<std::vector<VersionReader>> Readers(const std::string& program,
                                                             const std::string& item,
                                                             const VersionReader& after,
                                                             int limit) = 0;
};

}  // namespace perigee::ports
