#include "server/domain/record/record.h"

#include <algorithm>

namespace perigee::domain {

bool RecordType::HasOwner() const { return std::ranges::any_of(fields_, &Field::owner); }

bool RecordType::IsKnownByOwner() const {
  return std::ranges::any_of(fields_, [](const Field& field) { return field.owner && field.key; });
}

std::optional<std::size_t> RecordType::due_field() const {
  const auto due = std::ranges::find_if(fields_, &Field::due);
  return due == fields_.end() ? std::nullopt
                              : std::optional(static_cast<std::size_t>(due - fields_.begin()));
}

bool RecordType::HasPersonal() const { return std::ranges::any_of(fields_, &Field::personal); }

}  // namespace perigee::domain
