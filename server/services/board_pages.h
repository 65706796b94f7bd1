#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/board.pb.h"
#include "server/core/page_token.h"
#include "server/core/sha256.h"
#include "server/ports/board_view.h"
#include "server/ports/members.h"

namespace perigee::services {

inline constexpr int kEntriesDefault = 20;
inline constexpr int kEntriesMax = 1000;

// The first page of a period, rendered once for everybody who reads or watches it.
struct RenderedPage {
  v1::ListEntriesResponse page;
  domain::Period period;
  domain::Revision epoch = 0;
  std::string digest;  // Of what is shown: all but the revision.
};
using RenderedPagePtr = std::shared_ptr<const RenderedPage>;

// Turns slices of boards into answers. All that it is given must outlive it. Safe from many
// threads.
class BoardPages {
 public:
  using Query = ports::BoardView::Query;
  BoardPages(ports::BoardView& view, ports::MemberDirectory& directory, const PageTokens& tokens)
      : view_(view), directory_(directory), tokens_(tokens) {}

  // The first page if it is at hand and up to date; nullptr if the board has to be asked. Never
  // blocks.
  RenderedPagePtr Kept(const Query& query, int size);
  // The first page. May block.
  absl::StatusOr<RenderedPagePtr> First(const Query& query, int size);
  // The page after the one that gave `token`. kPageTokenStale if the board was redefined since.
  absl::StatusOr<v1::ListEntriesResponse> Next(const Query& query, int size,
                                               const std::string& token);
  // A slice as it is, without a next page.
  absl::StatusOr<v1::ListEntriesResponse> Whole(const Query& query, const ports::ViewSlice& slice);

 private:
  using PageKey = std::tuple<std::string, std::string, std::string, int>;
  struct KeptPage {
    std::uint64_t version = 0;
    RenderedPagePtr page;
  };

  std::uint64_t VersionOf(const Query& query);
  RenderedPagePtr Find(const Query& query, int size, std::uint64_t version);
  // Cuts a slice that was read one place longer than the page, to find its next token.
  absl::StatusOr<v1::ListEntriesResponse> Cut(const Query& query, ports::ViewSlice slice, int size);

  ports::BoardView& view_;
  ports::MemberDirectory& directory_;
  const PageTokens& tokens_;
  std::mutex mutex_;
  std::map<PageKey, KeptPage> kept_;
};

}  // namespace perigee::services
