#include "server/domain/champion/status_list.h"

#include <string>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "server/core/gzip.h"

namespace perigee::tests {
namespace {

using domain::StatusBits;

TEST(StatusListTest, BitsAreSetFromTheLeft) {
  StatusBits bits;
  for (const std::int64_t index : {std::int64_t{0}, std::int64_t{9}, domain::kStatusListBits - 1}) {
    EXPECT_EQ(bits.At(index), false);
    bits.Set(index);
    EXPECT_EQ(bits.At(index), true);
  }
  EXPECT_EQ(bits.At(1), false);
  EXPECT_EQ(bits.At(-1), std::nullopt);
  EXPECT_EQ(bits.At(domain::kStatusListBits), std::nullopt);
  std::string packed;
  ASSERT_TRUE(absl::WebSafeBase64Unescape(bits.Encoded().substr(1), &packed));
  const std::string bytes = Gunzip(packed, 20'000).value();
  EXPECT_EQ(bytes.size(), 16'384U);
  EXPECT_EQ(bytes.substr(0, 3), std::string("\x80\x40\x00", 3));
  EXPECT_EQ(bytes.back(), '\x01');
}

TEST(StatusListTest, EncodedBitsComeBackAndNothingElseDoes) {
  StatusBits bits;
  bits.Set(77'777);
  const std::string encoded = bits.Encoded();
  EXPECT_TRUE(encoded.starts_with('u'));
  const auto decoded = StatusBits::Decode(encoded);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(decoded->At(77'777), true);
  EXPECT_EQ(decoded->At(77'776), false);
  EXPECT_FALSE(StatusBits::Decode("").has_value());
  EXPECT_FALSE(StatusBits::Decode(encoded.substr(1)).has_value());
  EXPECT_FALSE(StatusBits::Decode("u!").has_value());
  EXPECT_FALSE(StatusBits::Decode("uAAAA").has_value());
  // Fewer bits than a list must have, and more than anybody needs.
  for (const std::size_t bytes : {16'383U, 2'000'000U}) {
    EXPECT_FALSE(StatusBits::Decode("u" + absl::WebSafeBase64Escape(Gzip(std::string(bytes, '\0'))))
                     .has_value());
  }
}

}  // namespace
}  // namespace perigee::tests
