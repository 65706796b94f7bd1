#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace perigee::load {

// The times at which calls are sent. They are fixed before the first call, so that the server
// cannot delay a call by the one before it. For one thread.
class Schedule {
 public:
  enum class Arrivals {
    kConstant,  // At equal distances.
    kPoisson,   // As from many independent people.
  };

  // `rates`: calls a second, at least 0, for parts of equal length that together make up `length`.
  // The same seed gives the same Poisson arrivals.
  Schedule(std::vector<double> rates, std::chrono::nanoseconds length, Arrivals arrivals,
           std::uint64_t seed = 1);

  // The time of the next call from the start of the run; nullopt once that is at or after the end.
  std::optional<std::chrono::nanoseconds> Next();

  std::chrono::nanoseconds length() const { return length_; }
  // The number of calls that the rates make in all.
  double Expected() const;

 private:
  double PartSeconds() const;

  const std::vector<double> rates_;
  const std::chrono::nanoseconds length_;
  const Arrivals arrivals_;
  std::mt19937_64 random_;
  std::size_t part_ = 0;
  double before_part_ = 0;  // The area under the rates up to where the part begins.
  double area_ = 0;         // The area up to the next call.
};

}  // namespace perigee::load
