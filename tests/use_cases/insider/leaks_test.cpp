#include "server/use_cases/insider/leaks.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/domain/insider/canary.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/item_read.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/insider/copies.h"
#include "tests/domain/insider/canary_texts.h"
#include "tests/use_cases/champion/champions.h"

namespace perigee::tests {
namespace {

using domain::JoinedTraces;
using domain::LeakCase;
using domain::LeakFinding;
using testing::IsEmpty;
using testing::SizeIs;
using State = domain::LeakCaseState;

absl::Status GoOn() { return absl::OkStatus(); }

// The programme of champions, with two items of which all members have read the first version, and
// ada the second one of `preview` too.
class LeaksTest : public ChampionsTest {
 protected:
  LeaksTest() {
    PutVersion("preview", 1, TextOf(kEnglish, 600, 1));
    PutVersion("preview", 2, TextOf(kEnglish, 600, 2));
    PutVersion("roadmap", 1, TextOf(kEnglish, 600, 3));
    for (const char* member : {"ada", "bob", "cyd", "dan"}) {
      Read(programme.KeyOf(member), {"preview", 1, ""});
      Read(programme.KeyOf(member), {"roadmap", 1, ""});
    }
    Read(programme.KeyOf("ada"), {"preview", 2, ""});
  }

  void PutVersion(const std::string& item, std::int32_t version, const std::string& body) {
    EXPECT_THAT(Do([&](auto&, const auto& unit) -> absl::StatusOr<use_cases::Decided<int>> {
                  domain::InsiderItem of;
                  of.id = item;
                  of.display_name = item;
                  of.version = version;
                  of.revision = unit.revision;
                  domain::ItemVersion made{item, version, body, "", unit.now, unit.revision};
                  use_cases::Decided<int> decided{1, {}};
                  decided.changes.records.Put(of);
                  decided.changes.records.Put(made);
                  return decided;
                }),
                IsOk());
  }
  void Read(const domain::MemberKey& member, const domain::ItemPart& part) {
    EXPECT_THAT(
        Do([&](auto&, const auto& unit) -> absl::StatusOr<use_cases::Decided<domain::ItemRead>> {
          return use_cases::Put(domain::ReadAt(member, part, unit.now, unit.revision));
        }),
        IsOk());
  }
  // The copy that the member was shown.
  std::string CopyOf(const domain::MemberKey& member, const std::string& item,
                     std::int32_t version) {
    std::string copy;
    programme.Read([&](ports::StoreReader& reader) {
      const auto found =
          reader.records().Find("demo", domain::ItemVersion{item, version, "", "", {}, 0});
      const SealKey key = use_cases::CanaryKey(reader, "demo").value();
      copy = domain::MarkedCopy(use_cases::BytesOf(key), use_cases::CopyOf(item, version, member),
                                found.value().value().body)
                 .value();
      return absl::OkStatus();
    });
    return copy;
  }
  std::string CopyOf(const std::string& member, const std::string& item, std::int32_t version) {
    return CopyOf(programme.KeyOf(member), item, version);
  }
  JoinedTraces Trace(const std::string& leak, const std::string& item = "") {
    const auto traced = use_cases::TraceLeak(programme.store(), "demo", item, leak, GoOn);
    EXPECT_THAT(traced, IsOk());
    return traced.value_or(JoinedTraces());
  }

  absl::StatusOr<LeakCase> Report(const std::string& item = "preview") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::ReportLeak(reader, unit, "demo", item, "On a forum", Stranger(1));
    });
  }
  absl::StatusOr<LeakCase> Triage(domain::Revision id, const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::StartTriage(reader, unit, {"demo", id, "", etag}, Stranger(2));
    });
  }
  absl::StatusOr<LeakCase> Name(domain::Revision id, const std::string& suspect,
                                const use_cases::Judge& by = Stranger(2)) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::NameSuspect(reader, unit, {"demo", id, "because", ""}, suspect, by);
    });
  }
  absl::StatusOr<LeakCase> Decide(domain::Revision id, bool confirm,
                                  const use_cases::Judge& by = Stranger(3),
                                  const std::string& reason = "We talked") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::DecideLeakCase(reader, unit, {"demo", id, reason, ""}, confirm, by);
    });
  }
};

