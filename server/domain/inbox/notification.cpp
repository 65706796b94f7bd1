#include "server/domain/inbox/notification.h"

#include <array>
#include <charconv>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "server/core/sha256.h"

namespace perigee::domain {
namespace {

using Topic = InboxTopic;

constexpr auto kTopics =
    std::to_array<Topic>({Topic::kInsider, Topic::kSeats, Topic::kAgreements, Topic::kAppointments,
                          Topic::kNominations, Topic::kContributions, Topic::kBadges, Topic::kTiers,
                          Topic::kThanks, Topic::kRewards, Topic::kAsks, Topic::kIdeas});

struct Words {
  std::string_view name;
  std::string_view sentence;
};
constexpr auto kWords = std::to_array<Words>({
    {"insider", "There is something new for insiders."},
    {"seats", "There is news of a seat."},
    {"agreements", "An agreement waits for you."},
    {"appointments", "There is news of a title."},
    {"nominations", "There is news of a nomination."},
    {"contributions", "There is news of a contribution."},
    {"badges", "There is news of a badge."},
    {"tiers", "There is news of your tier."},
    {"thanks", "Somebody thanked you."},
    {"rewards", "There is news of a reward."},
    {"asks", "Somebody asks you for something."},
    {"ideas", "There is news of an idea."},
});
static_assert(kWords.size() == kTopics.size());

const Words& WordsOf(Topic topic) { return kWords.at(static_cast<std::size_t>(topic) - 1); }

// Takes a number off the front, up to `end` or the end of the text. False if there is none, or if
// it is written in another way than it would be here.
template <class Number>
bool Take(std::string_view& text, std::optional<char> end, int base, Number& number) {
  const std::size_t size = end.has_value() ? text.find(*end) : text.size();
  if (size == std::string_view::npos || size == 0) {
    return false;
  }
  const char* const last = text.data() + size;
  const auto [at, error] = std::from_chars(text.data(), last, number, base);
  if (error != std::errc() || at != last) {
    return false;
  }
  text.remove_prefix(end.has_value() ? size + 1 : size);
  return true;
}

}  // namespace

std::span<const InboxTopic> AllTopics() { return kTopics; }

std::string_view NameOf(InboxTopic topic) { return WordsOf(topic).name; }

std::string_view SentenceOf(InboxTopic topic) { return WordsOf(topic).sentence; }

InboxTopic TopicOf(InboxKind kind) { return static_cast<Topic>(static_cast<int>(kind) / 10); }

std::string FormatInboxId(const InboxPlace& place) {
  if (place.revision > 0) {
    return absl::StrCat("r", place.revision, "-", place.number);
  }
  return absl::StrCat("s", absl::Hex(place.standing, absl::kZeroPad16), "-", place.stage);
}

std::optional<InboxPlace> ParseInboxId(std::string_view id) {
  InboxPlace place;
  std::string_view rest = id.substr(id.empty() ? 0 : 1);
  const bool is_of_entry = id.starts_with('r');
  const bool is_whole = is_of_entry ? Take(rest, '-', 10, place.revision) &&
                                          Take(rest, std::nullopt, 10, place.number)
                                    : id.starts_with('s') && Take(rest, '-', 16, place.standing) &&
                                          Take(rest, std::nullopt, 10, place.stage);
  if (!is_whole || (is_of_entry && place.revision <= 0) || FormatInboxId(place) != id) {
    return std::nullopt;
  }
  return place;
}

std::uint64_t StandingKey(std::string_view what) {
  const Sha256Digest digest = Sha256(what);
  std::uint64_t key = 0;
  for (std::size_t i = 0; i < sizeof key; ++i) {
    key = key << 8U | digest.at(i);
  }
  return key;
}

}  // namespace perigee::domain
