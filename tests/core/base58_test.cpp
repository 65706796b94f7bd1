#include "server/core/base58.h"

#include <string>

#include <gtest/gtest.h>

namespace perigee {
namespace {

// The vectors of draft-msporny-base58, and leading zeros.
TEST(Base58Test, KnownBytesHaveTheirTexts) {
  const struct {
    std::string bytes;
    const char* text;
  } kKnown[] = {{"", ""},
                {"Hello World!", "2NEpo7TZRRrLZSi2U"},
                {"The quick brown fox jumps over the lazy dog.",
                 "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"},
                {std::string("\0\0\x28\x7F\xB4\xCD", 6), "11233QC4"},
                {std::string("\0", 1), "1"}};
  for (const auto& known : kKnown) {
    EXPECT_EQ(EncodeBase58(known.bytes), known.text);
    EXPECT_EQ(DecodeBase58(known.text), known.bytes);
  }
}

TEST(Base58Test, OtherTextsAreNoBytes) {
  for (const char* const text : {"0", "O", "I", "l", "a b", "\xC3\xB6"}) {
    EXPECT_EQ(DecodeBase58(text), std::nullopt) << text;
  }
  EXPECT_TRUE(DecodeBase58(std::string(256, 'z')).has_value());
  EXPECT_FALSE(DecodeBase58(std::string(257, 'z')).has_value());
}

}  // namespace
}  // namespace perigee
