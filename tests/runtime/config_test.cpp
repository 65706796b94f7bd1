#include "server/runtime/config.h"

#include <vector>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using runtime::ParseCommandLine;
using runtime::ParseLoopback;

TEST(ConfigTest, LoopbackInEverySpellingIsTaken) {
  EXPECT_EQ(ParseLoopback("--a", "127.0.0.1:7400")->ToString(), "127.0.0.1:7400");
  EXPECT_EQ(ParseLoopback("--a", "127.8.9.255:0")->ToString(), "127.8.9.255:0");
  EXPECT_EQ(ParseLoopback("--a", "localhost:65535")->ToString(), "127.0.0.1:65535");
  EXPECT_EQ(ParseLoopback("--a", "[::1]:1")->ToString(), "[::1]:1");
}

class RefusedAddressTest : public ::testing::TestWithParam<const char*> {};

TEST_P(RefusedAddressTest, IsRefusedAndNamed) {
  EXPECT_THAT(ParseLoopback("--public-address", GetParam()), IsInvalidField("--public-address"));
}

INSTANTIATE_TEST_SUITE_P(Addresses, RefusedAddressTest,
                         ::testing::Values("0.0.0.0:7400", "10.0.0.1:7400", "[::]:7400",
                                           "example.org:7400", "127.0.0.1", "127.0.0.1:",
                                           "127.0.0.1:x", "127.0.0.1:65536", "127.0.0.1:-1",
                                           "127.0.0:1", "127.0.0.1.2:1", "127.0.0.256:1",
                                           "127.0.0.1x:1", ":7400", "", "127..0.1:1", "127.0.0.:1"),
                         [](const auto& param) { return "case" + std::to_string(param.index); });

TEST(ConfigTest, TheRefusalSaysWhy) {
  EXPECT_THAT(std::string(ParseLoopback("--a", "0.0.0.0:1").status().message()),
              ::testing::HasSubstr("not authenticated"));
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
