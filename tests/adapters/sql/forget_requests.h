#pragma once

#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/adapters/sql/sql_store.h"
#include "tests/adapters/sql/watched_database.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {

// Forgets the request ids of two programmes while others write. No portion is larger than the
// bound, and a write that comes during a portion is committed before the next portion begins.
inline void ExpectForgetsInPortions(std::unique_ptr<sql::Database> database) {
  constexpr int kRequests = 5 * sql::SqlStore::kForgetMax / 2;
  DatabaseWatch watch;
  const auto store_or =
      sql::SqlStore::Open(std::make_unique<WatchedDatabase>(std::move(database), watch), {});
  ASSERT_THAT(store_or, IsOk());
  sql::SqlStore& store = **store_or;
  const auto write = [&](const std::string& program, std::uint32_t request, Time now) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<ports::Outcome>>>();
    store.Write({program, Request(request), now,
                 [program](ports::StoreReader&, const ports::UnitContext& unit) {
                   ports::Decision decision;
                   decision.changes.records.Put(
                       domain::Program{program, "P", "UTC", kStart, kStart, unit.revision});
                   return absl::StatusOr<ports::Decision>(std::move(decision));
                 }},
                [promise](absl::StatusOr<ports::Outcome> outcome) {
                  promise->set_value(std::move(outcome));
                });
    return promise->get_future();
  };
  for (const std::string program : {"one", "two"}) {
    std::vector<std::future<absl::StatusOr<ports::Outcome>>> written;
    for (std::uint32_t n = 0; n < kRequests; ++n) {
      written.push_back(write(program, n, kStart));
      if (written.size() == 100 || n + 1 == kRequests) {
        for (auto& one : written) {
          ASSERT_THAT(one.get(), IsOk());
        }
        written.clear();
      }
    }
  }
  const Time later = kStart + std::chrono::hours(1);
  ASSERT_THAT(write("one", kRequests, later).get(), IsOk());

  std::vector<std::string> happened;
  std::vector<std::future<absl::StatusOr<ports::Outcome>>> written;
  std::size_t forgotten = 0;
  // Called on the store's own thread until all ids are forgotten.
  watch.answered = [&](std::string_view sql, std::size_t rows) {
    if (!absl::StartsWith({sql.data(), sql.size()}, "DELETE FROM request")) {
      return;
    }
    EXPECT_LE(rows, static_cast<std::size_t>(sql::SqlStore::kForgetMax));
    forgotten += rows;
    happened.emplace_back("forgotten");
    written.push_back(
        write("two", kRequests + 1 + static_cast<std::uint32_t>(written.size()), later));
  };
  watch.statement = [&](std::string_view sql) {
    if (absl::StartsWith({sql.data(), sql.size()}, "INSERT INTO request")) {
      happened.emplace_back("written");
    }
  };
  ASSERT_THAT(store.ForgetRequests(later), IsOk());
  for (auto& one : written) {
    EXPECT_THAT(one.get(), IsOk());
  }
  store.Stop();
  EXPECT_EQ(forgotten, 2U * kRequests);
  std::vector<std::string> in_turns;
  for (int portion = 0; portion < 6; ++portion) {  // The last portion finds nothing.
    in_turns.insert(in_turns.end(), {"forgotten", "written"});
  }
  EXPECT_EQ(happened, in_turns);
}

}  // namespace perigee::tests
