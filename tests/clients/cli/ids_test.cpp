#include "clients/cli/ids.h"

#include <gtest/gtest.h>

#include "server/core/uuid.h"
#include "tests/matchers/status.h"

namespace perigee::cli {
namespace {

using tests::IsOk;

TEST(IdsTest, NewRequestIdsAreDifferentAndOfVersion7) {
  const std::string a = NewRequestId();
  const std::string b = NewRequestId();
  EXPECT_NE(a, b);
  EXPECT_THAT(ParseUuid(a, "request_id"), IsOk());
  EXPECT_EQ(a[14], '7');
  EXPECT_NE(std::string("89ab").find(a[19]), std::string::npos);
}

TEST(IdsTest, DerivedRequestIdsFollowFromTheirPartsAlone) {
  EXPECT_EQ(DerivedRequestId({"beer", "member", "1"}), DerivedRequestId({"beer", "member", "1"}));
  EXPECT_NE(DerivedRequestId({"beer", "member", "1"}), DerivedRequestId({"beer", "member", "2"}));
  EXPECT_NE(DerivedRequestId({"ab", "c"}), DerivedRequestId({"a", "bc"}));
  EXPECT_THAT(ParseUuid(DerivedRequestId({}), "request_id"), IsOk());
  EXPECT_EQ(DerivedRequestId({"x"})[14], '8');
}

}  // namespace
}  // namespace perigee::cli
