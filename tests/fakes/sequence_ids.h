#pragma once

#include <atomic>

#include "server/ports/ids.h"

namespace perigee::tests {

// The UUIDs 1, 2, 3 …. Safe from many threads.
class SequenceIds final : public ports::Ids {
 public:
  Uuid Random() override {
    Uuid id;
    const std::uint32_t n = ++last_;
    for (std::size_t i = 0; i < 4; ++i) {
      id.bytes[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
    }
    return id;
  }

 private:
  std::atomic<std::uint32_t> last_{0};
};

}  // namespace perigee::tests
