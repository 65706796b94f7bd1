#include "server/domain/insider/leak_traces.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

using domain::ItemTrace;
using domain::JoinTraces;
using domain::LeakFinding;
using domain::LeakTrace;
using testing::IsEmpty;
using testing::SizeIs;

LeakTrace Found(std::vector<double> chances, int words = 40, int marks = 30) {
  LeakTrace trace;
  trace.finding = LeakFinding::kCandidates;
  trace.words_found = words;
  trace.marks_read = marks;
  for (const double chance : chances) {
    trace.candidates.push_back(
        {1, "m-" + std::to_string(trace.candidates.size()), marks, marks, chance});
  }
  return trace;
}

LeakTrace Without(LeakFinding finding, int words, int marks) {
  LeakTrace trace;
  trace.finding = finding;
  trace.words_found = words;
  trace.marks_read = marks;
  return trace;
}

TEST(LeakTracesTest, OneItemAloneStaysAsItIs) {
  const std::vector<ItemTrace> traces = {{"a", Found({1e-9, 1e-7})},
                                         {"b", Without(LeakFinding::kNoMark, 3, 0)}};
  const domain::JoinedTraces joined = JoinTraces(traces);
  EXPECT_EQ(joined.finding, LeakFinding::kCandidates);
  EXPECT_EQ(joined.item, "a");
  EXPECT_EQ(joined.words_found, 40);
  EXPECT_EQ(joined.marks_read, 30);
  ASSERT_THAT(joined.candidates, SizeIs(2));
  EXPECT_EQ(joined.candidates[0].candidate.false_chance, 1e-9);
  EXPECT_EQ(joined.candidates[1].candidate.viewer, "m-1");
}

// Two items with marks are two chances to accuse somebody.
TEST(LeakTracesTest, MoreItemsMakeACandidateLessSure) {
  const std::vector<ItemTrace> traces = {{"a", Found({1e-9, 6e-7})}, {"b", Found({4e-7}, 50, 20)}};
  const domain::JoinedTraces joined = JoinTraces(traces);
  EXPECT_EQ(joined.item, "b");
  EXPECT_EQ(joined.words_found, 50);
  EXPECT_EQ(joined.marks_read, 30);
  ASSERT_THAT(joined.candidates, SizeIs(2));
  EXPECT_EQ(joined.candidates[0].candidate.false_chance, 2e-9);
  EXPECT_EQ(joined.candidates[1].item, "b");
  EXPECT_EQ(joined.candidates[1].candidate.false_chance, 8e-7);
}

TEST(LeakTracesTest, WhoIsNotSureEnoughIsNoCandidate) {
  const std::vector<ItemTrace> traces = {{"a", Found({6e-7})},
                                         {"b", Without(LeakFinding::kTooLittle, 5, 2)}};
  const domain::JoinedTraces joined = JoinTraces(traces);
  EXPECT_EQ(joined.finding, LeakFinding::kTooLittle);
  EXPECT_THAT(joined.candidates, IsEmpty());
}

TEST(LeakTracesTest, TheStrongestFindingCounts) {
  const LeakFinding findings[] = {LeakFinding::kNoMark, LeakFinding::kTooLittle,
                                  LeakFinding::kNoReader};
  EXPECT_EQ(JoinTraces({}).finding, LeakFinding::kNoMark);
  std::vector<ItemTrace> traces;
  for (const LeakFinding finding : findings) {
    traces.push_back({"a", Without(finding, 5, finding == LeakFinding::kNoMark ? 0 : 4)});
    EXPECT_EQ(JoinTraces(traces).finding, finding);
  }
}

TEST(LeakTracesTest, NoMoreThanTheSurestAreNamed) {
  const std::vector<ItemTrace> traces = {{"a", Found(std::vector<double>(9, 2e-8))},
                                         {"b", Found(std::vector<double>(9, 1e-8))}};
  const domain::JoinedTraces joined = JoinTraces(traces);
  ASSERT_THAT(joined.candidates, SizeIs(domain::kLeakCandidatesMax));
  EXPECT_EQ(joined.candidates[8].item, "b");
  EXPECT_EQ(joined.candidates[9].item, "a");
}

}  // namespace
}  // namespace perigee::tests
