#include "tests/adapters/sql/lively_programme.h"

#include <future>
#include <utility>

#include <gmock/gmock.h>

#include "server/domain/access/personal_read.h"
#include "server/domain/activity/activity.h"
#include "server/domain/rule/rules.h"
#include "server/ports/ledger/ledger_reader.h"
#include "tests/conformance/store/portions.h"
#include "tests/conformance/store/store_conformance.h"
#include "tests/support/any_record.h"

namespace perigee::tests {
namespace {

constexpr const char* kPoints = "points";
constexpr const char* kAccess = "access";

class Writer {
 public:
  explicit Writer(ports::Store& store) : store_(store) {}

  static absl::Status Give(domain::LedgerUnit& ledger, const std::string& asset,
                           std::int64_t amount) {
    domain::GrantDraft draft;
    draft.member = MemberAccount(NumberedId(1), asset);
    draft.amount = amount;
    draft.effective_time = kStart;
    return ledger.Grant(draft).status();
  }
  static absl::Status Spend(domain::LedgerUnit& ledger, const std::string& asset,
                            std::int64_t amount, std::optional<Time> expire) {
    domain::TransferDraft draft;
    draft.debit = MemberAccount(NumberedId(1), asset);
    draft.credit = ProgramAccount(domain::kSpentAccount, asset);
    draft.amount = amount;
    draft.expire_time = expire;
    return ledger.Post(draft).status();
  }

