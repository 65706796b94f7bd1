#include "server/services/board/board_results.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/page_token.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/services/board/board_convert.h"
#include "server/services/board/board_pages.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/use_cases/board/standings.h"

namespace perigee::services {
namespace {

constexpr int kContributionsMax = 1000;

// The position where a page starts. The token must be of this result, because the board may have
// been made anew.
absl::StatusOr<std::int64_t> StartOf(const PageTokens& tokens, const std::string& query,
                                     const v1::ListEntriesRequest& request,
                                     const domain::PeriodResult& result) {
  if (request.page_token().empty()) {
    return 0;
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> position,
                           tokens.Decode(query, request.page_token()));
  if (position.size() != 2 || position[0] != std::to_string(result.board_created) + result.period) {
    return Error(Reason::kPageTokenStale, "the board was redefined since the first page",
                 {{"resource_name", request.parent()}});
  }
  std::int64_t start = 0;
  std::from_chars(position[1].data(), position[1].data() + position[1].size(), start);
  return start;
}

absl::Status AddEntries(ports::StoreReader& reader, const std::string& program,
                        std::span<const domain::ResultEntry> entries, std::size_t from,
                        std::size_t to, v1::ListEntriesResponse& response) {
  std::vector<domain::MemberKey> keys;
  for (std::size_t i = from; i < to; ++i) {
    keys.push_back(entries[i].member);
  }
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::MembersByKey members,
                           use_cases::ReadMembers(reader, program, keys));
  for (std::size_t i = from; i < to; ++i) {
    v1::Entry& entry = *response.add_entries();
    entry.set_rank(entries[i].rank);
    if (const auto member = members.find(entries[i].member); member != members.end()) {
      entry.set_member(MemberName(program, member->second.id));
      entry.set_display_name(member->second.display_name);
    }
    entry.set_score(entries[i].score.score);
    *entry.mutable_reach_time() = ToTimestamp(entries[i].score.reach_time);
    entry.set_tied((i > 0 && entries[i - 1].score == entries[i].score) ||
                   (i + 1 < entries.size() && entries[i + 1].score == entries[i].score));
  }
  return absl::OkStatus();
}

// The member and the period to explain, and the newest revision of that view.
struct Explained {
  StoredPeriod stored;
  domain::Member member;
  domain::Revision head = 0;
};

absl::StatusOr<Explained> RequireExplained(ports::StoreReader& reader, const PeriodRef& ref,
                                           const std::string& member_id, Time now) {
  Explained asked;
  PERIGEE_ASSIGN_OR_RETURN(asked.stored, RequirePeriod(reader, ref, now, "parent"));
  PERIGEE_ASSIGN_OR_RETURN(asked.member, RequireMember(reader, ref.program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(asked.head, reader.journal().Head(ref.program));
  return asked;
}

// The member's place by the plain definition over the ledger. Reads the scores of all members.
absl::StatusOr<std::optional<domain::RankedPlace>> PlaceByLedger(ports::StoreReader& reader,
                                                                 const std::string& program,
                                                                 const Explained& asked,
                                                                 domain::Revision revision) {
  std::vector<domain::Place> places;
  PERIGEE_RETURN_IF_ERROR(use_cases::ForEachPlace(
      reader, program, asked.stored.board, asked.stored.period.interval, revision,
      [&](const domain::Member& member, const domain::Score& score) {
        places.push_back({member.id, score});
      }));
  for (domain::RankedPlace& ranked :
       domain::RankAll(std::move(places), asked.stored.board.scheme)) {
    if (ranked.place.member_id == asked.member.id) {
      return std::move(ranked);
    }
  }
  return std::nullopt;
}

// The member's place on the board, if the ledger gives the same score. Otherwise the board is
// wrong, and the ledger alone decides.
absl::StatusOr<std::optional<domain::RankedPlace>> CheckedPlace(ports::StoreReader& reader,
                                                                const std::string& program,
                                                                const Explained& asked,
                                                                const ports::ViewSlice& slice) {
  std::optional<domain::Score> score;
  if (domain::IsEligible(asked.stored.board, asked.member)) {
    PERIGEE_ASSIGN_OR_RETURN(
        score, reader.boards().FindScore(program, asked.stored.board.asset, asked.member.key,
                                         asked.stored.period.interval, slice.revision));
  }
  const bool stands = !slice.places.empty();
  if (stands == score.has_value() && (!stands || slice.places.front().place.score == *score)) {
    return stands ? std::optional(slice.places.front()) : std::nullopt;
  }
  return PlaceByLedger(reader, program, asked, slice.revision);
}

absl::Status AddContributions(ports::StoreReader& reader, const std::string& program,
                              const Explained& asked, domain::Revision revision,
                              v1::ExplainEntryResponse& response) {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<ports::Contribution> contributions,
      reader.boards().Contributions(program, asked.stored.board.asset, asked.member.key,
                                    asked.stored.period.interval, revision, kContributionsMax));
  for (const ports::Contribution& made : contributions) {
    auto& contribution = *response.add_contributions();
    contribution.set_transfer(TransferName(program, made.transfer.id));
    contribution.set_score(made.score);
    *contribution.mutable_effective_time() = ToTimestamp(made.transfer.effective_time);
    if (made.transfer.activity) {
      contribution.set_activity(ActivityName(program, *made.transfer.activity));
    }
    if (!made.transfer.rule.empty()) {
      contribution.set_rule(RuleName(program, made.transfer.rule));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status NoEntry(std::string_view member, std::string_view period) {
  const std::string name(member);
  return Error(Reason::kNotFound, name + " has no entry in " + std::string(period),
               {{"resource_name", name}});
}

absl::StatusOr<v1::ListEntriesResponse> ListResult(ports::StoreReader& reader,
                                                   const PageTokens& tokens,
                                                   const v1::ListEntriesRequest& request,
                                                   Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const PeriodRef ref, ParsePeriodRef("parent", request.parent()));
  PERIGEE_ASSIGN_OR_RETURN(const int size,
                           PageSize(request.page_size(), kEntriesDefault, kEntriesMax));
  PERIGEE_ASSIGN_OR_RETURN(const StoredPeriod stored, RequirePeriod(reader, ref, now, "parent"));
  const std::string name = PeriodName(ref.program, ref.board, stored.period.id);
  const auto result =
      std::ranges::find(stored.results, request.result_version(), &domain::PeriodResult::version);
  if (result == stored.results.end()) {
    return NotFound(name);
  }
  const std::string query =
      "ListResult " + ref.Name() + " " + std::to_string(request.result_version());
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t start, StartOf(tokens, query, request, *result));
  // One more entry at either end shows ties, and whether there is a next page.
  const std::size_t before = start > 0 ? 1 : 0;
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<domain::ResultEntry> entries,
      reader.boards().ResultEntries(ref.program, result->digest,
                                    start - static_cast<std::int64_t>(before), size + 2));
  const std::size_t end = std::min(entries.size(), before + static_cast<std::size_t>(size));
  v1::ListEntriesResponse response;
  PERIGEE_RETURN_IF_ERROR(AddEntries(reader, ref.program, entries, before, end, response));
  if (end < entries.size()) {
    response.set_next_page_token(tokens.Encode(
        query,
        {std::to_string(result->board_created) + result->period, std::to_string(start + size)}));
  }
  response.set_total_size(result->entry_count);
  response.set_revision(result->revision);
  response.set_period(name);
  return response;
}

absl::StatusOr<v1::ExplainEntryResponse> Explain(const ports::Store& store, ports::BoardView& view,
                                                 const v1::ExplainEntryRequest& request, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const PeriodRef ref, ParsePeriodRef("parent", request.parent()));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member_id,
                           ParseMemberRef("member", request.member(), ref.program));
  PERIGEE_ASSIGN_OR_RETURN(const Explained asked, ReadFrom(store, [&](ports::StoreReader& reader) {
                             return RequireExplained(reader, ref, member_id, now);
                           }));
  // Reads the board at the store's present revision or later, then the ledger at that very
  // revision.
  PERIGEE_ASSIGN_OR_RETURN(const ports::ViewSlice slice,
                           view.PlacesOf({.program = ref.program,
                                          .board = ref.board,
                                          .period = asked.stored.period.id,
                                          .now = now,
                                          .min_revision = asked.head},
                                         {&asked.member.id, 1}));
  return ReadFrom(store,
                  [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ExplainEntryResponse> {
                    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::RankedPlace> place,
                                             CheckedPlace(reader, ref.program, asked, slice));
                    if (!place.has_value()) {
                      return NoEntry(request.member(), request.parent());
                    }
                    v1::ExplainEntryResponse response;
                    v1::Entry& entry = *response.mutable_entry();
                    entry.set_rank(place->rank);
                    entry.set_member(MemberName(ref.program, asked.member.id));
                    entry.set_display_name(asked.member.display_name);
                    entry.set_score(place->place.score.score);
                    *entry.mutable_reach_time() = ToTimestamp(place->place.score.reach_time);
                    entry.set_tied(place->tied);
                    PERIGEE_RETURN_IF_ERROR(
                        AddContributions(reader, ref.program, asked, slice.revision, response));
                    return response;
                  });
}

}  // namespace perigee::services
