#pragma once

#include <cstdint>

namespace perigee::simulation {

// SplitMix64: a seed gives the same numbers on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t Next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // A number from 0 to `below` − 1.
  std::uint32_t Below(std::uint32_t below) { return static_cast<std::uint32_t>(Next() % below); }

 private:
  std::uint64_t state_;
};

}  // namespace perigee::simulation
