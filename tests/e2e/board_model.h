#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "perigee/v1/board.pb.h"
#include "server/domain/board/board.h"

namespace perigee::tests {

// What a board of all time must show, by the plain definition of its ranking: begun from one whole
// reading, then moved on by what is known to have been earned.
class BoardModel {
 public:
  // `whole`: all entries, from the top.
  explicit BoardModel(const v1::ListEntriesResponse& whole);

  // At `time`, which is not before what the member earned last.
  void Earn(const std::string& member, std::int64_t amount, Time time);
  void StandAt(std::int64_t revision) { revision_ = revision; }

  std::int64_t revision() const { return revision_; }
  // From the top.
  const std::vector<domain::RankedPlace>& Ranked();

  // What each read must answer, but for page tokens.
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
  std::vector<domain::RankedPlace> ranked_;  // Empty: to be ranked anew.
};

}  // namespace perigee::tests
