#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

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
  // Why this machine cannot have one; empty if it can.
  virtual std::string Missing() { return ""; }
  // Opens it, once at a time; what an earlier one wrote is there.
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
inline const std::string kAsset = "reputation";  // Earned only.
inline const std::string kSpendable = "points";  // Without lots.

inline constexpr Time kStart = FromMicros(1'700'000'000'000'000);

Uuid NumberedId(std::uint32_t n);
ports::RequestKey Request(std::uint32_t id, std::string_view content = "content");
domain::AccountRef MemberAccount(const domain::MemberKey& member, std::string asset = kAsset);
domain::AccountRef ProgramAccount(std::string_view account, std::string asset = kAsset);
domain::Member MakeMember(std::uint32_t n, std::string id, domain::Revision revision);
domain::Activity MakeActivity(std::string source_event_id, domain::Revision revision);

// What every engine of ports::Store must do. An engine's own test instantiates it.
class StoreConformance : public testing::TestWithParam<StoreEngine> {
 protected:
  using Outcome = absl::StatusOr<ports::Outcome>;
  using LedgerWork = std::function<absl::Status(domain::LedgerUnit& ledger)>;
  using ReaderBody = std::function<absl::Status(ports::StoreReader& reader)>;

  StoreConformance();
  void SetUp() override;

  // Opens the store anew, as after a restart.
  void Reopen(std::size_t queue_max = kQueueMax);

  // Writes and waits.
  Outcome Write(ports::Unit unit);
  // A unit of kProgram that decides `changes` whatever it reads.
  Outcome WriteChanges(domain::Changes changes, Time now = kStart);
  // A unit of kProgram that changes nothing but a draft.
  Outcome WriteDraft(const ports::DraftPortion& portion, Time now = kStart);
  // A unit that does `work` on the ledger.
  Outcome WriteLedger(const LedgerWork& work, Time now = kStart);
  static ports::Unit LedgerUnitOf(LedgerWork work, Time now = kStart);
  // Grants an amount of kAsset to a member.
  domain::TransferId Grant(const domain::MemberKey& member, std::int64_t amount,
                           Time effective = kStart, std::string asset = kAsset);

  // The programme with its assets and two members, at revision 1.
  void MakeProgram(const std::string& program = kProgram);

  // The value that `read` answers with, over one view.
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
