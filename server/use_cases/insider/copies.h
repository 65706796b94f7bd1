#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "server/core/seal.h"
#include "server/domain/insider/canary.h"
#include "server/domain/member/member_key.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// The key of the marks in the copies of the programme's items. It follows from the programme's key,
// so it is never stored, is the same for every server, and is gone with the programme.
absl::StatusOr<SealKey> CanaryKey(ports::StoreReader& reader, const std::string& program);
// The bytes of that key, as the canary takes them.
std::string_view BytesOf(const SealKey& key);

// Whose copy it is: that of the member of an entry of the access log.
domain::CanaryCopy CopyOf(const std::string& item, std::int32_t version,
                          const domain::MemberKey& reader);

}  // namespace perigee::use_cases
