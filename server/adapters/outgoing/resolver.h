#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace perigee::adapters {

// The IP addresses of a host, as the resolver of this machine writes them. Empty if it knows none.
// Blocks for as long as that resolver likes.
std::vector<std::string> ResolveHost(const std::string& host);

// Asks a resolver and waits only so long. Nothing ends a resolver that hangs, so each question has
// a thread of its own, which is left to itself. Safe from many threads.
class Resolver {
 public:
  using Resolve = std::function<std::vector<std::string>(const std::string& host)>;
  // More questions at a time have no answer.
  static constexpr int kThreadsMax = 64;

  explicit Resolver(Resolve resolve);

  // nullopt: there was no answer in time, or none will come after Stop.
  std::optional<std::vector<std::string>> Ask(const std::string& host,
                                              std::chrono::milliseconds patience);
  // Ends running calls of Ask, and every later one at once.
  void Stop();
  bool stopped() const;

 private:
  struct State;
  const Resolve resolve_;
  const std::shared_ptr<State> state_;  // Threads may outlive this object.
};

}  // namespace perigee::adapters
