#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace perigee::tests {

// A web server on this machine that takes posts over TLS, with a certificate for `localhost` and
// 127.0.0.1.
class Receiver {
 public:
  struct Post {
    std::string path;
    std::multimap<std::string, std::string> headers;  // The names in lower case.
    std::string body;
  };

  Receiver();
  ~Receiver();
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  // `/moved` redirects to `/hook`, `/stuck` never answers, and all else answers what Answer sets.
  std::string Url(const std::string& path = "/hook") const;
  int port() const;
  // The certificate of the authority that vouches for it, in PEM.
  std::string ca() const;
  // The status of later answers, and their header `Retry-After` if it is not empty. Posts whose
  // body contains `only` are answered so, and others with 204.
  void Answer(int status, const std::string& retry_after = "", const std::string& only = "");
  // What was posted so far, in order.
  std::vector<Post> Posts() const;

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace perigee::tests
