#pragma once

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/ports/boards.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"

namespace perigee::tests {

// One implementation of ports::Boards. An adapter's test instantiates the suite with it:
//
//     INSTANTIATE_TEST_SUITE_P(Memory, BoardsConformance, ::testing::Values(subject), SubjectName);
struct BoardsSubject {
  std::string name;
  // A fresh, empty cache; null with a reason if this machine cannot have one.
  std::function<std::unique_ptr<ports::Boards>(std::string& reason)> make;
};
inline std::string SubjectName(const ::testing::TestParamInfo<BoardsSubject>& subject) {
  return subject.param.name;
}
inline void PrintTo(const BoardsSubject& subject, std::ostream* out) { *out << subject.name; }

inline domain::Place MakePlace(std::string id, std::int64_t score, std::int64_t reached_us = 0) {
  return {std::move(id), {score, FromMicros(reached_us)}};
}
inline ports::Mark MarkAt(domain::Revision revision) {
  return {revision, Sha256(std::to_string(revision))};
}
inline ports::PeriodKey KeyOf(domain::Scheme scheme) {
  return {"acme", "top", 7, "2026-11-16", scheme};
}
inline ports::ScoreChange Leave(std::string id) { return {std::move(id), std::nullopt}; }
inline ports::ScoreChange Change(std::string id, std::int64_t score, std::int64_t reached_us = 0) {
  return {std::move(id), domain::Score{score, FromMicros(reached_us)}};
}

inline constexpr domain::Scheme kSchemes[] = {domain::Scheme::kCompetition, domain::Scheme::kDense,
                                              domain::Scheme::kOrdinal};

// What the port calls by a code rather than by a reason.
MATCHER(IsNotHeld, "is answered with NOT_FOUND") {
  *result_listener << StatusOf(arg).ToString();
  return absl::IsNotFound(StatusOf(arg));
}
MATCHER(IsAborted, "is refused with ABORTED") {
  *result_listener << StatusOf(arg).ToString();
  return absl::IsAborted(StatusOf(arg));
}
MATCHER(IsAway, "is answered with UNAVAILABLE") {
  *result_listener << StatusOf(arg).ToString();
  return absl::IsUnavailable(StatusOf(arg));
}

// What a period holds by the plain definition.
class BoardModel {
 public:
  explicit BoardModel(std::vector<domain::Place> places = {});
  void Apply(const std::vector<ports::ScoreChange>& changes);
  std::vector<domain::Place> Places() const;
  std::vector<domain::RankedPlace> Ranked(domain::Scheme scheme) const;
  domain::PlacesDigest Digest() const;

 private:
  std::map<std::string, domain::Score> scores_;
};

class BoardsConformance : public ::testing::TestWithParam<BoardsSubject> {
 protected:
  void SetUp() override;

  void Put(const ports::PeriodKey& key, domain::Revision revision,
           std::vector<domain::Place> places);

  // Reads all by pages of `page_size`; stops with a failure where a page is refused.
  std::vector<domain::RankedPlace> ReadByPages(const ports::PeriodKey& key, int page_size);

  // Holds every read of the period against the model.
  void ExpectAgrees(const ports::PeriodKey& key, domain::Revision revision,
                    const BoardModel& model);

  std::unique_ptr<ports::Boards> boards_;
};

// What Around is to answer, by its definition.
std::vector<domain::RankedPlace> AroundIn(const std::vector<domain::RankedPlace>& ranked,
                                          const std::string& member_id, int limit);

}  // namespace perigee::tests

namespace perigee::domain {
// Readable failures.
inline void PrintTo(const RankedPlace& place, std::ostream* out) {
  *out << "#" << place.rank << " " << place.place.member_id << " " << place.place.score.score << "@"
       << ToMicros(place.place.score.reach_time) << (place.tied ? " tied" : "");
}
}  // namespace perigee::domain