  void Write(const ports::Decide& decide) {
    std::promise<absl::Status> promise;
    const auto answer = [&](ports::StoreReader& reader,
                            const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
      absl::StatusOr<ports::Decision> decision = decide(reader, unit);
      if (decision.ok()) {
        decision->answer = "the answer";
      }
      return decision;
    };
    store_.Write({kProgram, Request(1000 + ++requests_), kStart, answer},
                 [&](const absl::StatusOr<ports::Outcome>& outcome) {
                   promise.set_value(outcome.status());
                 });
    ASSERT_THAT(promise.get_future().get(), IsOk());
  }
  void Ledger(const std::function<absl::Status(domain::LedgerUnit&)>& work) {
    Write([&](ports::StoreReader& reader,
              const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
      domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), unit.revision,
                                unit.now);
      if (absl::Status status = work(ledger); !status.ok()) {
        return status;
      }
      ports::Decision decision;
      decision.changes.ledger = ledger.Take();
      return decision;
    });
  }
  void WriteConfiguration() {
    Write([](ports::StoreReader&, const ports::UnitContext&) {
      ports::Decision decision;
      domain::Changes& changes = decision.changes;
      changes.records.Put(domain::Program{kProgram, "Demo", "UTC", kStart, kStart, 1});
      changes.records.PutAll(domain::DefaultAssets(kStart, 1));
      domain::Asset points;
      points.id = kPoints;
      points.display_name = "Points";
      points.spendable = true;
      points.revision = 1;
      changes.records.Put(points);
      changes.records.Put(MakeMember(1, "ada", 1));
      changes.records.Put(MakeMember(2, "bob", 1));
      domain::Rule rule;
      rule.id = "gift";
      rule.revision = 1;
      rule.activity_type = "answer";
      rule.grants = {{kPoints, domain::Beneficiary::kActor, 10, false,
                      domain::Cap{"daily", 15, domain::CapWindow::kDay}, std::nullopt}};
      changes.records.Put(rule);
      domain::Board board;
      board.id = "all";
      board.revision = 1;
      board.display_name = "All";
      board.asset = kPoints;
      board.time_zone = "UTC";
      changes.boards = {board};
      return absl::StatusOr<ports::Decision>(std::move(decision));
    });
  }
  void WriteActivity() {
    Write([](ports::StoreReader& reader,
             const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
      ports::Decision decision;
      decision.changes.records.Put(MakeActivity("e1", unit.revision));
      decision.changes.records.Put(domain::Edge{domain::EdgeKind::kThanks, NumberedId(1),
                                                NumberedId(2), unit.revision, unit.now});
      domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), unit.revision,
                                unit.now);
      domain::GrantDraft draft;
      draft.member = MemberAccount(NumberedId(1), kPoints);
      draft.amount = 10;
      draft.cap = domain::CapKey{NumberedId(1), kPoints, "daily", kStart};
      draft.cap_limit = 15;
      draft.effective_time = kStart;
      if (absl::Status status = ledger.Grant(draft).status(); !status.ok()) {
        return status;
      }
      decision.changes.ledger = ledger.Take();
      return decision;
    });
  }
  void WriteResult() {
    Write([](ports::StoreReader&, const ports::UnitContext& unit) {
      ports::Decision decision;
      domain::PeriodResult result;
      result.board = "all";
      result.board_created = 1;
      result.period = "all-time";
      result.time = unit.now;
      result.revision = unit.revision;
      const std::vector<domain::ResultEntry> entries = {{1, NumberedId(1), {24, kStart}}};
      result.entry_count = 1;
      result.digest = domain::ResultDigest(entries);
      decision.changes.results = {result};
      decision.draft = ports::DraftPortion{result.digest, 0, entries};
      return absl::StatusOr<ports::Decision>(std::move(decision));
    });
  }

  void WriteOtherRecords() {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
      Write([seed](ports::StoreReader&, const ports::UnitContext& unit) {
        ports::Decision decision;
        PutOtherRecords(seed, NumberedId(1 + seed % 2), unit.revision, decision.changes.records);
        return absl::StatusOr<ports::Decision>(std::move(decision));
      });
    }
  }

  // Adds a member with an activity, and erases the member.
  void WriteAndErase() {
    Write([](ports::StoreReader&, const ports::UnitContext& unit) {
      ports::Decision decision;
      PutOtherRecords(7, NumberedId(3), unit.revision, decision.changes.records);
      decision.changes.records.Put(MakeMember(3, "cyd", unit.revision));
      domain::Activity activity = MakeActivity("e2", unit.revision);
      activity.actor = NumberedId(3);
      activity.object = "cyd's post";
      decision.changes.records.Put(activity);
      return absl::StatusOr<ports::Decision>(std::move(decision));
    });
    Write([](ports::StoreReader&, const ports::UnitContext&) {
      ports::Decision decision;
      decision.changes.erased = {NumberedId(3)};
      return absl::StatusOr<ports::Decision>(std::move(decision));
    });
  }
  void HideBob() {
    Write([](ports::StoreReader&, const ports::UnitContext& unit) {
      ports::Decision decision;
      domain::Member bob = MakeMember(2, "bob", unit.revision);
      bob.board_opt_out = true;
      decision.changes.records.Put(bob);
      return absl::StatusOr<ports::Decision>(std::move(decision));
    });
  }
  // Staff is shown the data of ada and of the erased member.
  void ReadPersonalData() {
    ports::Unit unit{kProgram, Request(1000 + ++requests_), kStart,
                     [](ports::StoreReader&, const ports::UnitContext& context) {
                       ports::Decision decision;
                       decision.answer = "the answer";
                       decision.changes.records.Put(
                           domain::PersonalRead{{NumberedId(1), NumberedId(3)}, context.revision});
                       return absl::StatusOr<ports::Decision>(std::move(decision));
                     }};
    unit.by = {domain::PrincipalKind::kStaff, NumberedId(9)};
    unit.method = "MemberService/GetMember";
    std::promise<absl::Status> done;
    store_.Write(std::move(unit), [&](const absl::StatusOr<ports::Outcome>& outcome) {
      done.set_value(outcome.status());
    });
    ASSERT_THAT(done.get_future().get(), IsOk());
  }

 private:
  ports::Store& store_;
  std::uint32_t requests_ = 0;
};

}  // namespace

void WriteLivelyProgramme(ports::Store& store) {
  Writer writer(store);
  writer.WriteConfiguration();
  writer.WriteActivity();
  writer.Ledger([](domain::LedgerUnit& ledger) { return Writer::Give(ledger, kPoints, 20); });
  writer.Ledger([](domain::LedgerUnit& ledger) { return Writer::Give(ledger, kAccess, 8); });
  writer.Ledger(
      [](domain::LedgerUnit& ledger) { return Writer::Spend(ledger, kAccess, 3, std::nullopt); });
  writer.Ledger([](domain::LedgerUnit& ledger) {
    return Writer::Spend(ledger, kPoints, 4, kStart + std::chrono::hours(1));
  });
  writer.Ledger([](domain::LedgerUnit& ledger) {
    return ledger.Reverse({3, 0}, 6, "wrong").status();
  });
  writer.WriteResult();
  writer.WriteOtherRecords();
  writer.WriteAndErase();
  EndPortions(store);
  writer.HideBob();
  writer.ReadPersonalData();
}

}  // namespace perigee::tests
