#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "absl/status/statusor.h"
#include "server/domain/activity/activity.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/ports/store.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"

namespace perigee::tests {

// One empty store of an engine, for one test.
class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;
  // The reason why this machine cannot have the store; empty if it can.
  virtual std::string Missing() { return ""; }
  // Opens the store, which must not be open already. What an earlier opening wrote is there.
  virtual std::unique_ptr<ports::Store> Open(std::size_t queue_max) = 0;
};

struct StoreEngine {
  std::string name;
  std::function<std::unique_ptr<StoreUnderTest>()> make;
};
inline void PrintTo(const StoreEngine& engine, std::ostream* out) { *out << engine.name; }
inline std::string EngineName(const testing::TestParamInfo<StoreEngine>& info) {
  return info.param.name;
}

inline constexpr std::size_t kQueueMax = 1000;
inline const std::string kProgram = "demo";
inline const std::string kAsset = "reputation";  // Members only earn this asset.
inline const std::string kSpendable = "points";  // This asset has no lots.

inline constexpr Time kStart = FromMicros(1'700'000'000'000'000);

Uuid NumberedId(std::uint32_t n);
ports::RequestKey Request(std::uint32_t id, std::string_view content = "content");
domain::AccountRef MemberAccount(const domain::MemberKey& member, std::string asset = kAsset);
domain::AccountRef ProgramAccount(std::string_view account, std::string asset = kAsset);
domain::Member MakeMember(std::uint32_t n, std::string id, domain::Revision revision);
domain::Activity MakeActivity(std::string source_event_id, domain::Revision revision);

// A unit that a use case, (StoreReader&, UnitContext) → StatusOr<Decided<T>>, decides.
template <class UseCase>
ports::Unit UnitOf(UseCase use_case) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = kStart;
  unit.decide = [use_case](ports::StoreReader& reader,
                           const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    auto decided = use_case(reader, context);
    if (!decided.ok()) {
      return decided.status();
    }
    ports::Decision decision;
    decision.changes = std::move(decided->changes);
    return decision;
  };
  return unit;
}

// The rules for every engine of ports::Store. The engine's own test instantiates the suite.
class StoreConformance : public testing::TestWithParam<StoreEngine> {
 protected:
  using Outcome = absl::StatusOr<ports::Outcome>;
  using LedgerWork = std::function<absl::Status(domain::LedgerUnit& ledger)>;
  using ReaderBody = std::function<absl::Status(ports::StoreReader& reader)>;

  StoreConformance();
  void SetUp() override;

  // Opens the store anew, as after a restart.
  void Reopen(std::size_t queue_max = kQueueMax);

  // Writes a unit and waits for its outcome.
  Outcome Write(ports::Unit unit);
  // Writes a unit of kProgram that decides `changes` whatever it reads.
  Outcome WriteChanges(domain::Changes changes, Time now = kStart);
  // Writes a unit of kProgram that changes only a draft.
  Outcome WriteDraft(const ports::DraftPortion& portion, Time now = kStart);
  // Writes a unit that does `work` on the ledger.
  Outcome WriteLedger(const LedgerWork& work, Time now = kStart);
  static ports::Unit LedgerUnitOf(LedgerWork work, Time now = kStart);
  // See tests::SetHead.
  Outcome SetHead(const domain::MemberKey& member, const domain::MemberKey& head);
  // Grants an amount of an asset to a member.
  domain::TransferId Grant(const domain::MemberKey& member, std::int64_t amount,
                           Time effective = kStart, std::string asset = kAsset);

  // Makes the programme with its assets and two members, at revision 1.
  void MakeProgram(const std::string& program = kProgram);

  // Answers the value that `read` finds in one view.
  template <class T>
  T Reading(const std::function<absl::StatusOr<T>(ports::StoreReader&)>& read) const {
    std::optional<T> value;
    EXPECT_THAT(store_->Read([&](ports::StoreReader& reader) {
      absl::StatusOr<T> result = read(reader);
      if (!result.ok()) {
        return result.status();
      }
      value = *std::move(result);
      return absl::OkStatus();
    }),
                IsOk());
    return value.has_value() ? *std::move(value) : T();
  }
  domain::Revision Head(const std::string& program = kProgram) const;

  const domain::MemberKey ada_ = NumberedId(1);
  const domain::MemberKey bob_ = NumberedId(2);
  std::unique_ptr<StoreUnderTest> under_test_;
  std::unique_ptr<ports::Store> store_;
};

}  // namespace perigee::tests
