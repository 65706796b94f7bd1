#include "server/services/board/page_cache.h"

#include <utility>

namespace perigee::services {

RenderedPagePtr PageCache::Find(const KeyView& key, std::uint64_t version) {
  const std::lock_guard lock(mutex_);
  const auto found = pages_.find(key);
  if (found == pages_.end() || found->second.version != version) {
    return nullptr;
  }
  found->second.read = true;
  return found->second.page;
}

void PageCache::Keep(Key key, std::uint64_t version, RenderedPagePtr page) {
  const std::lock_guard lock(mutex_);
  auto found = pages_.find(key);
  if (found == pages_.end()) {
    MakeRoom();
    found = pages_.emplace(std::move(key), Kept{}).first;
    turns_.push_back(found);
  }
  found->second.version = version;
  found->second.page = std::move(page);
}

void PageCache::MakeRoom() {
  while (pages_.size() >= pages_max_) {
    const Pages::iterator next = turns_.front();
    turns_.pop_front();
    if (std::exchange(next->second.read, false)) {
      turns_.push_back(next);
    } else {
      pages_.erase(next);
    }
  }
}

}  // namespace perigee::services
