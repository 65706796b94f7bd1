#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/adapters/access/key_source.h"
#include "tests/adapters/access/issuer_under_test.h"
#include "tests/adapters/access/key_server.h"

namespace perigee::tests {
namespace {

using adapters::MakeKeySource;
using adapters::WebPatience;
using std::chrono::milliseconds;
using testing::HasSubstr;

// A verifier whose issuer publishes its keys at a URL of `server`.
class WebIssuer : public IssuerUnderTest {
 public:
  explicit WebIssuer(const KeyServer& server, const std::string& url = "") {
    std::ofstream(folder_.File("ca.pem")) << server.certificate();
    options.issuers[0].keys = url.empty() ? server.Url() : url;
    options.issuers[0].ca_file = folder_.File("ca.pem");
  }

 private:
  TemporaryFolder folder_;
};

// Why a source cannot be read.
std::string FailureOf(const std::string& url, const std::string& certificate,
                      WebPatience patience = {}) {
  const TemporaryFolder folder;
  const std::string ca_file = certificate.empty() ? "" : folder.File("ca.pem");
  if (!certificate.empty()) {
    std::ofstream(ca_file) << certificate;
  }
  const auto source = MakeKeySource(url, ca_file, patience);
  EXPECT_THAT(source, IsOk());
  const auto text = (*source)->Read(true);
  EXPECT_THAT(text, IsInvalidField(url));
  return std::string(text.status().message());
}

// A port of this machine that nobody serves. With `listens`, connections to it are never answered.
class SilentPort {
 public:
  explicit SilentPort(bool listens) : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(socket_, reinterpret_cast<sockaddr*>(&address), size);
    if (listens) {
      listen(socket_, 1);
    }
    getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  ~SilentPort() { close(socket_); }
  SilentPort(const SilentPort&) = delete;
  SilentPort& operator=(const SilentPort&) = delete;
  std::string Url() const { return "https://127.0.0.1:" + std::to_string(port_) + "/keys"; }

 private:
  int socket_;
  int port_ = 0;
};

TEST(WebKeysTest, KeysComeFromAUrlAndRotate) {
  KeyServer server;
  server.Answer(200, EdKey().Jwks());
  WebIssuer issuer(server);
  ASSERT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
  EXPECT_THAT(issuer.Verify(GoodToken(EcKey())), IsRefused());
  server.Answer(200, EcKey().Jwks());
  issuer.tokens->Refresh();
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsRefused());
  EXPECT_THAT(issuer.Verify(GoodToken(EcKey())), IsOk());
  EXPECT_EQ(issuer.tokens->generation(), 1U);
}

TEST(WebKeysTest, AnUnknownKeyIsFetchedByItself) {
  KeyServer server;
  server.Answer(200, EdKey().Jwks());
  WebIssuer issuer(server);
  ASSERT_THAT(issuer.Start(), IsOk());
  server.Answer(200, AllKeys());
  EXPECT_THAT(issuer.Verify(GoodToken(EcKey())), IsRefused());
  while (!issuer.Verify(GoodToken(EcKey())).ok()) {
    std::this_thread::yield();
  }
  EXPECT_EQ(issuer.tokens->health()[0].asked, 1U);
  EXPECT_EQ(issuer.tokens->health()[0].keys, 3U);
}

TEST(WebKeysTest, ASourceThatIsAwayKeepsItsKeys) {
  KeyServer server;
  server.Answer(200, EdKey().Jwks());
  WebIssuer issuer(server);
  ASSERT_THAT(issuer.Start(), IsOk());
  for (const auto& [status, text] :
       {std::pair(503, EcKey().Jwks()), std::pair(404, std::string()),
        std::pair(200, std::string("<html>")), std::pair(200, std::string(2'000'000, ' '))}) {
    server.Answer(status, text);
    issuer.tokens->Refresh();
    EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
  }
  EXPECT_EQ(issuer.tokens->health()[0].failures, 4U);
  server.Stop();
  issuer.tokens->Refresh();
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
  EXPECT_EQ(issuer.tokens->health()[0].failures, 5U);
  EXPECT_EQ(issuer.tokens->generation(), 0U);
}

TEST(WebKeysTest, ASourceMayBeAwayAtStart) {
  KeyServer server;
  server.Answer(503, "");
  WebIssuer issuer(server);
  ASSERT_THAT(issuer.Start(), IsOk());
  EXPECT_EQ(issuer.tokens->health()[0].keys, 0U);
  server.Answer(200, "");
  issuer.tokens->Refresh();
  EXPECT_EQ(issuer.tokens->health()[0].failures, 2U);
  // A token of an unknown key has its issuer asked beside this thread: only from here on.
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsRefused());
  server.Answer(200, EdKey().Jwks());
  issuer.tokens->Refresh();
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
}

TEST(WebKeysTest, AServerMustProveItsName) {
  KeyServer server;
  server.Answer(200, EdKey().Jwks());
  const KeyServer other;
  EXPECT_THAT(FailureOf(server.Url(), other.certificate()), HasSubstr("self-signed certificate"));
  EXPECT_THAT(FailureOf(server.Url(), ""), HasSubstr("self-signed certificate"));
  KeyServer of_other_name("DNS:id.example,IP:127.0.0.2");
  of_other_name.Answer(200, EdKey().Jwks());
  EXPECT_THAT(FailureOf(of_other_name.Url(), of_other_name.certificate()), HasSubstr("mismatch"));
}

TEST(WebKeysTest, OnlyAPlainAnswerOfSomeSizeIsTaken) {
  KeyServer server;
  server.Answer(200, std::string(adapters::kKeySetBytesMax + 1, ' '));
  EXPECT_THAT(FailureOf(server.Url(), server.certificate()), HasSubstr("more than 1 MiB"));
  server.Answer(200, std::string(1000, ' '));
  EXPECT_THAT(FailureOf(server.Url("/stream"), server.certificate()), HasSubstr("more than 1 MiB"));
  EXPECT_THAT(FailureOf(server.Url("/moved"), server.certificate()), HasSubstr("redirect"));
  EXPECT_THAT(FailureOf(server.Url("/nothing"), server.certificate()), HasSubstr("404"));
}

TEST(WebKeysTest, ASlowServerIsNotWaitedForLong) {
  const KeyServer server;
  EXPECT_THAT(FailureOf(server.Url("/stuck"), server.certificate(),
                        {milliseconds(60'000), milliseconds(100)}),
              HasSubstr("too long"));
  const SilentPort silent(true);
  EXPECT_THAT(FailureOf(silent.Url(), "", {milliseconds(100), milliseconds(60'000)}),
              HasSubstr("cannot be asked"));
  const SilentPort closed(false);
  EXPECT_THAT(FailureOf(closed.Url(), ""), HasSubstr("cannot be asked"));
}

TEST(WebKeysTest, AVerifierEndsWhileItsSourceIsSlow) {
  const KeyServer server;
  WebIssuer issuer(server, server.Url("/stuck"));
  issuer.options.patience = {milliseconds(60'000), milliseconds(60'000), milliseconds(50)};
  const auto start = std::chrono::steady_clock::now();
  ASSERT_THAT(issuer.Start(), IsOk());
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsRefused());
  issuer.tokens.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(WebKeysTest, PlainHttpServesOnThisMachine) {
  KeyServer server("IP:127.0.0.1", false);
  server.Answer(200, EdKey().Jwks());
  WebIssuer issuer(server);
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
}

}  // namespace
}  // namespace perigee::tests
