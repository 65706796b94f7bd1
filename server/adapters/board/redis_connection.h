#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct redisContext;
struct redisReply;

namespace perigee::adapters {

struct RedisConfig {
  std::string socket_path;  // A Unix socket. If empty, host and port are used.
  std::string host = "127.0.0.1";
  int port = 6379;
  std::chrono::milliseconds connect_timeout{250};
  std::chrono::milliseconds command_timeout{1000};
  // After a failure every call is refused at once until a pause is over. The pause begins with
  // backoff_min and doubles each time, up to backoff_max.
  std::chrono::milliseconds backoff_min{50};
  std::chrono::milliseconds backoff_max{2000};
  int connections_max = 8;
};

struct FreeRedisReply {
  void operator()(redisReply* reply) const;
};
// Never null, and never an error reply.
using RedisReply = std::unique_ptr<redisReply, FreeRedisReply>;

// One command: its name and its arguments, which may be any bytes.
using RedisCommand = std::vector<std::string>;

// A Lua script. It is called by its hash, and sent whole only if the server does not know it.
class RedisScript {
 public:
  explicit RedisScript(std::string text);
  const std::string& text() const { return text_; }
  const std::string& sha1() const { return sha1_; }

 private:
  std::string text_;
  std::string sha1_;
};

// Connections to one Redis, made when needed and kept. Safe from many threads. At most
// connections_max are in use at once; other callers wait up to the command time-out. kUnavailable
// if the server is away, too slow, or refuses for a reason of its own (full, loading, read-only).
// kNotFound if a key holds a value of another type, or a script raises kRedisNotWhole. After
// kUnavailable the command may or may not have been carried out. Makes the process ignore SIGPIPE,
// which hiredis raises when it writes to a peer that is gone.
class RedisPool {
 public:
  explicit RedisPool(RedisConfig config);
  ~RedisPool();
  RedisPool(const RedisPool&) = delete;
  RedisPool& operator=(const RedisPool&) = delete;

  absl::StatusOr<RedisReply> Run(const RedisCommand& command);
  absl::StatusOr<RedisReply> Run(const RedisScript& script, const std::vector<std::string>& keys,
                                 const std::vector<std::string>& args);
  // Sends all commands, then waits for all answers. Returns the first failure, if any.
  absl::Status RunAll(const std::vector<RedisCommand>& commands);

 private:
  struct CloseContext {
    void operator()(redisContext* context) const;
  };
  using Connection = std::unique_ptr<redisContext, CloseContext>;

  absl::StatusOr<std::vector<RedisReply>> Exchange(const std::vector<RedisCommand>& commands);
  absl::StatusOr<Connection> Acquire();
  absl::StatusOr<Connection> Connect() const;
  void Release(Connection connection, bool usable);

  const RedisConfig config_;
  std::mutex mutex_;
  std::condition_variable released_;
  std::vector<Connection> idle_;
  int busy_ = 0;
  std::chrono::milliseconds backoff_{0};
  std::chrono::steady_clock::time_point retry_at_{};
};

// The error that a script raises if the held period is not whole.
inline constexpr char kRedisNotWhole[] = "PERIGEE_NOT_WHOLE";

}  // namespace perigee::adapters
