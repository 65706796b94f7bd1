#include "server/runtime/metrics.h"

#include <algorithm>
#include <array>

#include "server/core/version.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/reward/redemption.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program_health.h"
#include "server/runtime/metric_family.h"

namespace perigee::runtime {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;
using prometheus::Counter;
using prometheus::Histogram;

const Histogram::BucketBoundaries kAgeBuckets = {0.1, 1, 10, 60, 300, 1800, 3600, 6 * 3600, 86400};
const Histogram::BucketBoundaries kUnitsBuckets = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};

// The names of gRPC's codes, indexed by number.
constexpr std::array<std::string_view, 17> kCodes = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

constexpr std::array<std::string_view, 8> kKinds = {"customer", "employee", "partner", "influencer",
                                                    "citizen",  "donor",    "alumni",  "investor"};
constexpr std::array<std::string_view, 2> kPromiseKinds = {"promise", "thanks"};
constexpr std::array<std::string_view, 2> kStandings = {"good", "suspended"};

void RaiseTo(Counter& counter, std::int64_t total) {
  counter.Increment(std::max(0.0, static_cast<double>(total) - counter.Value()));
}

}  // namespace

// Keeps the metrics of one method, so that a call needs no look-up. A stream may last for days, so
// its age is not a latency.
class Metrics::MethodStats final : public ports::StreamStats {
 public:
  MethodStats(Metrics& metrics, std::string_view service, std::string_view method, bool streams)
      : finished_family_(metrics.rpc_finished_),
        labels_{{"service", std::string(service)}, {"method", std::string(method)}},
        started_(metrics.rpc_started_.Add(labels_)),
        duration_(streams ? metrics.stream_age_.Add(labels_, kAgeBuckets)
                          : metrics.rpc_duration_.Add(labels_, kSecondsBuckets)),
        in_flight_((streams ? metrics.stream_open_ : metrics.rpc_in_flight_).Add(labels_)),
        messages_(streams ? &metrics.stream_messages_.Add(labels_) : nullptr) {
    // An error rate needs the count of OK calls from the start.
    finished_[0] = &finished_family_.Add(WithCode(0));
  }

  void Started() override {
    started_.Increment();
    in_flight_.Increment();
  }

  void Finished(absl::StatusCode code, std::chrono::nanoseconds took) override {
    const auto number = std::min(static_cast<std::size_t>(code), kCodes.size() - 1);
    Counter* counter = finished_[number].load(std::memory_order_acquire);
    if (counter == nullptr) {
      // Add gives the same child for the same labels, so a race is harmless.
      counter = &finished_family_.Add(WithCode(number));
      finished_[number].store(counter, std::memory_order_release);
    }
    counter->Increment();
    in_flight_.Decrement();
    duration_.Observe(Seconds(took));
  }

  void Message() override { messages_->Increment(); }

 private:
  prometheus::Labels WithCode(std::size_t number) const {
    prometheus::Labels labels = labels_;
    labels["code"] = std::string(kCodes.at(number));
    return labels;
  }

  prometheus::Family<Counter>& finished_family_;
  const prometheus::Labels labels_;
  Counter& started_;
  Histogram& duration_;
  prometheus::Gauge& in_flight_;
  Counter* const messages_;  // Null for a method without streams.
  std::array<std::atomic<Counter*>, kCodes.size()> finished_{};
};

class Metrics::WaitStats final : public ports::QueueStats {
 public:
  WaitStats(Metrics& metrics, const std::string& queue)
      : waited_(metrics.queue_wait_.Add({{"queue", queue}}, kSecondsBuckets)),
        full_(metrics.queue_refused_.Add({{"queue", queue}, {"cause", "full"}})),
        late_(metrics.queue_refused_.Add({{"queue", queue}, {"cause", "late"}})) {}

  void Waited(std::chrono::nanoseconds waited) override { waited_.Observe(Seconds(waited)); }
  void Refused() override { full_.Increment(); }
  void Dropped() override { late_.Increment(); }

 private:
  Histogram& waited_;
  Counter& full_;
  Counter& late_;
};

