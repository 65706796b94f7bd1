#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <grpc/grpc_security_constants.h>
#include <grpcpp/grpcpp.h>
#include <httplib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

#include "server/runtime/grpc_server.h"
#include "server/runtime/metrics_door.h"
#include "tests/matchers/status.h"
#include "tests/runtime/raw_stub.h"
#include "tests/support/certificates.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using runtime::DoorTls;
using runtime::Endpoint;
using runtime::GrpcServer;
using runtime::MetricsDoor;
using std::chrono::steady_clock;

const Endpoint kAnyPort{"127.0.0.1", 0};
// Less than the deadline of a call by far.
constexpr std::chrono::seconds kSoon{15};
// Longer than a door rests between two looks at its files.
constexpr std::chrono::milliseconds kALook{1200};

struct Answer {
  grpc::Status status;
  std::string server;  // The common name that the server showed.
};

Answer Ask(const std::shared_ptr<grpc::Channel>& channel) {
  Answer answer;
  grpc::ClientContext context;
  std::string response;
  answer.status = RawStub(channel).Call(context, "/grpc.health.v1.Health/Check", "", &response);
  if (answer.status.ok()) {
    for (const grpc::string_ref& pem :
         context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME)) {
      answer.server = CommonName(std::string(pem.data(), pem.size()));
    }
  }
  return answer;
}

class TlsDoorTest : public ::testing::Test {
 protected:
  TlsDoorTest() {
    Replace(files_.certificate, server_.certificate);
    Replace(files_.key, server_.key);
    Replace(clients_, ca_.certificate());
  }

  // Whole or not at all, as tools that renew certificates do it.
  static void Replace(const std::string& path, const std::string& text) {
    std::ofstream(path + ".new", std::ios::trunc) << text;
    std::filesystem::rename(path + ".new", path);
  }

  void Open(bool demand_clients = false) {
    DoorTls tls = files_;
    tls.client_ca = demand_clients ? clients_ : "";
    auto server = GrpcServer::Start({.address = kAnyPort, .services = {}, .tls = tls});
    ASSERT_THAT(server, IsOk());
    (*server)->SetServing(true);
    server_door_ = *std::move(server);
  }

  // A connection of its own.
  static std::shared_ptr<grpc::Channel> Connect(
      const Endpoint& address, const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(address.ToString(), credentials, arguments);
  }
  std::shared_ptr<grpc::Channel> Trusting(const TestCa& ca, const Issued& client = {}) const {
    return Connect(server_door_->address(),
                   grpc::SslCredentials({ca.certificate(), client.key, client.certificate}));
  }

  const TemporaryFolder folder_;
  const TestCa ca_{"ca"};
  const TestCa stranger_{"stranger"};
  const Issued server_ = ca_.ForServer("first");
  const DoorTls files_{folder_.File("crt"), folder_.File("key"), ""};
  const std::string clients_ = folder_.File("clients");
  std::unique_ptr<GrpcServer> server_door_;
};

TEST_F(TlsDoorTest, AClientThatTrustsTheCaIsAnswered) {
  Open();
  const Answer answer = Ask(Trusting(ca_));
  EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  EXPECT_EQ(answer.server, "first");
}

