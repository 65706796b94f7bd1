#include "server/use_cases/ledger/pooling.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/use_cases/ledger/merging_programme.h"

namespace perigee::tests {
namespace {

class ReturnPooledTest : public testing::Test {
 protected:
  // What ada, bob and eve have.
  std::string Points() {
    return std::to_string(books_.Balance("ada", "points")) + " " +
           std::to_string(books_.Balance("bob", "points")) + " " +
           std::to_string(books_.Balance("eve", "points"));
  }

  MergingProgramme books_;
};

TEST_F(ReturnPooledTest, WhatTheHeadTookGoesBack) {
  books_.SetHead("bob", "ada");
  books_.Issue("bob", "points", 10);
  ASSERT_THAT(books_.Spend("ada", "points", 6), IsOk());
  EXPECT_EQ(Points(), "0 4 0");
  books_.Issue("ada", "points", 8);
  books_.SetHead("bob", "");
  EXPECT_EQ(Points(), "2 10 0");
}

TEST_F(ReturnPooledTest, WhatTheMergedMemberTookGoesBack) {
  books_.SetHead("bob", "ada");
  books_.Issue("ada", "points", 10);
  ASSERT_THAT(books_.Spend("bob", "points", 6), IsOk());
  books_.Issue("bob", "points", 8);
  books_.SetHead("bob", "");
  EXPECT_EQ(Points(), "10 2 0");
}

TEST_F(ReturnPooledTest, OnlyWhatIsAvailableGoesBack) {
  books_.SetHead("bob", "ada");
  books_.Issue("bob", "points", 10);
  ASSERT_THAT(books_.Spend("ada", "points", 6), IsOk());
  books_.Issue("ada", "points", 2);
  books_.SetHead("bob", "");
  EXPECT_EQ(Points(), "0 6 0");
}

TEST_F(ReturnPooledTest, AnEarlierMergeIsSettled) {
  books_.SetHead("bob", "ada");
  books_.Issue("bob", "points", 10);
  ASSERT_THAT(books_.Spend("ada", "points", 6), IsOk());
  books_.SetHead("bob", "");
  books_.Issue("ada", "points", 6);
  books_.SetHead("bob", "ada");
  books_.SetHead("bob", "");
  EXPECT_EQ(Points(), "6 4 0");
}

// Bob gave to ada, and ada to eve. So eve has what is bob's.
TEST_F(ReturnPooledTest, OfThreeTheOneGivesThatHasTooMuch) {
  books_.SetHead("bob", "ada");
  books_.SetHead("eve", "ada");
  books_.Issue("bob", "points", 10);
  ASSERT_THAT(books_.Spend("ada", "points", 4), IsOk());
  books_.Issue("ada", "points", 4);
  ASSERT_THAT(books_.Spend("eve", "points", 4), IsOk());
  books_.Issue("eve", "points", 5);
  EXPECT_EQ(Points(), "0 6 5");
  books_.SetHead("bob", "");
  EXPECT_EQ(Points(), "0 10 1");
  books_.SetHead("eve", "");
  EXPECT_EQ(Points(), "0 10 1");
}

TEST_F(ReturnPooledTest, LotsKeepTheirExpiry) {
  books_.SetHead("bob", "ada");
  books_.Issue("bob", "access", 10);
  const auto spent = books_.Spend("ada", "access", 10);
  ASSERT_THAT(spent, IsOk());
  books_.programme.clock.Advance(std::chrono::days(1));
  ASSERT_THAT(books_.Try([&](domain::LedgerUnit& unit) { return unit.Reverse(*spent, 0, ""); }),
              IsOk());
  books_.SetHead("bob", "");
  books_.programme.Read([&](ports::StoreReader& reader) -> absl::Status {
    domain::LedgerBooks& books = reader.ledger().Books(MergingProgramme::kProgram);
    PERIGEE_ASSIGN_OR_RETURN(const auto lots, books.OpenLots(books_.Of("bob", "access"), {}, 10));
    EXPECT_EQ(lots.size(), 1U);
    EXPECT_EQ(lots.at(0).remaining, 10);
    EXPECT_EQ(FormatTime(lots.at(0).expire_time), "2027-11-21T12:00:00.000000Z");
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace perigee::tests