Metrics::Metrics()
    : rpc_started_(Family(BuildCounter, registry_, "perigee_rpc_started_total",
                          "Calls that began, by method.")),
      rpc_finished_(Family(BuildCounter, registry_, "perigee_rpc_finished_total",
                           "Calls that ended, by method and canonical code.")),
      rpc_duration_(
          Family(BuildHistogram, registry_, "perigee_rpc_duration_seconds",
                 "Time from the first message of a call to its end, by method; without streams.")),
      rpc_in_flight_(Family(BuildGauge, registry_, "perigee_rpc_in_flight",
                            "Calls that began and did not end yet, by method; without streams.")),
      stream_open_(Family(BuildGauge, registry_, "perigee_stream_open",
                          "Streams that began and did not end yet, by method.")),
      stream_messages_(Family(BuildCounter, registry_, "perigee_stream_messages_total",
                              "Messages read from or sent on streams, heartbeats included, by "
                              "method.")),
      stream_age_(Family(BuildHistogram, registry_, "perigee_stream_age_seconds",
                         "Age of streams at their end, by method.")),
      queue_wait_(Family(BuildHistogram, registry_, "perigee_queue_wait_seconds",
                         "Time that work waited for its turn, by queue.")),
      queue_refused_(Family(BuildCounter, registry_, "perigee_queue_refused_total",
                            "Work that was not begun, by queue: because there was no room for it "
                            "(full), or because nobody waited for it any more (late).")),
      commit_seconds_(Family(BuildHistogram, registry_, "perigee_store_commit_seconds",
                             "Time of one durable commit of the store, units of work included.")
                          .Add({}, kSecondsBuckets)),
      commit_units_(Family(BuildHistogram, registry_, "perigee_store_commit_units",
                           "Units of work that shared one durable commit.")
                        .Add({}, kUnitsBuckets)),
      store_failures_(Family(BuildCounter, registry_, "perigee_store_failures_total",
                             "Commits that failed because the store could not be written.")
                          .Add({})),
      journal_head_(Family(BuildGauge, registry_, "perigee_journal_head",
                           "The newest revision of a programme's journal.")),
      projection_lag_(Family(BuildGauge, registry_, "perigee_projection_lag_entries",
                             "Journal entries that a projection has not applied yet.")),
      projection_failures_(Family(BuildCounter, registry_, "perigee_projection_failures_total",
                                  "Times that a projection could not go on, and paused.")),
      redis_up_(Family(BuildGauge, registry_, "perigee_redis_up",
                       "1 while the shared board cache answers, 0 while it is away or not used.")
                    .Add({})),
      board_rebuild_(Family(BuildHistogram, registry_, "perigee_board_rebuild_seconds",
                            "Time to build one period of a board from the store, by cache.")),
      imbalance_(Family(BuildGauge, registry_, "perigee_ledger_imbalance",
                        "Sum of credits less debits over all accounts of an asset; must be 0.")),
      members_(Family(BuildGauge, registry_, "perigee_members",
                      "Members by stakeholder kind and standing; one of several kinds counts in "
                      "each of them.")),
      members_active_(Family(BuildGauge, registry_, "perigee_members_active",
                             "Members who did something of late.")),
      members_contributing_(Family(BuildGauge, registry_, "perigee_members_contributing",
                                   "Members who earned something by a rule of late.")),
      capital_issued_(Family(BuildGauge, registry_, "perigee_capital_issued",
                             "Capital issued so far, less what was taken back, in the asset's "
                             "smallest unit.")),
      capital_spent_(Family(BuildGauge, registry_, "perigee_capital_spent",
                            "Capital spent so far, in the asset's smallest unit.")),
      thanks_(Family(BuildCounter, registry_, "perigee_thanks_total",
                     "Thanks between members so far.")),
      activities_(Family(BuildCounter, registry_, "perigee_activities_total",
                         "Activities recorded so far.")),
      pull_ratio_(Family(BuildGauge, registry_, "perigee_pull_ratio",
                         "Share of what was done of late that people did of themselves, rather "
                         "than staff and bots; absent while nothing was done.")),
      asks_(Family(BuildGauge, registry_, "perigee_asks", "Asks of members by state.")),
      promises_(Family(BuildGauge, registry_, "perigee_promises",
                       "What the brand owes to members, by kind: promises that were not kept yet, "
                       "and thanks; open before its due time, overdue from then on.")),
      champions_(Family(BuildGauge, registry_, "perigee_champions",
                        "Appointments of members who are there, by title and state.")),
      terms_ending_soon_(Family(BuildGauge, registry_, "perigee_terms_ending_soon",
                                "Live appointments that end within 90 days and are not renewed, by "
                                "title.")),
      redemptions_(Family(BuildGauge, registry_, "perigee_redemptions",
                          "Redemptions of rewards by members who are there, by state.")),
      tier_members_(Family(BuildGauge, registry_, "perigee_tier_members",
                           "Persons who stand on a level of tiers, by scheme and level.")),
      tier_notices_(Family(BuildGauge, registry_, "perigee_tier_notices",
                           "Those of them who fall unless they earn more, by scheme and level.")),
      lease_held_(Family(BuildGauge, registry_, "perigee_lease_held",
                         "Whether this server, of those on one store, does a job.")),
      lease_changes_(Family(BuildCounter, registry_, "perigee_lease_changes_total",
                            "How often this server took and lost the lease of a job.")),
      sign_in_refused_(Family(BuildCounter, registry_, "perigee_sign_in_refused_total",
                              "Calls refused because it is not known who calls, by cause.")),
      issuer_keys_(Family(BuildGauge, registry_, "perigee_issuer_keys",
                          "Keys of an issuer of tokens that this server trusts.")),
      issuer_keys_age_(Family(BuildGauge, registry_, "perigee_issuer_keys_age_seconds",
                              "Time since an issuer's keys were last read; absent before.")),
      issuer_failures_(Family(BuildCounter, registry_, "perigee_issuer_failures_total",
                              "How often an issuer's keys could not be read.")) {
  Family(BuildGauge, registry_, "perigee_build_info",
         "Always 1; the labels say which build serves.")
      .Add({{"version", std::string(Version())}})
      .Set(1);
}

