#include "server/use_cases/insight/insight.h"

#include <chrono>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

constexpr std::chrono::days kFromDefault{30};
constexpr std::chrono::days kFromMax{366};

}  // namespace

absl::StatusOr<Time> InsightFrom(std::optional<Time> asked, Time now) {
  const Time from = asked.value_or(now - kFromDefault);
  if (from > now) {
    return InvalidField("from_time", "is in the future");
  }
  if (from < now - kFromMax) {
    return InvalidField("from_time", "is more than 366 days ago");
  }
  return from;
}

absl::StatusOr<Insight> InsightOf(ports::StoreReader& reader, const std::string& program, Time from,
                                  Time now) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  Insight insight;
  for (const ports::InsightFigure figure : ports::kInsightFigures) {
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<ports::InsightCount> counts,
        reader.programs().CountInsight(program, {.figure = figure, .now = now, .from = from}));
    for (ports::InsightCount& count : counts) {
      insight.numbers.push_back(
          {figure, std::move(count.title), std::move(count.state), count.items});
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(insight.activity, reader.activities().Count(program, from));
  return insight;
}

std::int64_t OpenedNumber::Total() const {
  std::int64_t total = left_out;
  for (const Share& share : shares) {
    total += share.items;
  }
  return total;
}

absl::StatusOr<OpenedNumber> OpenNumber(ports::StoreReader& reader, const std::string& program,
                                        ports::InsightQuery query, std::string_view title,
                                        std::string_view state) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  query.by_member = true;
  OpenedNumber opened;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::InsightCount> counts,
                           reader.programs().CountInsight(program, query));
  // They come by member, so those of one member follow each other.
  for (const ports::InsightCount& count : counts) {
    if ((!title.empty() && count.title != title) || (!state.empty() && count.state != state)) {
      continue;
    }
    if (count.member.IsNil()) {
      opened.left_out += count.items;
    } else if (!opened.shares.empty() && opened.shares.back().member == count.member) {
      opened.shares.back().items += count.items;
    } else {
      opened.shares.push_back({count.member, count.items});
    }
  }
  return opened;
}

}  // namespace perigee::use_cases
