#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/journal/journal.h"

namespace perigee::ports {

using JournalEntryPtr = std::shared_ptr<const domain::JournalEntry>;

// Word of commits for whoever follows the journal, and the entries that this server wrote of late.
// Safe from many threads.
class JournalFeed {
 public:
  virtual ~JournalFeed() = default;

  // Calls `listener(program, head)` after each commit that changed the programme, by this server or
  // another on the same store, on threads of the store; of several commits of others perhaps only
  // for the last. Other servers' are heard of within milliseconds as a rule, and for sure within a
  // second or so while the store can be reached. Any number of listeners, each until its handle is
  // dropped; that waits for a call under way. All of them, and the writer, wait for a listener: it
  // must not block, and neither listens nor drops a handle.
  using Listener = std::function<void(const std::string& program, domain::Revision head)>;
  [[nodiscard]] virtual std::shared_ptr<void> Listen(Listener listener) = 0;

  // The entries of the programme after `after`, in order and without a gap, up to the newest that
  // is in memory: each equal to what the journal gives. There before the unit that made them is
  // answered. Empty if none is newer. nullopt if one of them is in the journal only: it was written
  // by another server, or too long ago, or before anybody listened.
  virtual std::optional<std::vector<JournalEntryPtr>> After(const std::string& program,
                                                            domain::Revision after) const = 0;
};

}  // namespace perigee::ports
