#include "server/runtime/access_file.h"

#include <fstream>
#include <string>

#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using runtime::AccessFile;
using runtime::ReadAccessFile;
using runtime::TokenAlgorithm;

class AccessFileTest : public ::testing::Test {
 protected:
  absl::StatusOr<AccessFile> Read(const std::string& text) const {
    const std::string path = folder_.File("access.toml");
    std::ofstream(path) << text;
    return ReadAccessFile(path);
  }
  const TemporaryFolder folder_;
};

TEST_F(AccessFileTest, EveryKeyIsRead) {
  const auto access = Read(R"(
clock_skew_seconds = 60
[[issuers]]
issuer = "https://id.example"
audiences = ["perigee", "console"]
keys = "https://id.example/jwks"
ca_file = "id.crt"
algorithms = ["ES256", "EdDSA"]
[[issuers]]
issuer = "machines"
audiences = ["perigee"]
keys = "keys/machines.json"
[[issuers]]
issuer = "beside"
audiences = ["perigee"]
keys = "http://127.0.0.1:9000/jwks"
[[operators]]
issuer = "https://id.example"
subject = "ops"
[[operators]]
issuer = "tls"
subject = "spiffe://perigee/console"
[tls]
certificate = "server.crt"
key = "/keys/server.key"
[internal_tls]
client_ca = "clients.crt"
[limits]
calls_per_second = 1
burst = 2
program_calls_per_second = 3
program_burst = 4
[outgoing]
loopback = true
ca_file = "receivers.crt"
[web_push]
key = "push.key"
contact = "mailto:ops@id.example"
)");
  ASSERT_THAT(access, IsOk());
  EXPECT_TRUE(access->outgoing.loopback);
  EXPECT_EQ(access->outgoing.ca_file, folder_.File("receivers.crt"));
  ASSERT_TRUE(access->web_push.has_value());
  EXPECT_EQ(access->web_push->key, folder_.File("push.key"));
  EXPECT_EQ(access->web_push->contact, "mailto:ops@id.example");
  EXPECT_EQ(access->clock_skew, std::chrono::seconds(60));
  ASSERT_EQ(access->issuers.size(), 3);
  EXPECT_EQ(access->issuers[0].issuer, "https://id.example");
  EXPECT_THAT(access->issuers[0].audiences, ::testing::ElementsAre("perigee", "console"));
  EXPECT_TRUE(access->issuers[0].keys_are_at_url);
  EXPECT_EQ(access->issuers[0].keys, "https://id.example/jwks");
  EXPECT_EQ(access->issuers[0].ca_file, folder_.File("id.crt"));
  EXPECT_THAT(access->issuers[0].algorithms,
              ::testing::ElementsAre(TokenAlgorithm::kEs256, TokenAlgorithm::kEdDsa));
  EXPECT_FALSE(access->issuers[1].keys_are_at_url);
  EXPECT_EQ(access->issuers[1].keys, folder_.File("keys/machines.json"));
  EXPECT_TRUE(access->issuers[2].keys_are_at_url);
  ASSERT_EQ(access->operators.size(), 2);
  EXPECT_EQ(access->operators[0].id, "ops");
  EXPECT_EQ(access->operators[1].issuer, domain::kTlsIssuer);
  EXPECT_EQ(access->tls->certificate, folder_.File("server.crt"));
  EXPECT_EQ(access->tls->key, "/keys/server.key");
  EXPECT_EQ(access->tls->client_ca, "");
  EXPECT_EQ(access->TlsOfTheInternalDoor()->certificate, folder_.File("server.crt"));
  EXPECT_EQ(access->TlsOfTheInternalDoor()->client_ca, folder_.File("clients.crt"));
  EXPECT_EQ(access->limits.calls_per_second, 1);
  EXPECT_EQ(access->limits.burst, 2);
  EXPECT_EQ(access->limits.program_calls_per_second, 3);
  EXPECT_EQ(access->limits.program_burst, 4);
}

