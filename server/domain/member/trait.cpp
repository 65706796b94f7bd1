#include "server/domain/member/trait.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Trait::Fields() {
  return std::tuple(Key(1, "id", &Trait::id), Owner(2, "member_key", &Trait::member),
                    Plain(3, "kind", &Trait::kind), Personal(4, "facet", &Trait::facet),
                    Plain(5, "source", &Trait::source), Plain(6, "confidence", &Trait::confidence),
                    Plain(7, "consent_time", &Trait::consent_time),
                    Plain(8, "withdraw_time", &Trait::withdraw_time),
                    Plain(9, "start_time", &Trait::start_time),
                    Plain(10, "end_time", &Trait::end_time), Due(11, "due_time", &Trait::due_time));
}
template <>
const RecordType& TypeOf<Trait>() {
  static const RecordTypeFor<Trait> kType;
  return kType;
}

auto FacetType::Fields() {
  return std::tuple(Key(1, "id", &FacetType::id),
                    Personal(2, "display_name", &FacetType::display_name),
                    Plain(3, "demographic", &FacetType::demographic),
                    Plain(4, "create_time", &FacetType::create_time));
}
template <>
const RecordType& TypeOf<FacetType>() {
  static const RecordTypeFor<FacetType> kType;
  return kType;
}
namespace {

template <class T>
bool Insert(std::vector<T>& sorted, const T& value) {
  const auto at = std::ranges::lower_bound(sorted, value);
  if (at != sorted.end() && *at == value) {
    return false;
  }
  sorted.insert(at, value);
  return true;
}

template <class T>
bool Erase(std::vector<T>& sorted, const T& value) {
  return std::erase(sorted, value) > 0;
}

// The next instant at which time alone changes whether the trait is live.
std::optional<Time> NextChange(const Trait& trait, Time now) {
  if (!trait.consent_time.has_value() || HasEnded(trait, now)) {
    return std::nullopt;
  }
  return trait.start_time.has_value() && now < *trait.start_time ? trait.start_time
                                                                 : trait.end_time;
}

}  // namespace

absl::Status CheckTerm(std::string_view prefix, std::optional<Time> start,
                       std::optional<Time> end) {
  if (start.has_value() && end.has_value() && *end <= *start) {
    return InvalidField(std::string(prefix) + ".end_time", "must be after start_time");
  }
  return absl::OkStatus();
}

bool HasEnded(const Trait& trait, Time now) {
  return trait.end_time.has_value() && *trait.end_time <= now;
}

bool IsLive(const Trait& trait, Time now) {
  return trait.consent_time.has_value() && !HasEnded(trait, now) &&
         (!trait.start_time.has_value() || *trait.start_time <= now);
}

absl::StatusOr<bool> Settle(Trait& trait, Time now, Member& member) {
  trait.due_time = NextChange(trait, now);
  if (!IsLive(trait, now)) {
    return Remove(trait, member);
  }
  if (trait.kind.has_value()) {
    return Insert(member.kinds, *trait.kind);
  }
  if (member.facets.size() >= kFacetsMax &&
      !std::ranges::binary_search(member.facets, trait.facet)) {
    return InvalidField(
        "facet_id", absl::StrCat("is one more than the ", kFacetsMax, " that a member may have"));
  }
  return Insert(member.facets, trait.facet);
}

bool Remove(const Trait& trait, Member& member) {
  return trait.kind.has_value() ? Erase(member.kinds, *trait.kind)
                                : Erase(member.facets, trait.facet);
}

}  // namespace perigee::domain
