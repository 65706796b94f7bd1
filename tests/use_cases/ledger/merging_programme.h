#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/ledger/pooling.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

// A programme with the members ada, bob and eve, who can be merged. They spend `points`, and
// `access` in lots.
class MergingProgramme {
 public:
  using Call = std::function<absl::StatusOr<domain::TransferId>(domain::LedgerUnit&)>;
  static constexpr char kProgram[] = "demo";

  MergingProgramme() {
    for (const char* name : {"ada", "bob", "eve"}) {
      programme.AddMember(name);
      programme.Read([&](ports::StoreReader& reader) -> absl::Status {
        PERIGEE_ASSIGN_OR_RETURN(const auto member, reader.members().Find(kProgram, name));
        keys_[name] = member->key;
        return absl::OkStatus();
      });
    }
    EXPECT_THAT(Write([](ports::StoreReader&, const ports::UnitContext& unit) {
                  ports::Decision decision;
                  decision.changes.records.Put(
                      domain::Asset{.id = "points", .spendable = true, .revision = unit.revision});
                  return decision;
                }),
                IsOk());
  }

  absl::StatusOr<ports::Outcome> Write(ports::Decide decide) {
    ports::Unit unit;
    unit.program = kProgram;
    unit.now = programme.clock.Now();
    unit.decide = std::move(decide);
    return use_cases::WriteAndWait(programme.store(), std::move(unit));
  }

  absl::StatusOr<domain::TransferId> Try(const Call& call) {
    domain::TransferId id;
    PERIGEE_RETURN_IF_ERROR(
        Write([&](ports::StoreReader& reader,
                  const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
          domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), unit.revision,
                                    unit.now);
          PERIGEE_ASSIGN_OR_RETURN(id, call(ledger));
          ports::Decision decision;
          decision.changes.ledger = ledger.Take();
          return decision;
        }).status());
    return id;
  }

  // Merges the member into `head` (empty: into nobody). What was pooled before goes back.
  void SetHead(const std::string& id, const std::string& head) {
    EXPECT_THAT(
        Write([&](ports::StoreReader& reader,
                  const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
          PERIGEE_ASSIGN_OR_RETURN(auto member, reader.members().Find(kProgram, id));
          domain::LedgerUnit ledger(reader.ledger().Books(kProgram), Zone::Utc(), unit.revision,
                                    unit.now);
          if (member->IsMerged()) {
            PERIGEE_RETURN_IF_ERROR(use_cases::ReturnPooled(reader, ledger, kProgram, *member));
          }
          member->merged_into = head.empty() ? domain::MemberKey{} : keys_.at(head);
          member->merge_revision = head.empty() ? 0 : unit.revision;
          member->revision = unit.revision;
          ports::Decision decision;
          decision.changes.ledger = ledger.Take();
          decision.changes.records.Put(*std::move(member));
          return decision;
        }),
        IsOk());
  }

  domain::AccountRef Of(const std::string& member, const std::string& asset) const {
    return {asset, keys_.at(member), ""};
  }
  std::int64_t Balance(const std::string& member, const std::string& asset) {
    std::int64_t balance = 0;
    programme.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const auto account,
                               reader.ledger().Books(kProgram).FindAccount(Of(member, asset)));
      balance = account.has_value() ? account->balance : 0;
      return absl::OkStatus();
    });
    return balance;
  }
  void Issue(const std::string& member, const std::string& asset, std::int64_t amount) {
    EXPECT_THAT(
        Try([&](domain::LedgerUnit& unit) {
          return unit.Post(
              {.debit = {asset, {}, "issued"}, .credit = Of(member, asset), .amount = amount});
        }),
        IsOk());
  }
  absl::StatusOr<domain::TransferId> Spend(const std::string& member, const std::string& asset,
                                           std::int64_t amount) {
    return Try([&](domain::LedgerUnit& unit) {
      return unit.Post(
          {.debit = Of(member, asset), .credit = {asset, {}, "spent"}, .amount = amount});
    });
  }

  Programme programme;

 private:
  std::map<std::string, domain::MemberKey> keys_;
};

}  // namespace perigee::tests
