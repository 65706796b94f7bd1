#include "server/adapters/outgoing/http_outgoing.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/check.h"
#include "tests/adapters/outgoing/receiver.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using adapters::HttpOutgoing;
using domain::AttemptFailure;
using ports::OutgoingAnswer;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::IsEmpty;

// A resolver that knows these addresses of every host.
auto Knows(std::vector<std::string> addresses) {
  return [addresses = std::move(addresses)](const std::string&) { return addresses; };
}

// Answers one request by a head that goes on until the connection is closed.
class Flood {
 public:
  Flood() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    PERIGEE_CHECK(bind(door_, any, size) == 0 && listen(door_, 1) == 0, "a port is free");
    getsockname(door_, any, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Answer(); });
  }
  ~Flood() {
    shutdown(door_, SHUT_RDWR);  // If nobody came.
    thread_.join();
    close(door_);
  }
  Flood(const Flood&) = delete;
  Flood& operator=(const Flood&) = delete;

  std::string Url() const { return "http://localhost:" + std::to_string(port_) + "/"; }

 private:
  void Answer() const {
    const int connection = accept(door_, nullptr, nullptr);
    std::string part = "HTTP/1.1 200 OK\r\n";
    while (send(connection, part.data(), part.size(), MSG_NOSIGNAL) > 0) {
      part = "x: " + std::string(1000, 'x') + "\r\n";
    }
    close(connection);
  }

  const int door_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  int port_ = 0;
  std::thread thread_;
};

class HttpOutgoingTest : public testing::Test {
 protected:
  HttpOutgoingTest() { std::ofstream(folder_.File("ca.pem")) << receiver.ca(); }

  // Of a server that may ask this machine.
  HttpOutgoing::Options Options() const {
    HttpOutgoing::Options options;
    options.rules.loopback = true;
    options.ca_file = folder_.File("ca.pem");
    options.resolve = Knows({"127.0.0.1"});
    return options;
  }
  static OutgoingAnswer Post(HttpOutgoing::Options options, const std::string& url) {
    HttpOutgoing outgoing(std::move(options));
    return outgoing.Post({url, {{"webhook-id", "evt_1_0"}}, "{}"});
  }

  Receiver receiver;

 private:
  TemporaryFolder folder_;
};

TEST_F(HttpOutgoingTest, APostArrivesAsItIs) {
  const OutgoingAnswer answer = Post(Options(), receiver.Url("/hook?token=1"));
  EXPECT_EQ(answer.failure, AttemptFailure::kNone);
  EXPECT_EQ(answer.status, 204);
  const std::vector<Receiver::Post> posts = receiver.Posts();
  ASSERT_EQ(posts.size(), 1U);
  EXPECT_EQ(posts[0].path, "/hook");
  EXPECT_EQ(posts[0].body, "{}");
  EXPECT_EQ(posts[0].headers.find("webhook-id")->second, "evt_1_0");
  EXPECT_TRUE(posts[0].headers.find("user-agent")->second.starts_with("perigee/"));
}

TEST_F(HttpOutgoingTest, OtherAnswersThan2xxAreFailures) {
  receiver.Answer(429, "120");
  const OutgoingAnswer answer = Post(Options(), receiver.Url());
  EXPECT_EQ(answer.failure, AttemptFailure::kStatus);
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.retry_after, "120");
  receiver.Answer(200);
  EXPECT_EQ(Post(Options(), receiver.Url()).failure, AttemptFailure::kNone);
}

TEST_F(HttpOutgoingTest, ARedirectIsNotFollowed) {
  const OutgoingAnswer answer = Post(Options(), receiver.Url("/moved"));
  EXPECT_EQ(answer.failure, AttemptFailure::kStatus);
  EXPECT_EQ(answer.status, 307);
  EXPECT_EQ(receiver.Posts().size(), 1U);
}

TEST_F(HttpOutgoingTest, ANameThatLeadsInsideIsRefused) {
  for (const char* inside : {"127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fe80::1%lo"}) {
    HttpOutgoing::Options options = Options();
    options.resolve = Knows({inside});
    EXPECT_EQ(Post(options, "https://crm.example/hook").failure, AttemptFailure::kAddress)
        << inside;
    // One good answer makes the others no better.
    options.resolve = Knows({"93.184.216.34", inside});
    EXPECT_EQ(Post(options, "https://crm.example/hook").failure, AttemptFailure::kAddress)
        << inside;
  }
  HttpOutgoing::Options options = Options();
  options.resolve = Knows({});
  EXPECT_EQ(Post(options, "https://crm.example/hook").failure, AttemptFailure::kAddress);
  EXPECT_THAT(receiver.Posts(), IsEmpty());
}

TEST_F(HttpOutgoingTest, ThisMachineIsARuleOfDevelopment) {
  HttpOutgoing::Options options = Options();
  options.rules.loopback = false;
  EXPECT_EQ(Post(options, receiver.Url()).failure, AttemptFailure::kAddress);
  // The name of this machine may not lead elsewhere.
  options = Options();
  options.resolve = Knows({"93.184.216.34"});
  EXPECT_EQ(Post(options, receiver.Url()).failure, AttemptFailure::kAddress);
  EXPECT_THAT(receiver.Posts(), IsEmpty());
}

