#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace perigee::ports {
class Blobs;
}  // namespace perigee::ports

namespace perigee::sql {

class Connection;
struct Finding;

// Adds a finding for each attachment of the programme whose bytes are missing, or are others than
// it says. Reads the bytes of each digest once.
absl::Status CheckAttachments(Connection& connection, const std::string& program,
                              ports::Blobs& blobs, std::vector<Finding>& findings);

}  // namespace perigee::sql
