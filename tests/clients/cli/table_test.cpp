#include "clients/cli/table.h"

#include <sstream>

#include <gtest/gtest.h>

namespace perigee::cli {
namespace {

TEST(TableTest, WidthCountsTheColumnsOfATerminal) {
  EXPECT_EQ(DisplayWidth(""), 0U);
  EXPECT_EQ(DisplayWidth("Ada"), 3U);
  EXPECT_EQ(DisplayWidth("佐藤"), 4U);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1U);  // The letter e and a combining acute.
  EXPECT_EQ(DisplayWidth("สมชาย"), 5U);
  EXPECT_EQ(DisplayWidth("\xFF"), 1U);  // Not UTF-8: shown as one replacement character.
}

TEST(TableTest, ColumnsLineUpInEveryScript) {
  Table table({"NAME", ">SCORE"});
  table.Add({"佐藤", "7"});
  table.Add({"Ada L.", "100"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(),
            "NAME    SCORE\n"
            "佐藤        7\n"
            "Ada L.    100\n");
}

TEST(TableTest, CellsCannotBreakTheTable) {
  Table table({"NAME", "X"});
  table.Add({"a\nb\u202Ec\x1B", "y"});
  std::ostringstream out;
  table.Print(out);
  EXPECT_EQ(out.str(),
            "NAME   X\n"
            "a bc   y\n");
}

}  // namespace
}  // namespace perigee::cli
