#pragma once

#include "server/core/error.h"
#include "server/ports/board/board_view.h"

namespace perigee::tests {

// A view without any board.
class NoBoards final : public ports::BoardView {
 public:
  absl::StatusOr<ports::ViewSlice> Top(const Query& query,
                                       const std::optional<domain::Place>& /*after*/,
                                       int /*limit*/) override {
    return Missing(query.board);
  }
  absl::StatusOr<ports::ViewSlice> Around(const Query& query, const std::string& /*member_id*/,
                                          int /*limit*/) override {
    return Missing(query.board);
  }
  absl::StatusOr<ports::ViewSlice> PlacesOf(const Query& query,
                                            std::span<const std::string> /*member_ids*/) override {
    return Missing(query.board);
  }
  absl::StatusOr<domain::Board> Definition(const std::string& /*program*/,
                                           const std::string& board) override {
    return Missing(board);
  }
  std::optional<PeriodState> StateOf(const Query& /*query*/) override { return std::nullopt; }
  void WhenReached(const std::string& /*program*/, domain::Revision /*revision*/,
                   std::function<void()> then) override {
    then();
  }
  std::shared_ptr<void> Subscribe(const std::string& /*program*/, const std::string& /*board*/,
                                  std::function<void()> /*listener*/) override {
    return nullptr;
  }
  absl::StatusOr<std::vector<Comparison>> Verify(const Query& query,
                                                 domain::Revision* /*revision*/) override {
    return Missing(query.board);
  }

 private:
  static absl::Status Missing(const std::string& board) { return NotFound(board); }
};

}  // namespace perigee::tests
