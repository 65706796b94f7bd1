#include "server/adapters/sql/board/board_repository.h"

#include <algorithm>
#include <optional>

#include "absl/strings/escaping.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/board/board_periods.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/board/result_draft.h"

namespace perigee::sql {
namespace {

absl::StatusOr<domain::Board> ReadBoard(const Row& row) {
  domain::Board board;
  board.id = row.Text(0);
  board.display_name = row.Text(1);
  board.asset = row.Text(2);
  board.cadence = static_cast<domain::Cadence>(row.Int(3));
  board.rolling_days = row.Small(4);
  board.week_start = static_cast<domain::WeekStart>(row.Int(5));
  board.time_zone = row.Text(6);
  board.scheme = static_cast<domain::Scheme>(row.Int(7));
  board.facet = row.Text(8);
  if (!row.IsNull(9)) {
    board.kind = static_cast<domain::StakeholderKind>(row.Int(9));
  }
  board.grace_hours = row.Small(10);
  board.create_time = row.At(11);
  board.created = row.Int(12);
  board.epoch = row.Int(13);
  board.revision = row.Int(14);
  board.allow_demographic = row.Flag(16);
  PERIGEE_ASSIGN_OR_RETURN(board.audience, domain::Audience::Compile("audience", row.Text(15)));
  return board;
}

// `time` is when the draft was last written to.
ports::Due DueDraft(Time time, const std::string& program, const std::string& digest) {
  return {time + ports::kDraftKept, program, ports::DueKind::kDraft, digest};
}

}  // namespace

absl::StatusOr<std::vector<domain::Board>> BoardRepository::List(const std::string& program) {
  std::vector<domain::Board> boards;
  absl::Status read;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT id, display_name, asset, cadence, rolling_days, week_start, time_zone, scheme, "
      "facet, kind, grace_hours, create_time, created, epoch, revision, audience, "
      "allow_demographic FROM board "
      "WHERE program = $1 ORDER BY id",
      {program}, [&](const Row& row) {
        absl::StatusOr<domain::Board> board = ReadBoard(row);
        read.Update(board.status());
        if (board.ok()) {
          boards.push_back(*std::move(board));
        }
      }));
  if (!read.ok()) {
    return Error(Reason::kInternal, "a board cannot be read: " + std::string(read.message()));
  }
  return boards;
}

absl::StatusOr<std::optional<domain::Board>> BoardRepository::Find(const std::string& program,
                                                                   const std::string& board) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Board> boards, List(program));
  const auto found = std::ranges::find(boards, board, &domain::Board::id);
  return found == boards.end() ? std::nullopt : std::optional(*found);
}

absl::StatusOr<std::vector<domain::PeriodResult>> BoardRepository::Results(
    const std::string& program, const std::string& board, domain::Revision created,
    const std::string& period) {
  std::vector<domain::PeriodResult> results;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT version, time, reason, digest, entry_count, revision FROM result "
      "WHERE program = $1 AND board = $2 AND board_created = $3 AND period = $4 ORDER BY version",
      {program, board, created, period}, [&](const Row& row) {
        domain::PeriodResult& result = results.emplace_back();
        result.board = board;
        result.board_created = created;
        result.period = period;
        result.version = row.Small(0);
        result.time = row.At(1);
        result.reason = row.Text(2);
        result.digest = row.Text(3);
        result.entry_count = row.Int(4);
        result.revision = row.Int(5);
      }));
  return results;
}

absl::StatusOr<std::vector<domain::ResultEntry>> BoardRepository::ResultEntries(
    const std::string& program, const std::string& digest, std::int64_t after_position, int limit) {
  std::vector<domain::ResultEntry> entries;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT rank, member_key, score, reach_time FROM result_entry "
      "WHERE program = $1 AND digest = $2 AND position > $3 ORDER BY position LIMIT $4",
      {program, Value::Blob(absl::HexStringToBytes(digest)), after_position, limit},
      [&](const Row& row) {
        entries.push_back({row.Int(0), row.Id(1), {row.Int(2), row.At(3)}});
      }));
  return entries;
}

absl::StatusOr<std::int64_t> BoardRepository::CountResultEntries(const std::string& program,
                                                                 const std::string& digest) {
  std::int64_t count = 0;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT COALESCE(MAX(position), 0) FROM result_entry WHERE program = $1 AND digest = $2",
      {program, Value::Blob(absl::HexStringToBytes(digest))},
      [&](const Row& row) { count = row.Int(0); }));
  return count;
}

