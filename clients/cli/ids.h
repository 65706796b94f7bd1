#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace perigee::cli {

// A new request id: UUID version 7, so that ids made later sort later.
std::string NewRequestId();

// The same request id for the same parts, always: UUID version 8 of their SHA-256.
std::string DerivedRequestId(std::initializer_list<std::string_view> parts);

}  // namespace perigee::cli
