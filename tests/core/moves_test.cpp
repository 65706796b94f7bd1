#include "server/core/moves.h"

#include <gtest/gtest.h>

#include "server/core/error.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

TEST(MovesTest, ARefusalNamesTheStateAndTheOpenMoves) {
  const absl::Status refused =
      IllegalMove("nomination 7", "submitted", "accept", {"join", "withdraw"});
  ASSERT_THAT(refused, HasReason(Reason::kIllegalMove));
  EXPECT_EQ(std::string(refused.message()),
            "nomination 7 is submitted, which does not allow accept; open moves: join, withdraw");
  EXPECT_EQ(MetadataOf(refused).at("open_moves"), "join,withdraw");
  const absl::Status ended = IllegalMove("nomination 7", "declined", "accept", {});
  EXPECT_EQ(std::string(ended.message()),
            "nomination 7 is declined, which does not allow accept; open moves: none");
  EXPECT_EQ(MetadataOf(ended).at("open_moves"), "");
}

}  // namespace
}  // namespace perigee::tests
