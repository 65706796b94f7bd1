#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "clients/cli/sender.h"

namespace perigee::cli {

class Session;
struct XmlProgress;

struct StackExchangeDump {
  std::string folder;
  std::string program_name;
  std::string source;
};

struct ImportSummary {
  Tally members;
  Tally activities;
  std::int64_t stand_in_names = 0;
  std::map<std::string, std::int64_t> passed_over;  // By reason.
  // Rows that cannot be used, with the reason, by file and line: `Posts.xml:17`.
  std::map<std::string, std::string> unusable_rows;
  std::int64_t revision = 0;
};

using FileProgress = std::function<void(const std::string& file, const XmlProgress& progress)>;

// A usage failure unless the folder has the three files that every dump has.
absl::Status CheckStackExchangeDump(const std::string& folder);

// Reads a data dump of one site (Users.xml, Posts.xml, Votes.xml; Badges.xml and Comments.xml if
// they exist) and sends its members and activities. It may run again at any time, also after it was
// broken off: what the server has already stays as it is.
//
// Member ids are `se-<Id>`, `se-community` for the site's own user -1. A display name that is not
// valid here (empty, with control characters, too long) becomes `user <Id>`. A row that cannot be
// used is passed over. After a failure, all that was read before it is sent.
absl::StatusOr<ImportSummary> ImportStackExchange(Session& session, const StackExchangeDump& dump,
                                                  const FileProgress& progress);

}  // namespace perigee::cli