Metrics::~Metrics() = default;

Metrics::MethodStats& Metrics::StatsOf(std::string_view service, std::string_view method,
                                       bool streams) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<MethodStats>& stats = methods_[std::string(service) + "/" + std::string(method)];
  if (stats == nullptr) {
    stats = std::make_unique<MethodStats>(*this, service, method, streams);
  }
  return *stats;
}

ports::RpcStats& Metrics::Rpc(std::string_view service, std::string_view method) {
  return StatsOf(service, method, false);
}

ports::StreamStats& Metrics::Stream(std::string_view service, std::string_view method) {
  return StatsOf(service, method, true);
}

ports::QueueStats& Metrics::Queue(std::string_view queue) {
  const std::lock_guard lock(mutex_);
  std::unique_ptr<WaitStats>& stats = queues_[std::string(queue)];
  if (stats == nullptr) {
    stats = std::make_unique<WaitStats>(*this, std::string(queue));
  }
  return *stats;
}

void Metrics::StoreCommitted(std::chrono::nanoseconds took, std::size_t units) {
  commit_seconds_.Observe(Seconds(took));
  commit_units_.Observe(static_cast<double>(units));
}

void Metrics::StoreFailed() { store_failures_.Increment(); }

void Metrics::JournalHead(const std::string& program, domain::Revision head) {
  const std::lock_guard lock(mutex_);
  heads_[program] = head;
  journal_head_.Add({{"program", program}}).Set(static_cast<double>(head));
  UpdateLag(program);
}

void Metrics::Projected(const std::string& program, std::string_view projection,
                        domain::Revision applied) {
  const std::lock_guard lock(mutex_);
  applied_[program][std::string(projection)] = applied;
  UpdateLag(program);
}

void Metrics::ProjectionFailed(std::string_view projection) {
  projection_failures_.Add({{"projection", std::string(projection)}}).Increment();
}

void Metrics::UpdateLag(const std::string& program) {
  const domain::Revision head = heads_[program];
  for (const auto& [projection, applied] : applied_[program]) {
    // The projection may report an entry before the head is reported.
    const domain::Revision lag = std::max<domain::Revision>(0, head - applied);
    projection_lag_.Add({{"program", program}, {"projection", projection}})
        .Set(static_cast<double>(lag));
  }
}

