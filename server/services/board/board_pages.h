#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include "absl/status/statusor.h"
#include "server/ports/board/board_view.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class MemberDirectory;
}  // namespace perigee::ports

namespace perigee::services {

inline constexpr int kEntriesDefault = 20;
inline constexpr int kEntriesMax = 1000;

// The first page of a period, rendered once for all readers and watchers.
struct RenderedPage {
  grpc::Slice body;               // See EntriesWire.
  domain::Revision revision = 0;  // The revision at which it was rendered.
  domain::Period period;
  domain::Revision epoch = 0;
  std::string digest;  // Digest of the page without its revision.
};
using RenderedPagePtr = std::shared_ptr<const RenderedPage>;

// Turns slices of boards into answers. The constructor's arguments must outlive it. Queries with
// at_once get WouldBlock if the answer would have to wait. Safe from many threads.
class BoardPages {
 public:
  using Query = ports::BoardView::Query;
  BoardPages(ports::BoardView& view, ports::MemberDirectory& directory, const PageTokens& tokens)
      : view_(view), directory_(directory), tokens_(tokens) {}

  // The first page, and the newest revision whose state it is known to show.
  struct FirstPage {
    RenderedPagePtr page;
    domain::Revision revision = 0;
  };
  absl::StatusOr<FirstPage> First(const Query& query, int size);
  // The page after the one that gave `token`. kPageTokenStale if the board was redefined since.
  absl::StatusOr<grpc::ByteBuffer> Next(const Query& query, int size, const std::string& token);
  // The slice as it is, without a next page.
  absl::StatusOr<grpc::ByteBuffer> Whole(const Query& query, const ports::ViewSlice& slice);

 private:
  using PageKey = std::tuple<std::string, std::string, std::string, int>;
  struct KeptPage {
    std::uint64_t version = 0;
    RenderedPagePtr page;
  };

  // The page of exactly that version, or null.
  RenderedPagePtr Kept(const Query& query, int size, std::uint64_t version);
  void Keep(const Query& query, int size, std::uint64_t version, RenderedPagePtr page);
  // Renders a slice that was read one place longer than the page, to make the next page's token.
  absl::StatusOr<grpc::Slice> Cut(const Query& query, ports::ViewSlice& slice, int size);
  absl::StatusOr<grpc::Slice> Render(const Query& query, const ports::ViewSlice& slice,
                                     std::string_view next_page_token);

  ports::BoardView& view_;
  ports::MemberDirectory& directory_;
  const PageTokens& tokens_;
  std::mutex mutex_;
  std::map<PageKey, KeptPage, std::less<>> kept_;
};

}  // namespace perigee::services
