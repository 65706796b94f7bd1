#include "server/runtime/config.h"

#include <chrono>
#include <fstream>
#include <vector>

#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using runtime::DoorKind;
using runtime::ParseCommandLine;
using runtime::ParseDoorAddress;

TEST(ConfigTest, AddressesInEverySpellingAreTaken) {
  EXPECT_EQ(ParseDoorAddress("--a", "127.0.0.1:7400")->ToString(), "127.0.0.1:7400");
  EXPECT_EQ(ParseDoorAddress("--a", "127.8.9.255:0")->ToString(), "127.8.9.255:0");
  EXPECT_EQ(ParseDoorAddress("--a", "localhost:65535")->ToString(), "127.0.0.1:65535");
  EXPECT_EQ(ParseDoorAddress("--a", "[::1]:1")->ToString(), "[::1]:1");
  EXPECT_EQ(ParseDoorAddress("--a", "0.0.0.0:7400")->ToString(), "0.0.0.0:7400");
  EXPECT_EQ(ParseDoorAddress("--a", "[::]:7400")->ToString(), "[::]:7400");
}

class RefusedAddressTest : public ::testing::TestWithParam<const char*> {};

TEST_P(RefusedAddressTest, IsRefusedAndNamed) {
  EXPECT_THAT(ParseDoorAddress("--public-address", GetParam()), IsInvalidField("--public-address"));
}

INSTANTIATE_TEST_SUITE_P(Addresses, RefusedAddressTest,
                         ::testing::Values("example.org:7400", "127.0.0.1",
                                           "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:65536",
                                           "127.0.0.1:-1", "127.0.0:1", "127.0.0.1.2:1",
                                           "127.0.0.256:1", "127.0.0.1x:1", ":7400", "",
                                           "127..0.1:1", "127.0.0.:1", "[::x]:1"),
                         [](const auto& param) { return "case" + std::to_string(param.index); });

// What the access file holds, and who may then reach which door.
struct ReachCase {
  const char* name;
  bool tls;
  bool issuer;
  bool client_ca;
  // What the refusal of each door ends with; empty: the door may be reached.
  const char* public_lacks;
  const char* internal_lacks;
};

class ReachTest : public ::testing::TestWithParam<ReachCase> {
 protected:
  static runtime::AccessFile Access() {
    runtime::AccessFile access;
    if (GetParam().tls) {
      access.tls = runtime::DoorTls{"crt", "key", ""};
    }
    if (GetParam().client_ca) {
      access.internal_tls = runtime::DoorTls{"crt", "key", "ca"};
    }
    if (GetParam().issuer) {
      access.issuers.push_back({.issuer = "https://id.example"});
    }
    return access;
  }
  static void ExpectLack(DoorKind door, const std::string& lack) {
    for (const char* host : {"0.0.0.0", "::", "10.0.0.1", "2001:db8::1"}) {
      const absl::Status status = runtime::MayListen("--a", door, {host, 1}, Access());
      if (lack.empty()) {
        EXPECT_THAT(status, IsOk()) << host;
      } else {
        EXPECT_THAT(status, IsInvalidField("--a")) << host;
        EXPECT_THAT(std::string(status.message()), ::testing::EndsWith(lack)) << host;
      }
    }
    for (const char* host : {"127.0.0.1", "127.9.9.9", "::1"}) {
      EXPECT_THAT(runtime::MayListen("--a", door, {host, 1}, Access()), IsOk()) << host;
    }
  }
};

TEST_P(ReachTest, ADoorThatIsNotSafeStaysAtTheLoopback) {
  ExpectLack(DoorKind::kPublic, GetParam().public_lacks);
  ExpectLack(DoorKind::kInternal, GetParam().internal_lacks);
  ExpectLack(DoorKind::kMetrics, GetParam().public_lacks);
}

INSTANTIATE_TEST_SUITE_P(
    AccessFiles, ReachTest,
    ::testing::Values(ReachCase{"nothing", false, false, false, "has no [tls] and no [[issuers]]",
                                "has no [tls] and no [[issuers]] or [internal_tls]"},
                      ReachCase{"tls", true, false, false, "has no [[issuers]]",
                                "has no [[issuers]] or [internal_tls]"},
                      ReachCase{"issuer", false, true, false, "has no [tls]", "has no [tls]"},
                      ReachCase{"tls_and_issuer", true, true, false, "", ""},
                      ReachCase{"mutual_tls", true, false, true, "has no [[issuers]]", ""},
                      ReachCase{"everything", true, true, true, "", ""}),
    [](const auto& param) { return param.param.name; });

TEST(ConfigTest, WithoutAnAccessFileDoorsStayAtTheLoopback) {
  const absl::Status status =
      runtime::MayListen("--a", DoorKind::kPublic, {"0.0.0.0", 1}, std::nullopt);
  EXPECT_THAT(status, IsInvalidField("--a"));
  EXPECT_THAT(std::string(status.message()), ::testing::EndsWith("there is no --access"));
}

