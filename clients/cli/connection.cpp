#include "clients/cli/connection.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>
#include <vector>

#include <grpcpp/support/client_interceptor.h>

#include "clients/cli/failure.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

namespace interception = grpc::experimental;

// Adds the token to a call. It stands at the channel, so no call can be without it.
class TokenAdder final : public interception::Interceptor {
 public:
  explicit TokenAdder(const std::string& token) : token_(token) {}
  void Intercept(interception::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            interception::InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace("authorization", "Bearer " + token_);
    }
    methods->Proceed();
  }

 private:
  const std::string token_;
};

class TokenAdders final : public interception::ClientInterceptorFactoryInterface {
 public:
  explicit TokenAdders(std::string token) : token_(std::move(token)) {}
  interception::Interceptor* CreateClientInterceptor(
      interception::ClientRpcInfo* /*call*/) override {
    // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the call deletes it.
    return new TokenAdder(token_);
  }

 private:
  const std::string token_;
};

absl::StatusOr<std::string> ReadFile(const std::string& option, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().empty()) {
    return UsageFailure(option + ": " + path + " cannot be read, or is empty.");
  }
  return text.str();
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  const char* const variable = std::getenv("PERIGEE_TOKEN");
  std::string token = variable == nullptr ? "" : variable;
  if (!path.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(token, ReadFile("--token-file", path));
  }
  token.erase(token.find_last_not_of(" \t\r\n") + 1);
  // gRPC would end the call without a word about the reason.
  if (std::ranges::any_of(token, [](char c) { return c <= ' ' || c > '~'; }) ||
      (token.empty() && !path.empty())) {
    return UsageFailure(std::string(path.empty() ? "PERIGEE_TOKEN" : "--token-file") +
                        " must hold a token, which is one word.");
  }
  return token;
}

bool IsLoopback(const std::string& address) {
  // A host name may begin with 127, too.
  const bool is_v4 =
      address.starts_with("127.") && address.find_first_not_of("0123456789.") == address.rfind(':');
  return is_v4 || address.starts_with("localhost:") || address.starts_with("[::1]:") ||
         address.starts_with("unix:");
}

}  // namespace

absl::StatusOr<Connection> Connection::Read(const ConnectionOptions& options) {
  Connection connection;
  PERIGEE_ASSIGN_OR_RETURN(connection.token_, ReadToken(options.token_file));
  if (options.client_certificate.empty() != options.client_key.empty()) {
    return UsageFailure("--client-cert and --client-key go together.");
  }
  if (options.ca_file.empty() && !options.system_cas) {
    if (!options.client_certificate.empty()) {
      return UsageFailure("--client-cert needs TLS: give --ca FILE, or --tls.");
    }
    return connection;
  }
  grpc::SslCredentialsOptions tls;
  if (!options.ca_file.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(tls.pem_root_certs, ReadFile("--ca", options.ca_file));
  }
  if (!options.client_certificate.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(tls.pem_cert_chain,
                             ReadFile("--client-cert", options.client_certificate));
    PERIGEE_ASSIGN_OR_RETURN(tls.pem_private_key, ReadFile("--client-key", options.client_key));
  }
  connection.tls_ = grpc::SslCredentials(tls);
  return connection;
}

absl::Status Connection::MayReach(const std::string& address) const {
  if (!token_.empty() && tls_ == nullptr && !IsLoopback(address)) {
    return UsageFailure("the token would go to " + address +
                        " as plain text. Give --ca FILE, or --tls.");
  }
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> Connection::Channel(const std::string& address,
                                                   const grpc::ChannelArguments& arguments) const {
  std::vector<std::unique_ptr<interception::ClientInterceptorFactoryInterface>> adders;
  if (!token_.empty()) {
    adders.push_back(std::make_unique<TokenAdders>(token_));
  }
  return interception::CreateCustomChannelWithInterceptors(
      address, tls_ == nullptr ? grpc::InsecureChannelCredentials() : tls_, arguments,
      std::move(adders));
}

}  // namespace perigee::cli
