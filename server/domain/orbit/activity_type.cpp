#include "server/domain/orbit/activity_type.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto EarlierWeight::Fields() {
  return std::tuple(Plain(1, "weight", &EarlierWeight::weight),
                    Plain(2, "until", &EarlierWeight::until));
}

auto ActivityType::Fields() {
  return std::tuple(
      Key(1, "id", &ActivityType::id), Personal(2, "display_name", &ActivityType::display_name),
      Plain(3, "weight", &ActivityType::weight), Plain(4, "earlier", &ActivityType::earlier),
      Plain(5, "create_time", &ActivityType::create_time));
}
template <>
const RecordType& TypeOf<ActivityType>() {
  static const RecordTypeFor<ActivityType> kType;
  return kType;
}

absl::Status CheckActivityType(const ActivityType& type) {
  PERIGEE_RETURN_IF_ERROR(CheckId("activity_type.name", type.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("activity_type.display_name", type.display_name, 1, kDisplayNameBytesMax));
  return type.weight >= 0 && type.weight <= kActivityWeightMax
             ? absl::OkStatus()
             : InvalidField("activity_type.weight",
                            "must be 0 to " + std::to_string(kActivityWeightMax));
}

void SetWeight(ActivityType& type, int weight, Time now) {
  const EarlierWeight present{type.weight, now};
  std::erase_if(type.earlier, [&](const EarlierWeight& earlier) {
    return earlier.weight <= std::max(present.weight, weight);
  });
  if (present.weight > weight) {
    type.earlier.push_back(present);
  }
  type.weight = weight;
}

int GreatestWeight(const ActivityType* type, Time since) {
  if (type == nullptr) {
    return kWeightDefault;
  }
  const auto earlier = std::ranges::find_if(
      type->earlier, [&](const EarlierWeight& one) { return one.until > since; });
  return earlier == type->earlier.end() ? type->weight : earlier->weight;
}

ActivityTypes::ActivityTypes(std::vector<ActivityType> types) : types_(std::move(types)) {
  std::ranges::sort(types_, {}, &ActivityType::id);
}

const ActivityType* ActivityTypes::Find(std::string_view id) const {
  const auto found = std::ranges::lower_bound(
      types_, id, {}, [](const ActivityType& type) { return std::string_view(type.id); });
  return found == types_.end() || found->id != id ? nullptr : &*found;
}

void ActivityTypes::Name(const std::string& id) {
  const auto place = std::ranges::lower_bound(types_, id, {}, &ActivityType::id);
  if (place == types_.end() || place->id != id) {
    ActivityType type;
    type.id = id;
    types_.insert(place, std::move(type));
  }
}

}  // namespace perigee::domain
