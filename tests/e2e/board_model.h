#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "perigee/v1/board.pb.h"
#include "server/domain/board/board.h"

namespace perigee::tests {

// The right content of a board of all time, by the plain definition of its ranking. It starts from
// one whole reading, and then follows the earned amounts.
class BoardModel {
 public:
  // `whole`: all entries, from the top.
  explicit BoardModel(const v1::ListEntriesResponse& whole);

  // `time` must not be before the member's last earning.
  void Earn(const std::string& member, std::int64_t amount, Time time);
  void StandAt(std::int64_t revision) { revision_ = revision; }

  std::int64_t revision() const { return revision_; }
  // All places, from the top.
  const std::vector<domain::RankedPlace>& Ranked();

  // The right answer of each read, without page tokens.
  v1::ListEntriesResponse Expected(const v1::ListEntriesRequest& request);
  v1::ListEntriesResponse Expected(const v1::ListEntriesAroundRequest& request);
  v1::ListEntriesResponse Expected(const v1::BatchGetEntriesRequest& request);

 private:
  v1::ListEntriesResponse Page() const;
  v1::Entry Entry(const domain::RankedPlace& ranked) const;
  std::size_t PositionOf(const std::string& member);

  std::string period_;
  std::int64_t revision_;
  std::map<std::string, std::string> display_names_;
  std::map<std::string, domain::Score> scores_;
  std::vector<domain::RankedPlace> ranked_;  // Empty until it is ranked again.
};

}  // namespace perigee::tests
