#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/ports/journal/journal_feed.h"

namespace perigee::ports {
class Telemetry;
}  // namespace perigee::ports

namespace perigee::sql {

// An entry that was just committed.
struct WrittenEntry {
  ports::JournalEntryPtr entry;
  std::size_t bytes = 0;  // In memory, roughly.
};
// By programme, in order.
using WrittenEntries = std::map<std::string, std::vector<WrittenEntry>>;

struct CommitFeedLimits {
  // Of all programmes together. The oldest make room.
  std::size_t entries_max = 4096;
  std::size_t bytes_max = std::size_t{8} << 20;
};

// JournalFeed for a store that says what it wrote and what it heard of. Safe from many threads.
class CommitFeed final : public ports::JournalFeed {
 public:
  // The telemetry is told of heads; null: nobody is.
  explicit CommitFeed(ports::Telemetry* telemetry = nullptr, CommitFeedLimits limits = {})
      : telemetry_(telemetry), limits_(limits) {}

  // Keeps what a commit wrote, once anybody has listened.
  void Keep(const WrittenEntries& written);
  // The programme came to `head`; nothing happens where that is known.
  void Tell(const std::string& program, domain::Revision head);

  std::shared_ptr<void> Listen(Listener listener) override;
  std::optional<std::vector<ports::JournalEntryPtr>> After(const std::string& program,
                                                           domain::Revision after) const override;

 private:
  // Shared with their handles, which may outlive the feed.
  struct Listeners {
    std::mutex mutex;  // Held during calls.
    std::map<std::uint64_t, Listener> by_number;
    std::uint64_t last_number = 0;
  };
  // Of one programme, by revision; with a gap where another server wrote.
  using Recent = std::deque<WrittenEntry>;

  void KeepOne(std::map<std::string, Recent>::iterator program, const WrittenEntry& written);
  domain::Revision KnownHead(const std::string& program) const;
  void DropOldest();

  ports::Telemetry* const telemetry_;
  const CommitFeedLimits limits_;
  const std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
  std::atomic<bool> followed_{false};  // Anybody ever listened.

  mutable std::mutex mutex_;                       // Guards the rest.
  std::map<std::string, domain::Revision> heads_;  // The newest told.
  std::map<std::string, Recent> recent_;
  // Whose entry is the oldest, the next oldest and so on.
  std::deque<std::map<std::string, Recent>::iterator> order_;
  std::size_t bytes_ = 0;
};

}  // namespace perigee::sql
