#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/core/text.h"
#include "tests/adapters/access/issuer_under_test.h"
#include "tests/support/need.h"
#include "tests/support/shared_data.h"

namespace perigee::tests {
namespace {

// Whether a token with this subject is good. If it is, the subject comes back as it was.
bool ComesBack(IssuerUnderTest& issuer, const std::string& subject) {
  const auto verified = issuer.Verify(EdKey().Token(kIssuer, kAudience, subject, kNow));
  if (!verified.ok()) {
    EXPECT_THAT(verified, IsRefused());
    return false;
  }
  EXPECT_EQ(verified->subject, subject);
  return true;
}

// The same for bytes that may be no text. They stand in the claims as they are.
bool RawComesBack(IssuerUnderTest& issuer, const std::string& subject) {
  std::string claims = GoodClaims().dump();
  const std::string known = R"("sub":"ada")";
  claims.replace(claims.find(known), known.size(), R"("sub":")" + subject + "\"");
  return issuer.Verify(EdKey().Sign(claims)).ok();
}

void ExpectTextsComeBack(const std::vector<std::string>& subjects) {
  IssuerUnderTest issuer;
  int good = 0;
  for (const std::string& subject : subjects) {
    const bool is_text = CheckText("sub", subject, 1, 255).ok();
    EXPECT_EQ(ComesBack(issuer, subject), is_text) << subject;
    good += is_text ? 1 : 0;
  }
  std::printf("subjects: %zu, taken: %d\n", subjects.size(), good);
  EXPECT_GT(good, 0);
}

TEST(SubjectsTest, NaughtyStringsComeBackOrAreRefused) {
  std::ifstream file(SharedData("strings-naughty/blns.json"));
  if (!file) {
    PERIGEE_SKIP_OR_FAIL("the data set strings-naughty");
  }
  ExpectTextsComeBack(nlohmann::json::parse(file).get<std::vector<std::string>>());
}

TEST(SubjectsTest, NamesOfAllScriptsComeBack) {
  std::ifstream file(SharedData("strings-names/names.csv"));
  if (!file) {
    PERIGEE_SKIP_OR_FAIL("the data set strings-names");
  }
  std::vector<std::string> names;
  for (std::string line; std::getline(file, line);) {
    names.push_back(line.substr(line.rfind(',') + 1));
  }
  ExpectTextsComeBack(names);
}

TEST(SubjectsTest, ASubjectHasOneTo255Bytes) {
  IssuerUnderTest issuer;
  EXPECT_FALSE(ComesBack(issuer, ""));
  EXPECT_TRUE(ComesBack(issuer, std::string(255, 'a')));
  EXPECT_FALSE(ComesBack(issuer, std::string(256, 'a')));
  EXPECT_TRUE(RawComesBack(issuer, "\\u00e9"));
}

TEST(SubjectsTest, ControlCharactersAndBrokenTextAreRefused) {
  IssuerUnderTest issuer;
  for (const char* const bad :
       {"\\u0000", "a\\u0000", "\\n", "\\u001f", "\\u007f", "\\u0085", "\\u009f", "\\ud800",
        "\\udc00\\ud800", "\x01", "\n", "\x7F", "\xFF", "\xC3", "\xC0\xAF", "\xED\xA0\x80",
        "\xF4\x90\x80\x80", "\xE2\x82", "\xC2\x85"}) {
    EXPECT_FALSE(RawComesBack(issuer, bad)) << bad;
  }
  for (const char* const good : {"\\ud83d\\ude00", "\xF0\x9F\x98\x80", "\\\"", "\\\\", "\\u0020"}) {
    EXPECT_TRUE(RawComesBack(issuer, good)) << good;
  }
}

}  // namespace
}  // namespace perigee::tests
