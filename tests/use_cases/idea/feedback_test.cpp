#include "server/use_cases/idea/feedback.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/insider/item_read.h"
#include "tests/support/race.h"
#include "tests/use_cases/idea/with_items.h"

namespace perigee::tests {
namespace {

using domain::Feedback;
using domain::FeedbackRating;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class FeedbackTest : public WithItemsTest {
 protected:
  static use_cases::FeedbackDraft DraftOf(const std::string& member) {
    use_cases::FeedbackDraft draft;
    draft.member = member;
    draft.item = "preview";
    draft.ratings = {{"", 4}, {"speed", 2}};
    draft.text = "Bright";
    return draft;
  }
  absl::StatusOr<Feedback> Give(const use_cases::FeedbackDraft& draft) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::GiveFeedback(reader, unit, "demo", draft);
    });
  }
  absl::StatusOr<Feedback> Give(const std::string& member, std::int32_t version = 0) {
    use_cases::FeedbackDraft draft = DraftOf(member);
    draft.version = version;
    return Give(draft);
  }
  absl::StatusOr<domain::InsiderItem> Ask(std::vector<domain::ItemQuestion> questions,
                                          const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::SetFeedbackQuestions(reader, unit, "demo", "preview", questions, etag);
    });
  }
  std::vector<Feedback> OwnOf(const std::string& member) {
    return As(member, [](auto& reader, auto& gate) {
      return use_cases::OwnFeedback(reader, "demo", gate);
    });
  }
  use_cases::FeedbackSummary Summary(std::int32_t version = 0) {
    use_cases::FeedbackSummary summary;
    programme.Read([&](ports::StoreReader& reader) {
      summary = use_cases::SummarizeFeedback(reader, "demo", "preview", version).value();
      return absl::OkStatus();
    });
    return summary;
  }
};

TEST_F(FeedbackTest, APersonHasOneForEachVersionAndMayChangeIt) {
  const auto first = Give("ada");
  ASSERT_THAT(first, IsOk());
  EXPECT_EQ(first->version, 2);
  programme.clock.Set(Now() + std::chrono::hours(1));
  use_cases::FeedbackDraft changed = DraftOf("ada");
  changed.ratings = {{"", 5}};
  changed.text = "";
  const auto second = Give(changed);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->id, first->id);
  EXPECT_EQ(second->create_time, first->create_time);
  EXPECT_EQ(second->update_time, Now());
  EXPECT_THAT(All<Feedback>(), SizeIs(1));
  EXPECT_THAT(All<Feedback>()[0].ratings, ElementsAre(FeedbackRating{"", 5}));
  EXPECT_EQ(All<Feedback>()[0].text, "");
  ASSERT_THAT(Give("ada", 1), IsOk());
  EXPECT_THAT(OwnOf("ada"), SizeIs(2));
  // A person is one, by whichever member.
  ASSERT_THAT(Merge("bob", "ada"), IsOk());
  ASSERT_THAT(Give("bob", 1), IsOk());
  EXPECT_THAT(OwnOf("bob"), SizeIs(2));
}

TEST_F(FeedbackTest, FeedbackGivenAtOnceIsOne) {
  const Race race = AtOnce(20, [&](int) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = Now();
    unit.decide = [&](ports::StoreReader& reader,
                      const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      auto given = use_cases::GiveFeedback(reader, context, "demo", DraftOf("ada"));
      if (!given.ok()) {
        return given.status();
      }
      return ports::Decision{std::move(given->changes), {}};
    };
    return use_cases::WriteAndWait(programme.store(), std::move(unit));
  });
  EXPECT_EQ(race.done, 20);
  EXPECT_THAT(All<Feedback>(), SizeIs(1));
}

