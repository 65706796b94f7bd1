#pragma once

#include <cstdint>

namespace perigee::load {

// Turns different numbers into different numbers that look random (SplitMix64).
inline std::uint64_t Scatter(std::uint64_t n) {
  n += 0x9e3779b97f4a7c15;
  n = (n ^ (n >> 30)) * 0xbf58476d1ce4e5b9;
  n = (n ^ (n >> 27)) * 0x94d049bb133111eb;
  return n ^ (n >> 31);
}

}  // namespace perigee::load
