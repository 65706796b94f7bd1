#include "server/services/board/board_pages.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/page_token.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_directory.h"
#include "server/services/board/board_convert.h"
#include "server/services/board/entries_wire.h"
#include "server/services/convert.h"
#include "server/services/token_number.h"

namespace perigee::services {
namespace {

constexpr std::size_t kKeptMax = 1024;
constexpr std::size_t kPositionParts = 5;

std::string TokenQuery(const BoardPages::Query& query) {
  return "ListEntries " + PeriodName(query.program, query.board, query.period);
}

std::string DigestOf(const grpc::Slice& body) {
  return Hex(Sha256({reinterpret_cast<const char*>(body.begin()), body.size()}));
}

absl::Status Stale(const BoardPages::Query& query) {
  const std::string name = BoardName(query.program, query.board);
  return Error(Reason::kPageTokenStale, name + " was redefined since the first page",
               {{"resource_name", name}});
}

}  // namespace

BoardPages::BoardPages(ports::BoardView& view, ports::MemberDirectory& directory,
                       const PageTokens& tokens)
    : view_(view), directory_(directory), tokens_(tokens), kept_(kKeptMax) {}

absl::StatusOr<BoardPages::FirstPage> BoardPages::First(const Query& query, int size) {
  // Read before the board itself: a change in between makes the page newer than its version says,
  // never older.
  const std::optional<ports::BoardView::PeriodState> state = view_.StateOf(query);
  if (state) {
    if (RenderedPagePtr kept =
            kept_.Find({query.program, query.board, query.period, size}, state->version)) {
      const domain::Revision revision = std::max(kept->revision, state->revision);
      return FirstPage{std::move(kept), revision};
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(ports::ViewSlice slice, view_.Top(query, std::nullopt, size + 1));
  auto rendered = std::make_shared<RenderedPage>();
  rendered->period = slice.period;
  rendered->epoch = slice.epoch;
  rendered->revision = slice.revision;
  PERIGEE_ASSIGN_OR_RETURN(rendered->body, Cut(query, slice, size));
  rendered->digest = DigestOf(rendered->body);
  if (state) {
    kept_.Keep({query.program, query.board, query.period, size}, state->version, rendered);
  }
  return FirstPage{rendered, slice.revision};
}

absl::StatusOr<grpc::ByteBuffer> BoardPages::Next(const Query& query, int size,
                                                  const std::string& token) {
  if (query.at_once) {
    return WouldBlock();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> position,
                           tokens_.Decode(TokenQuery(query), token));
  if (position.size() != kPositionParts) {
    return Error(Reason::kPageTokenInvalid, "the page token is of another list");
  }
  const domain::Revision epoch = NumberIn(position[0]);
  PERIGEE_ASSIGN_OR_RETURN(const domain::Board board, view_.Definition(query.program, query.board));
  if (board.epoch != epoch) {
    return Stale(query);
  }
  const domain::Place after{position[4],
                            {NumberIn(position[2]), FromMicros(NumberIn(position[3]))}};
  Query of_token = query;
  of_token.period = position[1];  // `current` may be another period by now.
  PERIGEE_ASSIGN_OR_RETURN(ports::ViewSlice slice, view_.Top(of_token, after, size + 1));
  if (slice.epoch != epoch) {
    return Stale(query);
  }
  PERIGEE_ASSIGN_OR_RETURN(const grpc::Slice body, Cut(query, slice, size));
  return AnswerBytes(body, slice.revision);
}

absl::StatusOr<grpc::Slice> BoardPages::Cut(const Query& query, ports::ViewSlice& slice, int size) {
  std::string next;
  if (slice.places.size() > static_cast<std::size_t>(size)) {
    slice.places.resize(static_cast<std::size_t>(size));
    const domain::Place& last = slice.places.back().place;
    next = tokens_.Encode(
        TokenQuery(query),
        {std::to_string(slice.epoch), slice.period.id, std::to_string(last.score.score),
         std::to_string(ToMicros(last.score.reach_time)), last.member_id});
  }
  return Render(query, slice, next);
}

absl::StatusOr<grpc::ByteBuffer> BoardPages::Whole(const Query& query,
                                                   const ports::ViewSlice& slice) {
  PERIGEE_ASSIGN_OR_RETURN(const grpc::Slice body, Render(query, slice, ""));
  return AnswerBytes(body, slice.revision);
}

absl::StatusOr<grpc::Slice> BoardPages::Render(const Query& query, const ports::ViewSlice& slice,
                                               std::string_view next_page_token) {
  std::vector<std::string_view> ids;
  ids.reserve(slice.places.size());
  for (const domain::RankedPlace& ranked : slice.places) {
    ids.push_back(ranked.place.member_id);
  }
  EntriesWire wire(query.program, ids.size());
  PERIGEE_RETURN_IF_ERROR(directory_.Show(
      query.program, ids, query.at_once,
      [&](std::size_t i, std::string_view name) { wire.Add(slice.places[i], name); }));
  return wire.Finish(next_page_token, slice.total,
                     PeriodName(query.program, query.board, slice.period.id));
}

}  // namespace perigee::services
