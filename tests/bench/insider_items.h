#pragma once

#include <string>

#include "absl/strings/str_cat.h"

namespace perigee::bench {

// The items of the part `insider`: of kItems, one in kItems / kVisibleItems is open for everybody.
inline constexpr int kItems = 200;
inline constexpr int kVisibleItems = 40;

// The id of the n-th open item.
inline std::string BenchItemId(int n) { return absl::StrCat("item-", 1000 + n); }

// A briefing of 300 words, and the same with a mark between two words, as a reader's copy has them.
inline std::string BenchBody(const char* between = " ") {
  constexpr const char* kSentence[] = {"The", "next",  "bike",  "folds", "into", "a",
                                       "bag", "that",  "fits",  "under", "any",  "seat",
                                       "of",  "every", "train", "we",    "know", "of"};
  std::string body;
  for (int word = 0; word < 300; ++word) {
    absl::StrAppend(&body, word == 0 ? "" : between, kSentence[word % 18]);
  }
  return body;
}
inline std::string BenchBodyWithMarks() { return BenchBody("\u200b "); }

}  // namespace perigee::bench
