#include "server/core/page_token.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using testing::ElementsAreArray;

TEST(PageTokensTest, AnyPositionIsReadBack) {
  const PageTokens tokens("key");
  for (const std::vector<std::string>& position : {std::vector<std::string>{},
                                                   {""},
                                                   {"ada"},
                                                   {"ada", "42"},
                                                   {"3:abc", ":", std::string(300, 'x')},
                                                   {std::string("\0\xFF/", 3), "é"}}) {
    EXPECT_THAT(tokens.Decode("ListMembers", tokens.Encode("ListMembers", position)).value(),
                ElementsAreArray(position));
  }
}

TEST(PageTokensTest, AnotherQueryOrKeyIsRefused) {
  const PageTokens tokens("key");
  const std::string token = tokens.Encode("ListMembers programs/acme", {"ada"});
  EXPECT_THAT(tokens.Decode("ListMembers programs/other", token),
              HasReason(Reason::kPageTokenInvalid));
  EXPECT_THAT(PageTokens("other").Decode("ListMembers programs/acme", token),
              HasReason(Reason::kPageTokenInvalid));
}

TEST(PageTokensTest, QueryAndPositionCannotBeShiftedIntoEachOther) {
  const PageTokens tokens("key");
  EXPECT_THAT(tokens.Decode("List1:a", tokens.Encode("List", {"a"})),
              HasReason(Reason::kPageTokenInvalid));
}

TEST(PageTokensTest, EveryAlteredTokenIsRefused) {
  const PageTokens tokens("key");
  const std::string token = tokens.Encode("q", {"ada", "42"});
  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string altered = token;
    altered[i] = altered[i] == 'A' ? 'B' : 'A';
    EXPECT_THAT(tokens.Decode("q", altered), HasReason(Reason::kPageTokenInvalid)) << i;
  }
  for (const std::string other : {"", "!", "AAAA", "not a token"}) {
    EXPECT_THAT(tokens.Decode("q", other), HasReason(Reason::kPageTokenInvalid)) << other;
  }
  EXPECT_THAT(tokens.Decode("q", token.substr(0, token.size() - 4)),
              HasReason(Reason::kPageTokenInvalid));
}

TEST(PageSizeTest, IsCappedAndNeverNegative) {
  EXPECT_EQ(PageSize(0, 50, 1000).value(), 50);
  EXPECT_EQ(PageSize(1, 50, 1000).value(), 1);
  EXPECT_EQ(PageSize(1001, 50, 1000).value(), 1000);
  EXPECT_THAT(PageSize(-1, 50, 1000), IsInvalidField("page_size"));
}

}  // namespace
}  // namespace perigee::tests
