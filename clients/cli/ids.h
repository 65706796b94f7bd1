#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace perigee::cli {

// A new request id: a UUID of version 7, so that later ids sort later.
std::string NewRequestId();

// A UUID of version 8 from the SHA-256 of the parts: the same parts always give the same request
// id.
std::string DerivedRequestId(std::initializer_list<std::string_view> parts);

}  // namespace perigee::cli