TEST(ConfigTest, RedisIsAnAddressASocketOrNone) {
  EXPECT_FALSE(runtime::ParseRedis("none")->has_value());
  EXPECT_EQ((*runtime::ParseRedis("127.0.0.1:6379"))->port, 6379);
  EXPECT_EQ((*runtime::ParseRedis("unix:/run/redis.sock"))->socket_path, "/run/redis.sock");
  EXPECT_THAT(runtime::ParseRedis("unix:"), IsInvalidField("--redis"));
  EXPECT_THAT(runtime::ParseRedis("127.0.0.1:0"), IsInvalidField("--redis"));
  EXPECT_THAT(runtime::ParseRedis("somewhere"), IsInvalidField("--redis"));
}

runtime::ParsedConfig Parse(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "perigeed");
  return ParseCommandLine(static_cast<int>(arguments.size()), arguments.data());
}

TEST(ConfigTest, ServeReadsItsFlags) {
  const auto parsed = Parse({"serve", "--store", "sqlite:x.db", "--redis", "127.0.0.1:1",
                             "--public-address", "127.0.0.1:0", "--ready-file", "r.json"});
  ASSERT_TRUE(parsed.config.has_value());
  EXPECT_EQ(parsed.config->command, runtime::Config::Command::kServe);
  EXPECT_EQ(parsed.config->store.where, "x.db");
  EXPECT_TRUE(parsed.config->redis.has_value());
  EXPECT_EQ(parsed.config->public_address.port, 0);
  EXPECT_EQ(parsed.config->internal_address.ToString(), "127.0.0.1:7402");
  EXPECT_EQ(parsed.config->ready_file, "r.json");
}

TEST(ConfigTest, ServeReadsTheAccessFile) {
  const TemporaryFolder folder;
  const std::string path = folder.File("access.toml");
  std::ofstream(path) << "clock_skew_seconds = 7\n[tls]\ncertificate = \"c\"\nkey = \"k\"\n";
  const auto parsed = Parse({"serve", "--store", "sqlite:x.db", "--access", path.c_str()});
  ASSERT_TRUE(parsed.config.has_value());
  ASSERT_TRUE(parsed.config->access.has_value());
  EXPECT_EQ(parsed.config->access->clock_skew, std::chrono::seconds(7));
  EXPECT_FALSE(Parse({"serve", "--store", "sqlite:x.db"}).config->access.has_value());
  // It has no issuer.
  EXPECT_FALSE(Parse({"serve", "--store", "sqlite:x.db", "--access", path.c_str(),
                      "--public-address", "0.0.0.0:1"})
                   .config.has_value());
  std::ofstream(path) << "dance = true\n";
  EXPECT_FALSE(
      Parse({"serve", "--store", "sqlite:x.db", "--access", path.c_str()}).config.has_value());
}

TEST(ConfigTest, MigrateAndCheckNeedTheStoreOnly) {
  EXPECT_EQ(Parse({"migrate", "--store", "sqlite:x.db"}).config->command,
            runtime::Config::Command::kMigrate);
  EXPECT_EQ(Parse({"check", "--store", "sqlite:x.db"}).config->command,
            runtime::Config::Command::kCheck);
}

TEST(ConfigTest, AStoreIsAFileOrADatabase) {
  using Engine = runtime::StoreAddress::Engine;
  for (const std::string uri : {"postgres://ann@db:5432/perigee", "postgresql:///perigee"}) {
    const auto address = runtime::ParseStore("--store", uri);
    ASSERT_THAT(address, IsOk());
    EXPECT_EQ(address->engine, Engine::kPostgres);
    EXPECT_EQ(address->where, uri);
  }
  EXPECT_EQ(runtime::ParseStore("--store", "sqlite:x.db")->engine, Engine::kSqlite);
  EXPECT_EQ(runtime::ParseStore("--store", "sqlite:x.db")->keys, "");
  EXPECT_EQ(runtime::ParseStore("--store", "sqlite:x.db", "x.keys")->keys, "x.keys");
  EXPECT_THAT(runtime::ParseStore("--store", "postgres:///x", "x.keys"), IsInvalidField("--store"));
  EXPECT_THAT(runtime::ParseStore("--from", "mysql://x"), IsInvalidField("--from"));
}

TEST(ConfigTest, CopyTakesTwoStoresAndAProgramme) {
  const auto parsed =
      Parse({"copy", "--from", "sqlite:x.db", "--to", "postgres:///perigee", "--program", "demo"});
  ASSERT_TRUE(parsed.config.has_value());
  EXPECT_EQ(parsed.config->command, runtime::Config::Command::kCopy);
  EXPECT_EQ(parsed.config->store.where, "x.db");
  EXPECT_EQ(parsed.config->copy_to.where, "postgres:///perigee");
  EXPECT_EQ(parsed.config->program, "demo");
  EXPECT_FALSE(Parse({"copy", "--from", "sqlite:x.db"}).config.has_value());
}

TEST(ConfigTest, AWrongCommandLineEndsWithAnError) {
  for (const auto& arguments : std::vector<std::vector<const char*>>{
           {},
           {"serve"},
           {"dance"},
           {"serve", "--store", "file.db"},
           {"serve", "--store", "sqlite:"},
           {"serve", "--store", "sqlite:x", "--internal-address", "192.168.1.1:1"}}) {
    const auto parsed = Parse(arguments);
    EXPECT_FALSE(parsed.config.has_value());
    EXPECT_NE(parsed.exit_code, 0);
  }
  EXPECT_EQ(Parse({"--help"}).exit_code, 0);
}

}  // namespace
}  // namespace perigee::tests
