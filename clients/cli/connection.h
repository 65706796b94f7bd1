#pragma once

#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::cli {

// The options that say how to connect. The files are PEM.
struct ConnectionOptions {
  std::string ca_file;      // TLS, with the CA in it.
  bool system_cas = false;  // TLS, with the CAs of this machine.
  std::string client_certificate;
  std::string client_key;
  std::string token_file;  // Empty: PERIGEE_TOKEN holds the token, if there is one.
};

// How channels are protected, and the token that every call on them carries: by default plain text
// and none. Nothing prints the token. Copies share what they hold.
class Connection {
 public:
  // Reads the files. A usage failure names the option that is wrong, never what is in a file.
  static absl::StatusOr<Connection> Read(const ConnectionOptions& options);

  // A usage failure if the token would go to another machine as plain text.
  absl::Status MayReach(const std::string& address) const;
  std::shared_ptr<grpc::Channel> Channel(const std::string& address,
                                         const grpc::ChannelArguments& arguments) const;

 private:
  std::shared_ptr<grpc::ChannelCredentials> tls_;  // Null: plain text.
  std::string token_;
};

}  // namespace perigee::cli
