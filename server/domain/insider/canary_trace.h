#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/insider/canary_words.h"

namespace perigee::domain {

inline constexpr std::size_t kLeakBytesMax = 1024 * 1024;
inline constexpr std::size_t kLeakCandidatesMax = 10;
// A reader is a candidate only if the chance that any reader who is innocent agrees as well is at
// most this.
inline constexpr double kFalseChanceMax = 1e-6;
// No smaller chance is stated: a copy may have been passed on, or its reader's account used by
// somebody else, and no count of marks speaks against that.
inline constexpr double kFalseChanceStatedMin = 1e-9;

// A version of an item as MarkedCopy took it, and who had read it.
struct ReadVersion {
  std::int64_t version = 0;
  std::string_view text;
  std::span<const std::string> viewers;
};

enum class LeakFinding : std::uint8_t {
  kNoMark,      // The leak has no passage of the item, or its marks are gone.
  kTooLittle,   // The marks that are left could not tell one reader from all others.
  kNoReader,    // The marks are those of no reader.
  kCandidates,  // The marks are those of the candidates' copies.
};

// A copy that the leak agrees with. That is a reason to look, and no proof: it says nothing of who
// made the copy public.
struct LeakCandidate {
  std::int64_t version = 0;
  std::string viewer;
  // In the passage of the leak that agrees best.
  int marks_read = 0;
  int marks_agreeing = 0;
  // At most this is the chance that any reader whose copy the leak was not made from agrees as
  // well, over all versions, readers and passages. At least kFalseChanceStatedMin.
  double false_chance = 0;
};

struct LeakTrace {
  LeakFinding finding = LeakFinding::kNoMark;
  int words_found = 0;  // Of the leak, in the version that has most of them.
  int marks_read = 0;   // At these words, in the version with most of them.
  // The surest first, at most kLeakCandidatesMax. Several, if passages of several copies are mixed.
  std::vector<LeakCandidate> candidates;
};

// Finds whose copies a leak was made from. Retyping removes all marks; removing characters that
// show nothing removes all but those in accented letters, and NFC those. Line breaks, spaces,
// quotes, case, Markdown syntax and what stands before and after make no difference. Safe from many
// threads.
class LeakTracer {
 public:
  // Of one item, with the key that its copies were marked with. Refers to the viewers as long as it
  // lives.
  LeakTracer(std::string_view key, std::string_view item, std::span<const ReadVersion> versions);

  // Asked now and then while many readers are compared. Ends the work with its error.
  using GoesOn = std::function<absl::Status()>;

  // kInvalidField, naming `leak`, for a leak that is not UTF-8 or longer than kLeakBytesMax; the
  // errors of `goes_on`.
  absl::StatusOr<LeakTrace> Trace(std::string_view leak, const GoesOn& goes_on = {}) const;

 private:
  // A version, with the places that the words around them tell.
  struct Source {
    std::int64_t version = 0;
    std::span<const std::string> viewers;
    std::vector<CanaryPlace> places;
    std::unordered_map<std::string, std::size_t> place_of;
  };
  struct Reading;
  struct Passages;
  struct Match;

  static Source SourceOf(const ReadVersion& version);
  static void ForgetSilentAccents(std::vector<Reading>& readings);
  static Passages Read(const Source& source, const std::vector<CanaryWord>& leak);
  Match Best(const Source& source, const Passages& passages, const std::string& viewer) const;

  std::string key_;
  std::string item_;
  std::vector<Source> sources_;
};

}  // namespace perigee::domain
