#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/member/member.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Who stated a trait. Values are those of perigee.v1.Facet.Source.
enum class TraitSource : std::uint8_t { kSelf = 1, kStaff, kImport, kObserved };

// A facet or a stakeholder kind of a member, with its source, its consent and its term. The traits
// that are live make Member::facets and Member::kinds, which everything else looks at. There is at
// most one trait for each facet and each kind of a member. A kind or facet of a member without a
// trait has no term: it holds until it is removed.
struct Trait {
  std::string id;
  MemberKey member;
  std::optional<StakeholderKind> kind;  // Absent: the trait is a facet.
  std::string facet;
  TraitSource source = TraitSource::kStaff;
  int confidence = 100;               // 0 to 100. Of the source, not of the consent.
  std::optional<Time> consent_time;   // Absent: the member does not consent. A kind needs none.
  std::optional<Time> withdraw_time;  // Present: the member withdrew it and does not consent.
  std::optional<Time> start_time;     // The first instant of its term. Absent: always.
  std::optional<Time> end_time;       // The first instant after its term. Absent: never.
  std::optional<Time> due_time;       // When it begins or ends to be live.
  Revision revision = 0;

  static constexpr int kNumber = 9;
  static constexpr std::string_view kTable = "trait";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Trait>();

// What a facet means in a programme. A facet may also be used without one.
struct FacetType {
  std::string id;  // The facet.
  std::string display_name;
  bool demographic = false;  // Says who somebody is rather than what they do or like.
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 11;
  static constexpr std::string_view kTable = "facet_type";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<FacetType>();

// More facets than a member may have, because proposed, ended and withdrawn ones count too.
inline constexpr int kTraitsMax = 256;

// kInvalidField, naming `<prefix>.end_time`, unless the end comes after the start.
absl::Status CheckTerm(std::string_view prefix, std::optional<Time> start, std::optional<Time> end);

// Whether the term has passed.
bool HasEnded(const Trait& trait, Time now);
// Whether the trait counts: nothing needs consent or has it, and `now` is in its term.
bool IsLive(const Trait& trait, Time now);

// Sets the time at which the trait falls due, and takes it up among the member's facets or kinds or
// removes it there, as it is at `now`. Returns whether the member changed. kInvalidField if the
// member would have too many facets.
absl::StatusOr<bool> Settle(Trait& trait, Time now, Member& member);

// Removes the facet or kind from the member. Returns whether the member changed.
bool Remove(const Trait& trait, Member& member);

}  // namespace perigee::domain
