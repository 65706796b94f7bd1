#include "server/adapters/web/web_client.h"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>

#include <httplib.h>

#include "server/adapters/web/received_bytes.h"

namespace perigee::adapters {
namespace {

constexpr int kOk = 200;
// How often a request is looked at, and cut that does not end by being cut.
constexpr std::chrono::milliseconds kBetweenLooks{50};
// Of the head of an answer, and all that TLS needs for it.
constexpr std::uint64_t kHeadBytesMax = 256 * 1024;

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
    client_->set_socket_options([this](socket_t socket) { socket_ = socket; });
    if (!request.ip.empty()) {
      client_->set_hostname_addr_map({{address.host, request.ip}});
    }
  }

  httplib::ClientImpl& client() { return *client_; }
  std::uint64_t received() const { return ReceivedBytes(socket_); }
  std::string Cause(httplib::Error error) const {
    const auto verified = tls_ != nullptr ? tls_->get_openssl_verify_result() : X509_V_OK;
    return verified != X509_V_OK ? X509_verify_cert_error_string(verified)
                                 : httplib::to_string(error);
  }

 private:
  std::unique_ptr<httplib::ClientImpl> client_;
  const httplib::SSLClient* tls_ = nullptr;  // `client_`, if it has TLS.
  std::atomic<int> socket_ = -1;             // The last one. It may be closed already.
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

// The library limits only the time between two bytes, and the length of a line of the head. An
// answer that trickles would keep the thread for ever, and one that floods would fill the memory.
template <typename Request>
WebClient::Cut WebClient::Run(Connection& connection, std::uint64_t bytes_max,
                              const Request& request) {
  bool done = false;
  Cut cut = Cut::kNone;
  std::thread watch([&] {
    const auto end = std::chrono::steady_clock::now() + limits_.all;
    std::unique_lock lock(mutex_);
    const auto is_over = [&] { return done || cancelled_; };
    while (!is_over() && std::chrono::steady_clock::now() < end &&
           connection.received() <= bytes_max) {
      changed_.wait_until(lock, std::min(end, std::chrono::steady_clock::now() + kBetweenLooks),
                          is_over);
    }
    if (!done) {
      cut = !cancelled_ && connection.received() > bytes_max ? Cut::kBytes : Cut::kTime;
    }
    // A request that has no connection yet does not notice the first cut.
    while (!done) {
      lock.unlock();
      connection.client().stop();
      lock.lock();
      changed_.wait_for(lock, kBetweenLooks, [&] { return done; });
    }
  });
  request();
  {
    const std::lock_guard lock(mutex_);
    done = true;
    changed_.notify_all();
  }
  watch.join();
  return cut;
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
  const Cut cut = Run(connection, kHeadBytesMax + request.text_bytes_max, [&] {
    // Without a body to come the library does not call read_head.
    if (connection.client().send(sent, response, error) && answer.status == 0) {
      read_head(response);
      is_enough = true;
    }
  });
  if (is_enough) {
    return answer;
  }
  if (is_too_long || cut == Cut::kBytes) {
    answer.fault = WebFault::kTooLong;
  } else if (cancelled()) {
    answer.fault = WebFault::kCancelled;
  } else if (cut == Cut::kTime) {
    answer.fault = WebFault::kTimeout;
  } else {
    answer.fault = FaultOf(error);
    answer.cause = connection.Cause(error);
  }
  return answer;
}

}  // namespace perigee::adapters
