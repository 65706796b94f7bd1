#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/domain/journal/journal.h"

namespace perigee {
struct Uuid;
}  // namespace perigee

namespace perigee::ports {

// The journal. See StoreReader for the rules of all reads.
class JournalReader {
 public:
  virtual ~JournalReader() = default;

  // The newest revision of a programme; 0 if there is no such programme.
  virtual absl::StatusOr<domain::Revision> Head(const std::string& program) = 0;
  // The newest revision of every programme.
  virtual absl::StatusOr<std::map<std::string, domain::Revision>> Heads() = 0;
  // Entries after `after`, in order, at most `limit`.
  virtual absl::StatusOr<std::vector<domain::JournalEntry>> Read(const std::string& program,
                                                                 domain::Revision after,
                                                                 int limit) = 0;
  // The hash of one entry, by which a cache knows that it belongs to this journal. nullopt if there
  // is no such entry.
  virtual absl::StatusOr<std::optional<Sha256Digest>> HashAt(const std::string& program,
                                                             domain::Revision revision) = 0;
  // The revision of the newest entry that is not after `time`; 0 if there is none. Looks at a few
  // entries only, however long the journal is.
  virtual absl::StatusOr<domain::Revision> RevisionAt(const std::string& program, Time time) = 0;
  // The revisions of the entries below `before` that concern the member of that pseudonym, or that
  // the member or the person of staff caused. Newest first, at most `limit`.
  virtual absl::StatusOr<std::vector<domain::Revision>> Of(const std::string& program,
                                                           const Uuid& party,
                                                           domain::Revision before, int limit) = 0;
  // The same between `after` and `before`, both left out, without entries that concern the member
  // only by activities and transfers. In order, or the newest first; at most `limit`.
  virtual absl::StatusOr<std::vector<domain::Revision>> Naming(
      const std::string& program, const Uuid& party, domain::Revision after,
      domain::Revision before, bool newest_first, int limit) = 0;
  // The revision up to which a projection has stored its results; 0 at first. See CursorMove.
  virtual absl::StatusOr<domain::Revision> Cursor(const std::string& program,
                                                  const std::string& projection) = 0;
};

}  // namespace perigee::ports
