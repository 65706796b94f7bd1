#include "server/services/board/board_convert.h"

#include <array>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/use_cases/board/amend_due.h"

namespace perigee::services {
namespace {

v1::Period::State StateOf(const StoredPeriod& stored, Time now) {
  if (!stored.results.empty()) {
    return stored.results.size() == 1 ? v1::Period::STATE_FINAL : v1::Period::STATE_AMENDED;
  }
  return stored.period.interval.end <= now ? v1::Period::STATE_CLOSING : v1::Period::STATE_OPEN;
}

}  // namespace

v1::Board ToProto(const std::string& program, const domain::Board& board) {
  v1::Board out;
  out.set_name(BoardName(program, board.id));
  out.set_display_name(board.display_name);
  out.set_asset(board.asset);
  out.set_cadence(static_cast<v1::Board::Cadence>(board.cadence));
  out.set_rolling_days(board.rolling_days);
  if (board.cadence == domain::Cadence::kWeek) {
    out.set_week_start(static_cast<v1::Board::WeekStart>(board.week_start));
  }
  out.set_time_zone(board.time_zone);
  out.set_scheme(static_cast<v1::Board::Scheme>(board.scheme));
  out.set_facet(board.facet);
  if (board.kind) {
    out.set_kind(v1::StakeholderKind_Name(static_cast<v1::StakeholderKind>(*board.kind)));
  }
  out.set_audience(board.audience.text());
  out.set_allow_demographic(board.allow_demographic);
  out.set_grace_hours(board.grace_hours);
  *out.mutable_create_time() = ToTimestamp(board.create_time);
  out.set_etag(domain::Etag(board.revision));
  out.set_revision(board.revision);
  return out;
}

absl::StatusOr<domain::Board> ParseChangeable(const v1::Board& board) {
  domain::Board out;
  out.display_name = board.display_name();
  if (!v1::Board::Scheme_IsValid(board.scheme())) {
    return InvalidField("board.scheme", "is not a way to rank");
  }
  if (board.scheme() != v1::Board::SCHEME_UNSPECIFIED) {
    out.scheme = static_cast<domain::Scheme>(board.scheme());
  }
  out.facet = board.facet();
  if (!board.kind().empty()) {
    v1::StakeholderKind kind{};
    if (!v1::StakeholderKind_Parse(board.kind(), &kind) ||
        kind == v1::STAKEHOLDER_KIND_UNSPECIFIED) {
      return InvalidField("board.kind", "must be the name of a StakeholderKind");
    }
    out.kind = static_cast<domain::StakeholderKind>(kind);
  }
  PERIGEE_ASSIGN_OR_RETURN(out.audience,
                           domain::Audience::Compile("board.audience", board.audience()));
  out.allow_demographic = board.allow_demographic();
  return out;
}

absl::StatusOr<domain::Board> ParseBoard(const v1::Board& board) {
  if (!v1::Board::Cadence_IsValid(board.cadence()) ||
      board.cadence() == v1::Board::CADENCE_UNSPECIFIED) {
    return InvalidField("board.cadence", "must be given");
  }
  if (!v1::Board::WeekStart_IsValid(board.week_start())) {
    return InvalidField("board.week_start", "is not a day that weeks start on");
  }
  PERIGEE_ASSIGN_OR_RETURN(domain::Board out, ParseChangeable(board));
  out.asset = board.asset();
  out.cadence = static_cast<domain::Cadence>(board.cadence());
  out.rolling_days = board.rolling_days();
  if (board.week_start() != v1::Board::WEEK_START_UNSPECIFIED) {
    out.week_start = static_cast<domain::WeekStart>(board.week_start());
  }
  out.time_zone = board.time_zone();
  if (board.grace_hours() != 0) {
    out.grace_hours = board.grace_hours();
  }
  return out;
}

absl::StatusOr<PeriodRef> ParsePeriodRef(std::string_view field, std::string_view name) {
  std::array<std::string_view, 3> parts;
  PERIGEE_RETURN_IF_ERROR(MatchName(field, name, kPeriodPattern, parts));
  return PeriodRef{std::string(parts[0]), std::string(parts[1]), std::string(parts[2])};
}

v1::Period ToProto(const std::string& program, const StoredPeriod& stored, Time now,
                   bool amend_due) {
  const domain::Board& board = stored.board;
  const Interval& interval = stored.period.interval;
  v1::Period out;
  out.set_name(PeriodName(program, board.id, stored.period.id));
  out.set_state(StateOf(stored, now));
  if (board.cadence != domain::Cadence::kAllTime) {
    *out.mutable_start_time() = ToTimestamp(interval.start);
    *out.mutable_end_time() = ToTimestamp(interval.end);
  }
  if (!stored.results.empty()) {
    const domain::PeriodResult& newest = stored.results.back();
    out.set_result_version(newest.version);
    *out.mutable_result_time() = ToTimestamp(newest.time);
    out.set_result_digest(newest.digest);
    out.set_amend_reason(newest.reason);
    out.set_amend_due(amend_due);
  }
  return out;
}

absl::StatusOr<v1::Period> ToProto(ports::StoreReader& reader, const std::string& program,
                                   const StoredPeriod& stored, Time now) {
  bool amend_due = false;
  if (!stored.results.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(amend_due, use_cases::AmendDue(reader, program, stored));
  }
  return ToProto(program, stored, now, amend_due);
}

}  // namespace perigee::services
