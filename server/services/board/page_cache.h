#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>

#include <grpcpp/support/slice.h>

#include "server/domain/board/board.h"
#include "server/domain/record/revision.h"

namespace perigee::services {

// The first page of a period, rendered once for all readers and watchers.
struct RenderedPage {
  grpc::Slice body;               // See EntriesWire.
  domain::Revision revision = 0;  // The revision at which it was rendered.
  domain::Period period;
  domain::Revision epoch = 0;
  std::string digest;  // Digest of the page without its revision.
};
using RenderedPagePtr = std::shared_ptr<const RenderedPage>;

// Keeps the newest version of at most `pages_max` pages. A page that was read since its last turn
// keeps its place; the page that waits longest for a reader makes room. Safe from many threads.
class PageCache {
 public:
  // Programme, board, period as it was asked for, and size.
  using Key = std::tuple<std::string, std::string, std::string, int>;
  using KeyView = std::tuple<const std::string&, const std::string&, const std::string&, int>;

  explicit PageCache(std::size_t pages_max) : pages_max_(pages_max) {}

  // The page of exactly that version, or null.
  RenderedPagePtr Find(const KeyView& key, std::uint64_t version);
  void Keep(Key key, std::uint64_t version, RenderedPagePtr page);

 private:
  struct Kept {
    std::uint64_t version = 0;
    RenderedPagePtr page;
    bool read = false;  // Since its last turn.
  };
  using Pages = std::map<Key, Kept, std::less<>>;

  void MakeRoom();

  const std::size_t pages_max_;
  std::mutex mutex_;
  Pages pages_;
  std::deque<Pages::iterator> turns_;  // All pages, in the order in which they may have to go.
};

}  // namespace perigee::services
