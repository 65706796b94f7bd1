#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
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
  bool update = false;  // Also take over what has changed since an earlier dump.
};

// What `update` changed.
struct UpdateSummary {
  std::int64_t renamed = 0;
  // Activities whose transfers were reversed, by kind: `post`, `vote` ….
  std::map<std::string, std::int64_t> undone;
  std::int64_t transfers_reversed = 0;
  // Activities that the dump has no more, of which nothing was left to reverse.
  std::int64_t gone_before = 0;
  std::map<std::string, std::int64_t> not_reversed;  // Transfers, by the reason of the refusal.
  std::int64_t members_gone = 0;                     // They stay, with what they have.
};

struct ImportSummary {
  Tally members;
  Tally activities;
  std::optional<Tally> champions;  // Of the demo: what its calls about them did.
  std::int64_t stand_in_names = 0;
  std::map<std::string, std::int64_t> passed_over;  // By reason.
  // Rows that cannot be used, with the reason, by file and line: `Posts.xml:17`.
  std::map<std::string, std::string> unusable_rows;
  std::int64_t revision = 0;
  std::optional<UpdateSummary> update;
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
//
// Counts that the dump has without the single events (votes that a user cast, views of a question)
// are activities with that quantity. They stay as they were first imported.
//
// With `update` it then takes over what has changed since an earlier dump of the site: display
// names; posts that were deleted and votes that were withdrawn, whose transfers are reversed. What
// was once reversed stays so, even if a later dump has the event again.
absl::StatusOr<ImportSummary> ImportStackExchange(Session& session, const StackExchangeDump& dump,
                                                  const FileProgress& progress);

}  // namespace perigee::cli
