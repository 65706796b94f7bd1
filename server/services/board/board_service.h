#pragma once

#include "perigee/v1/board.grpc.pb.h"
#include "server/ports/board/board_view.h"
#include "server/services/board/board_pages.h"
#include "server/services/board/board_watch.h"
#include "server/services/call.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class MemberDirectory;
class Telemetry;
}  // namespace perigee::ports

namespace perigee::services {

// The methods that answer from memory. They take and give bytes.
using HotBoardService = v1::BoardService::WithRawCallbackMethod_ListEntries<
    v1::BoardService::WithRawCallbackMethod_ListEntriesAround<
        v1::BoardService::WithRawCallbackMethod_BatchGetEntries<
            v1::BoardService::WithRawCallbackMethod_WatchBoard<
                v1::BoardService::CallbackService>>>>;

// The public half of board.proto. The constructor's arguments must outlive it. Safe from many
// threads.
class BoardService final : public HotBoardService {
 public:
  BoardService(Call& call, ports::BoardView& view, ports::MemberDirectory& directory,
               const PageTokens& tokens, ports::Telemetry& telemetry);

  // Ends the streams, so that the server can shut down without cutting them off.
  void StopWatches() { watches_.Stop(); }

  grpc::ServerUnaryReactor* GetBoard(grpc::CallbackServerContext* context,
                                     const v1::GetBoardRequest* request,
                                     v1::Board* response) override;
  grpc::ServerUnaryReactor* ListBoards(grpc::CallbackServerContext* context,
                                       const v1::ListBoardsRequest* request,
                                       v1::ListBoardsResponse* response) override;
  grpc::ServerUnaryReactor* GetPeriod(grpc::CallbackServerContext* context,
                                      const v1::GetPeriodRequest* request,
                                      v1::Period* response) override;
  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* request,
                                        grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ListEntriesAround(grpc::CallbackServerContext* context,
                                              const grpc::ByteBuffer* request,
                                              grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* BatchGetEntries(grpc::CallbackServerContext* context,
                                            const grpc::ByteBuffer* request,
                                            grpc::ByteBuffer* response) override;
  grpc::ServerUnaryReactor* ExplainEntry(grpc::CallbackServerContext* context,
                                         const v1::ExplainEntryRequest* request,
                                         v1::ExplainEntryResponse* response) override;
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchBoard(grpc::CallbackServerContext* context,
                                                         const grpc::ByteBuffer* request) override;

 private:
  absl::Status List(const CallContext& call, const v1::ListEntriesRequest& asked,
                    grpc::ByteBuffer* answer);
  absl::Status ListOfResult(const CallContext& call, const v1::ListEntriesRequest& asked,
                            grpc::ByteBuffer* answer);
  absl::Status Around(const CallContext& call, const v1::ListEntriesAroundRequest& asked,
                      grpc::ByteBuffer* answer);
  absl::Status BatchGet(const CallContext& call, const v1::BatchGetEntriesRequest& asked,
                        grpc::ByteBuffer* answer);
  // Runs one of the methods above, and runs it again once its min_revision is reached.
  template <class Request>
  grpc::ServerUnaryReactor* ReadEntries(grpc::CallbackServerContext* context, const Method& method,
                                        const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                        absl::Status (BoardService::*read)(const CallContext&,
                                                                           const Request&,
                                                                           grpc::ByteBuffer*));
  // kInvalidField, naming `parent`, for a period that the board does not have.
  absl::StatusOr<ports::BoardView::Query> ParseQuery(const std::string& parent,
                                                     std::int64_t min_revision,
                                                     const CallContext& call);

  Call& call_;
  ports::BoardView& view_;
  const PageTokens& tokens_;
  BoardPages pages_;
  BoardWatches watches_;
  const Method get_board_;
  const Method list_boards_;
  const Method get_period_;
  const Method list_entries_;
  const Method list_entries_around_;
  const Method batch_get_entries_;
  const Method explain_entry_;
  const Method watch_board_;
};

}  // namespace perigee::services