TEST_F(LeaksTest, APassageLeadsToTheCopyOfItsReader) {
  const JoinedTraces trace = Trace(Pasted(Excerpt(CopyOf("bob", "roadmap", 1), 100, 200)));
  EXPECT_EQ(trace.finding, LeakFinding::kCandidates);
  EXPECT_EQ(trace.item, "roadmap");
  ASSERT_THAT(trace.candidates, SizeIs(1));
  EXPECT_EQ(trace.candidates[0].item, "roadmap");
  EXPECT_EQ(trace.candidates[0].candidate.viewer, programme.KeyOf("bob").Hex());
  EXPECT_EQ(trace.candidates[0].candidate.false_chance, domain::kFalseChanceStatedMin);
}

TEST_F(LeaksTest, TheVersionIsTold) {
  const std::string leak = Excerpt(CopyOf("ada", "preview", 2), 100, 200);
  const JoinedTraces trace = Trace(leak, "preview");
  ASSERT_THAT(trace.candidates, SizeIs(1));
  EXPECT_EQ(trace.candidates[0].candidate.version, 2);
  // Another item has nothing of it.
  EXPECT_EQ(Trace(leak, "roadmap").finding, LeakFinding::kNoMark);
}

TEST_F(LeaksTest, WhoHasNotReadItIsNoCandidate) {
  // Bob was never shown the second version.
  const std::string leak = Excerpt(CopyOf("bob", "preview", 2), 100, 200);
  EXPECT_EQ(Trace(leak).finding, LeakFinding::kNoReader);
  EXPECT_THAT(Trace(leak).candidates, IsEmpty());
  // An attachment is no copy of the body.
  Read(programme.KeyOf("bob"), {"preview", 2, "plan"});
  EXPECT_EQ(Trace(leak).finding, LeakFinding::kNoReader);
  Read(programme.KeyOf("bob"), {"preview", 2, ""});
  EXPECT_THAT(Trace(leak).candidates, SizeIs(1));
}

TEST_F(LeaksTest, PassagesOfTwoItemsAreTwoCandidates) {
  const std::string leak = Excerpt(CopyOf("ada", "preview", 1), 100, 200) + "\n\n" +
                           Excerpt(CopyOf("cyd", "roadmap", 1), 100, 200);
  const JoinedTraces trace = Trace(leak);
  ASSERT_THAT(trace.candidates, SizeIs(2));
  // Two items are two chances to accuse somebody.
  for (const domain::ItemCandidate& one : trace.candidates) {
    EXPECT_EQ(one.candidate.false_chance, 2 * domain::kFalseChanceStatedMin);
  }
}

TEST_F(LeaksTest, ATraceNamesNobodyWithoutReason) {
  EXPECT_EQ(Trace(Stripped(Excerpt(CopyOf("bob", "roadmap", 1), 100, 200))).finding,
            LeakFinding::kNoMark);
  EXPECT_EQ(Trace(Excerpt(CopyOf("bob", "roadmap", 1), 100, 12)).finding, LeakFinding::kTooLittle);
  EXPECT_EQ(Trace("Nothing of this is known here, as far as anybody can tell.").words_found, 0);
}

TEST_F(LeaksTest, ATraceIsRefusedOrEnded) {
  const auto trace = [&](const std::string& program, const std::string& item,
                         const std::string& leak) {
    return use_cases::TraceLeak(programme.store(), program, item, leak, GoOn).status();
  };
  EXPECT_THAT(trace("none", "", "a"), HasReason(Reason::kNotFound));
  EXPECT_THAT(trace("demo", "none", "a"), HasReason(Reason::kNotFound));
  EXPECT_THAT(trace("demo", "", "\xFF"), IsInvalidField("leak"));
  int asked = 0;
  const auto ended = use_cases::TraceLeak(
      programme.store(), "demo", "", Excerpt(CopyOf("bob", "roadmap", 1), 100, 200),
      [&asked]() -> absl::Status {
        return ++asked < 3 ? absl::OkStatus() : Error(Reason::kShuttingDown, "stopping");
      });
  EXPECT_THAT(ended, HasReason(Reason::kShuttingDown));
}