absl::StatusOr<std::vector<std::string>> BoardRepository::DraftsBefore(const std::string& program,
                                                                       Time before) {
  std::vector<std::string> digests;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT digest FROM result_draft WHERE program = $1 AND time < $2 ORDER BY digest",
      {program, before},
      [&](const Row& row) { digests.push_back(absl::BytesToHexString(row.Text(0))); }));
  return digests;
}

absl::Status BoardRepository::Put(const std::string& program, const domain::Board& board) {
  PERIGEE_RETURN_IF_ERROR(connection_.Execute(
      "INSERT INTO board (program, id, display_name, asset, cadence, rolling_days, week_start, "
      "time_zone, scheme, facet, kind, grace_hours, create_time, created, epoch, revision, "
      "audience, allow_demographic) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) "
      "ON CONFLICT (program, id) DO UPDATE SET display_name = $3, scheme = $9, facet = $10, "
      "kind = $11, epoch = $15, revision = $16, audience = $17, "
      "allow_demographic = $18",
      {program, board.id, board.display_name, board.asset, static_cast<int>(board.cadence),
       board.rolling_days, static_cast<int>(board.week_start), board.time_zone,
       static_cast<int>(board.scheme), board.facet,
       board.kind ? Value(static_cast<int>(*board.kind)) : nullptr, board.grace_hours,
       board.create_time, board.created, board.epoch, board.revision, board.audience.text(),
       board.allow_demographic}));
  // Later changes of a board do not affect its periods.
  return board.revision == board.created ? BoardPeriods(connection_).Begin(program, board)
                                         : absl::OkStatus();
}

absl::Status BoardRepository::Delete(const std::string& program, const std::string& board) {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Board> there, Find(program, board));
  if (there.has_value()) {
    PERIGEE_RETURN_IF_ERROR(BoardPeriods(connection_).End(program, *there));
  }
  return connection_.Execute("DELETE FROM board WHERE program = $1 AND id = $2", {program, board});
}

absl::Status BoardRepository::Add(const std::string& program, const domain::PeriodResult& result) {
  PERIGEE_RETURN_IF_ERROR(connection_.Execute(
      "INSERT INTO result (program, board, board_created, period, version, time, reason, digest, "
      "entry_count, revision) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
      {program, result.board, result.board_created, result.period, result.version, result.time,
       result.reason, result.digest, result.entry_count, result.revision}));
  // If two results have the same entries, the first has ended the draft.
  PERIGEE_RETURN_IF_ERROR(EndDraft(program, absl::HexStringToBytes(result.digest)));
  if (result.version > 1) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Board> board, Find(program, result.board));
  return board.has_value() && board->created == result.board_created
             ? BoardPeriods(connection_).Closed(program, *board, result.period)
             : absl::OkStatus();
}

absl::Status BoardRepository::EndDraft(const std::string& program, const std::string& digest) {
  std::optional<Time> time;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "DELETE FROM result_draft WHERE program = $1 AND digest = $2 RETURNING time",
      {program, Value::Blob(digest)}, [&](const Row& row) { time = row.At(0); }));
  return time.has_value() ? DueRepository(connection_).Remove(DueDraft(*time, program, digest))
                          : absl::OkStatus();
}

absl::Status BoardRepository::Write(const std::string& program, const ports::DraftPortion& portion,
                                    Time now) {
  const std::string raw = absl::HexStringToBytes(portion.digest);
  const Value digest = Value::Blob(raw);
  PERIGEE_RETURN_IF_ERROR(connection_.Execute(
      "DELETE FROM result_entry WHERE program = $1 AND digest = $2 AND position > $3",
      {program, digest, portion.keep}));
  std::int64_t position = portion.keep;
  for (const domain::ResultEntry& entry : portion.entries) {
    PERIGEE_RETURN_IF_ERROR(connection_.Execute(
        "INSERT INTO result_entry (program, digest, position, rank, member_key, score, reach_time) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        {program, digest, ++position, entry.rank, entry.member, entry.score.score,
         entry.score.reach_time}));
  }
  if (position == 0) {
    return EndDraft(program, raw);
  }
  if (portion.entries.empty()) {
    return absl::OkStatus();  // A removal alone does not make the draft younger.
  }
  PERIGEE_RETURN_IF_ERROR(EndDraft(program, raw));
  PERIGEE_RETURN_IF_ERROR(
      connection_.Execute("INSERT INTO result_draft (program, digest, time) VALUES ($1, $2, $3)",
                          {program, digest, now}));
  return DueRepository(connection_).Put(DueDraft(now, program, raw));
}

}  // namespace perigee::sql
