#include "server/domain/insider/canary_trace.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/unicode.h"
#include "server/domain/insider/canary.h"
#include "tests/domain/insider/canary_texts.h"

namespace perigee::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using tests::Excerpt;
using tests::kEnglish;
using tests::kFrench;
using tests::Pasted;
using tests::Replaced;
using tests::Stripped;
using tests::TextOf;

std::vector<std::string> Viewers(std::size_t count, const std::string& prefix = "m-") {
  std::vector<std::string> viewers;
  for (std::size_t i = 0; i < count; ++i) {
    viewers.push_back(prefix + std::to_string(i));
  }
  return viewers;
}

// An item with one version, and all who had read it.
struct Item {
  explicit Item(std::string words, std::size_t viewer_count = 10'000)
      : text(std::move(words)), viewers(Viewers(viewer_count)) {
    const ReadVersion version{1, text, viewers};
    tracer.emplace("key", "item", std::span(&version, 1));
  }

  std::string CopyOf(const std::string& viewer) const {
    return MarkedCopy("key", {"item", 1, viewer}, text).value();
  }
  LeakTrace Trace(const std::string& leak) const { return tracer->Trace(leak).value(); }

  std::string text;
  std::vector<std::string> viewers;
  std::optional<LeakTracer> tracer;
};

std::vector<std::string> Names(const LeakTrace& trace) {
  std::vector<std::string> names;
  for (const LeakCandidate& candidate : trace.candidates) {
    names.push_back(candidate.viewer);
  }
  return names;
}

int InBillionths(double chance) { return static_cast<int>(std::lround(chance * 1e9)); }

TEST(CanaryTraceTest, ThreeHundredPastedWordsTellOneOfTenThousandReaders) {
  const Item item(TextOf(kEnglish, 1500, 1));

  const LeakTrace trace = item.Trace(Pasted(Excerpt(item.CopyOf("m-4711"), 600, 300)));

  EXPECT_EQ(trace.finding, LeakFinding::kCandidates);
  ASSERT_THAT(Names(trace), ElementsAre("m-4711"));
  EXPECT_EQ(trace.candidates[0].marks_read, trace.candidates[0].marks_agreeing);
  EXPECT_EQ(trace.candidates[0].false_chance, kFalseChanceStatedMin);
  RecordProperty("words_found", trace.words_found);
  RecordProperty("marks_read", trace.marks_read);
  RecordProperty("false_chance_in_1e9", InBillionths(trace.candidates[0].false_chance));
}

TEST(CanaryTraceTest, FortyWordsTellOneOfTenThousandReaders) {
  const Item item(TextOf(kEnglish, 1500, 1));
  int named = 0;
  int too_little = 0;
  int marks_min = 1000;
  double chance_max = 0;
  for (std::size_t i = 0; i < 20; ++i) {
    const std::string viewer = "m-" + std::to_string(17 * i);
    const LeakTrace trace = item.Trace(Pasted(Excerpt(item.CopyOf(viewer), 70 * i, 40)));
    if (trace.finding == LeakFinding::kTooLittle) {
      ++too_little;
      continue;
    }
    ASSERT_THAT(Names(trace), ElementsAre(viewer));
    ++named;
    marks_min = std::min(marks_min, trace.marks_read);
    chance_max = std::max(chance_max, trace.candidates[0].false_chance);
  }
  EXPECT_GE(named, 15);
  RecordProperty("named_of_20", named);
  RecordProperty("too_little", too_little);
  RecordProperty("marks_read_min", marks_min);
  RecordProperty("false_chance_max_in_1e9", InBillionths(chance_max));
}

TEST(CanaryTraceTest, WhatIsTooShortNamesNobody) {
  const Item item(TextOf(kEnglish, 1500, 1));
  std::size_t shortest = 0;
  for (std::size_t words = 1; words <= 60; ++words) {
    const LeakTrace trace = item.Trace(Excerpt(item.CopyOf("m-1"), 100, words));
    if (trace.finding == LeakFinding::kCandidates) {
      EXPECT_THAT(Names(trace), ElementsAre("m-1"));
      EXPECT_LE(trace.candidates[0].false_chance, kFalseChanceMax);
      shortest = shortest == 0 ? words : shortest;
    } else {
      EXPECT_THAT(trace.candidates, IsEmpty());
      EXPECT_NE(trace.finding, LeakFinding::kNoReader) << words;
      EXPECT_EQ(shortest, 0U) << words;
    }
  }
  EXPECT_GT(shortest, 25U);
  RecordProperty("shortest_words", static_cast<int>(shortest));
}

TEST(CanaryTraceTest, ARetypedOrStrippedPassageIsFoundWithoutMarks) {
  const Item item(TextOf(kEnglish, 1500, 1));

  for (const std::string& leak :
       {Excerpt(item.text, 600, 300), Stripped(Excerpt(item.CopyOf("m-4711"), 600, 300))}) {
    const LeakTrace trace = item.Trace(Pasted(leak));
    EXPECT_EQ(trace.finding, LeakFinding::kNoMark);
    EXPECT_GT(trace.words_found, 280);
    EXPECT_THAT(trace.candidates, IsEmpty());
  }
}

TEST(CanaryTraceTest, AccentsTellTheReaderOfAStrippedPassage) {
  const Item item(TextOf(kFrench, 1500, 1));
  const std::string leak = Pasted(Stripped(Excerpt(item.CopyOf("m-4711"), 600, 300)));

  const LeakTrace trace = item.Trace(leak);
  EXPECT_THAT(Names(trace), ElementsAre("m-4711"));
  RecordProperty("marks_read", trace.marks_read);

  EXPECT_EQ(item.Trace(Composed(leak)).finding, LeakFinding::kNoMark);
}

TEST(CanaryTraceTest, NormalFormsAndCaseTakeNoMarkBetweenWords) {
  const Item item(TextOf(kFrench, 600, 1), 200);
  const std::string leak = Excerpt(item.CopyOf("m-7"), 100, 100);

  EXPECT_THAT(Names(item.Trace(Composed(leak))), ElementsAre("m-7"));
  EXPECT_THAT(Names(item.Trace(Replaced(leak, "v", "V"))), ElementsAre("m-7"));
}

TEST(CanaryTraceTest, AnEditorThatDropsOneCharacterDropsItsMarksOnly) {
  const Item item(TextOf(kEnglish, 600, 1), 1000);
  const std::string leak = Excerpt(item.CopyOf("m-7"), 100, 200);

  for (const char* mark : {"\u200B", "\u200C", "\u2060"}) {
    EXPECT_THAT(Names(item.Trace(Replaced(leak, mark, ""))), ElementsAre("m-7"));
  }
}

// Passages one after the other, a copy mixed sentence by sentence, and a copy mixed word by word.
TEST(CanaryTraceTest, MixedCopiesTellTheirReadersAndNobodyElse) {
  const Item item(TextOf(kEnglish, 1500, 1));
  const std::array copies = {item.CopyOf("m-1"), item.CopyOf("m-2")};
  std::array<std::string, 3> mixed;
  std::mt19937 random(1);
  for (std::size_t i = 0; i < 600; i += 300) {
    mixed[0] += Excerpt(copies[i / 300], i, 300);
  }
  for (std::size_t i = 0; i < 600; i += 12) {
    mixed[1] += Excerpt(copies[i / 12 % 2], i, 12);
  }
  for (std::size_t i = 0; i < 600; ++i) {
    mixed[2] += Excerpt(copies[random() % 2], i, 1);
  }
  for (const std::string& leak : mixed) {
    EXPECT_THAT(Names(item.Trace(leak)), UnorderedElementsAre("m-1", "m-2"));
  }
}

TEST(CanaryTraceTest, CopiesOfManyReadersNameNobodyElse) {
  const Item item(TextOf(kEnglish, 1500, 1));
  std::vector<std::string> copies;
  for (int i = 0; i < 20; ++i) {
    copies.push_back(item.CopyOf("m-" + std::to_string(i)));
  }
  std::string mixed;
  std::mt19937 random(1);
  for (std::size_t i = 0; i < 600; ++i) {
    mixed += Excerpt(copies[random() % copies.size()], i, 1);
  }
  EXPECT_EQ(item.Trace(mixed).finding, LeakFinding::kNoReader);

  std::string passages;
  for (std::size_t i = 0; i < copies.size(); ++i) {
    passages += Excerpt(copies[i], 60 * i, 60);
  }
  const LeakTrace trace = item.Trace(passages);
  EXPECT_THAT(trace.candidates, SizeIs(kLeakCandidatesMax));
  for (const std::string& name : Names(trace)) {
    EXPECT_LT(std::stoi(name.substr(2)), 20);
  }
}

// So that the same marks are not taken for many.
TEST(CanaryTraceTest, ARepeatedPassageCountsOnce) {
  const Item item(TextOf(kEnglish, 600, 1), 1000);
  const std::string passage = Excerpt(item.CopyOf("m-7"), 100, 20);
  std::string leak;
  for (int i = 0; i < 50; ++i) {
    leak += passage + "\n\n";
  }

  EXPECT_EQ(item.Trace(leak).finding, LeakFinding::kTooLittle);
}

TEST(CanaryTraceTest, TheVersionThatWasReadIsTold) {
  const std::string first = TextOf(kEnglish, 600, 1);
  const std::string second = "A new beginning for this. " + first;
  const std::vector<std::string> viewers = Viewers(500);
  const std::vector<ReadVersion> versions = {{1, first, viewers}, {2, second, viewers}};
  const LeakTracer tracer("key", "item", versions);

  for (const ReadVersion& version : versions) {
    const std::string copy =
        MarkedCopy("key", {"item", version.version, "m-9"}, version.text).value();
    const LeakTrace trace = tracer.Trace(Excerpt(copy, 200, 100)).value();
    ASSERT_THAT(Names(trace), ElementsAre("m-9"));
    EXPECT_EQ(trace.candidates[0].version, version.version);
  }
}

TEST(CanaryTraceTest, WithoutReadersOrVersionsNobodyIsNamed) {
  const std::string text = TextOf(kEnglish, 100, 1);
  const std::string copy = MarkedCopy("key", {"item", 1, "m-1"}, text).value();
  const std::vector<ReadVersion> unread = {{1, text, {}}};

  EXPECT_EQ(LeakTracer("key", "item", unread).Trace(copy)->finding, LeakFinding::kNoReader);
  EXPECT_EQ(LeakTracer("key", "item", {}).Trace(copy)->finding, LeakFinding::kNoMark);
}

// Texts that no reader's copy was used for: some of other words, some that quote the item without
// marks, and some that carry marks of copies that no reader had. With PERIGEE_CANARY_FULL all of
// the last kind are compared with all readers, which takes minutes.
TEST(CanaryTraceTest, TenThousandInnocentTextsAccuseNobody) {
  const bool full = std::getenv("PERIGEE_CANARY_FULL") != nullptr;
  const Item item(TextOf(kEnglish, 1500, 1));
  const Item few(item.text, 100);
  std::vector<std::string> copies;
  for (int i = 0; i < 100; ++i) {
    copies.push_back(item.CopyOf("stranger-" + std::to_string(i)));
  }
  std::size_t accused = 0;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < 10'000; ++i) {
    const std::size_t from = i * 7 % 1400;
    const std::size_t words = 40 + i % 60;
    const Item& readers = full || i % 400 == 0 ? item : few;
    std::string leak;
    if (i % 4 == 0) {
      leak = Excerpt(copies[i / 4 % copies.size()], from, words);
      compared += readers.viewers.size();
    } else if (i % 4 == 1) {
      leak = Excerpt(item.text, from, words);
    } else {
      leak = TextOf(kEnglish, words, static_cast<unsigned>(1000 + i));
    }
    accused += readers.Trace(leak).candidates.size();
  }
  EXPECT_EQ(accused, 0U);
  RecordProperty("accused", static_cast<int>(accused));
  RecordProperty("copies_compared", static_cast<int>(compared));
}

TEST(CanaryTraceTest, LeaksThatAreNoTextsAreRefused) {
  const LeakTracer tracer("key", "item", {});

  EXPECT_EQ(FieldOf(tracer.Trace("\xFF").status()), "leak");
  EXPECT_EQ(FieldOf(tracer.Trace(std::string(kLeakBytesMax + 1, 'a')).status()), "leak");
}

}  // namespace
}  // namespace perigee::domain
