#include "server/adapters/outgoing/resolver.h"

#include <netdb.h>
#include <sys/socket.h>

#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

namespace perigee::adapters {

std::vector<std::string> ResolveHost(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) {
    return {};
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(found, &freeaddrinfo);
  std::vector<std::string> addresses;
  for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
    // With a zone, such as `fe80::1%eth0`, it is not public.
    char text[NI_MAXHOST] = {};
    if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) ==
        0) {
      addresses.emplace_back(text);
    }
  }
  return addresses;
}

struct Resolver::State {
  std::mutex mutex;  // Guards all below, and the answers.
  std::condition_variable changed;
  int threads = 0;
  bool stopped = false;
};

Resolver::Resolver(Resolve resolve)
    : resolve_(std::move(resolve)), state_(std::make_shared<State>()) {}

std::optional<std::vector<std::string>> Resolver::Ask(const std::string& host,
                                                      std::chrono::milliseconds patience) {
  const auto answer = std::make_shared<std::optional<std::vector<std::string>>>();
  std::unique_lock lock(state_->mutex);
  if (state_->stopped || state_->threads >= kThreadsMax) {
    return std::nullopt;
  }
  ++state_->threads;
  std::thread([state = state_, answer, host, resolve = resolve_] {
    std::vector<std::string> found = resolve(host);
    const std::lock_guard over(state->mutex);
    *answer = std::move(found);
    --state->threads;
    state->changed.notify_all();
  }).detach();
  state_->changed.wait_for(lock, patience, [&] { return answer->has_value() || state_->stopped; });
  return state_->stopped ? std::nullopt : std::move(*answer);
}

void Resolver::Stop() {
  const std::lock_guard lock(state_->mutex);
  state_->stopped = true;
  state_->changed.notify_all();
}

bool Resolver::stopped() const {
  const std::lock_guard lock(state_->mutex);
  return state_->stopped;
}

}  // namespace perigee::adapters
