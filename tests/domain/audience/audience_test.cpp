#include "server/domain/audience/audience.h"

#include <chrono>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/core/error.h"
#include "server/core/text.h"
#include "server/domain/member/member.h"
#include "tests/matchers/status.h"

namespace perigee::domain {
namespace {

using std::chrono::days;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using tests::HasReason;
using tests::IsInvalidField;
using tests::IsOk;

const Time kNow = FromMicros(1'790'000'000'000'000);

absl::StatusOr<Audience> Compiled(std::string_view text) { return Audience::Compile("a", text); }

Member Ada() {
  Member member;
  member.id = "ada";
  member.kinds = {StakeholderKind::kCustomer, StakeholderKind::kPartner};
  member.facets = {"cyclist", "maker"};
  member.titles = {"mvp"};
  member.badges = {"teacher"};
  member.tiers = {"loyalty/bronze", "loyalty/silver"};
  member.join_time = kNow - days(90);
  return member;
}

// Ada answered five times in 30 days, twice in 7, and asked once.
absl::StatusOr<std::int64_t> AdasActivities(const AskedActivities& asked) {
  const std::int64_t answers = asked.days >= 30 ? 5 : 2;
  return asked.type == "answer" ? answers : asked.type == "question" ? 1 : answers + 1;
}

// Ada is on the level `contributing`.
absl::StatusOr<int> AdasIndex() { return 8; }

Judgement JudgedAda(std::string_view text) {
  const absl::StatusOr<Audience> audience = Compiled(text);
  EXPECT_THAT(audience, IsOk()) << text;
  absl::StatusOr<Judgement> judged = audience->Judge(Ada(), kNow, AdasActivities, AdasIndex);
  EXPECT_THAT(judged, IsOk());
  return *std::move(judged);
}

TEST(AudienceTest, EveryTermSaysWhatItSays) {
  const std::map<std::string, bool> cases = {
      {"", true},
      {"everybody", true},
      {"not everybody", false},
      {"kind:customer", true},
      {"kind:donor", false},
      {"facet:cyclist", true},
      {"facet:cycl", false},
      {"title:mvp", true},
      {"title:hero", false},
      {"badge:teacher", true},
      {"badge:critic", false},
      {"tier:loyalty/bronze", true},
      {"tier:loyalty/silver and not tier:loyalty/gold", true},
      {"tier:other/silver", false},
      {"orbit:leading", false},
      {"orbit:contributing", true},
      {"orbit:participating and orbit:exploring", true},
      {"member_for >= 90d", true},
      {"member_for > 90d", false},
      {"member_for = 90d", true},
      {"member_for<13w", true},
      {"member_for <= 12w", false},
      {"activities(answer, 30d) >= 5", true},
      {"activities(answer,7d) > 2", false},
      {"activities(question, 30d) = 1", true},
      {"activities(30d) = 6", true},
      {"activities(7d) < 3", false},
  };
  for (const auto& [text, expected] : cases) {
    EXPECT_EQ(JudgedAda(text).is_in, expected) << text;
  }
}

TEST(AudienceTest, NotBindsBeforeAndBeforeOr) {
  // Of cyclist and racer, Ada is a cyclist.
  EXPECT_TRUE(JudgedAda("facet:cyclist or facet:racer and facet:racer").is_in);
  EXPECT_FALSE(JudgedAda("(facet:cyclist or facet:racer) and facet:racer").is_in);
  EXPECT_TRUE(JudgedAda("not facet:racer and facet:cyclist").is_in);
  EXPECT_FALSE(JudgedAda("not (facet:racer or facet:cyclist)").is_in);
  EXPECT_TRUE(JudgedAda("not not facet:cyclist").is_in);
}

TEST(AudienceTest, SaysWhichTermsDecided) {
  EXPECT_THAT(JudgedAda("facet:cyclist and not facet:racer and kind:partner").why,
              ElementsAre("facet:cyclist", "not facet:racer", "kind:partner"));
  EXPECT_THAT(JudgedAda("facet:racer or kind:partner or facet:maker").why,
              ElementsAre("kind:partner"));
  EXPECT_THAT(JudgedAda("facet:cyclist and facet:racer and facet:maker").why,
              ElementsAre("not facet:racer"));
  EXPECT_THAT(JudgedAda("(kind:donor or kind:investor) and facet:maker").why,
              ElementsAre("not kind:donor", "not kind:investor"));
  EXPECT_THAT(JudgedAda("facet:maker and activities( answer , 30d )  >=  3").why,
              ElementsAre("facet:maker", "activities( answer , 30d )  >=  3"));
  EXPECT_THAT(JudgedAda("").why, IsEmpty());
}

TEST(AudienceTest, LooksAtActivitiesOnlyWhereTheAnswerIsOpen) {
  const auto never = [](const AskedActivities&) -> absl::StatusOr<std::int64_t> {
    return Error(Reason::kInternal, "counted");
  };
  const auto nowhere = []() -> absl::StatusOr<int> { return Error(Reason::kInternal, "found"); };
  for (const std::string term : {"activities(30d) > 0", "orbit:leading"}) {
    const auto audience = Compiled("facet:racer and " + term);
    ASSERT_THAT(audience, IsOk());
    EXPECT_THAT(audience->Judge(Ada(), kNow, never, nowhere), IsOk());
    const auto other = Compiled("facet:cyclist and " + term);
    ASSERT_THAT(other, IsOk());
    EXPECT_THAT(other->Judge(Ada(), kNow, never, nowhere), HasReason(Reason::kInternal));
  }
}

TEST(AudienceTest, WhoIsNotInOrbitIsOnNoLevel) {
  struct Row {
    int index;
    bool exploring;
    bool leading;
  };
  for (const Row& row :
       {Row{0, false, false}, Row{1, true, false}, Row{9, true, false}, Row{10, true, true}}) {
    const auto is_in = [&](std::string_view text) {
      return Compiled(text)->Judge(Ada(), kNow, AdasActivities, [&] { return row.index; })->is_in;
    };
    EXPECT_EQ(is_in("orbit:exploring"), row.exploring) << row.index;
    EXPECT_EQ(is_in("orbit:leading"), row.leading) << row.index;
  }
}

TEST(AudienceTest, TimelessIsWhatOnlyAChangeOfTheMemberChanges) {
  const auto timeless = Compiled("facet:maker and (kind:donor or not facet:cyclist)");
  ASSERT_THAT(timeless, IsOk());
  EXPECT_TRUE(timeless->IsTimeless());
  EXPECT_FALSE(timeless->Has(Ada()));
  EXPECT_TRUE(Compiled("title:mvp")->IsTimeless());
  EXPECT_TRUE(Compiled("title:mvp")->Has(Ada()));
  EXPECT_TRUE(Compiled("badge:teacher")->IsTimeless());
  EXPECT_TRUE(Compiled("tier:loyalty/silver")->IsTimeless());
  EXPECT_TRUE(Audience().IsTimeless());
  EXPECT_TRUE(Audience().Has(Ada()));
  EXPECT_FALSE(Compiled("kind:donor or member_for > 1d")->IsTimeless());
  EXPECT_FALSE(Compiled("activities(1d) = 0")->IsTimeless());
  EXPECT_FALSE(Compiled("orbit:leading")->IsTimeless());
}

TEST(AudienceTest, NamesItsFacets) {
  EXPECT_THAT(Compiled("facet:b or not facet:a and facet:b")->Facets(), ElementsAre("a", "b"));
  EXPECT_THAT(Compiled("kind:donor or title:a")->Facets(), IsEmpty());
}

struct Flaw {
  std::string name;
  std::string text;
  int position;
  std::string expected;
};

class AudienceFlawTest : public ::testing::TestWithParam<Flaw> {};

TEST_P(AudienceFlawTest, IsRefusedAtItsPlace) {
  const absl::Status status = Compiled(GetParam().text).status();
  ASSERT_THAT(status, IsInvalidField("a"));
  EXPECT_EQ(MetadataOf(status).at("position"), absl::StrCat(GetParam().position));
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(absl::StrCat("at ", GetParam().position, ",")),
                    HasSubstr(GetParam().expected)));
}

INSTANTIATE_TEST_SUITE_P(
    Flaws, AudienceFlawTest,
    ::testing::Values(
        Flaw{"OnlySpaces", "  ", 3, "a term"}, Flaw{"UnknownTerm", "facets:maker", 1, "a term"},
        Flaw{"UnknownKind", "kind:customers", 6, "customer, employee"},
        Flaw{"NoColon", "kind customer", 6, "`:`"}, Flaw{"NoFacet", "facet:", 7, "id of a facet"},
        Flaw{"BadFacet", "facet:-x", 7, "id of a facet"},
        Flaw{"NoTitle", "title:", 7, "id of a title"},
        Flaw{"NoBadge", "badge:", 7, "id of a badge"}, Flaw{"NoLevel", "tier:loyalty", 13, "`/`"},
        Flaw{"BadLevel", "tier:loyalty/", 14, "id of a level"},
        Flaw{"NoColonOfOrbit", "orbit leading", 7, "`:`"},
        Flaw{"UnknownLevel", "orbit:inner", 7, "leading, contributing"},
        Flaw{"UpperCase", "facet:Maker", 7, "id of a facet"},
        Flaw{"NoOperand", "facet:a and", 12, "a term"},
        Flaw{"NoOperator", "facet:a facet:b", 9, "`and`, `or` or the end"},
        Flaw{"Unclosed", "(facet:a", 9, "`)`"}, Flaw{"Unopened", "facet:a)", 8, "or the end"},
        Flaw{"NoComparison", "member_for 3d", 12, "<, <=, =, >= or >"},
        Flaw{"NoSpan", "member_for > 3", 14, "a span"},
        Flaw{"ZeroSpan", "member_for > 0d", 14, "a span"},
        Flaw{"LongSpan", "member_for > 3661d", 14, "a span"},
        Flaw{"LongWeeks", "member_for > 99999w", 14, "a span"},
        Flaw{"NoNumber", "activities(3d) >", 17, "a number"},
        Flaw{"LongNumber", "activities(3d) > 1234567890", 18, "a number"},
        Flaw{"NegativeNumber", "activities(3d) > -1", 18, "a number"},
        Flaw{"NoType", "activities(, 3d) > 1", 12, "a type of activity or a span"},
        Flaw{"NoSpanAfterType", "activities(answer) > 1", 18, "`,`"},
        Flaw{"Foreign", "facet:a and é", 13, "a term"},
        Flaw{"Demographic", "age > 30", 1, "a term"}),
    [](const auto& info) { return info.param.name; });

TEST(AudienceTest, ATypeMayBeginWithADigit) {
  EXPECT_THAT(Compiled("activities(3d, 3d) > 1"), IsOk());
}

TEST(AudienceTest, KeepsItsLimits) {
  std::vector<std::string> terms(kAudienceTermsMax, "facet:a");
  EXPECT_THAT(Compiled(absl::StrJoin(terms, " or ")), IsOk());
  terms.emplace_back("facet:a");
  EXPECT_THAT(Compiled(absl::StrJoin(terms, " or ")), IsInvalidField("a"));

  EXPECT_THAT(Compiled(std::string(kAudienceBytesMax - 1, ' ') + "x"), IsInvalidField("a"));
  EXPECT_THAT(Compiled(std::string(kAudienceBytesMax - 7, ' ') + "facet:a"), IsOk());
  EXPECT_THAT(Compiled(std::string(kAudienceBytesMax - 6, ' ') + "facet:a"), IsInvalidField("a"));

  const std::string open(kAudienceDepthMax - 1, '(');
  const std::string close(kAudienceDepthMax - 1, ')');
  EXPECT_THAT(Compiled(open + "facet:a" + close), IsOk());
  EXPECT_THAT(Compiled("(" + open + "facet:a" + close + ")"), IsInvalidField("a"));
  std::string nots;
  for (int i = 0; i < kAudienceDepthMax; ++i) {
    nots += "not ";
  }
  EXPECT_THAT(Compiled(nots + "facet:a"), IsInvalidField("a"));

  std::vector<std::string> counts(kAudienceActivitiesMax, "activities(1d) > 0");
  EXPECT_THAT(Compiled(absl::StrJoin(counts, " or ")), IsOk());
  counts.push_back(counts.front());
  EXPECT_THAT(Compiled(absl::StrJoin(counts, " or ")), IsInvalidField("a"));
}

// A formula with its value, both made by the same random walk.
struct Formula {
  std::string text;
  bool value = false;
};

Formula AnyFormula(std::mt19937& random, int depth) {
  const auto pick = [&](int n) { return std::uniform_int_distribution(0, n - 1)(random); };
  if (depth == 0 || pick(3) == 0) {
    static const std::vector<Formula> kTerms = {{"facet:cyclist", true},   {"facet:racer", false},
                                                {"kind:partner", true},    {"kind:donor", false},
                                                {"member_for > 1d", true}, {"everybody", true}};
    return kTerms[static_cast<std::size_t>(pick(6))];
  }
  const Formula a = AnyFormula(random, depth - 1);
  switch (pick(3)) {
    case 0:
      return {"not (" + a.text + ")", !a.value};
    case 1: {
      const Formula b = AnyFormula(random, depth - 1);
      return {"(" + a.text + ") and (" + b.text + ")", a.value && b.value};
    }
    default: {
      const Formula b = AnyFormula(random, depth - 1);
      return {"(" + a.text + ") or (" + b.text + ")", a.value || b.value};
    }
  }
}

TEST(AudienceTest, AnyFormulaHasItsValue) {
  std::mt19937 random(11);
  for (int i = 0; i < 2000; ++i) {
    const Formula formula = AnyFormula(random, 4);
    EXPECT_EQ(JudgedAda(formula.text).is_in, formula.value) << formula.text;
  }
}

TEST(AudienceTest, AnyBytesAreAnswered) {
  std::mt19937 random(12);
  const std::string_view pieces[] = {
      "facet:", "kind:", "a",           "(",        ")",          "not",      "and",
      "or",     " ",     "3d",          ",",        "<",          "=",        "\0x",
      "é",      "\xff",  "activities(", "customer", "member_for", "everybody"};
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    const int length = std::uniform_int_distribution(0, 12)(random);
    for (int j = 0; j < length; ++j) {
      text += pieces[std::uniform_int_distribution<std::size_t>(0, std::size(pieces) - 1)(random)];
    }
    const absl::StatusOr<Audience> audience = Compiled(text);
    if (!audience.ok()) {
      EXPECT_THAT(audience, IsInvalidField("a"));
      EXPECT_TRUE(IsValidUtf8(std::string(audience.status().message())));
    }
  }
}

}  // namespace
}  // namespace perigee::domain
