#include "tests/simulation/shrink.h"

#include <algorithm>
#include <cstddef>

namespace perigee::simulation {
namespace {

class Shrinker {
 public:
  Shrinker(History history, const Fails& fails, int runs)
      : best_(std::move(history)), fails_(fails), runs_(runs) {}

  History Run() {
    Try(best_);  // Cuts off the steps after the failure.
    for (bool better = true; better && runs_ > 0;) {
      better = LeaveOut();
      better |= Simplify();
    }
    return best_;
  }

 private:
  // Keeps the history if it fails, without the steps after the failure.
  bool Try(History history) {
    if (runs_-- <= 0) {
      return false;
    }
    const std::optional<std::size_t> steps = fails_(history);
    if (!steps) {
      return false;
    }
    history.steps.resize(std::min(history.steps.size(), *steps));
    best_ = std::move(history);
    return true;
  }

  bool LeaveOut() {
    bool better = false;
    for (std::size_t size = std::max<std::size_t>(best_.steps.size() / 2, 1); size > 0; size /= 2) {
      for (std::size_t at = 0; at < best_.steps.size();) {
        History shorter = best_;
        const auto from = shorter.steps.begin() + static_cast<std::ptrdiff_t>(at);
        const std::size_t much = std::min(size, shorter.steps.size() - at);
        shorter.steps.erase(from, from + static_cast<std::ptrdiff_t>(much));
        if (Try(std::move(shorter))) {
          better = true;
        } else {
          at += size;
        }
      }
    }
    return better;
  }

  bool Simplify() {
    bool better = false;
    for (std::size_t at = 0; at < best_.steps.size(); ++at) {
      for (std::size_t i = 0; i < best_.steps[at].n.size(); ++i) {
        for (const int simpler : {0, 1, best_.steps[at].n[i] / 2}) {
          if (at < best_.steps.size() && simpler < best_.steps[at].n[i]) {
            History simple = best_;
            simple.steps[at].n[i] = static_cast<std::uint16_t>(simpler);
            better |= Try(std::move(simple));
          }
        }
      }
    }
    return better;
  }

  History best_;
  const Fails& fails_;
  int runs_;
};

}  // namespace

History Shrink(History history, const Fails& fails, int runs_max) {
  return Shrinker(std::move(history), fails, runs_max).Run();
}

}  // namespace perigee::simulation
