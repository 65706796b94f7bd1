#include "server/domain/idea/feedback.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

using domain::Feedback;
using domain::FeedbackRating;
using domain::ItemQuestion;
using testing::ElementsAre;
using testing::Pair;

const std::vector<ItemQuestion> kQuestions = {{"speed", "Is it fast?"}, {"looks", "Is it nice?"}};

Feedback Rated(std::vector<FeedbackRating> ratings, std::string text = "") {
  Feedback feedback;
  feedback.ratings = std::move(ratings);
  feedback.text = std::move(text);
  return feedback;
}

struct Case {
  const char* name;
  std::vector<FeedbackRating> ratings;
  std::string text;
  const char* field;  // That is refused. Null: none.
};

TEST(FeedbackTest, ItAnswersQuestionsOfTheItemOrSaysSomething) {
  const Case cases[] = {
      {"words alone", {}, "Bright,\nand quick", nullptr},
      {"the whole alone", {{"", 1}}, "", nullptr},
      {"all", {{"", 5}, {"speed", 1}, {"looks", 3}}, "", nullptr},
      {"nothing", {}, "", "feedback.text"},
      {"too many words", {{"", 5}}, std::string(4001, 'a'), "feedback.text"},
      {"most words", {{"", 5}}, std::string(4000, 'a'), nullptr},
      {"no such question", {{"weight", 3}}, "", "feedback.ratings[0].question"},
      {"a question twice", {{"speed", 3}, {"speed", 3}}, "", "feedback.ratings[1].question"},
      {"the whole twice", {{"", 3}, {"", 4}}, "", "feedback.ratings[1].question"},
      {"too low", {{"speed", 0}}, "", "feedback.ratings[0].rating"},
      {"too high", {{"", 5}, {"speed", 6}}, "", "feedback.ratings[1].rating"},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const absl::Status checked = domain::CheckFeedback(Rated(one.ratings, one.text), kQuestions);
    if (one.field == nullptr) {
      EXPECT_THAT(checked, IsOk());
    } else {
      EXPECT_THAT(checked, IsInvalidField(one.field));
    }
  }
}

TEST(FeedbackTest, QuestionsHaveIdsOfTheirOwnAndWords) {
  EXPECT_THAT(domain::CheckQuestions(kQuestions), IsOk());
  EXPECT_THAT(domain::CheckQuestions({}), IsOk());
  const auto refused = [](ItemQuestion second) {
    return domain::CheckQuestions(std::vector<ItemQuestion>{{"speed", "Fast?"}, std::move(second)});
  };
  EXPECT_THAT(refused({"Speed", "Fast?"}), IsInvalidField("questions[1].id"));
  EXPECT_THAT(refused({"speed", "Fast?"}), IsInvalidField("questions[1].id"));
  EXPECT_THAT(refused({"looks", ""}), IsInvalidField("questions[1].text"));
  EXPECT_THAT(refused({"looks", std::string(201, 'a')}), IsInvalidField("questions[1].text"));
  std::vector<ItemQuestion> many;
  for (int i = 0; i <= 20; ++i) {
    many.push_back({"q" + std::to_string(i), "Why?"});
  }
  EXPECT_THAT(domain::CheckQuestions(many), IsInvalidField("questions"));
  many.pop_back();
  EXPECT_THAT(domain::CheckQuestions(many), IsOk());
}

TEST(FeedbackTest, RatingsAreCountedByQuestion) {
  const std::vector<Feedback> all = {Rated({{"", 5}, {"speed", 1}}), Rated({{"", 5}}),
                                     Rated({}, "Hm"), Rated({{"", 1}, {"gone", 3}})};
  EXPECT_THAT(domain::CountRatings(all), ElementsAre(Pair("", ElementsAre(1, 0, 0, 0, 2)),
                                                     Pair("gone", ElementsAre(0, 0, 1, 0, 0)),
                                                     Pair("speed", ElementsAre(1, 0, 0, 0, 0))));
}

}  // namespace
}  // namespace perigee::tests
