#include "server/core/web_address.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

TEST(WebAddressTest, UrlsAreSplit) {
  const auto address = ParseWebAddress("https://Id.Example:8443/A/b?c=d");
  ASSERT_THAT(address, IsOk());
  EXPECT_TRUE(address->has_tls);
  EXPECT_EQ(address->host, "id.example");
  EXPECT_FALSE(address->host_is_ip);
  EXPECT_EQ(address->port, 8443);
  EXPECT_EQ(address->target, "/A/b?c=d");
  EXPECT_EQ(ParseWebAddress("https://id.example")->port, 443);
  EXPECT_EQ(ParseWebAddress("https://id.example")->target, "/");
  EXPECT_EQ(ParseWebAddress("http://localhost/k")->port, 80);
  EXPECT_EQ(ParseWebAddress("http://[::1]:8080/k")->host, "::1");
  EXPECT_TRUE(ParseWebAddress("http://[::1]:8080/k")->host_is_ip);
  EXPECT_TRUE(ParseWebAddress("http://127.1.2.3/k")->host_is_ip);
  EXPECT_EQ(ParseWebAddress("https://a_b.x-1.example")->host, "a_b.x-1.example");
}

TEST(WebAddressTest, AnOriginHasNoUsualPort) {
  EXPECT_EQ(ParseWebAddress("https://id.example:443/k")->Origin(), "https://id.example");
  EXPECT_EQ(ParseWebAddress("https://id.example:80/k")->Origin(), "https://id.example:80");
  EXPECT_EQ(ParseWebAddress("http://localhost/k")->Origin(), "http://localhost");
  EXPECT_EQ(ParseWebAddress("https://[2600::1]:8443/k")->Origin(), "https://[2600::1]:8443");
}

TEST(WebAddressTest, PlainHttpIsForThisMachine) {
  for (const std::string url : {"http://[::2]/k", "http://128.0.0.1/k", "http://id.example/k",
                                "http://localhost.example/k", "http://[::ffff:127.0.0.1]/k"}) {
    EXPECT_THAT(ParseWebAddress(url), IsInvalidField(url));
  }
}

TEST(WebAddressTest, OtherTextsAreRefused) {
  for (const std::string url :
       {"", "id.example", "ftp://id.example/", "https:/id.example", "https://", "https:///k",
        // Users, fragments, and bytes that must be encoded.
        "https://me@id.example/k", "https://me:pass@id.example/k", "https://id.example@10.0.0.1/k",
        "https://id.example/k#part", "https://id.example/a b", "https://id.example/\r\nHost: x",
        "https://id.example\\@10.0.0.1/", "https://id.example?k", "https://\xC3\xA9.example/",
        "https://%31%30.0.0.1/",
        // Ports.
        "https://id.example:/k", "https://id.example:0/k", "https://id.example:65536/k",
        "https://id.example:+443/k", "https://id.example:443:443/k", "https://[::1]443/k",
        // Names with another spelling.
        "https://id.example./k", "https://.id.example/k", "https://id..example/k", "https://./k",
        // Numbers that resolvers take for IPv4.
        "https://2130706433/k", "https://017700000001/k", "https://0x7f.1/k", "https://127.1/k",
        "https://0x7F000001/k", "https://0X7f.0.0.0x1/k", "https://0177.0.0.1/k",
        "https://127.0.0.01/k", "https://256.0.0.1/k", "https://1.2.3.4.5/k", "https://a.0x/k",
        "https://127.0.0.1./k",
        // IPv6.
        "https://::1/k", "https://[::1/k", "https://[fe80::1%25eth0]/k", "https://[1.2.3.4]/k",
        "https://[]/k", "https://[v1.x]/k"}) {
    EXPECT_THAT(ParseWebAddress(url), IsInvalidField(url));
  }
  EXPECT_THAT(ParseWebAddress("https://" + std::string(63, 'a') + ".example"), IsOk());
  const std::string long_label = "https://" + std::string(64, 'a') + ".example";
  EXPECT_THAT(ParseWebAddress(long_label), IsInvalidField(long_label));
  std::string long_name = "https://a";
  for (int i = 0; i < 126; ++i) {
    long_name += ".b";
  }
  EXPECT_THAT(ParseWebAddress(long_name), IsOk());
  long_name += "c";
  EXPECT_THAT(ParseWebAddress(long_name), IsInvalidField(long_name));
}

}  // namespace
}  // namespace perigee::tests
