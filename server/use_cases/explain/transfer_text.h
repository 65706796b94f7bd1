#pragma once

#include <cstdint>
#include <string>

namespace perigee::domain {
struct Transfer;
}  // namespace perigee::domain

namespace perigee::use_cases {

// Why a transfer changed a member's balance or score by `change`: a sentence for people. Other
// members are not named, because the reader may not know of them.
std::string TransferText(const domain::Transfer& transfer, std::int64_t change);

}  // namespace perigee::use_cases
