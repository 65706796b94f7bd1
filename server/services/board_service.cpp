#include "server/services/board_service.h"

#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/board_convert.h"
#include "server/services/board_results.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"

namespace perigee::services {
namespace {

constexpr std::string_view kService = "perigee.v1.BoardService";
constexpr int kBatchMax = 1000;

absl::Status CheckMinRevision(std::int64_t revision) {
  return revision < 0 ? InvalidField("min_revision", "must not be negative") : absl::OkStatus();
}

absl::StatusOr<v1::Board> ReadBoard(const std::string& name, const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kBoardPattern));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Board board,
                           ReadFrom(store, [&](ports::StoreReader& reader) {
                             return RequireBoard(reader, parts[0], parts[1]);
                           }));
  return ToProto(parts[0], board);
}

absl::StatusOr<v1::ListBoardsResponse> ReadBoards(const v1::ListBoardsRequest& request,
                                                  const ports::Store& store,
                                                  const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  const std::string query = "ListBoards " + request.parent();
  PERIGEE_ASSIGN_OR_RETURN(const PageAsked page, ParsePage(tokens, query, request));
  const auto read = [&](ports::StoreReader& reader) -> absl::StatusOr<std::vector<domain::Board>> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    return reader.Boards(parts[0]);
  };
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Board> all, ReadFrom(store, read));
  std::vector<domain::Board> boards = ItemsFrom(page, std::move(all));
  v1::ListBoardsResponse response;
  response.set_next_page_token(
      CutPage(tokens, query, page, boards, [](const domain::Board& last) { return last.id; }));
  for (const domain::Board& board : boards) {
    *response.add_boards() = ToProto(parts[0], board);
  }
  return response;
}

absl::StatusOr<v1::Period> ReadPeriod(const std::string& name, const ports::Store& store,
                                      Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const PeriodRef ref, ParsePeriodRef("name", name));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::Period> {
    PERIGEE_ASSIGN_OR_RETURN(const StoredPeriod stored, RequirePeriod(reader, ref, now, "name"));
    return ToProto(reader, ref.program, stored, now);
  });
}

}  // namespace

BoardService::BoardService(Call& call, ports::BoardView& view, ports::MemberDirectory& directory,
                           const PageTokens& tokens, ports::Telemetry& telemetry)
    : call_(call),
      view_(view),
      tokens_(tokens),
      pages_(view, directory, tokens),
      watches_(call, view, pages_, tokens, telemetry),
      get_board_(call.Register(kService, "GetBoard")),
      list_boards_(call.Register(kService, "ListBoards")),
      get_period_(call.Register(kService, "GetPeriod")),
      list_entries_(call.Register(kService, "ListEntries")),
      list_entries_around_(call.Register(kService, "ListEntriesAround")),
      batch_get_entries_(call.Register(kService, "BatchGetEntries")),
      explain_entry_(call.Register(kService, "ExplainEntry")),
      watch_board_(call.Register(kService, "WatchBoard")) {}

absl::StatusOr<ports::BoardView::Query> BoardService::ParseQuery(const std::string& parent,
                                                                 std::int64_t min_revision,
                                                                 Time now) {
  PERIGEE_ASSIGN_OR_RETURN(PeriodRef ref, ParsePeriodRef("parent", parent));
  PERIGEE_RETURN_IF_ERROR(CheckMinRevision(min_revision));
  if (ref.period != "current") {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Board board, view_.Definition(ref.program, ref.board));
    PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(board.time_zone));
    PERIGEE_RETURN_IF_ERROR(domain::PeriodById(board, zone, ref.period, "parent").status());
  }
  ports::BoardView::Query query;
  query.program = std::move(ref.program);
  query.board = std::move(ref.board);
  query.period = std::move(ref.period);
  query.now = now;
  query.min_revision = min_revision;
  return query;
}

RenderedPagePtr BoardService::KeptPage(const v1::ListEntriesRequest& request) {
  if (!request.page_token().empty() || request.result_version() != 0 ||
      request.min_revision() < 0) {
    return nullptr;
  }
  absl::StatusOr<PeriodRef> ref = ParsePeriodRef("parent", request.parent());
  const absl::StatusOr<int> size = PageSize(request.page_size(), kEntriesDefault, kEntriesMax);
  if (!ref.ok() || !size.ok()) {
    return nullptr;
  }
  ports::BoardView::Query query;
  query.program = std::move(ref->program);
  query.board = std::move(ref->board);
  query.period = std::move(ref->period);
  query.now = call_.clock().Now();
  query.min_revision = request.min_revision();
  return pages_.Kept(query, *size);
}

absl::StatusOr<v1::ListEntriesResponse> BoardService::ListLive(
    const v1::ListEntriesRequest& request, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const int size,
                           PageSize(request.page_size(), kEntriesDefault, kEntriesMax));
  PERIGEE_ASSIGN_OR_RETURN(const ports::BoardView::Query query,
                           ParseQuery(request.parent(), request.min_revision(), now));
  if (!request.page_token().empty()) {
    return pages_.Next(query, size, request.page_token());
  }
  PERIGEE_ASSIGN_OR_RETURN(const RenderedPagePtr first, pages_.First(query, size));
  v1::ListEntriesResponse response = first->page;
  response.set_revision(std::max(response.revision(), request.min_revision()));
  return response;
}

