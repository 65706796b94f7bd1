#include "server/domain/insider/leak_traces.h"

#include <algorithm>

namespace perigee::domain {

JoinedTraces JoinTraces(std::span<const ItemTrace> traces) {
  const auto items = static_cast<double>(
      std::ranges::count_if(traces, [](const ItemTrace& one) { return one.trace.marks_read > 0; }));
  JoinedTraces joined;
  for (const ItemTrace& one : traces) {
    const LeakTrace& trace = one.trace;
    if (trace.words_found > joined.words_found) {
      joined.words_found = trace.words_found;
      joined.item = one.item;
    }
    joined.marks_read = std::max(joined.marks_read, trace.marks_read);
    const auto before = joined.candidates.size();
    for (LeakCandidate candidate : trace.candidates) {
      candidate.false_chance *= items;
      if (candidate.false_chance <= kFalseChanceMax) {
        joined.candidates.push_back({one.item, std::move(candidate)});
      }
    }
    LeakFinding finding = trace.finding;
    if (finding == LeakFinding::kCandidates && joined.candidates.size() == before) {
      finding = LeakFinding::kTooLittle;
    }
    joined.finding = std::max(joined.finding, finding);
  }
  std::ranges::stable_sort(joined.candidates, {},
                           [](const ItemCandidate& one) { return one.candidate.false_chance; });
  joined.candidates.resize(std::min(joined.candidates.size(), kLeakCandidatesMax));
  return joined;
}

}  // namespace perigee::domain
