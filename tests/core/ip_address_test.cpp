#include "server/core/ip_address.h"

#include <string_view>

#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

TEST(IpAddressTest, AddressesOfTheInternetArePublic) {
  for (const std::string_view text :
       {"1.1.1.1", "8.8.8.8", "93.184.216.34", "223.255.255.255", "2600::1", "2a00:1450:4001::200e",
        "2001:4860:4860::8888", "2606:4700:4700::1111", "3fff:1000::1", "64:ff9b::808:808",
        "64:ff9b::8.8.8.8"}) {
    EXPECT_TRUE(IsPublicIp(text)) << text;
  }
}

// Both ends of each special network, and what stands beside them.
TEST(IpAddressTest, SpecialNetworksEndWhereTheyShould) {
  const struct {
    std::string_view before;
    std::string_view first;
    std::string_view last;
    std::string_view after;
  } kNetworks[] = {
      {"", "0.0.0.0", "0.255.255.255", "1.0.0.0"},
      {"9.255.255.255", "10.0.0.0", "10.255.255.255", "11.0.0.0"},
      {"100.63.255.255", "100.64.0.0", "100.127.255.255", "100.128.0.0"},
      {"126.255.255.255", "127.0.0.0", "127.255.255.255", "128.0.0.0"},
      {"168.63.129.15", "168.63.129.16", "168.63.129.16", "168.63.129.17"},
      {"169.253.255.255", "169.254.0.0", "169.254.255.255", "169.255.0.0"},
      {"172.15.255.255", "172.16.0.0", "172.31.255.255", "172.32.0.0"},
      {"191.255.255.255", "192.0.0.0", "192.0.0.255", "192.0.1.0"},
      {"192.0.1.255", "192.0.2.0", "192.0.2.255", "192.0.3.0"},
      {"192.88.98.255", "192.88.99.0", "192.88.99.255", "192.88.100.0"},
      {"192.167.255.255", "192.168.0.0", "192.168.255.255", "192.169.0.0"},
      {"198.17.255.255", "198.18.0.0", "198.19.255.255", "198.20.0.0"},
      {"198.51.99.255", "198.51.100.0", "198.51.100.255", "198.51.101.0"},
      {"203.0.112.255", "203.0.113.0", "203.0.113.255", "203.0.114.0"},
      {"223.255.255.255", "224.0.0.0", "255.255.255.255", ""},
      {"", "::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2000::"},
      {"2000:ffff:ffff::", "2001::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:200::"},
      {"2001:db7:ffff::", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db9::"},
      {"2001:ffff:ffff::", "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "2003::"},
      {"3ffe:ffff:ffff::", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff:1000::"},
      {"3fff:1000::", "4000::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", ""},
  };
  for (const auto& network : kNetworks) {
    EXPECT_TRUE(network.before.empty() || IsPublicIp(network.before)) << network.before;
    EXPECT_FALSE(IsPublicIp(network.first)) << network.first;
    EXPECT_FALSE(IsPublicIp(network.last)) << network.last;
    EXPECT_TRUE(network.after.empty() || IsPublicIp(network.after)) << network.after;
  }
}

TEST(IpAddressTest, NoFormOfASpecialAddressIsPublic) {
  for (const std::string_view text :
       {// This machine, private and link-local addresses of IPv6, and groups.
        "::1", "fc00::1", "fd12:3456::1", "fe80::1", "fec0::1", "ff02::1",
        // Metadata of clouds.
        "169.254.169.254", "169.254.170.2", "100.100.100.200", "192.0.0.192", "fd00:ec2::254",
        "fd20:ce::254",
        // IPv4 inside IPv6: mapped, compatible, NAT64, local NAT64, 6to4, Teredo.
        "::ffff:10.0.0.1", "::ffff:7f00:1", "::ffff:8.8.8.8", "::10.0.0.1", "64:ff9b::a00:1",
        "64:ff9b::127.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::808:808",
        "64:ff9b:0:0:1::808:808", "2002:a00:1::1", "2002:808:808::1", "2001:0:4136:e378::",
        // No addresses.
        "", "localhost", "8.8.8", "134744072", "0x8.8.8.8", "010.8.8.8", " 8.8.8.8", "8.8.8.8 ",
        "[2600::1]", "2600::1%eth0", "2600::1/64"}) {
    EXPECT_FALSE(IsPublicIp(text)) << text;
  }
  EXPECT_FALSE(IsPublicIp(std::string_view("8.8.8.8\0", 8)));
}

TEST(IpAddressTest, LoopbackIsOfThisMachine) {
  for (const std::string_view text : {"127.0.0.1", "127.255.255.254", "::1", "0:0:0:0:0:0:0:1"}) {
    EXPECT_TRUE(IsLoopbackIp(text)) << text;
  }
  for (const std::string_view text :
       {"128.0.0.1", "0.0.0.0", "::", "::2", "::ffff:127.0.0.1", "localhost", "127.1", ""}) {
    EXPECT_FALSE(IsLoopbackIp(text)) << text;
  }
}

}  // namespace
}  // namespace perigee::tests
