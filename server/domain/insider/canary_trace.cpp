#include "server/domain/insider/canary_trace.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/insider/canary.h"

namespace perigee::domain {

// What the leak shows at a place of the version.
struct LeakTracer::Reading {
  std::size_t place = 0;
  std::optional<int> mark;
  std::optional<bool> parted;
};

struct LeakTracer::Passages {
  std::vector<Reading> readings;  // In the order of the leak, each place once.
  int words_found = 0;
  int marks_read = 0;
  double gain_max = 0;  // If all marks agree.
};

// How well a copy agrees with the best of all passages of the leak.
struct LeakTracer::Match {
  double gain = 0;
  int read = 0;
  int agreeing = 0;
};

namespace {

// A passage is taken for a viewer's with one of two shares of marks that are not the viewer's: a
// passage of one copy, and one that mixes copies mark by mark.
constexpr std::array kForeignShares = {1.0 / 64, 1.0 / 4};

// The logarithm of how many times as likely it is in the viewer's copy as by chance that a mark
// agrees, or not. The chance to agree is at most `chance`, so the ratio's expectation by chance is
// at most 1.
double Gain(bool agrees, double chance, double foreign_share) {
  return agrees ? std::log((1 - foreign_share) / chance) : std::log(foreign_share / (1 - chance));
}

// How many readers are compared between two questions whether to go on.
constexpr std::size_t kComparedAtOnce = 1000;

// The gains of one share.
struct Gains {
  explicit Gains(double foreign_share)
      : mark{Gain(false, CanaryMarks::kCharacterChanceMax, foreign_share),
             Gain(true, CanaryMarks::kCharacterChanceMax, foreign_share)},
        parted{Gain(false, CanaryMarks::kPartedChanceMax, foreign_share),
               Gain(true, CanaryMarks::kPartedChanceMax, foreign_share)} {}

  // By whether it agrees.
  std::array<double, 2> mark;
  std::array<double, 2> parted;
};

// The words around the place after word `i`, by which it is known. Empty at the ends of the text.
std::string Around(const std::vector<CanaryWord>& words, std::size_t i) {
  if (i < 1 || i + 2 >= words.size()) {
    return {};
  }
  return absl::StrCat(words[i - 1].key, " ", words[i].key, " ", words[i + 1].key, " ",
                      words[i + 2].key);
}

}  // namespace

LeakTracer::LeakTracer(std::string_view key, std::string_view item,
                       std::span<const ReadVersion> versions)
    : key_(key), item_(item) {
  for (const ReadVersion& version : versions) {
    sources_.push_back(SourceOf(version));
  }
}

LeakTracer::Source LeakTracer::SourceOf(const ReadVersion& version) {
  const std::vector<CanaryWord> words = CanaryWords(version.text);
  Source source{version.version, version.viewers, CanaryPlaces(version.text, words), {}};
  std::unordered_set<std::string> twice;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string around = Around(words, i);
    if (!source.place_of.try_emplace(around, i).second) {
      twice.insert(std::move(around));
    }
  }
  twice.insert("");
  for (const std::string& around : twice) {
    source.place_of.erase(around);
  }
  return source;
}

// Where all accented letters are written alike, something made them so, and they say nothing. What
// is left out follows from the leak alone, so that chances hold.
void LeakTracer::ForgetSilentAccents(std::vector<Reading>& readings) {
  const auto is = [](bool parted) {
    return [parted](const Reading& reading) { return reading.parted == parted; };
  };
  const auto first = std::find_if(readings.begin(), readings.end(), is(true));
  const auto last = std::find_if(readings.rbegin(), readings.rend(), is(true)).base();
  const bool both = first < last && std::find_if(first, last, is(false)) != last;
  for (auto reading = readings.begin(); reading != readings.end(); ++reading) {
    if (!both || reading < first || reading >= last) {
      reading->parted.reset();
    }
  }
  std::erase_if(readings, [](const Reading& reading) {
    return !reading.mark.has_value() && !reading.parted.has_value();
  });
}