void Metrics::BoardRebuilt(std::string_view cache, std::chrono::nanoseconds took) {
  board_rebuild_.Add({{"cache", std::string(cache)}}, kSecondsBuckets).Observe(Seconds(took));
}

void Metrics::RedisUp(bool up) { redis_up_.Set(up ? 1 : 0); }

void Metrics::CountMembers(const std::string& program,
                           const std::vector<ports::MemberCount>& members) {
  std::map<std::pair<std::size_t, std::size_t>, std::int64_t> counts;
  for (const ports::MemberCount& count : members) {
    counts[{static_cast<std::size_t>(count.kind), static_cast<std::size_t>(count.standing)}] +=
        count.members;
  }
  // Every pair is set, so that a count that has fallen to nothing reads 0. Enums start at 1.
  for (std::size_t kind = 1; kind <= kKinds.size(); ++kind) {
    for (std::size_t standing = 1; standing <= kStandings.size(); ++standing) {
      members_
          .Add({{"program", program},
                {"kind", std::string(kKinds.at(kind - 1))},
                {"standing", std::string(kStandings.at(standing - 1))}})
          .Set(static_cast<double>(counts[{kind, standing}]));
    }
  }
}

void Metrics::CountAsks(const std::string& program, const std::vector<ports::AskCount>& asks) {
  std::map<domain::AskState, std::int64_t> counts;
  for (const ports::AskCount& count : asks) {
    counts[count.state] += count.asks;
  }
  for (auto state = static_cast<int>(domain::AskState::kProposed);
       state <= static_cast<int>(domain::AskState::kCancelled); ++state) {
    const auto of = static_cast<domain::AskState>(state);
    asks_.Add({{"program", program}, {"state", std::string(domain::NameOf(of))}})
        .Set(static_cast<double>(counts[of]));
  }
}

void Metrics::CountPromises(const std::string& program,
                            const std::vector<ports::PromiseCount>& promises) {
  std::map<std::pair<std::size_t, bool>, std::int64_t> counts;
  for (const ports::PromiseCount& count : promises) {
    counts[{static_cast<std::size_t>(count.kind), count.overdue}] += count.promises;
  }
  // Every pair is set, as for members.
  for (std::size_t kind = 1; kind <= kPromiseKinds.size(); ++kind) {
    for (const bool overdue : {false, true}) {
      promises_
          .Add({{"program", program},
                {"kind", std::string(kPromiseKinds.at(kind - 1))},
                {"state", overdue ? "overdue" : "open"}})
          .Set(static_cast<double>(counts[{kind, overdue}]));
    }
  }
}

void Metrics::CountChampions(const std::string& program, const ports::ProgramHealth& health) {
  std::set<std::string>& titles = titles_[program];
  std::map<std::pair<std::string, std::string>, std::int64_t> counts;
  for (const ports::InsightCount& count : health.champions) {
    titles.insert(count.title);
    counts[{count.title, count.state}] += count.items;
  }
  std::map<std::string, std::int64_t> ending;
  for (const ports::InsightCount& count : health.terms_ending) {
    ending[count.title] += count.items;
  }
  // Every state of a title that was seen once is set, as for members.
  for (const std::string& title : titles) {
    for (auto state = static_cast<int>(domain::AppointmentState::kScheduled);
         state <= static_cast<int>(domain::AppointmentState::kRevoked); ++state) {
      const std::string name(domain::NameOf(static_cast<domain::AppointmentState>(state)));
      champions_.Add({{"program", program}, {"title", title}, {"state", name}})
          .Set(static_cast<double>(counts[{title, name}]));
    }
    terms_ending_soon_.Add({{"program", program}, {"title", title}})
        .Set(static_cast<double>(ending[title]));
  }
}

