#include "server/adapters/outgoing/http_outgoing.h"

#include <chrono>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
auto Resolver(std::vector<std::string> addresses) {
  return [addresses = std::move(addresses)](const std::string&) { return addresses; };
}

class HttpOutgoingTest : public testing::Test {
 protected:
  HttpOutgoingTest() { std::ofstream(folder_.File("ca.pem")) << receiver.ca(); }

  // Of a server that may ask this machine.
  HttpOutgoing::Options Options() const {
    HttpOutgoing::Options options;
    options.rules.loopback = true;
    options.ca_file = folder_.File("ca.pem");
    options.resolve = Resolver({"127.0.0.1"});
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
    options.resolve = Resolver({inside});
    EXPECT_EQ(Post(options, "https://crm.example/hook").failure, AttemptFailure::kAddress)
        << inside;
    // One good answer makes the others no better.
    options.resolve = Resolver({"93.184.216.34", inside});
    EXPECT_EQ(Post(options, "https://crm.example/hook").failure, AttemptFailure::kAddress)
        << inside;
  }
  HttpOutgoing::Options options = Options();
  options.resolve = Resolver({});
  EXPECT_EQ(Post(options, "https://crm.example/hook").failure, AttemptFailure::kAddress);
  EXPECT_THAT(receiver.Posts(), IsEmpty());
}

TEST_F(HttpOutgoingTest, ThisMachineIsARuleOfDevelopment) {
  HttpOutgoing::Options options = Options();
  options.rules.loopback = false;
  EXPECT_EQ(Post(options, receiver.Url()).failure, AttemptFailure::kAddress);
  // The name of this machine may not lead elsewhere.
  options = Options();
  options.resolve = Resolver({"93.184.216.34"});
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

TEST(ResolveHostTest, LocalhostIsThisMachine) {
  const std::vector<std::string> found = adapters::ResolveHost("localhost");
  ASSERT_FALSE(found.empty());
  for (const std::string& address : found) {
    EXPECT_TRUE(address == "127.0.0.1" || address == "::1") << address;
  }
}

}  // namespace
}  // namespace perigee::tests
