#include "tests/adapters/access/key_server.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>

#include <httplib.h>

#include "server/core/check.h"

namespace perigee::tests {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

constexpr std::int64_t kHour = 3600;

Certificate MakeCertificate(EVP_PKEY* key, const std::string& names) {
  Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHour);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kHour);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  // The common name must not count as the host's name.
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("127.0.0.1"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  PERIGEE_CHECK(extension != nullptr, "the test gives names");
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  PERIGEE_CHECK(X509_sign(certificate.get(), key, EVP_sha256()) > 0, "a key signs");
  return certificate;
}

std::string Pem(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), &BIO_free);
  PEM_write_bio_X509(memory.get(), certificate);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

}  // namespace

struct KeyServer::State {
  explicit State(const std::string& names)
      : key(EVP_EC_gen("P-256"), &EVP_PKEY_free), certificate(MakeCertificate(key.get(), names)) {}

  Key key;
  Certificate certificate;
  std::string pem;
  std::unique_ptr<httplib::Server> server;
  std::string origin;
  std::mutex mutex;  // Guards the answer and `is_over`.
  std::condition_variable over;
  bool is_over = false;
  int status = 200;
  std::string text;
  std::thread thread;

  std::string Text() {
    const std::lock_guard lock(mutex);
    return text;
  }
  void AddPages() {
    server->Get("/keys", [this](const httplib::Request&, httplib::Response& response) {
      response.set_content(Text(), "application/json");
      const std::lock_guard lock(mutex);
      response.status = status;
    });
    server->Get("/moved", [this](const httplib::Request&, httplib::Response& response) {
      response.set_redirect(origin + "/keys");
    });
    server->Get("/stream", [this](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider("application/json",
                                            [part = Text()](std::size_t, httplib::DataSink& sink) {
                                              return sink.write(part.data(), part.size());
                                            });
    });
    server->Get("/stuck", [this](const httplib::Request&, httplib::Response& response) {
      response.set_chunked_content_provider("application/json",
                                            [this](std::size_t, httplib::DataSink& sink) {
                                              sink.write("{", 1);
                                              std::unique_lock lock(mutex);
                                              over.wait(lock, [this] { return is_over; });
                                              return false;
                                            });
    });
  }
};

KeyServer::KeyServer(const std::string& subject_names, bool has_tls)
    : state_(std::make_unique<State>(subject_names)) {
  state_->pem = Pem(state_->certificate.get());
  if (has_tls) {
    state_->server =
        std::make_unique<httplib::SSLServer>(state_->certificate.get(), state_->key.get());
  } else {
    state_->server = std::make_unique<httplib::Server>();
  }
  state_->AddPages();
  const int port = state_->server->bind_to_any_port("127.0.0.1");
  PERIGEE_CHECK(port > 0, "a port is free");
  state_->origin = (has_tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port);
  state_->thread = std::thread([this] { state_->server->listen_after_bind(); });
  // A stop before the start would be lost.
  while (!state_->server->is_running()) {
    std::this_thread::yield();
  }
}

KeyServer::~KeyServer() { Stop(); }

std::string KeyServer::Url(const std::string& path) const { return state_->origin + path; }

const std::string& KeyServer::certificate() const { return state_->pem; }

void KeyServer::Answer(int status, const std::string& text) {
  const std::lock_guard lock(state_->mutex);
  state_->status = status;
  state_->text = text;
}

void KeyServer::Stop() {
  if (!state_->thread.joinable()) {
    return;
  }
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_over = true;
    state_->over.notify_all();
  }
  state_->server->stop();
  state_->thread.join();
}

}  // namespace perigee::tests
