#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"

namespace perigee::domain {

struct Member;

// Some of a programme's members, described by a predicate such as
//
//     (kind:customer or kind:partner) and facet:cyclist and not facet:racer
//         and member_for >= 90d and activities(answer, 30d) >= 3
//
//   term       says of a member
//   everybody  nothing
//   kind:K     has the stakeholder kind K, in lower case, now
//   facet:F    has the facet F now, with consent
//   title:T    has the title T now, by an appointment
//   badge:B    has the badge B now
//   tier:S/L   is on the level L of the scheme S now, or on a higher one
//   orbit:L    is on the level L of the orbit now (leading, contributing, participating or
//              exploring), or on one further in
//   member_for the days since joining, compared by <, <=, =, >= or > with a span
//   activities(TYPE, SPAN)  how many activities of that type the member did within the last SPAN,
//                           compared with a number; without TYPE: of any type
//
// A span is a whole number of days or weeks: 30d, 6w. `not` binds closest, then `and`, then `or`.
// Terms only say what a member is to the programme and does. Who a member is comes in as a facet,
// and demographic facets are the caller's to refuse. No term names a single member: the texts of
// audiences stand in the journal for ever, and a member's id may not.

inline constexpr std::size_t kAudienceBytesMax = 1000;
inline constexpr std::size_t kAudienceTermsMax = 32;
inline constexpr std::size_t kAudienceActivitiesMax = 4;
inline constexpr int kAudienceDepthMax = 16;
inline constexpr int kAudienceDaysMax = 3660;

// Activities that a predicate asks for.
struct AskedActivities {
  std::string type;  // Empty: of any type.
  int days = 0;
  bool operator==(const AskedActivities&) const = default;
};
// Counts the activities of the member under judgement.
using CountActivities =
    absl::FunctionRef<absl::StatusOr<std::int64_t>(const AskedActivities& asked)>;
// Finds the index in the orbit that the member under judgement has now, 0 to kOrbitIndexMax.
using FindOrbitIndex = absl::FunctionRef<absl::StatusOr<int>()>;

// Whether a member is in an audience, and why.
struct Judgement {
  bool is_in = false;
  // The terms that decided, as the text has them and in its order, each with `not ` before it if it
  // is false of the member.
  std::vector<std::string> why;
};

// A compiled predicate. Copies share it. The default is everybody. Safe from many threads.
class Audience {
 public:
  Audience() = default;

  // kInvalidField, naming `field`, for a text that is no predicate or is beyond the limits above.
  // The message and the metadata `position` give the place, counted in characters from 1. An empty
  // text is everybody.
  static absl::StatusOr<Audience> Compile(std::string_view field, std::string_view text);

  const std::string& text() const;
  // The facets that it names, ascending, no doubles.
  std::vector<std::string> Facets() const;
  // Whether it looks at nothing but kinds, facets, titles, badges and tiers, so that only a change
  // of the member can change the answer.
  bool IsTimeless() const;

  // For a timeless audience.
  bool Has(const Member& member) const;
  // For any audience. Counts activities and finds the index only where the terms before leave the
  // answer open. The errors are those of `count` and `find_index`.
  absl::StatusOr<Judgement> Judge(const Member& member, Time now, CountActivities count,
                                  FindOrbitIndex find_index) const;

  bool operator==(const Audience& other) const { return text() == other.text(); }

 private:
  struct Predicate;
  std::shared_ptr<const Predicate> predicate_;  // Null: everybody.
};

}  // namespace perigee::domain
