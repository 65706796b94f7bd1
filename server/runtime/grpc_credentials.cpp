#include "server/runtime/grpc_credentials.h"

#include <mutex>
#include <string>
#include <utility>

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

namespace perigee::runtime {
namespace {

// gRPC asks for the certificate whenever a connection begins, and the old one stays while there is
// no new one. Its FileWatcherCertificateProvider takes whatever the files hold: decision 0027. A
// door has one socket, which accepts one connection after the other, and gRPC relies on that.
class Renewed final : public grpc::ServerCredentials {
 public:
  explicit Renewed(DoorCertificate certificate)
      : certificate_(std::move(certificate)),
        demand_(certificate_.texts().client_ca.empty()
                    ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                    : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY),
        credentials_(grpc_ssl_server_credentials_create_with_options(
            grpc_ssl_server_credentials_create_options_using_config_fetcher(demand_, &Fetch,
                                                                            this))) {}
  ~Renewed() override { grpc_server_credentials_release(credentials_); }
  Renewed(const Renewed&) = delete;
  Renewed& operator=(const Renewed&) = delete;

  // Callers are authenticated with each call, by the services.
  void SetAuthMetadataProcessor(
      const std::shared_ptr<grpc::AuthMetadataProcessor>& /*processor*/) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    return static_cast<Renewed*>(self)->Give(config);
  }

  grpc_ssl_certificate_config_reload_status Give(grpc_ssl_server_certificate_config** config) {
    const std::lock_guard lock(mutex_);
    const bool renewed = certificate_.Renew();
    if (given_ && !renewed) {
      return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    }
    given_ = true;
    const DoorCertificate::Texts& texts = certificate_.texts();
    const grpc_ssl_pem_key_cert_pair pair{texts.key.c_str(), texts.certificate.c_str()};
    // Debian's gRPC stops the process if there is no CA, even if no client is asked. The
    // certificate then stands in its place and is used for nothing.
    const std::string& client_ca = texts.client_ca.empty() ? texts.certificate : texts.client_ca;
    *config = grpc_ssl_server_certificate_config_create(client_ca.c_str(), &pair, 1);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  std::mutex mutex_;
  DoorCertificate certificate_;
  bool given_ = false;
  const grpc_ssl_client_certificate_request_type demand_;
  grpc_server_credentials* const credentials_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> RenewedCredentials(DoorCertificate certificate) {
  return std::make_shared<Renewed>(std::move(certificate));
}

}  // namespace perigee::runtime
