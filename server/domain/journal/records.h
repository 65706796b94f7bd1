#pragma once

#include <span>

#include "server/domain/record/record.h"

namespace perigee::domain {

// Every kind of plain record, by number.
std::span<const RecordType* const> AllRecords();

// The one of that number, or null.
const RecordType* FindRecord(int number);

}  // namespace perigee::domain