void Metrics::CountTiers(const std::string& program, const ports::ProgramHealth& health) {
  std::set<std::pair<std::string, std::string>>& tiers = tiers_[program];
  std::map<std::pair<std::string, std::string>, std::int64_t> members;
  for (const ports::InsightCount& count : health.tier_members) {
    tiers.insert({count.title, count.state});
    members[{count.title, count.state}] += count.items;
  }
  std::map<std::pair<std::string, std::string>, std::int64_t> notices;
  for (const ports::InsightCount& count : health.tier_notices) {
    notices[{count.title, count.state}] += count.items;
  }
  // A level that was seen once is set, as for titles.
  for (const auto& [scheme, level] : tiers) {
    const prometheus::Labels labels = {{"program", program}, {"scheme", scheme}, {"level", level}};
    tier_members_.Add(labels).Set(static_cast<double>(members[{scheme, level}]));
    tier_notices_.Add(labels).Set(static_cast<double>(notices[{scheme, level}]));
  }
}

void Metrics::Health(const std::string& program, const ports::ProgramHealth& health) {
  const std::lock_guard lock(mutex_);
  CountMembers(program, health.members);
  CountAsks(program, health.asks);
  CountPromises(program, health.promises);
  CountChampions(program, health);
  SetByState(redemptions_, program, domain::RedemptionState::kHeld,
             domain::RedemptionState::kExpired, health.redemptions);
  CountTiers(program, health);
  insider_.Health(program, health);
  sending_.Health(program, health);
  for (const ports::AssetTotals& asset : health.assets) {
    const prometheus::Labels labels = {{"program", program}, {"asset", asset.asset}};
    imbalance_.Add(labels).Set(static_cast<double>(asset.imbalance));
    capital_issued_.Add(labels).Set(static_cast<double>(asset.issued));
    capital_spent_.Add(labels).Set(static_cast<double>(asset.spent));
  }
  const prometheus::Labels labels = {{"program", program}};
  const ports::ActivityCounts& activity = health.activity;
  members_active_.Add(labels).Set(static_cast<double>(activity.active_members));
  members_contributing_.Add(labels).Set(static_cast<double>(activity.contributing_members));
  RaiseTo(thanks_.Add(labels), activity.thanks);
  RaiseTo(activities_.Add(labels), activity.activities);
  prometheus::Gauge& pull_ratio = pull_ratio_.Add(labels);
  const std::int64_t all = activity.pulled + activity.pushed;
  if (all == 0) {
    pull_ratio_.Remove(&pull_ratio);
  } else {
    pull_ratio.Set(static_cast<double>(activity.pulled) / static_cast<double>(all));
  }
}

void Metrics::ProgramDeleted(const std::string& program) {
  const std::lock_guard lock(mutex_);
  heads_.erase(program);
  applied_.erase(program);
  titles_.erase(program);
  tiers_.erase(program);
  for (Gauges* gauges :
       {&journal_head_, &projection_lag_, &imbalance_, &members_, &members_active_,
        &members_contributing_, &capital_issued_, &capital_spent_, &pull_ratio_, &asks_, &promises_,
        &champions_, &terms_ending_soon_, &redemptions_, &tier_members_, &tier_notices_}) {
    RemoveProgram(program, *gauges);
  }
  RemoveProgram(program, thanks_);
  RemoveProgram(program, activities_);
  insider_.ProgramDeleted(program);
  sending_.ProgramDeleted(program);
}

void Metrics::LeaseChanged(const std::string& job, bool taken, bool lost, bool held) {
  lease_changes_.Add({{"job", job}, {"change", "taken"}}).Increment(taken ? 1 : 0);
  lease_changes_.Add({{"job", job}, {"change", "lost"}}).Increment(lost ? 1 : 0);
  lease_held_.Add({{"job", job}}).Set(held ? 1 : 0);
}

void Metrics::SignIns(const SignInFigures& figures) {
  for (const auto& [cause, total] : figures.refused) {
    RaiseTo(sign_in_refused_.Add({{"cause", std::string(cause)}}),
            static_cast<std::int64_t>(total));
  }
  for (const SignInFigures::Issuer& issuer : figures.issuers) {
    const prometheus::Labels labels = {{"issuer", issuer.name}};
    issuer_keys_.Add(labels).Set(static_cast<double>(issuer.keys));
    if (issuer.age.has_value()) {
      issuer_keys_age_.Add(labels).Set(std::chrono::duration<double>(*issuer.age).count());
    }
    RaiseTo(issuer_failures_.Add(labels), static_cast<std::int64_t>(issuer.failures));
  }
}

}  // namespace perigee::runtime