TEST_F(TlsDoorTest, AClientThatDoesNotTrustTheCaGivesUp) {
  Open();
  EXPECT_EQ(Ask(Trusting(stranger_)).status.error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsDoorTest, PlainTextIsRefusedAtOnce) {
  Open();
  const auto begin = steady_clock::now();
  const Answer answer = Ask(Connect(server_door_->address(), grpc::InsecureChannelCredentials()));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_LT(steady_clock::now() - begin, kSoon);
}

TEST_F(TlsDoorTest, TlsIsRefusedAtOnceByAPlainDoor) {
  const auto plain = GrpcServer::Start({kAnyPort, {}});
  ASSERT_THAT(plain, IsOk());
  const auto begin = steady_clock::now();
  const Answer answer =
      Ask(Connect((*plain)->address(), grpc::SslCredentials({ca_.certificate(), "", ""})));
  EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_LT(steady_clock::now() - begin, kSoon);
}

TEST_F(TlsDoorTest, OnlyAKnownClientPassesADoorThatDemandsOne) {
  Open(true);
  const Answer right = Ask(Trusting(ca_, ca_.ForClient()));
  EXPECT_TRUE(right.status.ok()) << right.status.error_message();
  EXPECT_EQ(Ask(Trusting(ca_)).status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(Ask(Trusting(ca_, stranger_.ForClient())).status.error_code(),
            grpc::StatusCode::UNAVAILABLE);
}

TEST_F(TlsDoorTest, TheCaOfClientsIsRenewedToo) {
  Open(true);
  EXPECT_FALSE(Ask(Trusting(ca_, stranger_.ForClient())).status.ok());
  Replace(clients_, stranger_.certificate());
  EXPECT_TRUE(Await([&] { return Ask(Trusting(ca_, stranger_.ForClient())).status.ok(); }));
  EXPECT_FALSE(Ask(Trusting(ca_, ca_.ForClient())).status.ok());
}

// The error that ends the handshake of a client which speaks at most this version; 0 for none.
int HandshakeError(const Endpoint& address, int version) {
  ERR_clear_error();
  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                  SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), version);
  const std::unique_ptr<BIO, decltype(&BIO_free_all)> peer(BIO_new_ssl_connect(context.get()),
                                                           BIO_free_all);
  SSL* tls = nullptr;
  BIO_get_ssl(peer.get(), &tls);
  constexpr std::string_view kHttp2 = "\x02h2";
  SSL_set_alpn_protos(tls, reinterpret_cast<const unsigned char*>(kHttp2.data()), kHttp2.size());
  BIO_set_conn_hostname(peer.get(), address.ToString().c_str());
  const bool done = BIO_do_handshake(peer.get()) == 1;
  const int error = done ? 0 : ERR_GET_REASON(ERR_peek_last_error());
  ERR_clear_error();
  return error;
}

TEST_F(TlsDoorTest, VersionsBefore12AreRefused) {
  Open();
  // The server hangs up, with or without a word; the client itself would go on.
  EXPECT_THAT(
      HandshakeError(server_door_->address(), TLS1_1_VERSION),
      ::testing::AnyOf(SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, SSL_R_UNEXPECTED_EOF_WHILE_READING));
  EXPECT_EQ(HandshakeError(server_door_->address(), TLS1_2_VERSION), 0);
  EXPECT_EQ(HandshakeError(server_door_->address(), TLS1_3_VERSION), 0);
}

TEST_F(TlsDoorTest, ADoorWithBadFilesDoesNotOpen) {
  Replace(files_.key, ca_.ForServer().key);
  EXPECT_THAT(GrpcServer::Start({.address = kAnyPort, .services = {}, .tls = files_}).status(),
              IsInvalidField(files_.key));
}

TEST_F(TlsDoorTest, ACertificateIsReplacedUnderLoad) {
  Open();
  std::atomic<bool> ended{false};
  std::atomic<int> calls{0};
  std::vector<std::thread> callers;
  for (const bool fresh : {false, false, true, true}) {
    callers.emplace_back([&, fresh] {
      const auto channel = Trusting(ca_);
      while (!ended) {
        const grpc::Status status = Ask(fresh ? Trusting(ca_) : channel).status;
        EXPECT_TRUE(status.ok()) << status.error_message();
        ++calls;
      }
    });
  }
  for (const char* name : {"second", "third"}) {
    const Issued next = ca_.ForServer(name);
    Replace(files_.certificate, next.certificate);
    Replace(files_.key, next.key);
    EXPECT_TRUE(Await([&] { return Ask(Trusting(ca_)).server == name; }));
  }
  ended = true;
  for (std::thread& caller : callers) {
    caller.join();
  }
  EXPECT_GT(calls, 0);
}

