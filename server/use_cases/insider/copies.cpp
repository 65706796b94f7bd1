#include "server/use_cases/insider/copies.h"

#include "server/ports/program/program_reader.h"
#include "server/ports/store.h"

namespace perigee::use_cases {

absl::StatusOr<SealKey> CanaryKey(ports::StoreReader& reader, const std::string& program) {
  return reader.programs().Secret(program, "canary 1");
}

std::string_view BytesOf(const SealKey& key) {
  return {reinterpret_cast<const char*>(key.data()), key.size()};
}

domain::CanaryCopy CopyOf(const std::string& item, std::int32_t version,
                          const domain::MemberKey& reader) {
  return {item, version, reader.Hex()};
}

}  // namespace perigee::use_cases
