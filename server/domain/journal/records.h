#pragma once

#include <span>

namespace perigee::domain {

class RecordType;

// Every kind of plain record, by number.
std::span<const RecordType* const> AllRecords();

// The kind of that number, or null.
const RecordType* FindRecord(int number);

}  // namespace perigee::domain
