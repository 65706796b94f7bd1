#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace perigee::jobs {

// The listeners for changes of boards. Safe from many threads.
class BoardListeners {
 public:
  // Listens until the handle is dropped. A call that is under way then may end after that.
  std::shared_ptr<void> Add(const std::string& program, const std::string& board,
                            std::function<void()> listener) {
    auto kept = std::make_shared<std::function<void()>>(std::move(listener));
    const std::lock_guard lock(mutex_);
    auto& of_board = listeners_[{program, board}];
    std::erase_if(of_board, [](const auto& listener_then) { return listener_then.expired(); });
    of_board.push_back(kept);
    return kept;
  }

  bool Any(const std::string& program, const std::string& board) {
    const std::lock_guard lock(mutex_);
    const auto it = listeners_.find({program, board});
    return it != listeners_.end() && !std::ranges::all_of(it->second, [](const auto& listener) {
             return listener.expired();
           });
  }

  void Notify(const std::string& program, const std::string& board) {
    std::vector<std::weak_ptr<std::function<void()>>> listeners;
    {
      const std::lock_guard lock(mutex_);
      const auto it = listeners_.find({program, board});
      if (it == listeners_.end()) {
        return;
      }
      std::erase_if(it->second, [](const auto& listener) { return listener.expired(); });
      listeners = it->second;
      if (listeners.empty()) {
        listeners_.erase(it);
      }
    }
    for (const auto& listener : listeners) {
      if (const auto alive = listener.lock()) {
        (*alive)();
      }
    }
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, std::vector<std::weak_ptr<std::function<void()>>>>
      listeners_;
};

}  // namespace perigee::jobs
