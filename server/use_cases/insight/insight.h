#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/program/insight.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// From when on thanks and activities count: `asked`, or 30 days before `now`. kInvalidField, naming
// `from_time`, in the future or more than 366 days ago.
absl::StatusOr<Time> InsightFrom(std::optional<Time> asked, Time now);

struct InsightNumber {
  ports::InsightFigure figure{};
  std::string title;
  std::string state;
  std::int64_t items = 0;
};
struct Insight {
  std::vector<InsightNumber> numbers;  // By figure, title and state.
  ports::ActivityCounts activity;
};
// kNotFound.
absl::StatusOr<Insight> InsightOf(ports::StoreReader& reader, const std::string& program, Time from,
                                  Time now);

// A number opened to its members.
struct OpenedNumber {
  struct Share {
    domain::MemberKey member;  // The head of a person who is not hidden.
    std::int64_t items = 0;
  };
  std::vector<Share> shares;  // By key.
  std::int64_t left_out = 0;  // The items of those who are hidden.
  std::int64_t Total() const;
};
// Of one title and one state; empty: of all. kNotFound.
absl::StatusOr<OpenedNumber> OpenNumber(ports::StoreReader& reader, const std::string& program,
                                        ports::InsightQuery query, std::string_view title,
                                        std::string_view state);

}  // namespace perigee::use_cases
