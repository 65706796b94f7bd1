#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/insider/item_read.h"
#include "server/domain/member/member_key.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::use_cases {

// An item with its newest body as one member is shown it.
struct OpenBody {
  OpenItem open;
  domain::MemberKey reader;  // Whose marks the body has, and whom the access log names.
  domain::ItemPart part;
  std::string body;    // The reader's copy. Empty if the item has no body yet.
  std::string digest;  // SHA-256 of WithoutMarks of the body, in hexadecimal.
  std::optional<domain::ItemRead> on_record;  // See ReadOnRecord.
};

// kNotFound for programme and member. For the item as PersonalGate::Require.
absl::StatusOr<OpenBody> OpenBodyOf(ports::StoreReader& reader, const std::string& program,
                                    const std::string& member, const std::string& item, Time now);

// The items that are open for the person and have `part_of_name` (a SearchKey, empty: any) in their
// display name, by id, after the id `after`. At most `limit`; 0: all. Looks at hidden items too
// until it has as many.
absl::StatusOr<std::vector<OpenItem>> OpenItemsOf(ports::StoreReader& reader,
                                                  const std::string& program, PersonalGate& gate,
                                                  const std::string& part_of_name,
                                                  const std::string& after, int limit);

}  // namespace perigee::use_cases
