#include "clients/cli/xml_rows.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using tests::IsOk;

class XmlRowsTest : public ::testing::Test {
 protected:
  ~XmlRowsTest() override { std::filesystem::remove(path); }

  absl::Status Read(const std::string& content) {
    std::ofstream(path, std::ios::binary) << content;
    return ForEachXmlRow(
        path,
        [&](const XmlRow& row) -> absl::Status {
          absl::StatusOr<std::int64_t> id = row.RequiredWhole("Id");
          ids.push_back(id.value_or(0));
          names.emplace_back(row.Text("Name").value_or("(none)"));
          return id.status();
        },
        [](const XmlProgress&) {});
  }

  const std::string path =
      (std::filesystem::path(::testing::TempDir()) /
       ("perigee_rows_" +
        std::string(::testing::UnitTest::GetInstance()->current_test_info()->name()) + ".xml"))
          .string();
  std::vector<std::int64_t> ids;
  std::vector<std::string> names;
};

TEST_F(XmlRowsTest, ByteOrderMarkLineEndsAndEntitiesAreUnderstood) {
  ASSERT_THAT(Read("\xEF\xBB\xBF<?xml version=\"1.0\" encoding=\"utf-8\"?>\r\n<users>\r\n"
                   "  <row Id=\"-1\" Name=\"A &amp; &lt;B&gt;&#xA;\" />\r\n"
                   "  <row Id=\"2\" />\r\n</users>\r\n"),
              IsOk());
  EXPECT_THAT(ids, ElementsAre(-1, 2));
  EXPECT_THAT(names, ElementsAre("A & <B>\n", "(none)"));
}

TEST_F(XmlRowsTest, AFileOfManyPiecesIsReadWhole) {
  std::string content = "<users>";
  for (int i = 1; i <= 30'000; ++i) {
    content += "<row Id=\"" + std::to_string(i) + "\" Name=\"somebody\"/>\n";
  }
  ASSERT_THAT(Read(content + "</users>"), IsOk());
  EXPECT_EQ(ids.size(), 30'000U);
  EXPECT_EQ(ids.back(), 30'000);
}

// Real dumps have them in bodies. A piece of the file may end anywhere in a reference.
TEST_F(XmlRowsTest, CharactersThatXmlForbidsAreReplaced) {
  const std::string filler(256 * 1024 - 40, 'x');
  for (std::size_t shift = 0; shift < 40; ++shift) {
    names.clear();
    ASSERT_THAT(Read("<rows><row Id=\"1\" Name=\"" + filler + std::string(shift, 'y') +
                     "&#x0E;&#14;\x0e&amp;&#x1F6B2;&#0;\"/><row Id=\"2\" Name=\"z\"/></rows>"),
                IsOk());
    ASSERT_EQ(names.size(), 2U);
    EXPECT_EQ(names[0].substr(filler.size() + shift), "\ufffd\ufffd\ufffd&🚲\ufffd");
    EXPECT_EQ(names[1], "z");
  }
}

TEST_F(XmlRowsTest, ABrokenFileIsRefusedNamingFileLineAndReason) {
  const absl::Status cut = Read("<users>\n<row Id=\"1\"/>\n<row Id=");
  EXPECT_THAT(std::string(cut.message()), HasSubstr(path + ":3: "));
  EXPECT_THAT(std::string(Read("").message()), HasSubstr("no element found"));
  EXPECT_THAT(std::string(Read("<users>\n<row Id=\"one\"/></users>").message()),
              HasSubstr(":2: Id=\"one\" is no whole number"));
  EXPECT_THAT(std::string(Read("<users>\n\n<row/></users>").message()),
              HasSubstr(":3: the row has no Id"));
}

TEST_F(XmlRowsTest, AMissingFileIsRefused) {
  const absl::Status status = ForEachXmlRow(
      path + ".none", [](const XmlRow&) { return absl::OkStatus(); }, [](const XmlProgress&) {});
  EXPECT_THAT(std::string(status.message()), HasSubstr("cannot read"));
}

}  // namespace
}  // namespace perigee::cli
