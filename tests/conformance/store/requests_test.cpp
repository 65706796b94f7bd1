#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

ports::Unit AddMember(std::uint32_t n, const std::string& id, ports::RequestKey request) {
  return {kProgram, request, kStart,
          [n, id](ports::StoreReader&,
                  const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
            ports::Decision decision;
            decision.changes.records.Put(MakeMember(n, id, unit.revision));
            decision.answer = std::string("made ") + id + std::string("\0\xff", 2);
            return decision;
          }};
}

}  // namespace

TEST_P(StoreConformance, ARepeatedRequestGivesTheFirstAnswer) {
  MakeProgram();
  const Outcome first = Write(AddMember(3, "cyd", Request(7)));
  ASSERT_THAT(first, IsOk());
  EXPECT_FALSE(first->replayed);
  MakeProgram("other");
  Reopen();

  const Outcome again = Write(AddMember(3, "cyd", Request(7)));
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(again->replayed);
  EXPECT_EQ(again->revision, first->revision);
  EXPECT_EQ(again->answer, first->answer);
  EXPECT_EQ(Head(), 2);
}

TEST_P(StoreConformance, ARequestIdWithOtherContentIsRefused) {
  MakeProgram();
  ASSERT_THAT(Write(AddMember(3, "cyd", Request(7, "cyd"))), IsOk());
  EXPECT_THAT(Write(AddMember(4, "dan", Request(7, "dan"))), HasReason(Reason::kRequestIdReused));
  EXPECT_EQ(Head(), 2);
}

TEST_P(StoreConformance, ARequestIdBelongsToOneProgramme) {
  MakeProgram();
  MakeProgram("other");
  ASSERT_THAT(Write(AddMember(3, "cyd", Request(7, "here"))), IsOk());
  ports::Unit elsewhere = AddMember(3, "cyd", Request(7, "there"));
  elsewhere.program = "other";
  EXPECT_THAT(Write(std::move(elsewhere)), IsOk());
}

TEST_P(StoreConformance, ARefusedTryDoesNotUseTheRequestIdUp) {
  MakeProgram();
  ports::Unit refused = AddMember(3, "cyd", Request(7));
  refused.decide = [](ports::StoreReader&, const ports::UnitContext&) {
    return absl::StatusOr<ports::Decision>(Error(Reason::kConflict, "not now"));
  };
  EXPECT_THAT(Write(std::move(refused)), HasReason(Reason::kConflict));

  const Outcome again = Write(AddMember(3, "cyd", Request(7)));
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->replayed);
}

TEST_P(StoreConformance, AFailedWriteDoesNotUseTheRequestIdUp) {
  MakeProgram();
  EXPECT_THAT(Write(AddMember(3, "ada", Request(7))), HasReason(Reason::kAlreadyExists));
  const Outcome again = Write(AddMember(3, "cyd", Request(7)));
  ASSERT_THAT(again, IsOk());
  EXPECT_FALSE(again->replayed);
}

TEST_P(StoreConformance, AUnitThatChangesNothingIsRemembered) {
  MakeProgram();
  int runs = 0;
  const auto unit = [&] {
    return ports::Unit{kProgram, Request(7), kStart,
                       [&](ports::StoreReader&, const ports::UnitContext&) {
                         ++runs;
                         return absl::StatusOr<ports::Decision>(ports::Decision{{}, "as it was"});
                       }};
  };
  const Outcome first = Write(unit());
  Grant(ada_, 1);
  const Outcome again = Write(unit());
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(first->revision, 1);
  EXPECT_EQ(again->revision, 1);
  EXPECT_EQ(again->answer, "as it was");
  EXPECT_EQ(runs, 1);
}

TEST_P(StoreConformance, AUnitForAMissingProgrammeRunsAtRevisionOne) {
  domain::Revision revision = 0;
  const Outcome outcome = Write(
      {"nowhere", std::nullopt, kStart, [&](ports::StoreReader&, const ports::UnitContext& unit) {
         revision = unit.revision;
         return absl::StatusOr<ports::Decision>(NotFound("programs/nowhere"));
       }});
  EXPECT_THAT(outcome, HasReason(Reason::kNotFound));
  EXPECT_EQ(revision, 1);
}

}  // namespace perigee::tests
