#include "server/runtime/door_certificate.h"

#include <utility>
#include <vector>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <spdlog/spdlog.h>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/runtime/text_file.h"

namespace perigee::runtime {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kLookPause{1};

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Freed<BIO_free>>;
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using ContextPtr = std::shared_ptr<SSL_CTX>;

// OpenSSL keeps errors for each thread. One that is left behind would end a connection of gRPC that
// the same thread serves.
struct CleanErrors {
  CleanErrors() { ERR_clear_error(); }
  ~CleanErrors() { ERR_clear_error(); }
  CleanErrors(const CleanErrors&) = delete;
  CleanErrors& operator=(const CleanErrors&) = delete;
};

BioPtr Reader(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Without it OpenSSL would ask at the terminal.
int NoPassphrase(char* /*to*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

// At least one, and no part of another.
absl::StatusOr<std::vector<CertificatePtr>> Certificates(const std::string& path,
                                                         const std::string& text) {
  const BioPtr reader = Reader(text);
  std::vector<CertificatePtr> certificates;
  while (X509* next = PEM_read_bio_X509(reader.get(), nullptr, NoPassphrase, nullptr)) {
    certificates.emplace_back(next);
  }
  if (certificates.empty() || ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) {
    return InvalidField(path, "must hold whole certificates in PEM");
  }
  ERR_clear_error();
  return certificates;
}

absl::Status UseCertificate(const DoorTls& files, const DoorCertificate::Texts& texts,
                            SSL_CTX* context) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<CertificatePtr> chain,
                           Certificates(files.certificate, texts.certificate));
  if (SSL_CTX_use_certificate(context, chain.front().get()) != 1) {
    return InvalidField(files.certificate, "has a certificate that is too weak, or of no use here");
  }
  for (std::size_t i = 1; i < chain.size(); ++i) {
    if (SSL_CTX_add1_chain_cert(context, chain[i].get()) != 1) {
      return InvalidField(files.certificate, "has a chain that is too weak, or of no use here");
    }
  }
  const BioPtr reader = Reader(texts.key);
  const KeyPtr key(PEM_read_bio_PrivateKey(reader.get(), nullptr, NoPassphrase, nullptr));
  if (key == nullptr) {
    return InvalidField(files.key, "must hold a whole private key in PEM, without a passphrase");
  }
  if (X509_check_private_key(chain.front().get(), key.get()) != 1 ||
      SSL_CTX_use_PrivateKey(context, key.get()) != 1) {
    return InvalidField(files.key, "does not fit the certificate in " + files.certificate);
  }
  return absl::OkStatus();
}

absl::Status DemandClients(const std::string& path, const std::string& text, SSL_CTX* context) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<CertificatePtr> trusted, Certificates(path, text));
  for (const CertificatePtr& ca : trusted) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.get());
    SSL_CTX_add_client_CA(context, ca.get());
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return absl::OkStatus();
}

absl::StatusOr<ContextPtr> MakeContext(const DoorTls& files, const DoorCertificate::Texts& texts) {
  const CleanErrors clean;
  ContextPtr context(SSL_CTX_new(TLS_server_method()), Freed<SSL_CTX_free>());
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  PERIGEE_RETURN_IF_ERROR(UseCertificate(files, texts, context.get()));
  if (!files.client_ca.empty()) {
    PERIGEE_RETURN_IF_ERROR(DemandClients(files.client_ca, texts.client_ca, context.get()));
  }
  return context;
}

}  // namespace

absl::StatusOr<DoorCertificate> DoorCertificate::Open(DoorTls files) {
  DoorCertificate certificate(std::move(files));
  PERIGEE_RETURN_IF_ERROR(certificate.Look().status());
  certificate.next_look_ = steady_clock::now() + kLookPause;
  return certificate;
}

// All is read and compared, not only the times of the files: a time can stay the same while the
// second half of a file is written. Both files are small and mostly in memory.
absl::StatusOr<bool> DoorCertificate::Look() {
  Texts texts;
  PERIGEE_ASSIGN_OR_RETURN(texts.certificate, ReadTextFile(files_.certificate));
  PERIGEE_ASSIGN_OR_RETURN(texts.key, ReadTextFile(files_.key));
  if (!files_.client_ca.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(texts.client_ca, ReadTextFile(files_.client_ca));
  }
  if (context_ != nullptr && texts == texts_) {
    return false;
  }
  PERIGEE_ASSIGN_OR_RETURN(context_, MakeContext(files_, texts));
  texts_ = std::move(texts);
  return true;
}

bool DoorCertificate::Renew() {
  const steady_clock::time_point now = steady_clock::now();
  if (now < next_look_) {
    return false;
  }
  next_look_ = now + kLookPause;
  const absl::StatusOr<bool> renewed = Look();
  const std::string complaint(renewed.status().message());
  if (!renewed.ok() && complaint != complaint_) {
    spdlog::warn("event=certificate_refused cause=\"{}\"", complaint);
  }
  complaint_ = complaint;
  if (!renewed.ok() || !*renewed) {
    return false;
  }
  spdlog::info("event=certificate_renewed file=\"{}\"", files_.certificate);
  return true;
}

}  // namespace perigee::runtime
