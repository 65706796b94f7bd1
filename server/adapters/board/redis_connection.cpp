#include "server/adapters/board/redis_connection.h"

#include <hiredis/hiredis.h>
#include <openssl/evp.h>
#include <poll.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <utility>

#include "server/core/status_macros.h"

namespace perigee::adapters {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

absl::Status Away() { return absl::UnavailableError("Redis is away"); }

timeval ToTimeval(milliseconds time) {
  return {static_cast<time_t>(time.count() / 1000),
          static_cast<suseconds_t>(time.count() % 1000 * 1000)};
}

std::string_view TextOf(const redisReply& reply) { return {reply.str, reply.len}; }

// Callers get our own sentence. The server's text stays here.
absl::Status StatusOfError(std::string_view text) {
  if (text.find(kRedisNotWhole) != std::string_view::npos) {
    return absl::NotFoundError("the period is not held whole");
  }
  if (text.find("WRONGTYPE") != std::string_view::npos) {
    return absl::NotFoundError("something else is held under the period's key");
  }
  return absl::UnavailableError("Redis refuses the command");
}

// If an idle connection has data to read, the server has closed it.
bool IsQuiet(const redisContext& context) {
  pollfd descriptor{context.fd, POLLIN, 0};
  return poll(&descriptor, 1, 0) == 0;
}

bool Append(redisContext* context, const RedisCommand& command) {
  std::vector<const char*> values;
  std::vector<std::size_t> sizes;
  values.reserve(command.size());
  sizes.reserve(command.size());
  for (const std::string& value : command) {
    values.push_back(value.data());
    sizes.push_back(value.size());
  }
  return redisAppendCommandArgv(context, static_cast<int>(command.size()), values.data(),
                                sizes.data()) == REDIS_OK;
}

absl::StatusOr<RedisReply> OkOrError(RedisReply reply) {
  if (reply->type == REDIS_REPLY_ERROR) {
    return StatusOfError(TextOf(*reply));
  }
  return reply;
}

}  // namespace

void FreeRedisReply::operator()(redisReply* reply) const { freeReplyObject(reply); }
void RedisPool::CloseContext::operator()(redisContext* context) const { redisFree(context); }

RedisScript::RedisScript(std::string text) : text_(std::move(text)) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int size = 0;
  EVP_Digest(text_.data(), text_.size(), digest.data(), &size, EVP_sha1(), nullptr);
  for (unsigned int i = 0; i < size; ++i) {
    std::array<char, 3> hex{};
    std::snprintf(hex.data(), hex.size(), "%02x", digest[i]);
    sha1_ += hex.data();
  }
}

RedisPool::RedisPool(RedisConfig config) : config_(std::move(config)) {
  std::signal(SIGPIPE, SIG_IGN);
}

RedisPool::~RedisPool() = default;

absl::StatusOr<RedisPool::Connection> RedisPool::Connect() const {
  const timeval timeout = ToTimeval(config_.connect_timeout);
  Connection connection(config_.socket_path.empty()
                            ? redisConnectWithTimeout(config_.host.c_str(), config_.port, timeout)
                            : redisConnectUnixWithTimeout(config_.socket_path.c_str(), timeout));
  if (connection == nullptr || connection->err != 0 ||
      redisSetTimeout(connection.get(), ToTimeval(config_.command_timeout)) != REDIS_OK) {
    return Away();
  }
  return connection;
}

absl::StatusOr<RedisPool::Connection> RedisPool::Acquire() {
  std::unique_lock lock(mutex_);
  if (steady_clock::now() < retry_at_) {
    return Away();
  }
  if (!released_.wait_for(lock, config_.command_timeout,
                          [this] { return busy_ < config_.connections_max; })) {
    return absl::UnavailableError("all connections to Redis are busy");
  }
  ++busy_;
  while (!idle_.empty()) {
    Connection connection = std::move(idle_.back());
    idle_.pop_back();
    if (IsQuiet(*connection)) {
      return connection;
    }
  }
  lock.unlock();
  absl::StatusOr<Connection> connection = Connect();
  if (!connection.ok()) {
    Release(nullptr, false);
  }
  return connection;
}

void RedisPool::Release(Connection connection, bool usable) {
  const std::scoped_lock lock(mutex_);
  --busy_;
  if (usable) {
    idle_.push_back(std::move(connection));
    backoff_ = milliseconds(0);
    retry_at_ = {};
  } else {
    backoff_ = std::clamp(backoff_ * 2, config_.backoff_min, config_.backoff_max);
    retry_at_ = steady_clock::now() + backoff_;
  }
  released_.notify_one();
}

absl::StatusOr<std::vector<RedisReply>> RedisPool::Exchange(
    const std::vector<RedisCommand>& commands) {
  PERIGEE_ASSIGN_OR_RETURN(Connection connection, Acquire());
  bool usable = true;
  for (const RedisCommand& command : commands) {
    usable = usable && Append(connection.get(), command);
  }
  std::vector<RedisReply> replies;
  replies.reserve(commands.size());
  while (usable && replies.size() < commands.size()) {
    void* reply = nullptr;
    usable = redisGetReply(connection.get(), &reply) == REDIS_OK && reply != nullptr;
    replies.emplace_back(static_cast<redisReply*>(reply));
  }
  Release(std::move(connection), usable);
  if (!usable) {
    return Away();
  }
  return replies;
}

absl::StatusOr<RedisReply> RedisPool::Run(const RedisCommand& command) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<RedisReply> replies, Exchange({command}));
  return OkOrError(std::move(replies.front()));
}

absl::StatusOr<RedisReply> RedisPool::Run(const RedisScript& script,
                                          const std::vector<std::string>& keys,
                                          const std::vector<std::string>& args) {
  RedisCommand command = {"EVALSHA", script.sha1(), std::to_string(keys.size())};
  command.reserve(command.size() + keys.size() + args.size());
  command.insert(command.end(), keys.begin(), keys.end());
  command.insert(command.end(), args.begin(), args.end());
  PERIGEE_ASSIGN_OR_RETURN(std::vector<RedisReply> replies, Exchange({command}));
  if (replies.front()->type == REDIS_REPLY_ERROR &&
      TextOf(*replies.front()).starts_with("NOSCRIPT")) {
    command[0] = "EVAL";
    command[1] = script.text();
    return Run(command);
  }
  return OkOrError(std::move(replies.front()));
}

absl::Status RedisPool::RunAll(const std::vector<RedisCommand>& commands) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<RedisReply> replies, Exchange(commands));
  for (RedisReply& reply : replies) {
    PERIGEE_RETURN_IF_ERROR(OkOrError(std::move(reply)).status());
  }
  return absl::OkStatus();
}

}  // namespace perigee::adapters
