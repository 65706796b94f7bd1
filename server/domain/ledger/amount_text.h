#pragma once

#include <cstdint>
#include <string>

namespace perigee::domain {

struct Asset;

// As people read it, such as `12.50 seeds`.
std::string AmountText(std::int64_t amount, const Asset& asset);

}  // namespace perigee::domain
