#include "server/adapters/web/web_client.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include <httplib.h>

namespace perigee::adapters {
namespace {

constexpr int kOk = 200;
// How often a request is cut that does not end by being cut.
constexpr std::chrono::milliseconds kBetweenCuts{50};

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

WebFault FaultOf(httplib::Error error) {
  switch (error) {
    case httplib::Error::Success:
      return WebFault::kNone;
    case httplib::Error::Connection:
    case httplib::Error::BindIPAddress:
      return WebFault::kConnection;
    case httplib::Error::ConnectionTimeout:
      return WebFault::kTimeout;
    case httplib::Error::SSLConnection:
    case httplib::Error::SSLLoadingCerts:
    case httplib::Error::SSLServerVerification:
      return WebFault::kTls;
    default:
      return WebFault::kAnswer;
  }
}

}  // namespace

class WebClient::Connection {
 public:
  Connection(const WebRequest& request, WebLimits limits) {
    const WebAddress& address = request.address;
    if (address.has_tls) {
      auto client = std::make_unique<httplib::SSLClient>(address.host, address.port);
      if (!request.ca_file.empty()) {
        client->set_ca_cert_path(request.ca_file);
      }
      client->enable_server_certificate_verification(true);
      DemandName(client->ssl_context(), address);
      tls_ = client.get();
      client_ = std::move(client);
    } else {
      client_ = std::make_unique<httplib::ClientImpl>(address.host, address.port);
    }
    client_->set_connection_timeout(limits.step);
    client_->set_read_timeout(limits.step);
    client_->set_write_timeout(limits.step);
    client_->set_follow_location(false);
    client_->set_decompress(false);
    if (!request.ip.empty()) {
      client_->set_hostname_addr_map({{address.host, request.ip}});
    }
  }

  httplib::ClientImpl& client() { return *client_; }
  std::string Cause(httplib::Error error) const {
    const auto verified = tls_ != nullptr ? tls_->get_openssl_verify_result() : X509_V_OK;
    return verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                 : httplib::to_string(error);
  }

 private:
  std::unique_ptr<httplib::ClientImpl> client_;
  const httplib::SSLClient* tls_ = nullptr;  // `client_`, if it has TLS.
};

void WebClient::Cancel() {
  const std::lock_guard lock(mutex_);
  cancelled_ = true;
  changed_.notify_all();
}

bool WebClient::cancelled() {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

// The library limits only the time between two bytes, and an answer that trickles would keep the
// thread for ever.
template <typename Request>
bool WebClient::Run(Connection& connection, const Request& request) {
  bool done = false;
  bool cut = false;
  std::thread watch([&] {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, limits_.all, [&] { return done || cancelled_; });
    // A request that has no connection yet does not notice the first cut.
    while (!done) {
      cut = true;
      lock.unlock();
      connection.client().stop();
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

WebAnswer WebClient::Ask(const WebRequest& request) {
  WebAnswer answer;
  if (cancelled()) {
    answer.fault = WebFault::kCancelled;
    return answer;
  }
  Connection connection(request, limits_);
  bool is_enough = false;  // What comes after the head is not read.
  bool is_too_long = false;
  const auto read_head = [&](const httplib::Response& response) {
    answer.status = response.status;
    answer.retry_after = response.get_header_value("Retry-After");
    is_enough = response.status != kOk || request.text_bytes_max == 0;
    return !is_enough;
  };
  httplib::Request sent;
  sent.method = request.method;
  sent.path = request.address.target;
  sent.headers.insert(request.headers.begin(), request.headers.end());
  sent.body = request.body;
  sent.response_handler = read_head;
  sent.content_receiver = [&](const char* part, std::size_t size, std::uint64_t, std::uint64_t) {
    is_too_long = size > request.text_bytes_max - answer.text.size();
    if (!is_too_long) {
      answer.text.append(part, size);
    }
    return !is_too_long;
  };
  httplib::Response response;
  httplib::Error error = httplib::Error::Success;
  const bool in_time = Run(connection, [&] {
    // Without a body to come the library does not call read_head.
    if (connection.client().send(sent, response, error) && answer.status == 0) {
      read_head(response);
      is_enough = true;
    }
  });
  if (is_enough) {
    return answer;
  }
  if (is_too_long) {
    answer.fault = WebFault::kTooLong;
  } else if (cancelled()) {
    answer.fault = WebFault::kCancelled;
  } else if (!in_time) {
    answer.fault = WebFault::kTimeout;
  } else {
    answer.fault = FaultOf(error);
    answer.cause = connection.Cause(error);
  }
  return answer;
}

}  // namespace perigee::adapters
