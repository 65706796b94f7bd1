#include "server/use_cases/insider/open_items.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/sha256.h"
#include "server/domain/insider/canary.h"
#include "server/use_cases/insider/copies.h"
#include "server/use_cases/insider/items.h"
#include "tests/use_cases/insider/open_programme.h"

namespace perigee::tests {
namespace {

using domain::GateOutcome;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kText[] = "The next bike folds into a bag that fits under any seat of any train.";

std::string ResourceNameOf(const absl::Status& status) {
  return MetadataOf(status)["resource_name"];
}

TEST_F(OpenItemsTest, AReaderGetsACopyOfTheirOwn) {
  Open("bike", kText);
  ASSERT_THAT(Appoint("bob"), IsOk());
  const use_cases::OpenBody adas = Body("ada", "bike").value();
  const use_cases::OpenBody bobs = Body("bob", "bike").value();
  EXPECT_EQ(adas.open.outcome, GateOutcome::kInsider);
  EXPECT_EQ(adas.part, (domain::ItemPart{"bike", 1, ""}));
  EXPECT_EQ(adas.reader, programme.KeyOf("ada"));
  EXPECT_NE(adas.body, kText);
  EXPECT_NE(adas.body, bobs.body);
  EXPECT_EQ(adas.body, Body("ada", "bike")->body);
  EXPECT_EQ(domain::WithoutMarks(adas.body), kText);
  EXPECT_EQ(adas.digest, Hex(Sha256(kText)));
  EXPECT_EQ(bobs.digest, adas.digest);

  // The key and the reader of the copy are what a trace starts from.
  std::string copy;
  programme.Read([&](ports::StoreReader& reader) {
    const SealKey key = use_cases::CanaryKey(reader, "demo").value();
    copy = domain::MarkedCopy(use_cases::BytesOf(key), use_cases::CopyOf("bike", 1, adas.reader),
                              kText)
               .value();
    return absl::OkStatus();
  });
  EXPECT_EQ(adas.body, copy);

  AddVersion("bike", "It rolls, too.");
  EXPECT_EQ(Body("ada", "bike")->part.version, 2);
  EXPECT_EQ(domain::WithoutMarks(Body("ada", "bike")->body), "It rolls, too.");
}

TEST_F(OpenItemsTest, AnItemWithoutABodyIsShownWithoutOne) {
  Open("bike", "");
  const use_cases::OpenBody opened = Body("ada", "bike").value();
  EXPECT_EQ(opened.part.version, 0);
  EXPECT_EQ(opened.body, "");
  EXPECT_EQ(opened.digest, "");
}

TEST_F(OpenItemsTest, WhatIsClosedIsMissingWhateverTheCause) {
  Open("bike", kText);
  Draft("draft", kText);
  Open("gone", kText);
  ASSERT_THAT(Do([&](auto& reader, const auto& unit) {
                return use_cases::MoveItem(reader, unit, "demo", "gone",
                                           [](Time now, domain::InsiderItem& item) {
                                             return domain::Withdraw(now, item);
                                           });
              }),
              IsOk());
  Open("seats", kText, [](auto& item) { item.seats = 1; });
  Open("past", kText, [&](auto& item) { item.close_time = Now() + seconds(1); });
  Go(seconds(1));
  for (const std::string item : {"draft", "gone", "seats", "past", "never-made"}) {
    const absl::Status missing = Body("ada", item).status();
    EXPECT_THAT(missing, HasReason(Reason::kNotFound)) << item;
    EXPECT_EQ(ResourceNameOf(missing), "programs/demo/items/" + item);
    EXPECT_EQ(std::string(missing.message()), "programs/demo/items/" + item + " was not found");
  }
  EXPECT_THAT(Body("bob", "bike"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Listed("ada"), ElementsAre("bike"));
  EXPECT_THAT(Listed("bob"), IsEmpty());
  programme.ChangeMember("ada",
                         [](auto& member) { member.standing = domain::Standing::kSuspended; });
  EXPECT_THAT(Body("ada", "bike"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Listed("ada"), IsEmpty());
}

TEST_F(OpenItemsTest, AnEmbargoEndsAtItsInstantAndNotBefore) {
  Open("bike", kText, [](auto& item) {
    item.releases = {{"all", "Everybody", "", "2026-11-22T00:00:00", "Europe/Berlin", Time{}}};
  });
  const Time instant = *ParseTime("2026-11-21T23:00:00Z");
  programme.clock.Set(instant - Duration(1));
  EXPECT_THAT(Body("bob", "bike"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Listed("bob"), IsEmpty());
  EXPECT_EQ(Body("ada", "bike")->open.outcome, GateOutcome::kInsider);
  for (const Duration after : {Duration(0), Duration(1)}) {
    programme.clock.Set(instant + after);
    EXPECT_EQ(Body("bob", "bike")->open.outcome, GateOutcome::kReleased);
    EXPECT_EQ(Body("ada", "bike")->open.outcome, GateOutcome::kReleased);
    EXPECT_THAT(Listed("bob"), ElementsAre("bike"));
  }
}

TEST_F(OpenItemsTest, HiddenItemsLeaveNoGapInAPage) {
  // More than are looked at in one read, so that the walk goes on.
  for (int i = 0; i < 230; ++i) {
    Open("i" + std::to_string(1000 + i), "", [&](auto& item) {
      item.audience = i % 100 == 0 ? "title:mvp" : "title:mvp and not everybody";
    });
  }
  EXPECT_THAT(Listed("ada"), ElementsAre("i1000", "i1100", "i1200"));
  EXPECT_THAT(Listed("ada", "", "", 2), ElementsAre("i1000", "i1100"));
  EXPECT_THAT(Listed("ada", "", "i1000", 1), ElementsAre("i1100"));
  EXPECT_THAT(Listed("ada", "", "i1200", 1), IsEmpty());
}

TEST_F(OpenItemsTest, ASearchFindsNamesOfOpenItemsAlone) {
  Open("bike", "");
  Open("boat", "", [](auto& item) { item.audience = "title:mvp and not everybody"; });
  EXPECT_THAT(Listed("ada", "the b"), ElementsAre("bike"));
  EXPECT_THAT(Listed("ada", "boat"), IsEmpty());
}

TEST_F(OpenItemsTest, ThePersonOfMergedMembersReadsAsTheirHead) {
  Open("bike", kText);
  programme.SetHead("bob", "ada");
  const use_cases::OpenBody opened = Body("bob", "bike").value();
  EXPECT_EQ(opened.reader, programme.KeyOf("ada"));
  EXPECT_EQ(opened.body, Body("ada", "bike")->body);
}

}  // namespace
}  // namespace perigee::tests
