#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/ports/journal/journal_feed.h"

namespace perigee::tests {

// A feed that can be made deaf: then it tells nothing and has no entries. The feed behind it must
// outlive it. Safe from many threads.
class DeafFeed final : public ports::JournalFeed {
 public:
  explicit DeafFeed(ports::JournalFeed& feed) : feed_(feed) {}

  void SetDeaf(bool deaf) { deaf_ = deaf; }

  std::shared_ptr<void> Listen(Listener listener) override {
    return feed_.Listen(Deafening(std::move(listener)));
  }
  std::shared_ptr<void> ListenBeforeAnswers(Listener listener) override {
    return feed_.ListenBeforeAnswers(Deafening(std::move(listener)));
  }
  std::optional<std::vector<ports::JournalEntryPtr>> After(const std::string& program,
                                                           domain::Revision after) const override {
    return deaf_ ? std::nullopt : feed_.After(program, after);
  }

 private:
  Listener Deafening(Listener listener) {
    return
        [this, listener = std::move(listener)](const std::string& program, domain::Revision head) {
          if (!deaf_) {
            listener(program, head);
          }
        };
  }

  ports::JournalFeed& feed_;
  std::atomic<bool> deaf_{false};
};

}  // namespace perigee::tests
