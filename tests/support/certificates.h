#pragma once

#include <memory>
#include <string>

struct x509_st;
struct evp_pkey_st;

namespace perigee::tests {

// A certificate and its key, in PEM.
struct Issued {
  std::string certificate;
  std::string key;
};

// An authority that makes certificates for tests. Their keys are of P-256, and they are good for an
// hour.
class TestCa {
 public:
  explicit TestCa(const std::string& name);

  // Its own certificate, in PEM.
  std::string certificate() const;
  // For a server at localhost and 127.0.0.1. Two servers differ by their names.
  Issued ForServer(const std::string& name = "server") const;
  // For a client that is known by this URI.
  Issued ForClient(const std::string& uri = "spiffe://perigee/console") const;

 private:
  Issued Issue(const std::string& name, const std::string& alternative) const;

  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
};

// The common name of a certificate in PEM.
std::string CommonName(const std::string& pem);

}  // namespace perigee::tests
