// Replaces the certificate of a server under a full load of real calls.

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <grpc/grpc_security_constants.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "perigee/v1/board.grpc.pb.h"
#include "tests/faults/programme.h"
#include "tests/faults/writes.h"
#include "tests/matchers/status.h"
#include "tests/support/certificates.h"
#include "tests/support/perigeed.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

constexpr std::chrono::milliseconds kDeadline{20'000};
constexpr int kCallersOfAKind = 3;
constexpr int kCallsBetween = 200;

class CertificateTest : public testing::Test {
 protected:
  CertificateTest() {
    Replace("key", first_.key);
    Replace("crt", first_.certificate);
    std::ofstream(folder_.File("access.toml")) << "[tls]\ncertificate = \"crt\"\nkey = \"key\"\n";
    EXPECT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    EXPECT_THAT(server_.Start(), IsOk());
  }

  void Replace(const std::string& file, const std::string& text) {
    const std::string path = folder_.File(file);
    std::ofstream(path + ".new", std::ios::trunc) << text;
    std::filesystem::rename(path + ".new", path);
  }
  // A connection of its own.
  std::shared_ptr<grpc::Channel> Connect(const std::string& door) const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel(server_.Address(door),
                                     grpc::SslCredentials({ca_.certificate(), "", ""}), arguments);
  }
  // Reads a page, and answers the name that the server showed.
  std::string ReadPage(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    v1::ListEntriesRequest request;
    request.set_parent(absl::StrCat(kFaultProgram, "/boards/all/periods/current"));
    v1::ListEntriesResponse page;
    const grpc::Status status =
        v1::BoardService::NewStub(channel)->ListEntries(&context, request, &page);
    EXPECT_TRUE(status.ok()) << status.error_message();
    ++reads_;
    const auto pem = context.auth_context()->FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
    return pem.empty() ? "" : CommonName(std::string(pem[0].data(), pem[0].size()));
  }
  void WriteOne(const std::shared_ptr<grpc::Channel>& channel) {
    const int n = ++writes_;
    v1::RecordActivityRequest request;
    request.set_parent(kFaultProgram);
    request.mutable_activity()->set_type("kudos");
    request.mutable_activity()->set_actor(FaultMember(n % kFaultMembers));
    request.mutable_activity()->set_recipient(FaultMember((n + 1) % kFaultMembers));
    request.mutable_activity()->set_source("test");
    request.mutable_activity()->set_source_event_id(std::to_string(n));
    const Answer answer = Send(channel, request, kDeadline);
    EXPECT_TRUE(answer.status.ok()) << answer.status.error_message();
  }

  const TemporaryFolder folder_;
  const TestCa ca_{"ca"};
  const Issued first_ = ca_.ForServer("first");
  const std::string store_ = "sqlite:" + folder_.File("store.db");
  Perigeed server_{{.store = store_, .access = folder_.File("access.toml")}};
  std::atomic<int> reads_{0};
  std::atomic<int> writes_{0};
};

TEST_F(CertificateTest, ReplacedUnderLoadItFailsNoCall) {
  ASSERT_TRUE(MakeFaultProgramme(Connect("internal")).ok());
  std::atomic<bool> ended{false};
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallersOfAKind; ++i) {
    // Half of the callers keep their connection, half make a new one for each call.
    for (const bool fresh : {false, true}) {
      callers.emplace_back([this, fresh, &ended] {
        const auto channel = Connect("public");
        while (!ended) {
          ReadPage(fresh ? Connect("public") : channel);
        }
      });
      callers.emplace_back([this, fresh, &ended] {
        const auto channel = Connect("internal");
        while (!ended) {
          WriteOne(fresh ? Connect("internal") : channel);
        }
      });
    }
  }
  for (const char* name : {"second", "third", "fourth"}) {
    const Issued next = ca_.ForServer(name);
    Replace("crt", next.certificate);
    Replace("key", next.key);
    EXPECT_TRUE(Await([&] { return ReadPage(Connect("public")) == name; })) << name;
    const int reads = reads_;
    const int writes = writes_;
    EXPECT_TRUE(
        Await([&] { return reads_ > reads + kCallsBetween && writes_ > writes + kCallsBetween; }));
  }
  ended = true;
  for (std::thread& caller : callers) {
    caller.join();
  }
  std::printf("%d reads and %d writes, no call failed\n", reads_.load(), writes_.load());
}

}  // namespace
}  // namespace perigee::tests
