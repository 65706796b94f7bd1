#include "server/domain/champion/title.h"

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Nominator;
using domain::Title;

Title Mvp() {
  Title title;
  title.id = "mvp";
  title.display_name = "MVP";
  title.nominators = {Nominator::kSelf, Nominator::kStaff};
  title.questions = {"Why?", "Since when?"};
  title.rights = {"preview", "briefing"};
  return title;
}

TEST(TitleTest, NormalizingSorts) {
  Title title = Mvp();
  ASSERT_THAT(domain::NormalizeTitle(title), IsOk());
  EXPECT_THAT(title.nominators, testing::ElementsAre(Nominator::kStaff, Nominator::kSelf));
  EXPECT_THAT(title.rights, testing::ElementsAre("briefing", "preview"));
}

TEST(TitleTest, EveryLimitHasItsField) {
  struct Row {
    const char* field;
    std::function<void(Title&)> change;
  };
  for (const Row& row : {
           Row{"title_id", [](Title& t) { t.id = "M"; }},
           Row{"title.display_name", [](Title& t) { t.display_name = ""; }},
           Row{"title.term_months", [](Title& t) { t.term_months = 0; }},
           Row{"title.term_months", [](Title& t) { t.term_months = 121; }},
           Row{"title.seats", [](Title& t) { t.seats = -1; }},
           Row{"title.nominators", [](Title& t) { t.nominators.clear(); }},
           Row{"title.nominators", [](Title& t) { t.nominators.push_back(Nominator::kSelf); }},
           Row{"title.reviews", [](Title& t) { t.reviews = 21; }},
           Row{"title.questions", [](Title& t) { t.questions.assign(11, "Why?"); }},
           Row{"title.questions", [](Title& t) { t.questions = {""}; }},
           Row{"title.renewal_days", [](Title& t) { t.renewal_days = 12 * 31 + 1; }},
           Row{"title.rights",
               [](Title& t) {
                 t.rights = {"a", "a"};
               }},
           Row{"title.rights", [](Title& t) { t.rights = {"A b"}; }},
       }) {
    Title title = Mvp();
    row.change(title);
    EXPECT_THAT(domain::NormalizeTitle(title), IsInvalidField(row.field));
  }
}

TEST(TitleTest, EachQuestionHasOneAnswer) {
  EXPECT_THAT(domain::CheckAnswers(Mvp(), {"a", "b"}), IsOk());
  EXPECT_THAT(domain::CheckAnswers(Mvp(), {"a"}), IsInvalidField("answers"));
  EXPECT_THAT(domain::CheckAnswers(Mvp(), {"a", ""}), IsInvalidField("answers"));
  EXPECT_THAT(domain::CheckAnswers(Mvp(), {"a", std::string(2001, 'b')}),
              IsInvalidField("answers"));
}

}  // namespace
}  // namespace perigee::tests
