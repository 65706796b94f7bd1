// Compares reads of boards with the model, and everything else once all servers have caught up.

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/check/check.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "tests/simulation/decisions.h"
#include "tests/simulation/world.h"

namespace perigee::simulation {
namespace {

constexpr int kEverybody = std::numeric_limits<int>::max() - 1;

std::string IdOf(int member) { return absl::StrCat("m", member); }

std::vector<PageRow> RowsOf(const ports::ViewSlice& slice) {
  std::vector<PageRow> rows;
  for (const domain::RankedPlace& ranked : slice.places) {
    const domain::Place& place = ranked.place;
    rows.push_back({ranked.rank, place.member_id[1] - '0', place.score.score,
                    ToMicros(place.score.reach_time), ranked.tied});
  }
  return rows;
}

std::string TextOf(const std::vector<PageRow>& rows) {
  std::string text;
  for (const PageRow& row : rows) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", Text(row));
  }
  return absl::StrCat("[", text, "]");
}

std::vector<PageRow> Window(const std::vector<PageRow>& all, std::size_t from, int limit) {
  const std::size_t begin = std::min(from, all.size());
  const std::size_t end = std::min(all.size(), begin + static_cast<std::size_t>(limit));
  return {all.begin() + static_cast<std::ptrdiff_t>(begin),
          all.begin() + static_cast<std::ptrdiff_t>(end)};
}

std::size_t PlaceOf(const std::vector<PageRow>& all, int member) {
  return static_cast<std::size_t>(std::ranges::find(all, member, &PageRow::member) - all.begin());
}

// The rows around a member, who is in the middle if possible.
std::vector<PageRow> AroundOf(const std::vector<PageRow>& all, int member, int limit) {
  const std::size_t place = PlaceOf(all, member);
  if (place == all.size()) {
    return {};
  }
  const std::int64_t size = std::ssize(all);
  const std::int64_t from =
      std::clamp<std::int64_t>(static_cast<std::int64_t>(place) - (limit - 1) / 2, 0,
                               std::max<std::int64_t>(0, size - limit));
  return Window(all, static_cast<std::size_t>(from), limit);
}

}  // namespace

void World::Read(const Step& step) {
  ports::BoardView::Query query;
  query.program = kProgram;
  query.board = absl::StrCat("b", step.n[1] % 5 % 3);
  query.period = "current";
  query.now = clock_.Now();
  query.min_revision = step.n[2] % 3 == 0 ? model_.head() : 0;
  const ModelBoard* const board = model_.FindBoard(query.board);
  if (step.n[2] % 4 == 3 && board != nullptr) {
    query.period = SpanAt(board->spec, Now() - step.n[4] % 6 * kDay).id;
  }
  Note(absl::StrCat("read ", query.board, " ", query.period, " from server ", step.n[0] % kServers,
                    query.min_revision > 0 ? " at the head" : ""));
  ReadWith(At(step.n[0]), query, step);
}

void World::ReadWith(Server& server, const ports::BoardView::Query& query, const Step& step) {
  const int faults_before = server.faults.happened;
  const int member = step.n[4] % kMembers;
  const int limit = 1 + step.n[3] / 4 % 5;
  const int kind = step.n[3] % 4;
  absl::StatusOr<ports::ViewSlice> slice =
      kind == 2 ? server.view().Around(query, IdOf(member), limit)
      : kind == 3
          ? server.view().PlacesOf(query, std::vector{IdOf(member), IdOf((member + 2) % kMembers)})
          : server.view().Top(query, std::nullopt, kind == 0 ? kEverybody : limit);
  JudgeTime();  // A reader settles first what is due.
  const std::optional<Reason> reason = ReasonOf(slice.status());
  if (!slice.ok()) {
    Note(absl::StrCat("  -> ", reason ? std::string(ReasonName(*reason)) : "a failure"));
    const bool no_board = reason == Reason::kNotFound && model_.FindBoard(query.board) == nullptr;
    // A board that was made again has other periods.
    const bool other_periods = reason == Reason::kInvalidField && query.period != "current";
    const bool faulted =
        server.faults.happened > faults_before &&
        (!reason || reason == Reason::kStoreUnavailable || reason == Reason::kInternal);
    if (!no_board && !other_periods && !faulted) {
      Fail("a board can be read whatever its caches do", slice.status().ToString());
    }
    return;
  }
  std::vector<PageRow> all;
  if (!CompareFrame(query, *slice, all)) {
    return;
  }
  std::vector<PageRow> expected = all;
  if (kind == 1) {
    expected = Window(all, 0, limit);
  } else if (kind == 2) {
    expected = AroundOf(all, member, limit);
  } else if (kind == 3) {
    expected.clear();
    for (const int one : {member, (member + 2) % kMembers}) {
      if (const std::size_t place = PlaceOf(all, one); place < all.size()) {
        expected.push_back(all[place]);
      }
    }
  }
  ComparePage(query, *slice, expected);
  if (kind != 1 || slice->places.empty() || report_.failure) {
    return;
  }
  // The next page must fit the board at its own revision.
  const domain::Place last = slice->places.back().place;
  const absl::StatusOr<ports::ViewSlice> next = server.view().Top(query, last, limit);
  JudgeTime();
  if (next.ok() && CompareFrame(query, *next, all)) {
    const auto after = std::ranges::find_if(all, [&](const PageRow& row) {
      const domain::Place place{IdOf(row.member), {row.score, FromMicros(row.reach)}};
      return domain::StandsBefore(last, place);
    });
    ComparePage(query, *next, Window(all, static_cast<std::size_t>(after - all.begin()), limit));
  }
}

