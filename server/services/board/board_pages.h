#pragma once

#include <string>
#include <string_view>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include "absl/status/statusor.h"
#include "server/ports/board/board_view.h"
#include "server/services/board/page_cache.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class MemberDirectory;
}  // namespace perigee::ports

namespace perigee::services {

inline constexpr int kEntriesDefault = 20;
inline constexpr int kEntriesMax = 1000;

// Turns slices of boards into answers. The constructor's arguments must outlive it. Queries with
// at_once get WouldBlock if the answer would have to wait. Safe from many threads.
class BoardPages {
 public:
  using Query = ports::BoardView::Query;
  BoardPages(ports::BoardView& view, ports::MemberDirectory& directory, const PageTokens& tokens);

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
  // Renders a slice that was read one place longer than the page, to make the next page's token.
  absl::StatusOr<grpc::Slice> Cut(const Query& query, ports::ViewSlice& slice, int size);
  absl::StatusOr<grpc::Slice> Render(const Query& query, const ports::ViewSlice& slice,
                                     std::string_view next_page_token);

  ports::BoardView& view_;
  ports::MemberDirectory& directory_;
  const PageTokens& tokens_;
  PageCache kept_;
};

}  // namespace perigee::services
