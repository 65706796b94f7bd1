#include "clients/cli/connection.h"

#include <cstdlib>
#include <fstream>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>

#include "clients/cli/failure.h"
#include "perigee/v1/program.grpc.pb.h"
#include "tests/matchers/status.h"
#include "tests/support/certificates.h"
#include "tests/support/temporary_folder.h"

namespace perigee::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using tests::IsOk;

// Refuses each call, and keeps the value of its `authorization`.
class Listener final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    const auto& metadata = context->client_metadata();
    const auto found = metadata.find("authorization");
    const std::lock_guard lock(mutex_);
    heard_.push_back(
        found == metadata.end() ? "none" : std::string(found->second.data(), found->second.size()));
    class Refusal final : public grpc::ServerGenericBidiReactor {
     public:
      Refusal() { Finish(grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "no")); }
      void OnDone() override {
        delete this;
      }  // NOLINT(cppcoreguidelines-owning-memory): as gRPC
         // asks for.
    };
    return new Refusal;  // NOLINT(cppcoreguidelines-owning-memory): it deletes itself.
  }
  std::vector<std::string> heard() {
    const std::lock_guard lock(mutex_);
    return heard_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> heard_;
};

class ConnectionTest : public ::testing::Test {
 protected:
  ConnectionTest() { unsetenv("PERIGEE_TOKEN"); }
  ~ConnectionTest() override { unsetenv("PERIGEE_TOKEN"); }

  void Serve(const std::shared_ptr<grpc::ServerCredentials>& credentials) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", credentials, &port);
    builder.RegisterCallbackGenericService(&listener_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }
  std::string File(const std::string& name, const std::string& text) const {
    std::ofstream(folder_.File(name), std::ios::trunc) << text;
    return folder_.File(name);
  }
  grpc::StatusCode Call(const Connection& connection) const {
    grpc::ClientContext context;
    v1::Program answer;
    return v1::ProgramAdminService::NewStub(connection.Channel(address_, {}))
        ->GetProgram(&context, {}, &answer)
        .error_code();
  }
  static std::string Refusal(const ConnectionOptions& options) {
    const absl::Status status = Connection::Read(options).status();
    EXPECT_TRUE(IsUsageFailure(status)) << status;
    return std::string(status.message());
  }

  const tests::TemporaryFolder folder_;
  Listener listener_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

TEST_F(ConnectionTest, WithoutOptionsItIsPlainTextOfNobody) {
  Serve(grpc::InsecureServerCredentials());
  EXPECT_EQ(Call(*Connection::Read({})), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(listener_.heard(), ElementsAre("none"));
}

TEST_F(ConnectionTest, EveryCallCarriesTheToken) {
  Serve(grpc::InsecureServerCredentials());
  const auto connection = Connection::Read({.token_file = File("token", "abc.def\n")});
  ASSERT_THAT(connection, IsOk());
  Call(*connection);
  Call(*connection);
  EXPECT_THAT(listener_.heard(), ElementsAre("Bearer abc.def", "Bearer abc.def"));
}

TEST_F(ConnectionTest, TheEnvironmentMayHoldTheTokenAndTheFileComesFirst) {
  Serve(grpc::InsecureServerCredentials());
  setenv("PERIGEE_TOKEN", "from.environment", 1);
  Call(*Connection::Read({}));
  Call(*Connection::Read({.token_file = File("token", "from.file")}));
  EXPECT_THAT(listener_.heard(), ElementsAre("Bearer from.environment", "Bearer from.file"));
}

TEST_F(ConnectionTest, TlsTrustsTheGivenCaAndShowsTheClientsCertificate) {
  const tests::TestCa ca("ca");
  const tests::Issued server = ca.ForServer();
  const tests::Issued client = ca.ForClient();
  grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  tls.pem_key_cert_pairs.push_back({server.key, server.certificate});
  tls.pem_root_certs = ca.certificate();
  Serve(grpc::SslServerCredentials(tls));
  ConnectionOptions options;
  options.ca_file = File("ca", ca.certificate());
  options.client_certificate = File("crt", client.certificate);
  options.client_key = File("key", client.key);
  options.token_file = File("token", "abc");
  const auto connection = Connection::Read(options);
  ASSERT_THAT(connection, IsOk());
  EXPECT_EQ(Call(*connection), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(listener_.heard(), ElementsAre("Bearer abc"));
  options.ca_file = File("other", tests::TestCa("other").certificate());
  EXPECT_EQ(Call(*Connection::Read(options)), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ConnectionTest, ATokenDoesNotLeaveThisMachineAsPlainText) {
  const auto connection = Connection::Read({.token_file = File("token", "abc")});
  ASSERT_THAT(connection, IsOk());
  for (const char* address : {"127.0.0.1:1", "localhost:1", "[::1]:1"}) {
    EXPECT_THAT(connection->MayReach(address), IsOk());
  }
  for (const char* address : {"10.0.0.1:1", "perigee.example:1", "localhost.example:1"}) {
    EXPECT_TRUE(IsUsageFailure(connection->MayReach(address))) << address;
    EXPECT_THAT(Connection().MayReach(address), IsOk());
  }
  const std::string ca = File("ca", tests::TestCa("ca").certificate());
  const auto secure = Connection::Read({.ca_file = ca, .token_file = File("token", "abc")});
  EXPECT_THAT(secure->MayReach("10.0.0.1:1"), IsOk());
}

TEST_F(ConnectionTest, ARefusalNamesTheOptionAndShowsNoToken) {
  for (const char* token : {"two words", "a\tb", "a\nb", "ü"}) {
    const std::string refusal = Refusal({.token_file = File("token", token)});
    EXPECT_THAT(refusal, HasSubstr("--token-file"));
    EXPECT_THAT(refusal, Not(HasSubstr(token)));
  }
  EXPECT_THAT(Refusal({.token_file = File("token", "\n")}), HasSubstr("--token-file"));
  EXPECT_THAT(Refusal({.token_file = folder_.File("none")}), HasSubstr("--token-file"));
  EXPECT_THAT(Refusal({.ca_file = folder_.path()}), HasSubstr("--ca"));
  EXPECT_THAT(Refusal({.system_cas = true, .client_key = "k"}), HasSubstr("--client-cert"));
  EXPECT_THAT(Refusal({.client_certificate = "c", .client_key = "k"}), HasSubstr("--ca"));
  setenv("PERIGEE_TOKEN", "two words", 1);
  EXPECT_THAT(Refusal({}), HasSubstr("PERIGEE_TOKEN"));
}

}  // namespace
}  // namespace perigee::cli
