#include "server/services/board/board_service.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/member/member_directory.h"
#include "server/services/board/board_convert.h"
#include "server/services/board/board_results.h"
#include "server/services/board/entries_wire.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"

namespace perigee::services {
namespace {

constexpr int kBatchMax = 1000;
// A larger page would keep one of gRPC's threads from its other calls for too long.
constexpr int kAtOnceMax = 200;

absl::Status CheckSize(const CallContext& call, int entries) {
  return call.at_once && entries > kAtOnceMax ? WouldBlock() : absl::OkStatus();
}

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
                           const PageTokens& tokens)
    : Service(call, "perigee.v1.BoardService"),
      view_(view),
      tokens_(tokens),
      pages_(view, directory, tokens),
      watches_(call, view, pages_, tokens) {
  Read<v1::GetBoardRequest>("GetBoard", [this](const CallContext&, const auto& asked) {
    return ReadBoard(asked.name(), store());
  });
  Read<v1::ListBoardsRequest>("ListBoards", [this](const CallContext&, const auto& asked) {
    return ListOfProgram<v1::ListBoardsResponse>(
        store(), tokens_, "ListBoards", asked,
        [](auto& reader, const auto& program, const Page&) {
          return reader.boards().List(program);
        },
        [](auto& answer, const auto& program, const domain::Board& board) {
          *answer.add_boards() = ToProto(program, board);
        });
  });
  Read<v1::GetPeriodRequest>("GetPeriod", [this](const CallContext& call, const auto& asked) {
    return ReadPeriod(asked.name(), store(), call.now);
  });
  ReadEntries("ListEntries", &BoardService::List);
  ReadEntries("ListEntriesAround", &BoardService::Around);
  ReadEntries("BatchGetEntries", &BoardService::BatchGet);
  Read<v1::ExplainEntryRequest>("ExplainEntry", [this](const CallContext& call, const auto& asked) {
    return Explain(store(), view_, asked, call.now);
  });
  ServerStream<v1::WatchBoardRequest>(
      "WatchBoard", [this](const RunningCall& running, const v1::WatchBoardRequest& asked) {
        return watches_.Start(running, asked);
      });
}

absl::StatusOr<ports::BoardView::Query> BoardService::ParseQuery(const std::string& parent,
                                                                 std::int64_t min_revision,
                                                                 const CallContext& call) {
  PERIGEE_ASSIGN_OR_RETURN(PeriodRef ref, ParsePeriodRef("parent", parent));
  PERIGEE_RETURN_IF_ERROR(CheckMinRevision(min_revision));
  if (ref.period != "current" && !call.at_once) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Board board, view_.Definition(ref.program, ref.board));
    PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(board.time_zone));
    PERIGEE_RETURN_IF_ERROR(domain::PeriodById(board, zone, ref.period, "parent").status());
  }
  ports::BoardView::Query query;
  query.program = std::move(ref.program);
  query.board = std::move(ref.board);
  query.period = std::move(ref.period);
  query.now = call.now;
  query.min_revision = min_revision;
  query.at_once = call.at_once;
  return query;
}

absl::Status BoardService::List(const CallContext& call, const v1::ListEntriesRequest& asked,
                                grpc::ByteBuffer* answer) {
  if (asked.result_version() != 0) {
    return ListOfResult(call, asked, answer);
  }
  PERIGEE_ASSIGN_OR_RETURN(const int size,
                           PageSize(asked.page_size(), kEntriesDefault, kEntriesMax));
  PERIGEE_RETURN_IF_ERROR(CheckSize(call, size));
  PERIGEE_ASSIGN_OR_RETURN(const ports::BoardView::Query query,
                           ParseQuery(asked.parent(), asked.min_revision(), call));
  if (!asked.page_token().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(*answer, pages_.Next(query, size, asked.page_token()));
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const BoardPages::FirstPage first, pages_.First(query, size));
  *answer = AnswerBytes(first.page->body, first.revision);
  return absl::OkStatus();
}

absl::Status BoardService::ListOfResult(const CallContext& call,
                                        const v1::ListEntriesRequest& asked,
                                        grpc::ByteBuffer* answer) {
  if (asked.result_version() < 0) {
    return InvalidField("result_version", "must not be negative");
  }
  PERIGEE_RETURN_IF_ERROR(CheckMinRevision(asked.min_revision()));
  if (call.at_once) {
    return WouldBlock();
  }
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListEntriesResponse page,
                           ReadFrom(store(), [&](ports::StoreReader& reader) {
                             return ListResult(reader, tokens_, asked, call.now);
                           }));
  *answer = ToBytes(page);
  return absl::OkStatus();
}

absl::Status BoardService::Around(const CallContext& call,
                                  const v1::ListEntriesAroundRequest& asked,
                                  grpc::ByteBuffer* answer) {
  PERIGEE_ASSIGN_OR_RETURN(const int size,
                           PageSize(asked.page_size(), kEntriesDefault, kEntriesMax));
  PERIGEE_RETURN_IF_ERROR(CheckSize(call, size));
  PERIGEE_ASSIGN_OR_RETURN(const ports::BoardView::Query query,
                           ParseQuery(asked.parent(), asked.min_revision(), call));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", asked.member(), query.program));
  PERIGEE_ASSIGN_OR_RETURN(const ports::ViewSlice slice, view_.Around(query, member, size));
  if (slice.places.empty()) {
    return NoEntry(asked.member(), asked.parent());
  }
  PERIGEE_ASSIGN_OR_RETURN(*answer, pages_.Whole(query, slice));
  return absl::OkStatus();
}

absl::Status BoardService::BatchGet(const CallContext& call,
                                    const v1::BatchGetEntriesRequest& asked,
                                    grpc::ByteBuffer* answer) {
  if (asked.members_size() < 1 || asked.members_size() > kBatchMax) {
    return InvalidField("members", "must be 1 to " + std::to_string(kBatchMax) + " names");
  }
  PERIGEE_RETURN_IF_ERROR(CheckSize(call, asked.members_size()));
  PERIGEE_ASSIGN_OR_RETURN(const ports::BoardView::Query query,
                           ParseQuery(asked.parent(), asked.min_revision(), call));
  std::vector<std::string> members;
  members.reserve(static_cast<std::size_t>(asked.members_size()));
  for (const std::string& name : asked.members()) {
    PERIGEE_ASSIGN_OR_RETURN(std::string member, ParseMemberRef("members", name, query.program));
    members.push_back(std::move(member));
  }
  PERIGEE_ASSIGN_OR_RETURN(const ports::ViewSlice slice, view_.PlacesOf(query, members));
  PERIGEE_ASSIGN_OR_RETURN(*answer, pages_.Whole(query, slice));
  return absl::OkStatus();
}

template <class Request>
void BoardService::ReadEntries(std::string_view name,
                               absl::Status (BoardService::*read)(const CallContext&,
                                                                  const Request&,
                                                                  grpc::ByteBuffer*)) {
  Hot<Request>(
      name,
      [this, read](const CallContext& call, const Request& asked, grpc::ByteBuffer* answer) {
        return (this->*read)(call, asked, answer);
      },
      [this](const Request& asked, std::function<void()>&& again) {
        const absl::StatusOr<PeriodRef> ref = ParsePeriodRef("parent", asked.parent());
        view_.WhenReached(ref.ok() ? ref->program : "", asked.min_revision(), std::move(again));
      });
}

}  // namespace perigee::services