absl::StatusOr<v1::ListEntriesResponse> BoardService::Around(
    const v1::ListEntriesAroundRequest& request, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const int size,
                           PageSize(request.page_size(), kEntriesDefault, kEntriesMax));
  PERIGEE_ASSIGN_OR_RETURN(const PeriodRef ref, ParsePeriodRef("parent", request.parent()));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", request.member(), ref.program));
  PERIGEE_ASSIGN_OR_RETURN(const ports::BoardView::Query query,
                           ParseQuery(request.parent(), request.min_revision(), now));
  PERIGEE_ASSIGN_OR_RETURN(const ports::ViewSlice slice, view_.Around(query, member, size));
  if (slice.places.empty()) {
    return NotFound(request.member());
  }
  return pages_.Whole(query, slice);
}

absl::StatusOr<v1::ListEntriesResponse> BoardService::BatchGet(
    const v1::BatchGetEntriesRequest& request, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const PeriodRef ref, ParsePeriodRef("parent", request.parent()));
  if (request.members_size() < 1 || request.members_size() > kBatchMax) {
    return InvalidField("members", "must be 1 to " + std::to_string(kBatchMax) + " names");
  }
  std::vector<std::string> members;
  for (const std::string& name : request.members()) {
    PERIGEE_ASSIGN_OR_RETURN(std::string member, ParseMemberRef("members", name, ref.program));
    members.push_back(std::move(member));
  }
  PERIGEE_ASSIGN_OR_RETURN(const ports::BoardView::Query query,
                           ParseQuery(request.parent(), request.min_revision(), now));
  PERIGEE_ASSIGN_OR_RETURN(const ports::ViewSlice slice, view_.Find(query, members));
  return pages_.Whole(query, slice);
}

grpc::ServerUnaryReactor* BoardService::GetBoard(grpc::CallbackServerContext* context,
                                                 const v1::GetBoardRequest* request,
                                                 v1::Board* response) {
  return call_.Read(context, get_board_, request, response,
                    [this](const CallContext&, const auto& asked) {
                      return ReadBoard(asked.name(), call_.store());
                    });
}

grpc::ServerUnaryReactor* BoardService::ListBoards(grpc::CallbackServerContext* context,
                                                   const v1::ListBoardsRequest* request,
                                                   v1::ListBoardsResponse* response) {
  return call_.Read(context, list_boards_, request, response,
                    [this](const CallContext&, const auto& asked) {
                      return ReadBoards(asked, call_.store(), tokens_);
                    });
}

grpc::ServerUnaryReactor* BoardService::GetPeriod(grpc::CallbackServerContext* context,
                                                  const v1::GetPeriodRequest* request,
                                                  v1::Period* response) {
  return call_.Read(context, get_period_, request, response,
                    [this](const CallContext& call, const auto& asked) {
                      return ReadPeriod(asked.name(), call_.store(), call.now);
                    });
}

grpc::ServerUnaryReactor* BoardService::ListEntries(grpc::CallbackServerContext* context,
                                                    const v1::ListEntriesRequest* request,
                                                    v1::ListEntriesResponse* response) {
  if (const RenderedPagePtr kept = KeptPage(*request)) {
    return call_.Inline(
        context, list_entries_, request, response,
        [&](const CallContext&, const auto& asked) -> absl::StatusOr<v1::ListEntriesResponse> {
          v1::ListEntriesResponse page = kept->page;
          page.set_revision(std::max(page.revision(), asked.min_revision()));
          return page;
        });
  }
  return call_.Read(context, list_entries_, request, response,
                    [this](const CallContext& call,
                           const auto& asked) -> absl::StatusOr<v1::ListEntriesResponse> {
                      if (asked.result_version() == 0) {
                        return ListLive(asked, call.now);
                      }
                      if (asked.result_version() < 0) {
                        return InvalidField("result_version", "must not be negative");
                      }
                      PERIGEE_RETURN_IF_ERROR(CheckMinRevision(asked.min_revision()));
                      return ReadFrom(call_.store(), [&](ports::StoreReader& reader) {
                        return ListResult(reader, tokens_, asked, call.now);
                      });
                    });
}

grpc::ServerUnaryReactor* BoardService::ListEntriesAround(
    grpc::CallbackServerContext* context, const v1::ListEntriesAroundRequest* request,
    v1::ListEntriesResponse* response) {
  return call_.Read(
      context, list_entries_around_, request, response,
      [this](const CallContext& call, const auto& asked) { return Around(asked, call.now); });
}

grpc::ServerUnaryReactor* BoardService::BatchGetEntries(grpc::CallbackServerContext* context,
                                                        const v1::BatchGetEntriesRequest* request,
                                                        v1::ListEntriesResponse* response) {
  return call_.Read(
      context, batch_get_entries_, request, response,
      [this](const CallContext& call, const auto& asked) { return BatchGet(asked, call.now); });
}

grpc::ServerUnaryReactor* BoardService::ExplainEntry(grpc::CallbackServerContext* context,
                                                     const v1::ExplainEntryRequest* request,
                                                     v1::ExplainEntryResponse* response) {
  return call_.Read(context, explain_entry_, request, response,
                    [this](const CallContext& call, const auto& asked) {
                      return ReadFrom(call_.store(), [&](ports::StoreReader& reader) {
                        return Explain(reader, asked, call.now);
                      });
                    });
}

grpc::ServerWriteReactor<v1::WatchBoardResponse>* BoardService::WatchBoard(
    grpc::CallbackServerContext* context, const v1::WatchBoardRequest* request) {
  return watches_.Start(call_.Begin(context, watch_board_), *request);
}

}  // namespace perigee::services
