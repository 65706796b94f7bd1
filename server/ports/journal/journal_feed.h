#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/domain/journal/journal.h"

namespace perigee::ports {

using JournalEntryPtr = std::shared_ptr<const domain::JournalEntry>;

// Tells followers of the journal of commits, and gives them the entries that this server wrote of
// late. Safe from many threads.
class JournalFeed {
 public:
  virtual ~JournalFeed() = default;

  // Calls `listener(program, head)` on threads of the store after each commit that changed the
  // programme, by this server or another on the same store. Of several commits by other servers it
  // may tell only the last. A head of 0 says that the programme was deleted: whatever the listener
  // knows of it must be forgotten, even if there is a new programme of that id by now. Other
  // servers' commits arrive within milliseconds as a rule, and within about a second while the
  // store can be reached. Any number of listeners is allowed, each until its handle is dropped;
  // dropping waits for a call under way. All listeners and the writer wait for a listener: it must
  // not block, call Listen or drop a handle.
  using Listener = std::function<void(const std::string& program, domain::Revision head)>;
  [[nodiscard]] virtual std::shared_ptr<void> Listen(Listener listener) = 0;
  // The same, but the listener also hears of this server's commits before their units are answered,
  // so of most heads twice. For what must be true in an answered caller's next call. All answers
  // wait for it.
  [[nodiscard]] virtual std::shared_ptr<void> ListenBeforeAnswers(Listener listener) = 0;

  // The entries of the programme after `after`, in order and without a gap, up to the newest in
  // memory. Each equals the journal's entry. A unit's entry is here before the unit is answered.
  // Empty if no entry is newer. nullopt if one of them is in the journal only, up to the newest
  // head that was told: another server wrote it, or it is too old, or nobody listened yet.
  virtual std::optional<std::vector<JournalEntryPtr>> After(const std::string& program,
                                                            domain::Revision after) const = 0;
};

}  // namespace perigee::ports
