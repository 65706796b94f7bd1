#include "server/core/ed25519.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace perigee {
namespace {

Ed25519Key KeyFrom(const std::string& hex) {
  const std::string bytes = absl::HexStringToBytes(hex);
  Ed25519Key key{};
  std::copy(bytes.begin(), bytes.end(), key.begin());
  return key;
}

// RFC 8032, section 7.1, tests 1 and 3.
TEST(Ed25519Test, TheVectorsOfTheStandardHold) {
  const struct {
    const char* seed;
    const char* key;
    const char* text;
    const char* signature;
  } kVectors[] = {{"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
                   "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
                   "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33ba"
                   "cc61e39701cf9"
                   "b46bd25bf5f0595bbe24655141438e7a100b"},
                  {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
                   "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
                   "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f29"
                   "0ae67f760984d"
                   "c6594a7c15e9716ed28dc027beceea1ec40a"}};
  for (const auto& vector : kVectors) {
    const Ed25519Seed seed = KeyFrom(vector.seed);
    const Ed25519Key key = KeyFrom(vector.key);
    const std::string text = absl::HexStringToBytes(vector.text);
    const std::string signature = absl::HexStringToBytes(vector.signature);
    EXPECT_EQ(Ed25519KeyOf(seed), key);
    EXPECT_EQ(Ed25519Sign(seed, text), signature);
    EXPECT_TRUE(Ed25519HasSigned(key, text, signature));
    EXPECT_FALSE(Ed25519HasSigned(key, text + "x", signature));
    EXPECT_FALSE(Ed25519HasSigned(Ed25519Key{}, text, signature));
    for (std::size_t i = 0; i < signature.size(); ++i) {
      std::string changed = signature;
      changed[i] = static_cast<char>(changed[i] ^ 1);
      EXPECT_FALSE(Ed25519HasSigned(key, text, changed)) << i;
    }
    EXPECT_FALSE(Ed25519HasSigned(key, text, signature.substr(1)));
    EXPECT_FALSE(Ed25519HasSigned(key, text, ""));
  }
}

}  // namespace
}  // namespace perigee
