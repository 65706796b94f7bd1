#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "server/ports/ask/ask_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/telemetry.h"
#include "server/ports/thanks/thanks_reader.h"
#include "server/runtime/insider_metrics.h"
#include "server/runtime/sending_metrics.h"

namespace perigee::ports {
struct ProgramHealth;
}  // namespace perigee::ports

namespace perigee::runtime {

// What is known of those who sign in, in totals since the start. Issuers are those of the access
// file.
struct SignInFigures {
  struct Issuer {
    std::string name;
    std::size_t keys = 0;
    std::optional<std::chrono::nanoseconds> age;  // Since the keys were last read.
    std::uint64_t failures = 0;
  };
  std::map<std::string_view, std::uint64_t> refused;  // By cause, one of a few names.
  std::vector<Issuer> issuers;
};

// All metrics of the server. The HELP texts in metrics.cpp, insider_metrics.cpp and
// sending_metrics.cpp say what each means. Labels are few and closed: programmes, methods, codes,
// assets and the like, never a member.
class Metrics final : public ports::Telemetry {
 public:
  Metrics();
  ~Metrics() override;
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // The metrics door serves this registry.
  prometheus::Registry& registry() { return registry_; }

  ports::RpcStats& Rpc(std::string_view service, std::string_view method) override;
  ports::StreamStats& Stream(std::string_view service, std::string_view method) override;
  ports::QueueStats& Queue(std::string_view queue) override;
  ports::InboxStats& Inboxes() override { return sending_.Inboxes(); }
  void StoreCommitted(std::chrono::nanoseconds took, std::size_t units) override;
  void StoreFailed() override;
  void JournalHead(const std::string& program, domain::Revision head) override;
  void Projected(const std::string& program, std::string_view projection,
                 domain::Revision applied) override;
  void ProjectionFailed(std::string_view projection) override;
  void BoardRebuilt(std::string_view cache, std::chrono::nanoseconds took) override;
  void RedisUp(bool up) override;
  void GateAsked(ports::GateAnswer answer) override { insider_.GateAsked(answer); }
  void ItemShown(bool shared) override { insider_.ItemShown(shared); }
  void AttachmentBytesSent(std::int64_t bytes) override { insider_.AttachmentBytesSent(bytes); }
  void DownloadShut() override { insider_.DownloadShut(); }
  void Delivered(std::string_view receiver, std::string_view outcome,
                 std::chrono::nanoseconds age) override {
    sending_.Delivered(receiver, outcome, age);
  }
  void Health(const std::string& program, const ports::ProgramHealth& health) override;
  void ProgramDeleted(const std::string& program) override;
  // Notes whether this server took or lost the lease of a job, and whether it holds the lease now.
  void LeaseChanged(const std::string& job, bool taken, bool lost, bool held);
  void SignIns(const SignInFigures& figures);

 private:
  class MethodStats;
  class WaitStats;
  using Gauges = prometheus::Family<prometheus::Gauge>;

  MethodStats& StatsOf(std::string_view service, std::string_view method, bool streams);
  // Sets the lag of each projection of the programme. Called with mutex_ held.
  void UpdateLag(const std::string& program);
  void CountMembers(const std::string& program, const std::vector<ports::MemberCount>& members);
  void CountAsks(const std::string& program, const std::vector<ports::AskCount>& asks);
  void CountPromises(const std::string& program, const std::vector<ports::PromiseCount>& promises);
  void CountChampions(const std::string& program, const ports::ProgramHealth& health);
  void CountTiers(const std::string& program, const ports::ProgramHealth& health);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& rpc_started_;
  prometheus::Family<prometheus::Counter>& rpc_finished_;
  prometheus::Family<prometheus::Histogram>& rpc_duration_;
  Gauges& rpc_in_flight_;
  Gauges& stream_open_;
  prometheus::Family<prometheus::Counter>& stream_messages_;
  prometheus::Family<prometheus::Histogram>& stream_age_;
  prometheus::Family<prometheus::Histogram>& queue_wait_;
  prometheus::Family<prometheus::Counter>& queue_refused_;
  prometheus::Histogram& commit_seconds_;
  prometheus::Histogram& commit_units_;
  prometheus::Counter& store_failures_;
  Gauges& journal_head_;
  Gauges& projection_lag_;
  prometheus::Family<prometheus::Counter>& projection_failures_;
  prometheus::Gauge& redis_up_;
  prometheus::Family<prometheus::Histogram>& board_rebuild_;
  Gauges& imbalance_;
  Gauges& members_;
  Gauges& members_active_;
  Gauges& members_contributing_;
  Gauges& capital_issued_;
  Gauges& capital_spent_;
  prometheus::Family<prometheus::Counter>& thanks_;
  prometheus::Family<prometheus::Counter>& activities_;
  Gauges& pull_ratio_;
  Gauges& asks_;
  Gauges& promises_;
  Gauges& champions_;
  Gauges& terms_ending_soon_;
  Gauges& redemptions_;
  Gauges& tier_members_;
  Gauges& tier_notices_;
  Gauges& lease_held_;
  prometheus::Family<prometheus::Counter>& lease_changes_;
  prometheus::Family<prometheus::Counter>& sign_in_refused_;
  Gauges& issuer_keys_;
  Gauges& issuer_keys_age_;
  prometheus::Family<prometheus::Counter>& issuer_failures_;
  InsiderMetrics insider_{registry_};
  SendingMetrics sending_{registry_};

  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<MethodStats>> methods_;  // By `service/method`.
  std::map<std::string, std::unique_ptr<WaitStats>> queues_;
  std::map<std::string, domain::Revision> heads_;
  // Those that were counted, by programme; of tiers scheme and level.
  std::map<std::string, std::set<std::string>> titles_;
  std::map<std::string, std::set<std::pair<std::string, std::string>>> tiers_;
  std::map<std::string, std::map<std::string, domain::Revision>> applied_;  // By projection.
};

}  // namespace perigee::runtime
