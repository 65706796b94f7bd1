#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/insider/canary_trace.h"

namespace perigee::domain {

// What must be said wherever candidates are named.
inline constexpr std::string_view kLeakCaution =
    "Retyping removes the marks, and so does removing invisible characters and accents' spelling. "
    "A candidate's copy agrees with the leak. That does not say who made it public: a copy may "
    "have been passed on, or taken from an account or a device. Talk to people before you decide.";

struct ItemTrace {
  std::string item;
  LeakTrace trace;
};

struct ItemCandidate {
  std::string item;
  LeakCandidate candidate;
};

// The traces of one leak in several items, as one.
struct JoinedTraces {
  // The strongest of the items' findings, in the order of LeakFinding.
  LeakFinding finding = LeakFinding::kNoMark;
  std::string item;     // That has most words of the leak. Empty if none has any.
  int words_found = 0;  // In this item.
  int marks_read = 0;   // In the item with most of them.
  // The surest first, at most kLeakCandidatesMax. The false chances are over the readers of all
  // items.
  std::vector<ItemCandidate> candidates;
};

// Each item in which marks were read is one more chance to accuse somebody who is innocent. So
// their number multiplies each false chance, and a candidate whose chance then passes
// kFalseChanceMax is none.
JoinedTraces JoinTraces(std::span<const ItemTrace> traces);

}  // namespace perigee::domain