TEST_F(TlsDoorTest, AHalfWrittenPairBreaksNothing) {
  Open();
  const Issued next = ca_.ForServer("second");
  const auto expect_first = [&] {
    for (const auto end = steady_clock::now() + kALook; steady_clock::now() < end;) {
      const Answer answer = Ask(Trusting(ca_));
      ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
      ASSERT_EQ(answer.server, "first");
    }
    EXPECT_FALSE(
        Ask(Connect(server_door_->address(), grpc::InsecureChannelCredentials())).status.ok());
  };
  std::ofstream(files_.certificate, std::ios::trunc) << next.certificate.substr(0, 100);
  expect_first();
  std::ofstream(files_.certificate, std::ios::trunc) << next.certificate;
  expect_first();
  std::filesystem::remove(files_.key);
  expect_first();
  std::ofstream(files_.key, std::ios::trunc) << next.key;
  EXPECT_TRUE(Await([&] { return Ask(Trusting(ca_)).server == "second"; }));
}

class TlsMetricsDoorTest : public TlsDoorTest {
 protected:
  TlsMetricsDoorTest() {
    std::signal(SIGPIPE, SIG_IGN);  // As the server does.
    Replace(Trusted(ca_), ca_.certificate());
    Replace(Trusted(stranger_), stranger_.certificate());
    auto door = MetricsDoor::Start(
        kAnyPort, registry_, [] { return absl::OkStatus(); }, files_);
    EXPECT_THAT(door, IsOk());
    door_ = *std::move(door);
  }

  std::string Trusted(const TestCa& ca) const {
    return folder_.File(&ca == &ca_ ? "ca.pem" : "stranger.pem");
  }
  // The status of a page, read by a client that trusts this CA; 0 if there is none.
  int Page(const std::string& path, const TestCa& ca) const {
    httplib::SSLClient client(door_->address().host, door_->address().port);
    client.set_ca_cert_path(Trusted(ca).c_str());
    client.set_read_timeout(kSoon);
    const auto answer = client.Get(path.c_str());
    return answer ? answer->status : 0;
  }

  prometheus::Registry registry_;
  std::unique_ptr<MetricsDoor> door_;
};

TEST_F(TlsMetricsDoorTest, ServesByTls) {
  EXPECT_EQ(Page("/metrics", ca_), 200);
  EXPECT_EQ(Page("/livez", ca_), 200);
  EXPECT_EQ(Page("/livez", stranger_), 0);
}

TEST_F(TlsMetricsDoorTest, PlainTextIsRefusedAtOnce) {
  httplib::Client client(door_->address().ToString());
  client.set_read_timeout(kSoon);
  const auto begin = steady_clock::now();
  EXPECT_FALSE(client.Get("/livez"));
  EXPECT_LT(steady_clock::now() - begin, kSoon);
}

TEST_F(TlsMetricsDoorTest, ALongPageArrivesWhole) {
  auto& family = prometheus::BuildGauge().Name("perigee_x").Help("X.").Register(registry_);
  for (int i = 0; i < 20'000; ++i) {
    family.Add({{"number", std::to_string(i)}});
  }
  httplib::SSLClient client(door_->address().host, door_->address().port);
  client.set_ca_cert_path(Trusted(ca_).c_str());
  const auto page = client.Get("/metrics");
  ASSERT_TRUE(page);
  EXPECT_THAT(page->body, ::testing::HasSubstr("number=\"19999\""));
}

TEST_F(TlsMetricsDoorTest, TheCertificateIsReplaced) {
  const Issued next = stranger_.ForServer();
  Replace(files_.certificate, next.certificate);
  EXPECT_EQ(Page("/livez", ca_), 200);
  Replace(files_.key, next.key);
  EXPECT_TRUE(Await([&] { return Page("/livez", stranger_) == 200; }));
}

// More peers than the door waits for, none of which begins the handshake.
TEST_F(TlsMetricsDoorTest, SilentPeersKeepNobodyWaiting) {
  std::vector<int> silent;
  for (int i = 0; i < 66; ++i) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(door_->address().port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    silent.push_back(socket(AF_INET, SOCK_STREAM, 0));
    ASSERT_EQ(connect(silent.back(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_EQ(Page("/livez", ca_), 200);
  for (const int peer : silent) {
    close(peer);
  }
}

}  // namespace
}  // namespace perigee::tests