bool World::CompareFrame(const ports::BoardView::Query& query, const ports::ViewSlice& slice,
                         std::vector<PageRow>& all) {
  ++report_.pages;
  const ModelBoard* const board = model_.FindEpoch(query.board, slice.epoch);
  if (board == nullptr || slice.revision > model_.head() || slice.revision < query.min_revision) {
    Fail("a page says truly of when it is",
         absl::StrCat("revision ", slice.revision, " and epoch ", slice.epoch, " at head ",
                      model_.head(), " for ", query.min_revision));
    return false;
  }
  Span span = SpanAt(board->spec, ToMicros(query.now));
  if (query.period != "current" && !FindSpan(board->spec, query.period, span)) {
    Fail("a page is of a period of the board", query.period);
    return false;
  }
  if (slice.period.id != span.id || ToMicros(slice.period.interval.start) != span.start ||
      ToMicros(slice.period.interval.end) != span.end) {
    Fail("a page is of the period that was asked for",
         absl::StrCat(slice.period.id, " where it should be ", span.id));
    return false;
  }
  all = model_.Page(*board, span, slice.revision);
  if (slice.total != std::ssize(all)) {
    Fail("a page says how many there are", absl::StrCat(slice.total, " of ", all.size()));
  }
  return true;
}

void World::ComparePage(const ports::BoardView::Query& query, const ports::ViewSlice& slice,
                        const std::vector<PageRow>& expected) {
  const std::vector<PageRow> rows = RowsOf(slice);
  Note(absl::StrCat("  -> ", TextOf(rows), " at ", slice.revision));
  if (rows != expected) {
    Fail("a page shows what was so at its revision",
         absl::StrCat(query.board, " ", slice.period.id, " at ", slice.revision, ": ", TextOf(rows),
                      "\n      where it should be\n      ", TextOf(expected)));
  }
}

void World::CatchUpAll() {
  for (const auto& server : servers_) {
    FollowRules(*server);
  }
  for (int round = 0; round < 8; ++round) {
    for (const auto& server : servers_) {
      server->store().Hear(kProgram, model_.head());
      server->executor().RunUpTo(std::chrono::hours(1));
      server->projector().Run(1000);
      server->follower().Run(1000);
    }
  }
}

void World::Rest() {
  Note("everything comes to rest");
  cache_.Heal();
  for (int server = 0; server < kServers; ++server) {
    servers_[static_cast<std::size_t>(server)]->faults.Mend();
    Commit(server);
  }
  // What was made due before the clock was turned back falls due once it is there again.
  clock_.Set(FromMicros(std::max(Now(), model_.last_time())));
  Expire(*servers_[0]);
  ClosePeriods(*servers_[1]);
  CatchUpAll();
  LookAtBoards();
  LookAtBooks();
  LookAtJournal();
  LookAtResults();
  LookAtChampions();
  LookAtRecognition();
  // Servers keep no state of their own: new servers must show the same.
  for (int server = 0; server < kServers; ++server) {
    StartServer(server);
  }
  CatchUpAll();
  LookAtBoards();
}

void World::LookAtBoards() {
  for (const auto& server : servers_) {
    for (const auto& [id, board] : model_.boards()) {
      ports::BoardView::Query query;
      query.program = kProgram;
      query.board = id;
      query.period = "current";
      query.now = clock_.Now();
      query.min_revision = model_.head();
      const absl::StatusOr<ports::ViewSlice> slice =
          server->view().Top(query, std::nullopt, kEverybody);
      JudgeTime();
      std::vector<PageRow> all;
      if (!slice.ok()) {
        Fail("at rest, every board can be read", slice.status().ToString());
      } else if (CompareFrame(query, *slice, all)) {
        ComparePage(query, *slice, all);
      }
      server->follower().SetEager(true);
      server->follower().Run(1000);
      domain::Revision revision = 0;
      const auto comparisons = server->view().Verify(query, &revision);
      server->follower().SetEager(false);
      if (!comparisons.ok() || comparisons->size() != 3) {
        Fail("at rest, every cache holds every board", comparisons.status().ToString());
        continue;
      }
      for (const ports::BoardView::Comparison& comparison : *comparisons) {
        if (!comparison.equal) {
          Fail("at rest, every cache is equal to the store", comparison.cache);
        }
      }
    }
  }
}

