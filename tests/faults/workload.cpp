#include "tests/faults/workload.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <future>
#include <iostream>

#include <gtest/gtest.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/load/community.h"
#include "server/core/status_macros.h"
#include "tests/faults/programme.h"
#include "tests/support/paced_reads.h"
#include "tests/support/process.h"

namespace perigee::tests {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kWriters = 6;
constexpr milliseconds kPace{6};
constexpr milliseconds kAfterwards{60};
constexpr milliseconds kReadPace{5};
constexpr std::size_t kReadsAtOnce = 20;
constexpr int kPage = 20;
constexpr std::size_t kReplays = 10;
constexpr std::int64_t kFunds = 1'000'000'000;
constexpr std::uint64_t kFundsSalt = 0xf00d;

v1::PostTransfersRequest Funding() {
  v1::PostTransfersRequest request;
  request.set_parent(kFaultProgram);
  for (int n = 0; n < kFaultMembers; ++n) {
    v1::Transfer& leg = *request.add_transfers();
    leg.set_debit_account(FaultOwnAccount("points", "issued"));
    leg.set_credit_account(FaultAccount(n, "points"));
    leg.set_amount(kFunds);
  }
  request.set_request_id(load::RequestId(kFundsSalt, 1));
  return request;
}

void PrintTimes(const char* what, std::vector<double> times_ms) {
  std::ranges::sort(times_ms);
  if (!times_ms.empty()) {
    std::cout << ", " << what << " p50 " << times_ms[times_ms.size() / 2] << " ms, max "
              << times_ms.back() << " ms";
  }
}

std::int64_t EnvironmentOr(const char* name, std::int64_t otherwise) {
  const char* const text = std::getenv(name);
  std::int64_t number = 0;
  return text != nullptr && absl::SimpleAtoi(text, &number) ? number : otherwise;
}

}  // namespace

Workload::Workload(const PlainSql& sql, std::vector<Perigeed*> servers, std::uint64_t seed)
    : sql_(sql), servers_(std::move(servers)), doors_(servers_.size()) {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    doors_.Open(i, *servers_[i]);
  }
  for (int i = 0; i < kWriters; ++i) {
    writers_.push_back(std::make_unique<Writer>(doors_, i, seed));
  }
}

absl::Status Workload::SetUp() {
  if (const grpc::Status made = MakeFaultProgramme(doors_.Pick(0).internal_door); !made.ok()) {
    return absl::InternalError(made.error_message());
  }
  std::int64_t head = 0;
  const SqlRows rows = sql_.Query("SELECT MAX(revision) FROM journal");
  if (rows.size() != 1 || !absl::SimpleAtoi(rows[0], &head)) {
    return absl::InternalError("the journal has no head");
  }
  audit_ = std::make_unique<Audit>(sql_, head + 1);
  writers_.front()->Run(Funding());
  return absl::OkStatus();
}

void Workload::Round(const std::function<void()>& fault) {
  ++rounds_;
  marks_.clear();
  std::atomic<bool> going_on{true};
  std::vector<std::future<void>> running;
  for (const auto& writer : writers_) {
    writer->TakeAnswerTimes();
    running.push_back(std::async(std::launch::async, [&] { writer->Run(going_on, kPace); }));
  }
  const SteadyTime begun = steady_clock::now();
  fault();
  const SteadyTime ended = steady_clock::now();
  Await(ended + kAfterwards);
  going_on = false;
  for (std::future<void>& writer : running) {
    writer.get();
  }
  std::vector<SteadyTime> answered;
  for (const auto& writer : writers_) {
    const std::vector<SteadyTime> times = writer->TakeAnswerTimes();
    answered.insert(answered.end(), times.begin(), times.end());
  }
  std::ranges::sort(answered);
  rate_ = static_cast<double>(std::ranges::upper_bound(answered, ended) - answered.begin()) /
          std::chrono::duration<double>(ended - begun).count();
  for (const SteadyTime mark : marks_) {
    const auto first = std::ranges::upper_bound(answered, mark);
    if (first != answered.end()) {
      recoveries_ms_.push_back(std::chrono::duration<double, std::milli>(*first - mark).count());
    }
  }
}