LeakTracer::Passages LeakTracer::Read(const Source& source, const std::vector<CanaryWord>& leak) {
  Passages passages;
  std::unordered_set<std::size_t> read;
  for (std::size_t i = 0; i < leak.size(); ++i) {
    const auto found = source.place_of.find(Around(leak, i));
    if (found == source.place_of.end()) {
      continue;
    }
    ++passages.words_found;
    const CanaryPlace& place = source.places[found->second];
    Reading reading{found->second, {}, {}};
    if (place.mark) {
      reading.mark = leak[i].mark;
    }
    if (place.accent && leak[i].accent != Accent::kNone) {
      reading.parted = leak[i].accent == Accent::kParted;
    }
    // A mark that stands in the leak several times says no more than once.
    if ((reading.mark.has_value() || reading.parted.has_value()) &&
        read.insert(found->second).second) {
      passages.readings.push_back(reading);
    }
  }
  ForgetSilentAccents(passages.readings);
  const Gains clean(kForeignShares[0]);
  for (const Reading& reading : passages.readings) {
    passages.marks_read +=
        (reading.mark.has_value() ? 1 : 0) + (reading.parted.has_value() ? 1 : 0);
    passages.gain_max += (reading.mark.has_value() ? clean.mark[1] : 0) +
                         (reading.parted.has_value() ? clean.parted[1] : 0);
  }
  return passages;
}

LeakTracer::Match LeakTracer::Best(const Source& source, const Passages& passages,
                                   const std::string& viewer) const {
  static const std::array kGains = {Gains(kForeignShares[0]), Gains(kForeignShares[1])};
  const CanaryMarks marks(key_, {item_, source.version, viewer});
  Match best;
  std::array<Match, kGains.size()> running;
  for (const Reading& reading : passages.readings) {
    const CanaryMarks::Mark own = marks.At(reading.place);
    for (std::size_t share = 0; share < kGains.size(); ++share) {
      Match& match = running[share];
      if (match.gain <= 0) {
        match = {};
      }
      if (reading.mark.has_value()) {
        const bool agrees = *reading.mark == own.character;
        match.gain += kGains[share].mark[agrees ? 1 : 0];
        match.agreeing += agrees ? 1 : 0;
        ++match.read;
      }
      if (reading.parted.has_value()) {
        const bool agrees = *reading.parted == own.parted;
        match.gain += kGains[share].parted[agrees ? 1 : 0];
        match.agreeing += agrees ? 1 : 0;
        ++match.read;
      }
      if (match.gain > best.gain) {
        best = match;
      }
    }
  }
  return best;
}

// From any one start, the likelihood ratio of a viewer who is innocent ever reaches e^gain with a
// chance of at most e^-gain (Ville's inequality). So that times all starts, shares and readers
// bounds the chance that any of them does.
absl::StatusOr<LeakTrace> LeakTracer::Trace(std::string_view leak, const GoesOn& goes_on) const {
  if (leak.size() > kLeakBytesMax) {
    return InvalidField("leak", absl::StrCat("is longer than ", kLeakBytesMax, " bytes"));
  }
  if (!IsValidUtf8(leak)) {
    return InvalidField("leak", "is not UTF-8");
  }
  const std::vector<CanaryWord> words = CanaryWords(leak);
  LeakTrace trace;
  double trials = 0;
  double gain_max = 0;
  std::vector<Passages> passages;
  for (const Source& source : sources_) {
    const Passages& read = passages.emplace_back(Read(source, words));
    trials +=
        static_cast<double>(kForeignShares.size() * read.readings.size() * source.viewers.size());
    gain_max = std::max(gain_max, read.gain_max);
    trace.marks_read = std::max(trace.marks_read, read.marks_read);
    trace.words_found = std::max(trace.words_found, read.words_found);
  }
  if (trace.marks_read == 0) {
    return trace;
  }
  const double gain_needed = std::log(trials / kFalseChanceMax);
  if (gain_max < gain_needed) {
    trace.finding = LeakFinding::kTooLittle;
    return trace;
  }
  std::vector<std::pair<double, LeakCandidate>> found;
  std::size_t compared = 0;
  for (std::size_t i = 0; i < sources_.size(); ++i) {
    for (const std::string& viewer : sources_[i].viewers) {
      if (goes_on && compared++ % kComparedAtOnce == 0) {
        PERIGEE_RETURN_IF_ERROR(goes_on());
      }
      const Match match = Best(sources_[i], passages[i], viewer);
      if (match.gain >= gain_needed) {
        found.emplace_back(
            -match.gain,
            LeakCandidate{sources_[i].version, viewer, match.read, match.agreeing,
                          std::max(trials * std::exp(-match.gain), kFalseChanceStatedMin)});
      }
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (auto& [gain, candidate] : found) {
    if (trace.candidates.size() < kLeakCandidatesMax) {
      trace.candidates.push_back(std::move(candidate));
    }
  }
  trace.finding = found.empty() ? LeakFinding::kNoReader : LeakFinding::kCandidates;
  return trace;
}

}  // namespace perigee::domain
