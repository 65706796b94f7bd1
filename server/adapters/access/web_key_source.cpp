#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

#include <httplib.h>

#include "server/adapters/access/key_source.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/core/web_address.h"

namespace perigee::adapters {
namespace {

constexpr int kOk = 200;
constexpr int kRedirectMin = 300;
constexpr int kRedirectMax = 399;
// How often a request is cut that does not end by being cut.
constexpr std::chrono::milliseconds kBetweenCuts{50};

struct FreeContext {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

// Cuts a request when its time is over or its source is cancelled. The library limits only the
// time between two bytes, and an answer that trickles would keep the thread for ever.
class Cutter {
 public:
  void Cancel() {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
    changed_.notify_all();
  }
  bool cancelled() {
    const std::lock_guard lock(mutex_);
    return cancelled_;
  }

  // Runs `request`, which uses `client`. False if it was cut.
  template <typename Request>
  bool Run(httplib::ClientImpl& client, std::chrono::milliseconds time, const Request& request) {
    bool done = false;
    bool cut = false;
    std::thread watch([&] {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, time, [&] { return done || cancelled_; });
      // A request that has no connection yet does not notice the first cut.
      while (!done) {
        cut = true;
        lock.unlock();
        client.stop();
        lock.lock();
        changed_.wait_for(lock, kBetweenCuts, [&] { return done; });
      }
    });
    request();
    {
      const std::lock_guard lock(mutex_);
      done = true;
      changed_.notify_all();
    }
    watch.join();
    return !cut;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool cancelled_ = false;
};

// A connection to the address, and why TLS refused it.
struct Connection {
  std::unique_ptr<httplib::ClientImpl> client;
  const httplib::SSLClient* tls = nullptr;  // `client`, if it has TLS.
};

// The library compares names too, but takes a common name if there is no other.
void DemandName(SSL_CTX* context, const WebAddress& address) {
  X509_VERIFY_PARAM* const rules = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(
      rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  if (address.host_is_ip) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, address.host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(rules, address.host.c_str(), 0);
  }
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

Connection Prepare(const WebAddress& address, const std::string& ca_file, WebPatience patience) {
  Connection connection;
  if (address.has_tls) {
    auto client = std::make_unique<httplib::SSLClient>(address.host, address.port);
    if (!ca_file.empty()) {
      client->set_ca_cert_path(ca_file);
    }
    client->enable_server_certificate_verification(true);
    DemandName(client->ssl_context(), address);
    connection.tls = client.get();
    connection.client = std::move(client);
  } else {
    connection.client = std::make_unique<httplib::ClientImpl>(address.host, address.port);
  }
  connection.client->set_connection_timeout(patience.step);
  connection.client->set_read_timeout(patience.step);
  connection.client->set_write_timeout(patience.step);
  connection.client->set_follow_location(false);
  connection.client->set_decompress(false);
  return connection;
}

class WebKeySource final : public KeySource {
 public:
  WebKeySource(std::string url, WebAddress address, std::string ca_file, WebPatience patience)
      : url_(std::move(url)),
        address_(std::move(address)),
        ca_file_(std::move(ca_file)),
        patience_(patience) {}

  absl::StatusOr<std::optional<std::string>> Read(bool) override {
    const Connection connection = Prepare(address_, ca_file_, patience_);
    std::string text;
    int status = 0;
    bool is_too_long = false;
    httplib::Error error = httplib::Error::Unknown;
    const bool in_time = cutter_.Run(*connection.client, patience_.all, [&] {
      const httplib::Headers headers{{"Accept", "application/json"},
                                     {"Accept-Encoding", "identity"}};
      error = connection.client
                  ->Get(
                      address_.target, headers,
                      [&](const httplib::Response& response) {
                        status = response.status;
                        return status == kOk;
                      },
                      [&](const char* part, std::size_t size) {
                        is_too_long = size > kKeySetBytesMax - text.size();
                        if (!is_too_long) {
                          text.append(part, size);
                        }
                        return !is_too_long;
                      })
                  .error();
    });
    if (is_too_long) {
      return InvalidField(url_, "answers more than 1 MiB");
    }
    if (cutter_.cancelled()) {
      return InvalidField(url_, "is not asked any more");
    }
    if (!in_time) {
      return InvalidField(url_, "takes too long to answer");
    }
    if (status >= kRedirectMin && status <= kRedirectMax) {
      return InvalidField(url_, "answers with a redirect, which is not followed");
    }
    if (status != 0 && status != kOk) {
      return InvalidField(url_, "answers with status " + std::to_string(status));
    }
    if (error != httplib::Error::Success) {
      return InvalidField(url_, "cannot be asked: " + Cause(connection, error));
    }
    return text;
  }

  void Cancel() override { cutter_.Cancel(); }
  bool IsFile() const override { return false; }
  const std::string& name() const override { return url_; }

 private:
  static std::string Cause(const Connection& connection, httplib::Error error) {
    const auto verified =
        connection.tls != nullptr ? connection.tls->get_openssl_verify_result() : X509_V_OK;
    return verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                 : httplib::to_string(error);
  }

  const std::string url_;
  const WebAddress address_;
  const std::string ca_file_;
  const WebPatience patience_;
  Cutter cutter_;
};

bool HasCertificates(const std::string& file) {
  const std::unique_ptr<SSL_CTX, FreeContext> context(SSL_CTX_new(TLS_client_method()));
  const bool has = context != nullptr &&
                   SSL_CTX_load_verify_locations(context.get(), file.c_str(), nullptr) == 1;
  ERR_clear_error();
  return has;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KeySource>> MakeKeySource(const std::string& place,
                                                         const std::string& ca_file,
                                                         WebPatience patience) {
  if (place.empty()) {
    return InvalidField("keys", "is required: a path or an https URL");
  }
  if (!IsWebAddress(place)) {
    return MakeFileKeySource(place);
  }
  PERIGEE_ASSIGN_OR_RETURN(WebAddress address, ParseWebAddress(place));
  if (!ca_file.empty() && !HasCertificates(ca_file)) {
    return InvalidField(ca_file, "has no certificates in PEM");
  }
  return std::make_unique<WebKeySource>(place, std::move(address), ca_file, patience);
}

}  // namespace perigee::adapters
