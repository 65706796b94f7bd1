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
  std::map<std::string, std::int64_t> passed_over;  // By why.
  std::int64_t revision = 0;
};

using FileProgress = std::function<void(const std::string& file, const XmlProgress& progress)>;

// Reads a data dump of one site (Users.xml, Posts.xml, Votes.xml; Badges.xml and Comments.xml if
// they are there) and sends its members and what they did. May be run again at any time, also after
// it was broken off: what is there already stays as it is.
//
// Member ids are `se-<Id>`, `se-community` for the site's own user -1. A display name that cannot
// be one here (empty, with control characters, too long) becomes `user <Id>`.
absl::StatusOr<ImportSummary> ImportStackExchange(Session& session, const StackExchangeDump& dump,
                                                  const FileProgress& progress);

}  // namespace perigee::cli
