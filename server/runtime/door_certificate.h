#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"

struct ssl_ctx_st;  // OpenSSL's SSL_CTX.

namespace perigee::runtime {

// The files of a door's TLS, all PEM.
struct DoorTls {
  std::string certificate;  // The door's own, then those between it and its CA.
  std::string key;          // Without a passphrase.
  // If not empty, a caller must show a certificate that one of these CAs has signed.
  std::string client_ca{};
};

// The certificate of an open door. It follows its files, so that it can be replaced without a
// restart. New files are taken only if they are whole and fit together. Until then the old ones
// serve, and the log says once what is wrong. Not safe from many threads.
class DoorCertificate {
 public:
  // What the files hold. It has a private key, so it must not be logged.
  struct Texts {
    std::string certificate;
    std::string key;
    std::string client_ca;
    bool operator==(const Texts&) const = default;
  };

  // kInvalidField, naming the file and never its content, if a file cannot be read, is not PEM, or
  // if the key does not fit the certificate.
  static absl::StatusOr<DoorCertificate> Open(DoorTls files);

  // Looks at the files, unless it did so within the last second. True if it took new ones.
  bool Renew();
  const Texts& texts() const { return texts_; }
  // The same, for a server that uses OpenSSL itself.
  const std::shared_ptr<ssl_ctx_st>& context() const { return context_; }

 private:
  explicit DoorCertificate(DoorTls files) : files_(std::move(files)) {}
  // True if the files hold something else than before, which is then taken.
  absl::StatusOr<bool> Look();

  DoorTls files_;
  Texts texts_;
  std::shared_ptr<ssl_ctx_st> context_;
  std::chrono::steady_clock::time_point next_look_{};
  std::string complaint_;  // What is wrong with the files that are there now.
};

}  // namespace perigee::runtime
