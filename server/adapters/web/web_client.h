#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "server/core/web_address.h"

namespace perigee::adapters {

struct WebRequest {
  WebAddress address;
  // The IP address to connect to, while TLS proves the host's name. Empty: the resolver is asked.
  std::string ip;
  std::string ca_file;  // Of the authorities that vouch for the name. Empty: those of the system.
  std::string method = "GET";
  std::multimap<std::string, std::string> headers;
  std::string body;
  std::size_t text_bytes_max = 0;  // Of a text that comes with status 200. 0: it is not read.
};

enum class WebFault : std::uint8_t {
  kNone,
  kConnection,  // Nobody answered at the address.
  kTls,         // TLS refused the connection: the peer did not prove its name, for example.
  kTimeout,
  kAnswer,     // What came is no answer of HTTP, or it ended too early.
  kTooLong,    // The text has more than text_bytes_max bytes, or its head is far too long.
  kCancelled,  // By Cancel.
};

struct WebAnswer {
  WebFault fault = WebFault::kNone;
  std::string cause;  // Of a fault, in the words of the libraries. Says nothing of the request.
  int status = 0;     // Of the answer. There may be one in spite of a fault. 0: none came.
  std::string retry_after;
  std::string text;
};

struct WebLimits {
  std::chrono::milliseconds step{5000};  // To connect, and for each part of the answer.
  std::chrono::milliseconds all{10'000};
};

// Asks web servers, each time by a new connection. Redirects are answers like any other, and are
// not followed. Safe from many threads.
class WebClient {
 public:
  explicit WebClient(WebLimits limits) : limits_(limits) {}

  // Blocks for WebLimits::all at most, apart from the resolver.
  WebAnswer Ask(const WebRequest& request);
  // Ends running requests soon and fails every later one.
  void Cancel();

 private:
  class Connection;

  enum class Cut : std::uint8_t { kNone, kTime, kBytes };

  // Runs `request`, which uses the connection, and says why it was cut. kTime: by Cancel too.
  template <typename Request>
  Cut Run(Connection& connection, std::uint64_t bytes_max, const Request& request);
  bool cancelled();

  const WebLimits limits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool cancelled_ = false;
};

}  // namespace perigee::adapters