TEST_F(FeedbackTest, OnlyThoseWhoMayReadTheItemGiveIt) {
  ASSERT_THAT(Give("ada"), IsOk());
  Suspend("bob");
  EXPECT_THAT(Give("bob"), HasReason(Reason::kNotFound));
  ChangeItem([](domain::InsiderItem& item) { item.audience = "title:mvp"; });
  const auto closed = Give("cyd");
  EXPECT_THAT(closed, HasReason(Reason::kNotFound));
  use_cases::FeedbackDraft nowhere = DraftOf("cyd");
  nowhere.item = "none";
  const auto missing = Give(nowhere);
  EXPECT_THAT(missing, HasReason(Reason::kNotFound));
  EXPECT_EQ(closed.status().message(), "programs/demo/items/preview was not found");
  EXPECT_EQ(missing.status().message(), "programs/demo/items/none was not found");
  // What is hidden refuses before it says what it asks.
  use_cases::FeedbackDraft wrong = DraftOf("cyd");
  wrong.ratings = {{"none", 9}};
  wrong.version = 7;
  EXPECT_EQ(Give(wrong).status(), closed.status());
  EXPECT_THAT(OwnOf("ada"), IsEmpty());
  EXPECT_THAT(All<Feedback>(), SizeIs(1));
}

TEST_F(FeedbackTest, ItIsOnAVersionThatIsThere) {
  EXPECT_THAT(Give("ada", 3), IsInvalidField("feedback.version"));
  EXPECT_THAT(Give("ada", -1), IsInvalidField("feedback.version"));
  ChangeItem([](domain::InsiderItem& item) { item.version = 0; });
  EXPECT_THAT(Give("ada"), IsInvalidField("feedback.version"));
}

TEST_F(FeedbackTest, QuestionsChangeAndAnswersStay) {
  ASSERT_THAT(Give("ada"), IsOk());
  const auto item = Ask({{"looks", "Is it nice?"}});
  ASSERT_THAT(item, IsOk());
  EXPECT_THAT(Ask({}, "1"), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Ask({{"looks", "Nice?"}}, domain::Etag(item->edit_revision)), IsOk());
  EXPECT_THAT(Give("bob"), IsInvalidField("feedback.ratings[1].question"));
  const use_cases::FeedbackSummary summary = Summary();
  EXPECT_THAT(summary.questions, ElementsAre(domain::ItemQuestion{"looks", "Nice?"}));
  EXPECT_EQ(summary.ratings.at("speed").at(1), 1);
}

TEST_F(FeedbackTest, ASummaryCountsPersonsWhoReadTheBody) {
  const auto read = [&](const std::string& member, std::int32_t version, const char* attachment) {
    const domain::MemberKey key = programme.KeyOf(member);
    EXPECT_THAT(
        Do([&](auto&, const auto& unit) -> absl::StatusOr<use_cases::Decided<domain::ItemRead>> {
          return use_cases::Put(
              domain::ReadAt(key, {"preview", version, attachment}, unit.now, unit.revision));
        }),
        IsOk());
  };
  read("ada", 1, "");
  read("ada", 2, "");
  read("ada", 2, "");
  read("bob", 2, "");
  read("cyd", 2, "plan");
  read("dan", 1, "");
  EXPECT_EQ(Summary().readers, 3);
  EXPECT_EQ(Summary(1).readers, 2);
  EXPECT_EQ(Summary(2).readers, 2);
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_EQ(Summary().readers, 2);
  programme.Erase(programme.KeyOf("dan"));
  EXPECT_EQ(Summary().readers, 1);
}

TEST_F(FeedbackTest, ASummaryCountsWhoIsThere) {
  ASSERT_THAT(Give("ada"), IsOk());
  ASSERT_THAT(Give("ada", 1), IsOk());
  ASSERT_THAT(Give("bob"), IsOk());
  use_cases::FeedbackDraft terse = DraftOf("cyd");
  terse.text = "";
  ASSERT_THAT(Give(terse), IsOk());
  use_cases::FeedbackSummary summary = Summary();
  EXPECT_EQ(summary.feedback, 4);
  EXPECT_EQ(summary.persons, 3);
  EXPECT_EQ(summary.texts, 3);
  EXPECT_THAT(summary.ratings.at(""), ElementsAre(0, 0, 0, 4, 0));
  EXPECT_EQ(Summary(1).feedback, 1);
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  EXPECT_EQ(Summary().persons, 2);
  programme.Erase(programme.KeyOf("cyd"));
  summary = Summary();
  EXPECT_EQ(summary.feedback, 3);
  EXPECT_EQ(summary.persons, 1);
  programme.DoWhatIsDue();
  EXPECT_EQ(Summary().feedback, 3);
  EXPECT_THAT(programme.Findings(), IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