TEST_F(AccessFileTest, AnEmptyFileHasTheDefaults) {
  const auto access = Read("");
  ASSERT_THAT(access, IsOk());
  EXPECT_EQ(access->clock_skew, std::chrono::seconds(30));
  EXPECT_TRUE(access->issuers.empty());
  EXPECT_TRUE(access->operators.empty());
  EXPECT_FALSE(access->TlsOfTheInternalDoor().has_value());
  EXPECT_EQ(access->limits.calls_per_second, 50);
  EXPECT_EQ(access->limits.burst, 100);
  EXPECT_EQ(access->limits.program_calls_per_second, 20'000);
  EXPECT_EQ(access->limits.program_burst, 40'000);
}

TEST_F(AccessFileTest, AnIssuerTakesAllAlgorithmsByDefault) {
  const auto access = Read("[[issuers]]\nissuer = 'a'\naudiences = ['b']\nkeys = 'c'\n");
  ASSERT_THAT(access, IsOk());
  EXPECT_THAT(access->issuers[0].algorithms,
              ::testing::UnorderedElementsAre(TokenAlgorithm::kRs256, TokenAlgorithm::kEs256,
                                              TokenAlgorithm::kEdDsa));
}

TEST_F(AccessFileTest, WithoutClientCaTheInternalDoorHasTheTlsOfTheOthers) {
  const auto access = Read("[tls]\ncertificate = 'c'\nkey = 'k'\n");
  ASSERT_THAT(access, IsOk());
  EXPECT_EQ(access->TlsOfTheInternalDoor()->certificate, folder_.File("c"));
}

TEST_F(AccessFileTest, AFileThatCannotBeReadIsNamed) {
  EXPECT_THAT(ReadAccessFile(folder_.File("none")), IsInvalidField(folder_.File("none")));
  EXPECT_THAT(ReadAccessFile(folder_.path()), IsInvalidField(folder_.path().string()));
}

struct Refusal {
  const char* name;
  const char* text;
  const char* field;
};

class RefusedAccessFileTest : public AccessFileTest,
                              public ::testing::WithParamInterface<Refusal> {};

TEST_P(RefusedAccessFileTest, TheKeyIsNamed) {
  EXPECT_THAT(Read(GetParam().text), IsInvalidField(GetParam().field));
}

INSTANTIATE_TEST_SUITE_P(
    Refusals, RefusedAccessFileTest,
    ::testing::Values(
        Refusal{"no_toml", "\nissuers = [", "line 2"},
        Refusal{"unknown_key", "clock_skew = 3", "clock_skew"},
        Refusal{"unknown_inner_key",
                "[[issuers]]\nissuer='a'\naudiences=['b']\nkeys='c'\naudience='d'",
                "issuers[0].audience"},
        Refusal{"unknown_limit", "[limits]\nbursts=1", "limits.bursts"},
        Refusal{"loopback_is_text", "[outgoing]\nloopback='yes'", "outgoing.loopback"},
        Refusal{"push_without_key", "[web_push]\ncontact='mailto:a@b.example'", "web_push.key"},
        Refusal{"push_without_contact", "[web_push]\nkey='k'", "web_push.contact"},
        Refusal{"misspelt_tls", "[TLS]\ncertificate='c'\nkey='k'", "TLS"},
        Refusal{"skew_is_negative", "clock_skew_seconds=-1", "clock_skew_seconds"},
        Refusal{"skew_is_large", "clock_skew_seconds=301", "clock_skew_seconds"},
        Refusal{"skew_is_text", "clock_skew_seconds='3'", "clock_skew_seconds"},
        Refusal{"issuers_are_text", "issuers='a'", "issuers"},
        Refusal{"an_issuer_is_text", "issuers=['a']", "issuers[0]"},
        Refusal{"no_issuer", "[[issuers]]\naudiences=['b']\nkeys='c'", "issuers[0].issuer"},
        Refusal{"empty_issuer", "[[issuers]]\nissuer=''\naudiences=['b']\nkeys='c'",
                "issuers[0].issuer"},
        Refusal{"issuer_tls", "[[issuers]]\nissuer='tls'\naudiences=['b']\nkeys='c'",
                "issuers[0].issuer"},
        Refusal{"issuer_twice",
                "[[issuers]]\nissuer='a'\naudiences=['b']\nkeys='c'\n"
                "[[issuers]]\nissuer='a'\naudiences=['d']\nkeys='e'",
                "issuers[1].issuer"},
        Refusal{"no_audiences", "[[issuers]]\nissuer='a'\nkeys='c'", "issuers[0].audiences"},
        Refusal{"empty_audiences", "[[issuers]]\nissuer='a'\naudiences=[]\nkeys='c'",
                "issuers[0].audiences"},
        Refusal{"audiences_are_text", "[[issuers]]\nissuer='a'\naudiences='b'\nkeys='c'",
                "issuers[0].audiences"},
        Refusal{"an_audience_is_empty", "[[issuers]]\nissuer='a'\naudiences=['b','']\nkeys='c'",
                "issuers[0].audiences[1]"},
        Refusal{"no_keys", "[[issuers]]\nissuer='a'\naudiences=['b']", "issuers[0].keys"},
        Refusal{"keys_by_http", "[[issuers]]\nissuer='a'\naudiences=['b']\nkeys='http://a.b/c'",
                "issuers[0].keys"},
        Refusal{"keys_of_no_loopback",
                "[[issuers]]\nissuer='a'\naudiences=['b']\nkeys='http://localhost.evil/c'",
                "issuers[0].keys"},
        Refusal{"keys_of_a_user_called_localhost",
                "[[issuers]]\nissuer='a'\naudiences=['b']\nkeys='http://localhost:x@a.b/c'",
                "issuers[0].keys"},
        Refusal{"empty_ca_file", "[[issuers]]\nissuer='a'\naudiences=['b']\nkeys='c'\nca_file=''",
                "issuers[0].ca_file"},
        Refusal{"unknown_algorithm",
                "[[issuers]]\nissuer='a'\naudiences=['b']\nkeys='c'\nalgorithms=['none']",
                "issuers[0].algorithms"},
        Refusal{"empty_algorithms",
                "[[issuers]]\nissuer='a'\naudiences=['b']\nkeys='c'\nalgorithms=[]",
                "issuers[0].algorithms"},
        Refusal{"operator_without_subject",
                "[[issuers]]\nissuer='a'\naudiences=['b']\nkeys='c'\n[[operators]]\nissuer='a'",
                "operators[0].subject"},
        Refusal{"operator_of_nobody", "[[operators]]\nissuer='a'\nsubject='b'",
                "operators[0].issuer"},
        Refusal{"operator_by_tls_alone",
                "[tls]\ncertificate='c'\nkey='k'\n[[operators]]\nissuer='tls'\nsubject='b'",
                "operators[0].issuer"},
        Refusal{"tls_without_certificate", "[tls]\nkey='k'", "tls.certificate"},
        Refusal{"tls_without_key", "[tls]\ncertificate='c'", "tls.key"},
        Refusal{"tls_is_text", "tls='c'", "tls"},
        Refusal{"internal_tls_without_ca", "[tls]\ncertificate='c'\nkey='k'\n[internal_tls]",
                "internal_tls.client_ca"},
        Refusal{"internal_tls_alone", "[internal_tls]\nclient_ca='c'", "tls"},
        Refusal{"no_calls", "[limits]\ncalls_per_second=0", "limits.calls_per_second"},
        Refusal{"half_a_call", "[limits]\nburst=0.5", "limits.burst"},
        Refusal{"many_calls", "[limits]\nprogram_burst=9999999999", "limits.program_burst"}),
    [](const auto& param) { return param.param.name; });

}  // namespace
}  // namespace perigee::tests
