#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <vector>

namespace perigee::load {

// When calls are to be sent, fixed before the first one is: what the server does to a call cannot
// put off the next. Not for several threads.
class Schedule {
 public:
  enum class Arrivals {
    kConstant,  // At equal distances.
    kPoisson,   // As from many people who know nothing of each other.
  };

  // `rates`: calls a second, at least 0, in parts of equal length that make up `length` together.
  // Poisson arrivals are the same for the same seed.
  Schedule(std::vector<double> rates, std::chrono::nanoseconds length, Arrivals arrivals,
           std::uint64_t seed = 1);

  // When the next call is to be sent, from the start of the run; nullopt once it would be at its
  // end or later.
  std::optional<std::chrono::nanoseconds> Next();

  std::chrono::nanoseconds length() const { return length_; }
  // How many calls the rates make in all.
  double Expected() const;

 private:
  double PartSeconds() const;

  const std::vector<double> rates_;
  const std::chrono::nanoseconds length_;
  const Arrivals arrivals_;
  std::mt19937_64 random_;
  std::size_t part_ = 0;
  double before_part_ = 0;  // The area under the rates up to where the part begins.
  double area_ = 0;         // That up to the next call.
};

}  // namespace perigee::load
