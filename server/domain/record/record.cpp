#include "server/domain/record/record.h"

#include <algorithm>

namespace perigee::domain {

bool RecordType::HasOwner() const { return std::ranges::any_of(fields_, &Field::owner); }

bool RecordType::HasPersonal() const { return std::ranges::any_of(fields_, &Field::personal); }

}  // namespace perigee::domain
