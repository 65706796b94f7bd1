#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// A weight that a type had until then.
struct EarlierWeight {
  int weight = 0;
  Time until{};
  bool operator==(const EarlierWeight&) const = default;
  static auto Fields();
};

inline constexpr int kActivityWeightMax = 12;
// Of a type that the programme says nothing about.
inline constexpr int kWeightDefault = 1;
inline constexpr int kActivityTypesMax = 1000;

// How much of a commitment activities of a type are.
struct ActivityType {
  std::string id;  // As activities name it.
  std::string display_name;
  // 0: no part of the orbit. Such activities raise nobody, count for no presence, and connect
  // nobody.
  int weight = kWeightDefault;
  // The weights that were greater than all later ones, the oldest first. So they fall.
  std::vector<EarlierWeight> earlier;
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 30;
  static constexpr std::string_view kTable = "activity_type";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<ActivityType>();

// kInvalidField for a field outside the limits of orbit.proto.
absl::Status CheckActivityType(const ActivityType& type);

// Gives the type another weight and remembers the present one if it is greater.
void SetWeight(ActivityType& type, int weight, Time now);

// The greatest weight that the type had at any time from `since` on. With kEndOfTime: its weight
// now. Null: a type that the programme says nothing about.
int GreatestWeight(const ActivityType* type, Time since);

// The types of a programme. What it finds lives as long as it does.
class ActivityTypes {
 public:
  explicit ActivityTypes(std::vector<ActivityType> types);
  // Null if the programme says nothing about the type.
  const ActivityType* Find(std::string_view id) const;
  // From now on the type is found, with the weight that it has, if the programme says nothing about
  // it. What was found before is not valid any more.
  void Name(const std::string& id);

 private:
  std::vector<ActivityType> types_;  // By id.
};

}  // namespace perigee::domain
