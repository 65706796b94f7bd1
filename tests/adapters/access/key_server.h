#pragma once

#include <memory>
#include <string>

namespace perigee::tests {

// A web server on this machine that publishes an issuer's keys over TLS, with a certificate of its
// own for the names in `subject_names` (such as `IP:127.0.0.1`).
class KeyServer {
 public:
  explicit KeyServer(const std::string& subject_names = "IP:127.0.0.1", bool has_tls = true);
  ~KeyServer();
  KeyServer(const KeyServer&) = delete;
  KeyServer& operator=(const KeyServer&) = delete;

  // `/keys` answers what Answer sets; `/moved` redirects to it; `/stream` sends that text again and
  // again without a length; `/stuck` begins an answer and never ends it.
  std::string Url(const std::string& path = "/keys") const;
  // The certificate that proves it, in PEM.
  const std::string& certificate() const;
  void Answer(int status, const std::string& text);
  // Refuses all connections from now on.
  void Stop();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace perigee::tests
