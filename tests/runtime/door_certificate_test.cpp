#include "server/runtime/door_certificate.h"

#include <fstream>
#include <string>

#include "tests/matchers/status.h"
#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using runtime::DoorCertificate;
using runtime::DoorTls;

class DoorCertificateTest : public ::testing::Test {
 protected:
  DoorCertificateTest() {
    Write(files_.certificate, server_.certificate);
    Write(files_.key, server_.key);
    Write(files_.client_ca, ca_.certificate());
  }
  static void Write(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::trunc) << text;
  }

  const TemporaryFolder folder_;
  const TestCa ca_{"ca"};
  const Issued server_ = ca_.ForServer();
  const DoorTls files_{folder_.File("crt"), folder_.File("key"), folder_.File("ca")};
};

TEST_F(DoorCertificateTest, FilesThatFitAreTaken) {
  const auto certificate = DoorCertificate::Open(files_);
  ASSERT_THAT(certificate, IsOk());
  EXPECT_EQ(certificate->texts().certificate, server_.certificate);
  EXPECT_EQ(certificate->texts().key, server_.key);
  EXPECT_EQ(certificate->texts().client_ca, ca_.certificate());
  EXPECT_NE(certificate->context(), nullptr);
}

TEST_F(DoorCertificateTest, AChainIsTaken) {
  Write(files_.certificate, server_.certificate + ca_.certificate());
  EXPECT_THAT(DoorCertificate::Open(files_), IsOk());
}

TEST_F(DoorCertificateTest, EachBadFileIsNamedAndNotShown) {
  const Issued other = ca_.ForServer("other");
  const std::string& whole = server_.certificate;
  const struct {
    std::string path;
    std::string text;
  } cases[] = {
      {files_.certificate, ""},
      {files_.certificate, "no PEM"},
      {files_.certificate, whole.substr(0, whole.size() / 2)},
      {files_.certificate, whole + whole.substr(0, whole.size() / 2)},
      {files_.certificate, server_.key},
      {files_.key, ""},
      {files_.key, server_.key.substr(0, server_.key.size() / 2)},
      {files_.key, server_.certificate},
      {files_.key, other.key},
      {files_.client_ca, ""},
      {files_.client_ca, ca_.certificate().substr(1)},
  };
  for (const auto& [path, text] : cases) {
    std::ifstream file(path);
    const std::string before{std::istreambuf_iterator<char>(file), {}};
    Write(path, text);
    const absl::Status status = DoorCertificate::Open(files_).status();
    EXPECT_THAT(status, IsInvalidField(path)) << text;
    EXPECT_THAT(std::string(status.message()), ::testing::Not(::testing::HasSubstr("MI")));
    Write(path, before);
  }
  std::filesystem::remove(files_.key);
  EXPECT_THAT(DoorCertificate::Open(files_), IsInvalidField(files_.key));
}

// A key with a passphrase must not make the server wait at a terminal.
TEST_F(DoorCertificateTest, AnEncryptedKeyIsRefused) {
  Write(
      files_.key,
      "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIBvTBXBgkq\n-----END ENCRYPTED PRIVATE KEY-----\n");
  EXPECT_THAT(DoorCertificate::Open(files_), IsInvalidField(files_.key));
}

TEST_F(DoorCertificateTest, OnlyAWholePairReplacesTheOldOne) {
  auto certificate = DoorCertificate::Open(files_);
  ASSERT_THAT(certificate, IsOk());
  const Issued next = ca_.ForServer("next");
  Write(files_.certificate, next.certificate);
  // It looks once a second.
  EXPECT_FALSE(certificate->Renew());
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1200);
  EXPECT_TRUE(Await([&] {
    EXPECT_FALSE(certificate->Renew());
    return std::chrono::steady_clock::now() > end;
  }));
  EXPECT_EQ(certificate->texts().certificate, server_.certificate);
  Write(files_.key, next.key);
  EXPECT_TRUE(Await([&] { return certificate->Renew(); }));
  EXPECT_EQ(certificate->texts().certificate, next.certificate);
  EXPECT_EQ(certificate->texts().key, next.key);
}

}  // namespace
}  // namespace perigee::tests
