#include "server/services/board_pages.h"

#include <charconv>
#include <cstddef>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/services/board_convert.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

constexpr std::size_t kKeptMax = 1024;
constexpr std::size_t kPositionParts = 5;

// Tokens are signed, so a number in one is a number.
std::int64_t Number(const std::string& text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string TokenQuery(const BoardPages::Query& query) {
  return "ListEntries " + PeriodName(query.program, query.board, query.period);
}

std::string DigestOf(v1::ListEntriesResponse page) {
  page.clear_revision();
  return Hex(Sha256(page.SerializeAsString()));
}

absl::Status Stale(const BoardPages::Query& query) {
  const std::string name = BoardName(query.program, query.board);
  return Error(Reason::kPageTokenStale, name + " was redefined since the first page",
               {{"resource_name", name}});
}

}  // namespace

std::uint64_t BoardPages::VersionOf(const Query& query) {
  // Where nothing is known yet, asking the board says what is wrong, if anything is.
  return view_.Version(query).value_or(0);
}

RenderedPagePtr BoardPages::Find(const Query& query, int size, std::uint64_t version) {
  if (version == 0) {
    return nullptr;
  }
  const std::lock_guard lock(mutex_);
  const auto it = kept_.find({query.program, query.board, query.period, size});
  return it != kept_.end() && it->second.version == version ? it->second.page : nullptr;
}

RenderedPagePtr BoardPages::Kept(const Query& query, int size) {
  return Find(query, size, VersionOf(query));
}

absl::StatusOr<RenderedPagePtr> BoardPages::First(const Query& query, int size) {
  // Asked before the board is: what changes in between makes the page newer than its version says,
  // never older.
  const std::uint64_t version = VersionOf(query);
  if (RenderedPagePtr kept = Find(query, size, version)) {
    return kept;
  }
  PERIGEE_ASSIGN_OR_RETURN(ports::ViewSlice slice, view_.Top(query, std::nullopt, size + 1));
  auto rendered = std::make_shared<RenderedPage>();
  rendered->period = slice.period;
  rendered->epoch = slice.epoch;
  PERIGEE_ASSIGN_OR_RETURN(rendered->page, Cut(query, std::move(slice), size));
  rendered->digest = DigestOf(rendered->page);
  if (version != 0) {
    const std::lock_guard lock(mutex_);
    if (kept_.size() >= kKeptMax) {
      kept_.clear();
    }
    kept_[{query.program, query.board, query.period, size}] = {version, rendered};
  }
  return rendered;
}

absl::StatusOr<v1::ListEntriesResponse> BoardPages::Next(const Query& query, int size,
                                                         const std::string& token) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> position,
                           tokens_.Decode(TokenQuery(query), token));
  if (position.size() != kPositionParts) {
    return Error(Reason::kPageTokenInvalid, "the page token is of another list");
  }
  const domain::Revision epoch = Number(position[0]);
  PERIGEE_ASSIGN_OR_RETURN(const domain::Board board, view_.Definition(query.program, query.board));
  if (board.epoch != epoch) {
    return Stale(query);
  }
  const domain::Place after{position[4], {Number(position[2]), FromMicros(Number(position[3]))}};
  Query of_token = query;
  of_token.period = position[1];  // `current` may be another by now.
  PERIGEE_ASSIGN_OR_RETURN(ports::ViewSlice slice, view_.Top(of_token, after, size + 1));
  if (slice.epoch != epoch) {
    return Stale(query);
  }
  return Cut(query, std::move(slice), size);
}

absl::StatusOr<v1::ListEntriesResponse> BoardPages::Cut(const Query& query, ports::ViewSlice slice,
                                                        int size) {
  std::string next;
  if (slice.places.size() > static_cast<std::size_t>(size)) {
    slice.places.resize(static_cast<std::size_t>(size));
    const domain::Place& last = slice.places.back().place;
    next = tokens_.Encode(
        TokenQuery(query),
        {std::to_string(slice.epoch), slice.period.id, std::to_string(last.score.score),
         std::to_string(ToMicros(last.score.reach_time)), last.member_id});
  }
  PERIGEE_ASSIGN_OR_RETURN(v1::ListEntriesResponse response, Whole(query, slice));
  response.set_next_page_token(std::move(next));
  return response;
}

absl::StatusOr<v1::ListEntriesResponse> BoardPages::Whole(const Query& query,
                                                          const ports::ViewSlice& slice) {
  std::vector<std::string> ids;
  ids.reserve(slice.places.size());
  for (const domain::RankedPlace& ranked : slice.places) {
    ids.push_back(ranked.place.member_id);
  }
  PERIGEE_ASSIGN_OR_RETURN(const auto members, directory_.ByIds(query.program, ids));
  v1::ListEntriesResponse response;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const domain::RankedPlace& ranked = slice.places[i];
    v1::Entry& entry = *response.add_entries();
    entry.set_rank(ranked.rank);
    entry.set_member(MemberName(query.program, ids[i]));
    if (members[i] != nullptr) {
      entry.set_display_name(members[i]->display_name);
    }
    entry.set_score(ranked.place.score.score);
    *entry.mutable_reach_time() = ToTimestamp(ranked.place.score.reach_time);
    entry.set_tied(ranked.tied);
  }
  response.set_total_size(slice.total);
  response.set_revision(slice.revision);
  response.set_period(PeriodName(query.program, query.board, slice.period.id));
  return response;
}

}  // namespace perigee::services
