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

#include "server/ports/board/boards.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"

namespace perigee::tests {

// One implementation of ports::BoardCopies, which may also be one of ports::Boards. An adapter's
// test instantiates the suite with it, and BoardsConformance too if it implements both:
//
//     INSTANTIATE_TEST_SUITE_P(Memory, BoardCopiesConformance, ::testing::Values(subject),
//                              SubjectName);
struct BoardCopiesSubject {
  std::string name;
  // Makes a new, empty one; null with a reason if this machine cannot have one.
  std::function<std::unique_ptr<ports::BoardCopies>(std::string& reason)> make;
};
inline std::string SubjectName(const ::testing::TestParamInfo<BoardCopiesSubject>& subject) {
  return subject.param.name;
}
inline void PrintTo(const BoardCopiesSubject& subject, std::ostream* out) { *out << subject.name; }

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

// The port says these by a code, not by a reason.
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

// The content of a period by the plain definition.
class BoardModel {
 public:
  explicit BoardModel(std::vector<domain::Place> places = {});
  void Apply(const std::vector<ports::ScoreChange>& changes);
  std::vector<domain::Place> Places() const;
  std::vector<domain::RankedPlace> Ranked(domain::Scheme scheme) const;

 private:
  std::map<std::string, domain::Score> scores_;
};

// The rules for everything that keeps copies.
class BoardCopiesConformance : public ::testing::TestWithParam<BoardCopiesSubject> {
 protected:
  void SetUp() override;

  void Put(const ports::PeriodKey& key, domain::Revision revision,
           std::vector<domain::Place> places);

  // Reads all places in pages of `page_size`; a refused page fails the test and ends the reading.
  std::vector<domain::RankedPlace> ReadByPages(const ports::PeriodKey& key, int page_size);

  // Compares the copy with the model. If the subject answers reads, compares each kind of read too.
  void ExpectAgrees(const ports::PeriodKey& key, domain::Revision revision,
                    const BoardModel& model);

  // Replaces and moves a period through the states from 0 up to but without `until`, while other
  // threads call `read` again and again.
  void MoveWhileRead(const ports::PeriodKey& key, domain::Revision until,
                     const std::function<void()>& read);

  std::unique_ptr<ports::BoardCopies> copies_;
  ports::Boards* boards_ = nullptr;  // The same object; null if it does not answer reads.

 private:
  void ExpectHolds(const ports::PeriodKey& key, domain::Revision revision, const BoardModel& model);
  void ExpectRanks(const ports::PeriodKey& key, domain::Revision revision, const BoardModel& model);
};

// The rules for everything that also answers reads.
class BoardsConformance : public BoardCopiesConformance {
 protected:
  void SetUp() override;
};

// A state of MoveWhileRead. Its mark identifies it: all members have the revision as their score,
// and the revision decides how many members there are.
std::vector<domain::Place> StateAt(domain::Revision revision);

// The right answer of Around, by its definition.
std::vector<domain::RankedPlace> AroundIn(const std::vector<domain::RankedPlace>& ranked,
                                          const std::string& member_id, int limit);

}  // namespace perigee::tests

namespace perigee::domain {
// These make failures readable.
inline void PrintTo(const Place& place, std::ostream* out) {
  *out << place.member_id << " " << place.score.score << "@" << ToMicros(place.score.reach_time);
}
inline void PrintTo(const RankedPlace& place, std::ostream* out) {
  *out << "#" << place.rank << " ";
  PrintTo(place.place, out);
  *out << (place.tied ? " tied" : "");
}
}  // namespace perigee::domain