// The copy is that of the person's head at the time of the read, and stays so.
TEST_F(LeaksTest, MergesLoseNoCopy) {
  const std::string leak = Excerpt(CopyOf("bob", "roadmap", 1), 100, 200);
  ASSERT_THAT(Merge("ada", "bob"), IsOk());
  ASSERT_THAT(Trace(leak).candidates, SizeIs(1));
  EXPECT_EQ(Trace(leak).candidates[0].candidate.viewer, programme.KeyOf("bob").Hex());
}

TEST_F(LeaksTest, ACaseGoesItsWayByPeopleAlone) {
  EXPECT_THAT(Report("none"), HasReason(Reason::kNotFound));
  const auto reported = Report();
  ASSERT_THAT(reported, IsOk());
  EXPECT_EQ(reported->state, State::kReported);
  EXPECT_EQ(reported->reported_by, Stranger(1).id);
  const domain::Revision id = reported->id;
  EXPECT_THAT(Name(id, "bob"), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Decide(id, true), HasReason(Reason::kIllegalMove));
  EXPECT_THAT(Triage(id, "r1"), HasReason(Reason::kEtagMismatch));
  EXPECT_THAT(Triage(id + 100), HasReason(Reason::kNotFound));
  ASSERT_THAT(Triage(id), IsOk());
  // A trace changes no case, and names nobody in one.
  EXPECT_THAT(Trace(Excerpt(CopyOf("bob", "preview", 1), 100, 200)).candidates, SizeIs(1));
  EXPECT_TRUE(All<LeakCase>().at(0).suspect.IsNil());
  EXPECT_THAT(Name(id, "none"), HasReason(Reason::kNotFound));
  const auto named = Name(id, "bob");
  ASSERT_THAT(named, IsOk());
  EXPECT_EQ(named->suspect, programme.KeyOf("bob"));
  EXPECT_EQ(named->named_by, Stranger(2).id);
  EXPECT_THAT(Decide(id, true, JudgeNamed("bob")), HasReason(Reason::kInvolved));
  EXPECT_THAT(Name(id, "", JudgeNamed("bob")), HasReason(Reason::kInvolved));
  EXPECT_THAT(Decide(id, true, Stranger(3), ""), IsInvalidField("reason"));
  const auto confirmed = Decide(id, true);
  ASSERT_THAT(confirmed, IsOk());
  EXPECT_EQ(confirmed->state, State::kConfirmed);
  EXPECT_EQ(confirmed->judged_by, Stranger(3).id);
  EXPECT_THAT(Decide(id, false), HasReason(Reason::kIllegalMove));
  // Nothing happened to the member.
  programme.Read([&](ports::StoreReader& reader) {
    EXPECT_NE(reader.members().Find("demo", "bob")->value().standing, domain::Standing::kSuspended);
    return absl::OkStatus();
  });
}

TEST_F(LeaksTest, AnUnfoundedCaseNamesNobody) {
  const domain::Revision id = Report("")->id;
  ASSERT_THAT(Triage(id), IsOk());
  ASSERT_THAT(Name(id, "bob"), IsOk());
  ASSERT_THAT(Decide(id, false), IsOk());
  EXPECT_TRUE(All<LeakCase>().at(0).suspect.IsNil());
  EXPECT_EQ(All<LeakCase>().at(0).summary, "On a forum");
}

TEST_F(LeaksTest, TheErasureOfASuspectTakesTheWordsAlong) {
  const domain::Revision id = Report()->id;
  ASSERT_THAT(Triage(id), IsOk());
  ASSERT_THAT(Name(id, "bob"), IsOk());
  programme.Erase(programme.KeyOf("bob"));
  programme.DoWhatIsDue();
  EXPECT_EQ(All<LeakCase>().at(0).summary, "");
  EXPECT_THAT(Decide(id, false), IsOk());
  EXPECT_THAT(programme.Findings(), IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
