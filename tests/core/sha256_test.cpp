#include "server/core/sha256.h"

#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

TEST(Sha256Test, AnswersTheVectorsOfTheStandard) {
  // FIPS 180-2, appendix B.1, and the empty message.
  EXPECT_EQ(Hex(Sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Hex(Sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(Sha256Test, PiecesHaveTheDigestOfTheWhole) {
  Sha256Stream none;
  EXPECT_EQ(none.Finish(), Sha256(""));
  Sha256Stream pieces;
  for (const char* piece : {"", "a", "bc", ""}) {
    pieces.Add(piece);
  }
  EXPECT_EQ(pieces.Finish(), Sha256("abc"));
}

TEST(Sha256Test, ADigestIsReadFromItsTextAlone) {
  const std::string hex = Hex(Sha256("abc"));
  EXPECT_EQ(ParseSha256(hex), Sha256("abc"));
  EXPECT_EQ(ParseSha256(""), std::nullopt);
  EXPECT_EQ(ParseSha256(hex.substr(2)), std::nullopt);
  EXPECT_EQ(ParseSha256(hex + "00"), std::nullopt);
  EXPECT_EQ(ParseSha256("BA" + hex.substr(2)), std::nullopt);
  EXPECT_EQ(ParseSha256("g" + hex.substr(1)), std::nullopt);
}

TEST(Sha256Test, AnswersTheVectorsOfRfc4231) {
  EXPECT_EQ(Hex(HmacSha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(Hex(HmacSha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace perigee::tests