void Workload::RoundWithReads(std::size_t server, const std::function<void()>& fault) {
  PacedReads reads(
      {servers_[server]->Channel("public"), servers_[server]->Channel("public")}, kReadPace,
      [](std::size_t) {
        v1::ListEntriesRequest request;
        request.set_parent(absl::StrCat(kFaultProgram, "/boards/all/periods/all-time"));
        request.set_page_size(kPage);
        return request;
      });
  std::atomic<bool> going_on{true};
  auto reading = std::async(std::launch::async, [&] {
    while (going_on) {
      reads.Run(kReadsAtOnce);
    }
  });
  Round(fault);
  going_on = false;
  reading.get();
  reads_ = reads.Take();
  for (const BoardRead& read : reads_) {
    read_ms_.push_back(std::chrono::duration<double, std::milli>(read.latency).count());
  }
}

void Workload::Kill(std::size_t server) {
  doors_.Close(server);
  servers_[server]->Kill();
  ++kills_;
}

absl::Status Workload::Start(std::size_t server) {
  PERIGEE_RETURN_IF_ERROR(servers_[server]->Start());
  doors_.Open(server, *servers_[server]);
  return absl::OkStatus();
}

void Workload::Look(bool check, const std::string& store) {
  // Every server must show the same.
  const Perigeed& shown = *servers_[static_cast<std::size_t>(rounds_) % servers_.size()];
  audit_->Look(writers_, shown.Channel("public"), std::exchange(reads_, {}));
  audit_->Replay({shown.Channel("internal"), shown.Channel("public")}, kReplays);
  EXPECT_EQ(absl::StrJoin(audit_->findings(), "\n"), "") << "in round " << rounds_;
  EXPECT_EQ(audit_->lost() + audit_->doubled() + audit_->half_done(), 0);
  if (check) {
    const Outcome outcome = Perigeed::Run("check", store);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output;
  }
}

void Workload::Settle(const std::string& store) {
  EXPECT_TRUE(Await([&] { return audit_->IsSettled(); }));
  Look(true, store);
}

Writer::Tally Workload::Total() const {
  Writer::Tally total;
  for (const auto& writer : writers_) {
    const Writer::Tally& tally = writer->tally();
    total.acknowledged += tally.acknowledged;
    total.refused += tally.refused;
    total.unavailable += tally.unavailable;
    total.unadvised += tally.unadvised;
    total.broken += tally.broken;
    total.replayed += tally.replayed;
    for (const auto& [kind, count] : tally.by_kind) {
      total.by_kind[kind].first += count.first;
      total.by_kind[kind].second += count.second;
    }
  }
  return total;
}

void Workload::Print(const std::string& name) const {
  const Writer::Tally total = Total();
  std::cout << name << ": rounds " << rounds_ << ", kills " << kills_ << ", acknowledged "
            << total.acknowledged << ", lost " << audit_->lost() << ", doubled "
            << audit_->doubled() << ", half done " << audit_->half_done()
            << ", tries without answer " << total.broken << ", refused for a while "
            << total.unavailable << ", answered by a replay " << total.replayed
            << ", refused for good " << total.refused;
  for (const auto& [kind, count] : total.by_kind) {
    std::cout << ", " << kind << " " << count.first << "+" << count.second;
  }
  PrintTimes("recovery", recoveries_ms_);
  if (audit_->reads() > 0) {
    std::cout << "; reads " << audit_->reads() << ", refused " << audit_->reads_refused()
              << ", wrong or older than seen " << audit_->reads_wrong();
    PrintTimes("reads", read_ms_);
  }
  std::cout << "\n";
}

int FaultRounds(int unless_set) {
  return static_cast<int>(EnvironmentOr("PERIGEE_FAULT_ROUNDS", unless_set));
}

std::uint64_t FaultSeed() {
  const auto seed = static_cast<std::uint64_t>(EnvironmentOr("PERIGEE_FAULT_SEED", 1));
  std::cout << "PERIGEE_FAULT_SEED=" << seed << "\n";
  return seed;
}

}  // namespace perigee::tests
