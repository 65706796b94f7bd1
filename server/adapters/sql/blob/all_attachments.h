#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/insider/attachment.h"

namespace perigee::sql {

class Connection;

// All attachments of the programme, by item and id. kInternal if a row cannot be read.
absl::StatusOr<std::vector<domain::Attachment>> AllAttachments(Connection& connection,
                                                               const std::string& program);

}  // namespace perigee::sql
