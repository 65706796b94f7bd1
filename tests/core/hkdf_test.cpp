#include "server/core/hkdf.h"

#include <string>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"

namespace perigee::tests {
namespace {

// RFC 5869, appendix A, test cases 1 and 3, whose results are cut to one block.
TEST(HkdfTest, AnswersTheVectorsOfTheStandard) {
  const std::string secret(22, '\x0b');
  const std::string salt = absl::HexStringToBytes("000102030405060708090a0b0c");
  const std::string info = absl::HexStringToBytes("f0f1f2f3f4f5f6f7f8f9");
  const std::string derived = HkdfSha256(salt, secret, info, 32);
  EXPECT_EQ(absl::BytesToHexString(derived),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
  EXPECT_EQ(HkdfSha256(salt, secret, info, 12), derived.substr(0, 12));
  EXPECT_EQ(absl::BytesToHexString(HkdfSha256("", secret, "", 32)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

}  // namespace
}  // namespace perigee::tests
