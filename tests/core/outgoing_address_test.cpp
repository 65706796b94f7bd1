#include "server/core/outgoing_address.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

constexpr OutgoingRules kStrict{};
constexpr OutgoingRules kDevelopment{.loopback = true};

absl::Status Check(const std::string& url, const std::vector<std::string>& resolved,
                   OutgoingRules rules = kStrict) {
  const auto address = OutgoingAddress::Parse(url, rules);
  EXPECT_THAT(address, IsOk());
  return address.ok() ? address->CheckResolved(resolved) : address.status();
}

TEST(OutgoingAddressTest, PublicHostsMayBeAsked) {
  const auto address = OutgoingAddress::Parse("https://hooks.example:8443/in?a=b", kStrict);
  ASSERT_THAT(address, IsOk());
  EXPECT_EQ(address->parts().host, "hooks.example");
  EXPECT_EQ(address->parts().port, 8443);
  EXPECT_EQ(address->parts().target, "/in?a=b");
  EXPECT_THAT(Check("https://hooks.example", {"93.184.216.34", "2600::1"}), IsOk());
  EXPECT_THAT(Check("https://93.184.216.34/in", {"93.184.216.34"}), IsOk());
  EXPECT_THAT(Check("https://[2600::1]/in", {"2600::1"}), IsOk());
}

TEST(OutgoingAddressTest, OtherUrlsAreRefused) {
  for (const std::string url :
       {"http://hooks.example/", "https://me@hooks.example/", "https://hooks.example./",
        "https://2130706433/", "https://0x7f.1/",
        // Ports.
        "https://hooks.example:22/", "https://hooks.example:80/", "https://hooks.example:6379/",
        "https://93.184.216.34:8080/",
        // Hosts that cannot be public.
        "https://localhost/", "https://LocalHost:8443/", "http://localhost:8080/",
        "https://127.0.0.1/", "https://[::1]/", "https://0.0.0.0/", "https://[::]/",
        "https://10.0.0.1/", "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:10.0.0.1]/", "https://[fd00:ec2::254]/"}) {
    EXPECT_THAT(OutgoingAddress::Parse(url, kStrict), IsInvalidField(url));
  }
}

TEST(OutgoingAddressTest, OneAddressThatIsNotPublicSpoilsAll) {
  for (const std::string text :
       {"10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1",
        "64:ff9b::a00:1", "fe80::1%eth0", "hooks.example", ""}) {
    EXPECT_THAT(Check("https://hooks.example/", {text}), IsInvalidField("hooks.example")) << text;
    EXPECT_THAT(Check("https://hooks.example/", {"93.184.216.34", text}),
                IsInvalidField("hooks.example"))
        << text;
  }
}

TEST(OutgoingAddressTest, WhatIsHiddenAnswersLikeWhatIsMissing) {
  EXPECT_EQ(Check("https://hooks.example/", {}), Check("https://hooks.example/", {"10.0.0.1"}));
}

TEST(OutgoingAddressTest, DevelopmentMayAskThisMachine) {
  EXPECT_THAT(Check("http://localhost:8080/in", {"127.0.0.1", "::1"}, kDevelopment), IsOk());
  EXPECT_THAT(Check("https://127.0.0.1:8080/in", {"127.0.0.1"}, kDevelopment), IsOk());
  EXPECT_THAT(Check("http://[::1]/in", {"::1"}, kDevelopment), IsOk());
  // A file of hosts may say anything.
  EXPECT_THAT(Check("http://localhost/", {"10.0.0.1"}, kDevelopment), IsInvalidField("localhost"));
  EXPECT_THAT(Check("http://localhost/", {"93.184.216.34"}, kDevelopment),
              IsInvalidField("localhost"));
  EXPECT_THAT(Check("http://localhost/", {}, kDevelopment), IsInvalidField("localhost"));
}

TEST(OutgoingAddressTest, DevelopmentAsksNothingElse) {
  EXPECT_THAT(Check("https://hooks.example/", {"127.0.0.1"}, kDevelopment),
              IsInvalidField("hooks.example"));
  for (const std::string url : {"http://hooks.example/", "https://hooks.example:8080/",
                                "https://10.0.0.1/", "https://[fe80::1]/"}) {
    EXPECT_THAT(OutgoingAddress::Parse(url, kDevelopment), IsInvalidField(url));
  }
}

}  // namespace
}  // namespace perigee::tests
