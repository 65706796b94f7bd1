#include "tests/support/certificates.h"

#include <array>
#include <atomic>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "server/core/check.h"

namespace perigee::tests {
namespace {

using KeyPtr = std::shared_ptr<EVP_PKEY>;
using CertificatePtr = std::shared_ptr<X509>;
using BioPtr = std::unique_ptr<BIO, decltype(&BIO_free)>;

constexpr long kVersion3 = 2;
constexpr long kHourSeconds = 3600;

KeyPtr NewKey() {
  KeyPtr key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  PERIGEE_CHECK(key != nullptr, "the test can make a key");
  return key;
}

void Extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  PERIGEE_CHECK(extension != nullptr, "the test can describe a certificate");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Not signed yet. It began an hour ago, because clocks differ.
CertificatePtr NewCertificate(const std::string& name, EVP_PKEY* key) {
  static std::atomic<long> serial{0};
  CertificatePtr certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), kVersion3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kHourSeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kHourSeconds);
  X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate.get()), NID_commonName,
                             MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

void Sign(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  PERIGEE_CHECK(X509_sign(certificate, issuer_key, EVP_sha256()) > 0, "the test can sign");
}

std::string TextIn(BIO* memory) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string ToPem(X509* certificate) {
  const BioPtr memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(memory.get(), certificate);
  return TextIn(memory.get());
}

std::string ToPem(EVP_PKEY* key) {
  const BioPtr memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(memory.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  return TextIn(memory.get());
}

}  // namespace

TestCa::TestCa(const std::string& name) : key_(NewKey()) {
  certificate_ = NewCertificate(name, key_.get());
  Extend(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  Extend(certificate_.get(), certificate_.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  Sign(certificate_.get(), certificate_.get(), key_.get());
}

std::string TestCa::certificate() const { return ToPem(certificate_.get()); }

Issued TestCa::ForServer(const std::string& name) const {
  return Issue(name, "DNS:localhost,IP:127.0.0.1");
}

Issued TestCa::ForClient(const std::string& uri) const { return Issue("client", "URI:" + uri); }

Issued TestCa::Issue(const std::string& name, const std::string& alternative) const {
  const KeyPtr key = NewKey();
  const CertificatePtr certificate = NewCertificate(name, key.get());
  Extend(certificate.get(), certificate_.get(), NID_basic_constraints, "critical,CA:FALSE");
  Extend(certificate.get(), certificate_.get(), NID_subject_alt_name, alternative);
  Sign(certificate.get(), certificate_.get(), key_.get());
  return {ToPem(certificate.get()), ToPem(key.get())};
}

std::string CommonName(const std::string& pem) {
  const BioPtr memory(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  const CertificatePtr certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr),
                                   X509_free);
  std::array<char, 256> name{};
  if (certificate != nullptr) {
    X509_NAME_get_text_by_NID(X509_get_subject_name(certificate.get()), NID_commonName, name.data(),
                              static_cast<int>(name.size()));
  }
  return name.data();
}

}  // namespace perigee::tests
