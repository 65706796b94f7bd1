#include "server/runtime/log.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "absl/strings/escaping.h"

namespace perigee::runtime {
namespace {

constexpr std::chrono::seconds kHandshakePause{10};

// Of gRPC's lines only those of refused TLS handshakes are kept, at most one in ten seconds,
// because strangers can cause them. The cause is OpenSSL's and names nobody.
void TakeGrpcLine(gpr_log_func_args* line) {
  static std::atomic<std::uint64_t> refused{0};
  static std::atomic<std::int64_t> next_ns{0};
  const std::string_view text(line->message);
  if (!text.starts_with("Handshake failed")) {
    return;
  }
  refused.fetch_add(1);
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  std::int64_t due = next_ns;
  const std::int64_t now_ns = std::chrono::nanoseconds(now).count();
  if (now_ns < due || !next_ns.compare_exchange_strong(
                          due, std::chrono::nanoseconds(now + kHandshakePause).count())) {
    return;
  }
  spdlog::warn("event=handshakes_refused times={} last=\"{}\"", refused.exchange(0),
               absl::CEscape(absl::string_view(text.data(), text.size())));
}

}  // namespace

void StartLog() {
  // Both libraries write lines of their own form for each damaged message, as many as a caller
  // likes. The server answers and counts such calls itself.
  google::protobuf::SetLogHandler(nullptr);
  if (std::getenv("GRPC_VERBOSITY") == nullptr) {
    gpr_set_log_function(TakeGrpcLine);
  }
  auto logger = std::make_shared<spdlog::logger>("perigee",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_pattern("time=%Y-%m-%dT%H:%M:%S.%eZ level=%l %v", spdlog::pattern_time_type::utc);
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace perigee::runtime
