#include "server/domain/orbit/reach.h"

#include <algorithm>
#include <tuple>

#include "server/domain/orbit/love.h"

namespace perigee::domain {

void KeepLatest(std::vector<Connection>& connections) {
  std::ranges::sort(connections, [](const Connection& a, const Connection& b) {
    return std::tie(a.other, b.last_day) < std::tie(b.other, a.last_day);
  });
  const auto same = [](const Connection& a, const Connection& b) { return a.other == b.other; };
  connections.erase(std::unique(connections.begin(), connections.end(), same), connections.end());
}

double ReachOf(std::span<const Connection> connections, absl::CivilMonth now) {
  double sum = 0;
  for (const Connection& connection : connections) {
    const std::int64_t idle = now - absl::CivilMonth(connection.last_day);
    sum += AfterMonths(kDirectStrength, std::max<std::int64_t>(0, idle));
  }
  return sum;
}

std::optional<double> Density(std::int64_t connected_pairs, std::int64_t members) {
  if (members < 2) {
    return std::nullopt;
  }
  const auto n = static_cast<double>(members);
  return static_cast<double>(connected_pairs) / (n * (n - 1) / 2);
}

}  // namespace perigee::domain
