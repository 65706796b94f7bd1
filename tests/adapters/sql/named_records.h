#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/unit_runner.h"
#include "server/core/status_macros.h"
#include "server/domain/rule/rules.h"
#include "server/ports/record_reader.h"
#include "tests/adapters/sql/watched_database.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {

// Runs batches of units on an empty store. Each unit finds a rule and an asset of its own. If the
// units name these before, the store is asked once for each kind, and again only for what the batch
// changed. The units find the same as units that name nothing.
inline void ExpectAsksOnceForNamedRecords(std::unique_ptr<sql::Database> database) {
  constexpr int kUnits = 20;
  std::size_t asked = 0;
  DatabaseWatch watch;
  watch.statement = [&](std::string_view sql) {
    const auto reads = [&](std::string_view table) { return sql.find(table) != sql.npos; };
    if (sql.starts_with("SELECT") && (reads("FROM rule ") || reads("FROM asset "))) {
      ++asked;
    }
  };
  const WatchedDatabase watched(std::move(database), watch);
  auto connection = watched.Connect(sql::Database::Access::kWrite);
  ASSERT_THAT(connection, IsOk());
  sql::KeyStore keys(watched);
  sql::UnitRunner runner(**connection, keys);
  const auto rule_of = [](int n) {
    domain::Rule rule;
    rule.id = absl::StrCat("rule", n);
    return rule;
  };
  const auto asset_of = [](int n) { return domain::Asset{.id = absl::StrCat("asset", n)}; };
  const auto run = [&](const std::vector<ports::Unit>& units) {
    std::vector<const ports::Unit*> batch;
    for (const ports::Unit& unit : units) {
      batch.push_back(&unit);
    }
    std::vector<std::string> answers;
    for (const absl::StatusOr<ports::Outcome>& outcome : runner.Run(batch)) {
      EXPECT_THAT(outcome, IsOk());
      answers.push_back(outcome.ok() ? outcome->answer : "");
    }
    return answers;
  };

  // Every second rule and asset exists.
  ports::Unit make;
  make.program = kProgram;
  make.now = kStart;
  make.decide = [&](ports::StoreReader&, const ports::UnitContext& context) {
    ports::Decision decision;
    domain::RecordChanges& records = decision.changes.records;
    records.Put(domain::Program{kProgram, "Demo", "UTC", kStart, kStart, context.revision});
    for (int n = 0; n < kUnits; n += 2) {
      domain::Rule rule = rule_of(n);
      rule.activity_type = absl::StrCat("of", n);
      records.Put(rule);
      domain::Asset asset = asset_of(n);
      asset.display_name = absl::StrCat("Asset ", n);
      records.Put(asset);
    }
    return absl::StatusOr<ports::Decision>(std::move(decision));
  };
  run({make});

  // Each unit finds its own rule and asset. Every fifth also changes the rule of the next unit.
  const auto units = [&](bool named) {
    std::vector<ports::Unit> made;
    for (int n = 0; n < kUnits; ++n) {
      ports::Unit& unit = made.emplace_back();
      unit.program = kProgram;
      unit.now = kStart;
      if (named) {
        unit.lookups.Name(rule_of(n));
        unit.lookups.Name(asset_of(n));
      }
      unit.decide = [&, n](ports::StoreReader& reader,
                           const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
        PERIGEE_ASSIGN_OR_RETURN(const auto rule, reader.records().Find(kProgram, rule_of(n)));
        PERIGEE_ASSIGN_OR_RETURN(const auto asset, reader.records().Find(kProgram, asset_of(n)));
        ports::Decision decision;
        decision.answer = absl::StrCat(rule.has_value() ? rule->activity_type : "no rule", ", ",
                                       asset.has_value() ? asset->display_name : "no asset");
        if (n % 5 == 0) {
          domain::Rule next = rule_of(n + 1);
          next.activity_type = "changed on the way";
          decision.changes.records.Put(next);
        }
        return decision;
      };
    }
    return made;
  };
  asked = 0;
  const std::vector<std::string> found = run(units(true));
  // Rules that the batch changed are read again.
  EXPECT_EQ(asked, 2 + kUnits / 5);
  EXPECT_EQ(found[0], "of0, Asset 0");
  EXPECT_EQ(found[1], "changed on the way, no asset");
  EXPECT_EQ(found[2], "of2, Asset 2");
  EXPECT_EQ(found[3], "no rule, no asset");
  asked = 0;
  EXPECT_EQ(run(units(false)), found);
  EXPECT_EQ(asked, 2 * kUnits);
}

}  // namespace perigee::tests
