#pragma once

#include "perigee/v1/board.pb.h"
#include "server/ports/board/board_view.h"
#include "server/services/board/board_pages.h"
#include "server/services/board/board_watch.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class MemberDirectory;
}  // namespace perigee::ports

namespace perigee::services {

// The public half of board.proto. The constructor's arguments must outlive it. Safe from many
// threads.
class BoardService final : public Service {
 public:
  BoardService(Call& call, ports::BoardView& view, ports::MemberDirectory& directory,
               const PageTokens& tokens);

  // Ends the streams, so that the server can shut down without cutting them off.
  void StopStreams() { watches_.Stop(); }
  // Ends the streams whose callers may not have them any more.
  void RecheckStreams() { watches_.Recheck(); }

 private:
  absl::Status List(const CallContext& call, const v1::ListEntriesRequest& asked,
                    grpc::ByteBuffer* answer);
  absl::Status ListOfResult(const CallContext& call, const v1::ListEntriesRequest& asked,
                            grpc::ByteBuffer* answer);
  absl::Status Around(const CallContext& call, const v1::ListEntriesAroundRequest& asked,
                      grpc::ByteBuffer* answer);
  absl::Status BatchGet(const CallContext& call, const v1::BatchGetEntriesRequest& asked,
                        grpc::ByteBuffer* answer);
  // States a method that runs `read`, and runs it again once its min_revision is reached.
  template <class Request>
  void ReadEntries(std::string_view name,
                   absl::Status (BoardService::*read)(const CallContext&, const Request&,
                                                      grpc::ByteBuffer*));
  // kInvalidField, naming `parent`, for a period that the board does not have.
  absl::StatusOr<ports::BoardView::Query> ParseQuery(const std::string& parent,
                                                     std::int64_t min_revision,
                                                     const CallContext& call);

  ports::BoardView& view_;
  const PageTokens& tokens_;
  BoardPages pages_;
  BoardWatches watches_;
};

}  // namespace perigee::services
