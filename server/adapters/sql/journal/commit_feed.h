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
#include <utility>
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
  // For all programmes together. The oldest entries make room.
  std::size_t entries_max = 4096;
  std::size_t bytes_max = std::size_t{8} << 20;
};

// JournalFeed of a store, which tells it of written entries and of heads. Safe from many threads.
class CommitFeed final : public ports::JournalFeed {
 public:
  // The telemetry, if not null, gets the heads.
  explicit CommitFeed(ports::Telemetry* telemetry = nullptr, CommitFeedLimits limits = {})
      : telemetry_(telemetry), limits_(limits) {}

  // Keeps the entries of a commit, once anybody has listened, and tells those who hear of it before
  // the answers.
  void Keep(const WrittenEntries& written);
  // The programme came to `head`. Does nothing if that head is known. A head of 0: the programme
  // was deleted, and what is known of it is forgotten.
  void Tell(const std::string& program, domain::Revision head);

  std::shared_ptr<void> Listen(Listener listener) override { return Add(std::move(listener), {}); }
  std::shared_ptr<void> ListenBeforeAnswers(Listener listener) override {
    return Add(listener, listener);
  }
  std::optional<std::vector<ports::JournalEntryPtr>> After(const std::string& program,
                                                           domain::Revision after) const override;

 private:
  // Shared with the handles, which may outlive the feed.
  struct Listeners {
    std::mutex mutex;  // Held during calls.
    std::map<std::uint64_t, Listener> by_number;
    std::map<std::uint64_t, Listener> before_answers;  // Some of them.
    std::uint64_t last_number = 0;
  };
  // The entries of one programme, by revision, with gaps where another server wrote.
  using Recent = std::deque<WrittenEntry>;

  std::shared_ptr<void> Add(Listener listener, Listener before_answers);
  void KeepOne(std::map<std::string, Recent>::iterator program, const WrittenEntry& written);
  // Takes note of the news that Tell has. False if it is none.
  bool Note(const std::string& program, domain::Revision head);
  // Called with mutex_ held.
  bool IsNews(const std::string& program, domain::Revision head) const;
  void DropOldest();

  ports::Telemetry* const telemetry_;
  const CommitFeedLimits limits_;
  const std::shared_ptr<Listeners> listeners_ = std::make_shared<Listeners>();
  std::atomic<bool> followed_{false};  // True once anybody has listened.

  mutable std::mutex mutex_;                       // Guards the rest.
  std::map<std::string, domain::Revision> heads_;  // The newest heads told; 0 for a deletion.
  std::map<std::string, Recent> recent_;
  // The programmes of the entries, from the oldest entry on.
  std::deque<std::map<std::string, Recent>::iterator> order_;
  std::size_t bytes_ = 0;
};

}  // namespace perigee::sql