void World::LookAtAccount(ports::StoreReader& reader, const std::string& account) {
  const ModelBooks& books = model_.books();
  domain::LedgerBooks& real = reader.ledger().Books(kProgram);
  const auto found = real.FindAccount(RefOf(account));
  const domain::Account is = found.ok() && *found ? **found : domain::Account{};
  if (is.balance != books.Balance(account) || is.debits_pending != books.Held(account)) {
    Fail(
        "accounts hold what their transfers make",
        absl::StrCat(account, " has ", is.balance, " and holds ", is.debits_pending,
                     " where it should be ", books.Balance(account), " and ", books.Held(account)));
  }
  if (AssetOf(account) != "acc" || MemberOf(account) == kNobody) {
    return;
  }
  const auto lots = real.OpenLots(RefOf(account), {}, 1000);
  const std::vector<ModelLot> expected = books.OpenLots(account);
  bool equal = lots.ok() && lots->size() == expected.size();
  for (std::size_t i = 0; equal && i < expected.size(); ++i) {
    const domain::Lot& lot = (*lots)[i];
    equal = TransferName(lot.id.revision, lot.id.index) == expected[i].name &&
            lot.part == expected[i].part && lot.remaining == expected[i].left &&
            ToMicros(lot.expire_time) == expected[i].expire;
  }
  if (!equal) {
    Fail("lots hold what was not taken of them", account);
  }
}

void World::LookAtBooks() {
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    for (const char* asset : kAssets) {
      for (int member = 0; member < kMembers; ++member) {
        LookAtAccount(reader, AccountName(asset, member));
      }
      for (const char* own : {"issued", "spent", "expired", "forfeited", "campaign"}) {
        LookAtAccount(reader, absl::StrCat(asset, "/", own));
      }
    }
    PERIGEE_ASSIGN_OR_RETURN(const auto totals, reader.ledger().TotalAssets(kProgram));
    for (const ports::AssetTotals& total : totals) {
      if (total.imbalance != 0) {
        Fail("every asset adds up to nothing", total.asset);
      }
    }
    return absl::OkStatus();
  });
  if (!read.ok()) {
    Fail("at rest, the store can be read", read.ToString());
  }
}

void World::LookAtJournal() {
  std::vector<domain::JournalEntry> entries;
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(entries, reader.journal().Read(kProgram, 0, 100'000));
    return absl::OkStatus();
  });
  if (!read.ok() || std::ssize(entries) != model_.head()) {
    Fail("the journal has an entry for every change", absl::StrCat(entries.size()));
    return;
  }
  std::set<TransferName> names;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const bool first = i == 0;
    if (entries[i].revision != static_cast<std::int64_t>(i) + 1 ||
        entries[i].previous_hash != (first ? Sha256Digest{} : entries[i - 1].hash) ||
        (!first && entries[i].time < entries[i - 1].time)) {
      Fail("the journal has no gap, goes on in time and is one chain", absl::StrCat(i + 1));
    }
    for (const domain::Transfer& transfer : entries[i].changes.ledger.transfers) {
      names.insert({transfer.id.revision, transfer.id.index});
    }
  }
  if (names.size() != model_.books().moves().size()) {
    Fail("the journal alone has every transfer", absl::StrCat(names.size()));
  }
  const absl::StatusOr<std::vector<sql::Finding>> findings = sql::Check(*observer_);
  if (!findings.ok() || !findings->empty()) {
    Fail("the check of the store finds nothing",
         findings.ok() ? findings->front().what : findings.status().ToString());
  }
}

void World::LookAtResults() {
  const absl::Status read = Observe([&](ports::StoreReader& reader) -> absl::Status {
    for (const auto& [id, board] : model_.boards()) {
      for (const auto& [name, results] : model_.results()) {
        if (name.first != board.created || results.empty()) {
          continue;
        }
        PERIGEE_ASSIGN_OR_RETURN(const auto heads,
                                 reader.boards().Results(kProgram, id, board.created, name.second));
        if (heads.size() != results.size()) {
          Fail("results never change", absl::StrCat(id, " ", name.second));
        }
      }
    }
    return absl::OkStatus();
  });
  if (!read.ok()) {
    Fail("at rest, the store can be read", read.ToString());
  }
}

}  // namespace perigee::simulation
