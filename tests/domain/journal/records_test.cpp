#include "server/domain/journal/records.h"
#include "server/domain/record/record.h"

#include <gtest/gtest.h>

#include <set>
#include <string_view>

namespace perigee::tests {
namespace {

TEST(RecordsTest, EveryRecordIsKnownByItsNumberAndItsTable) {
  std::set<std::string_view> tables;
  for (const domain::RecordType* type : domain::AllRecords()) {
    EXPECT_EQ(domain::FindRecord(type->number()), type);
    EXPECT_TRUE(tables.insert(type->table()).second) << type->table();
  }
  EXPECT_EQ(domain::FindRecord(0), nullptr);
  EXPECT_EQ(domain::FindRecord(-1), nullptr);
}

}  // namespace
}  // namespace perigee::tests
