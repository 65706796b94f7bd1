#include "tests/conformance/store/store_conformance.h"
#include "server/domain/activity/activity.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "tests/support/set_head.h"

#include <future>
#include <utility>

namespace perigee::tests {

Uuid NumberedId(std::uint32_t n) {
  Uuid id;
  for (std::size_t i = 0; i < 4; ++i) {
    id.bytes[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  }
  return id;
}

ports::RequestKey Request(std::uint32_t id, std::string_view content) {
  return {NumberedId(id), Sha256(content)};
}

domain::AccountRef MemberAccount(const domain::MemberKey& member, std::string asset) {
  return {std::move(asset), member, ""};
}

domain::AccountRef ProgramAccount(std::string_view account, std::string asset) {
  return {std::move(asset), {}, std::string(account)};
}

domain::Member MakeMember(std::uint32_t n, std::string id, domain::Revision revision) {
  domain::Member member;
  member.key = NumberedId(n);
  member.display_name = id;
  member.id = std::move(id);
  member.kinds = {domain::StakeholderKind::kCustomer};
  member.join_time = member.create_time = member.update_time = kStart;
  member.revision = revision;
  return member;
}

domain::Activity MakeActivity(std::string source_event_id, domain::Revision revision) {
  domain::Activity activity;
  activity.revision = revision;
  activity.type = "answer";
  activity.actor = NumberedId(1);
  activity.source = "forum";
  activity.source_event_id = std::move(source_event_id);
  activity.occur_time = activity.receive_time = kStart;
  return activity;
}

StoreConformance::StoreConformance() : under_test_(GetParam().make()) {}

void StoreConformance::SetUp() {
  if (const std::string missing = under_test_->Missing(); !missing.empty()) {
    PERIGEE_SKIP_OR_FAIL(missing);
  }
  Reopen();
}

void StoreConformance::Reopen(std::size_t queue_max) {
  store_.reset();
  store_ = under_test_->Open(queue_max);
}

StoreConformance::Outcome StoreConformance::Write(ports::Unit unit) {
  std::promise<Outcome> promise;
  store_->Write(std::move(unit), [&](Outcome outcome) { promise.set_value(std::move(outcome)); });
  return promise.get_future().get();
}

StoreConformance::Outcome StoreConformance::WriteDraft(const ports::DraftPortion& portion,
                                                       Time now) {
  ports::Unit unit;
  unit.program = kProgram;
  unit.now = now;
  unit.decide = [portion](ports::StoreReader&, const ports::UnitContext&) {
    ports::Decision decision;
    decision.draft = portion;
    return decision;
  };
  return Write(std::move(unit));
}

StoreConformance::Outcome StoreConformance::WriteChanges(domain::Changes changes, Time now) {
  return Write({kProgram, std::nullopt, now,
                [changes = std::move(changes)](ports::StoreReader&, const ports::UnitContext&) {
                  return absl::StatusOr<ports::Decision>(ports::Decision{changes, ""});
                }});
}

ports::Unit StoreConformance::LedgerUnitOf(LedgerWork work, Time now) {
  return {
      kProgram, std::nullopt, now,
      [work = std::move(work)](ports::StoreReader& reader,
                               const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
        domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), unit.revision,
                                  unit.now);
        if (absl::Status status = work(ledger); !status.ok()) {
          return status;
        }
        ports::Decision decision;
        decision.changes.ledger = ledger.Take();
        return decision;
      }};
}

StoreConformance::Outcome StoreConformance::WriteLedger(const LedgerWork& work, Time now) {
  return Write(LedgerUnitOf(work, now));
}

StoreConformance::Outcome StoreConformance::SetHead(const domain::MemberKey& member,
                                                    const domain::MemberKey& head) {
  return Write({kProgram, std::nullopt, kStart,
                [&](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return tests::SetHead(reader, unit, kProgram, member, head);
                }});
}

domain::TransferId StoreConformance::Grant(const domain::MemberKey& member, std::int64_t amount,
                                           Time effective, std::string asset) {
  const Outcome outcome = WriteLedger(
      [&](domain::LedgerUnit& ledger) {
        domain::GrantDraft draft;
        draft.member = MemberAccount(member, asset);
        draft.amount = amount;
        draft.effective_time = effective;
        draft.rule = "gift";
        draft.rule_version = 1;
        return ledger.Grant(draft).status();
      },
      std::max(effective, kStart));
  EXPECT_THAT(outcome, IsOk());
  return outcome.ok() ? domain::TransferId{outcome->revision, 0} : domain::TransferId{};
}

void StoreConformance::MakeProgram(const std::string& program) {
  domain::Changes changes;
  changes.records.Put(domain::Program{program, "Demo", "UTC", kStart, kStart, 1});
  changes.records.PutAll(domain::DefaultAssets(kStart, 1));
  domain::Asset points;
  points.id = kSpendable;
  points.display_name = "Points";
  points.spendable = true;
  points.create_time = kStart;
  points.revision = 1;
  changes.records.Put(points);
  changes.records.Put(MakeMember(1, "ada", 1));
  changes.records.Put(MakeMember(2, "bob", 1));
  ASSERT_THAT(Write({program, std::nullopt, kStart,
                     [&](ports::StoreReader&, const ports::UnitContext&) {
                       return absl::StatusOr<ports::Decision>(ports::Decision{changes, ""});
                     }}),
              IsOk());
}

domain::Revision StoreConformance::Head(const std::string& program) const {
  return Reading<domain::Revision>(
      [&](ports::StoreReader& reader) { return reader.journal().Head(program); });
}

}  // namespace perigee::tests
