#include "tests/bench/redis_floor.h"

#include <hiredis/hiredis.h>

#include <chrono>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "tests/bench/report.h"

namespace perigee::bench {
namespace {

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

absl::StatusOr<Reply> Ask(redisContext* context, const char* command) {
  Reply reply(static_cast<redisReply*>(redisCommand(context, command)));
  if (reply == nullptr || reply->type == REDIS_REPLY_ERROR) {
    return absl::UnavailableError(absl::StrCat("Redis does not answer ", command));
  }
  return reply;
}

}  // namespace

void RedisFloor::Close::operator()(redisContext* context) const { redisFree(context); }

absl::StatusOr<RedisFloor> RedisFloor::Connect(const std::string& socket_path) {
  RedisFloor floor(std::unique_ptr<redisContext, Close>(redisConnectUnix(socket_path.c_str())));
  PERIGEE_RETURN_IF_ERROR(Ask(floor.context_.get(), "PING").status());
  return floor;
}

absl::StatusOr<double> RedisFloor::RoundTripMicros() {
  constexpr int kTrips = 2000;
  std::vector<double> micros;
  for (int i = 0; i < kTrips; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    PERIGEE_RETURN_IF_ERROR(Ask(context_.get(), "PING").status());
    micros.push_back(
        std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin)
            .count());
  }
  return Median(micros);
}

absl::StatusOr<std::int64_t> RedisFloor::Commands() {
  constexpr absl::string_view kName = "total_commands_processed:";
  PERIGEE_ASSIGN_OR_RETURN(const Reply reply, Ask(context_.get(), "INFO stats"));
  const absl::string_view text(reply->str, reply->len);
  const std::size_t at = text.find(kName);
  std::int64_t commands = 0;
  if (at == absl::string_view::npos ||
      !absl::SimpleAtoi(text.substr(at + kName.size(), text.find('\r', at) - at - kName.size()),
                        &commands)) {
    return absl::InternalError("Redis does not count its commands");
  }
  return commands;
}

}  // namespace perigee::bench