TEST_F(HttpOutgoingTest, AHostIsResolvedOnce) {
  int asked = 0;
  HttpOutgoing::Options options = Options();
  options.resolve = [&](const std::string&) {
    // The second answer would lead elsewhere.
    return std::vector<std::string>{++asked == 1 ? "127.0.0.1" : "10.0.0.1"};
  };
  EXPECT_EQ(Post(options, receiver.Url()).failure, AttemptFailure::kNone);
  EXPECT_EQ(asked, 1);
}

TEST_F(HttpOutgoingTest, AReceiverMustProveItsName) {
  HttpOutgoing::Options options = Options();
  options.ca_file.clear();
  EXPECT_EQ(Post(options, receiver.Url()).failure, AttemptFailure::kTls);
  // Its certificate is not for this address.
  options = Options();
  const std::string port = std::to_string(receiver.port());
  EXPECT_NE(Post(options, "https://127.0.0.2:" + port + "/hook").failure, AttemptFailure::kNone);
  EXPECT_THAT(receiver.Posts(), IsEmpty());
}

TEST_F(HttpOutgoingTest, ASlowReceiverIsNotWaitedForLong) {
  HttpOutgoing::Options options = Options();
  options.limits = {milliseconds(60'000), milliseconds(100)};
  EXPECT_EQ(Post(options, receiver.Url("/stuck")).failure, AttemptFailure::kTimeout);
}

TEST_F(HttpOutgoingTest, AStopEndsWhatRuns) {
  HttpOutgoing::Options options = Options();
  options.limits = {milliseconds(60'000), milliseconds(60'000)};
  HttpOutgoing outgoing(options);
  const auto start = steady_clock::now();
  OutgoingAnswer answer;
  std::thread sender([&] { answer = outgoing.Post({receiver.Url("/stuck"), {}, "{}"}); });
  while (receiver.Posts().empty()) {
    std::this_thread::yield();
  }
  outgoing.Stop();
  sender.join();
  EXPECT_TRUE(answer.was_stopped);
  EXPECT_TRUE(outgoing.Post({receiver.Url(), {}, "{}"}).was_stopped);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(30));
}

TEST_F(HttpOutgoingTest, AResolverThatHangsIsNotWaitedFor) {
  HttpOutgoing::Options options = Options();
  options.limits.step = milliseconds(50);
  std::promise<void> over;
  options.resolve = [waiting = over.get_future().share()](const std::string&) {
    waiting.wait();
    return std::vector<std::string>{"127.0.0.1"};
  };
  EXPECT_EQ(Post(options, receiver.Url()).failure, AttemptFailure::kTimeout);
  // A stop does not wait either.
  options.limits.step = milliseconds(60'000);
  HttpOutgoing outgoing(options);
  const auto start = steady_clock::now();
  OutgoingAnswer answer;
  std::thread sender([&] { answer = outgoing.Post({receiver.Url(), {}, "{}"}); });
  outgoing.Stop();
  sender.join();
  EXPECT_TRUE(answer.was_stopped);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(30));
  over.set_value();
}

TEST_F(HttpOutgoingTest, AHeadThatDoesNotEndIsCut) {
  Flood flood;
  HttpOutgoing::Options options = Options();
  options.limits = {milliseconds(60'000), milliseconds(60'000)};
  const auto start = steady_clock::now();
  EXPECT_EQ(Post(options, flood.Url()).failure, AttemptFailure::kAnswer);
  EXPECT_LT(steady_clock::now() - start, std::chrono::seconds(30));
}

TEST(ResolverTest, OnlySoManyHang) {
  std::promise<void> over;
  adapters::Resolver resolver([waiting = over.get_future().share()](const std::string&) {
    waiting.wait();
    return std::vector<std::string>();
  });
  int asked = 0;
  for (; asked < adapters::Resolver::kThreadsMax; ++asked) {
    EXPECT_FALSE(resolver.Ask("crm.example", milliseconds(0)).has_value());
  }
  // It would wait for an answer, if it asked.
  EXPECT_FALSE(resolver.Ask("crm.example", milliseconds(3'600'000)).has_value());
  over.set_value();
}

TEST(ResolverTest, AnAnswerIsTold) {
  adapters::Resolver resolver(Knows({"192.0.2.1"}));
  EXPECT_THAT(resolver.Ask("crm.example", milliseconds(60'000)),
              testing::Optional(testing::ElementsAre("192.0.2.1")));
  resolver.Stop();
  EXPECT_EQ(resolver.Ask("crm.example", milliseconds(60'000)), std::nullopt);
}

TEST(ResolverTest, LocalhostIsThisMachine) {
  const std::vector<std::string> found = adapters::ResolveHost("localhost");
  ASSERT_FALSE(found.empty());
  for (const std::string& address : found) {
    EXPECT_TRUE(address == "127.0.0.1" || address == "::1") << address;
  }
}

}  // namespace
}  // namespace perigee::tests
