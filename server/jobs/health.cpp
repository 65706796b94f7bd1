#include "server/jobs/health.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/core/status_macros.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ask/ask_reader.h"
#include "server/ports/clock.h"
#include "server/ports/idea/idea_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/insight.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/program_health.h"
#include "server/ports/thanks/thanks_reader.h"
#include "server/use_cases/delivery/webhooks.h"
#include "server/use_cases/insider/items.h"
#include "server/use_cases/insider/seats.h"

namespace perigee::jobs {
namespace {

constexpr std::chrono::days kPresentActivity{30};
constexpr std::chrono::hours kCountedAnewAfter{24};

}  // namespace

absl::Status Health::RunOnce() {
  const Time now = clock_.Now();
  std::map<std::string, domain::Revision> heads;
  PERIGEE_RETURN_IF_ERROR(store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(heads, reader.journal().Heads());
    return absl::OkStatus();
  }));
  std::erase_if(counted_, [&](const auto& counted) {
    const bool deleted = !heads.contains(counted.first);
    if (deleted) {
      telemetry_.ProgramDeleted(counted.first);  // A count may have ended after the deletion.
    }
    return deleted;
  });
  absl::Status first;
  for (const auto& [program, head] : heads) {
    const auto counted = counted_.find(program);
    if (counted != counted_.end() && counted->second.head == head && now < counted->second.next) {
      continue;
    }
    const absl::StatusOr<Time> next = Count(program, now);
    if (next.ok()) {
      counted_[program] = {head, *next};
    }
    first.Update(next.status());
  }
  return first;
}

absl::StatusOr<Time> Health::Count(const std::string& program, Time now) {
  ports::ProgramHealth health;
  const auto read = [&](auto& figure, const auto& count) {
    return store_.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(figure, count(reader));
      return absl::OkStatus();
    });
  };
  // Each read has its own view: while a view is open, later writes pile up in the log.
  PERIGEE_RETURN_IF_ERROR(
      read(health.members, [&](auto& reader) { return reader.members().Count(program); }));
  PERIGEE_RETURN_IF_ERROR(
      read(health.assets, [&](auto& reader) { return reader.ledger().TotalAssets(program); }));
  PERIGEE_RETURN_IF_ERROR(read(health.activity, [&](auto& reader) {
    return reader.activities().Count(program, now - kPresentActivity);
  }));
  PERIGEE_RETURN_IF_ERROR(
      read(health.asks, [&](auto& reader) { return reader.asks().Count(program, now); }));
  const auto count = [&](auto& figure, ports::InsightFigure counted) {
    return read(figure, [&](auto& reader) {
      return reader.programs().CountInsight(program, {.figure = counted, .now = now});
    });
  };
  PERIGEE_RETURN_IF_ERROR(count(health.champions, ports::InsightFigure::kChampions));
  PERIGEE_RETURN_IF_ERROR(count(health.terms_ending, ports::InsightFigure::kTermsEnding));
  PERIGEE_RETURN_IF_ERROR(read(health.releases_ahead, [&](auto& reader) {
    return use_cases::CountReleasesAhead(reader, program, now);
  }));
  PERIGEE_RETURN_IF_ERROR(count(health.redemptions, ports::InsightFigure::kRedemptions));
  PERIGEE_RETURN_IF_ERROR(
      read(health.ideas, [&](auto& reader) { return reader.ideas().Count(program); }));
  PERIGEE_RETURN_IF_ERROR(count(health.tier_members, ports::InsightFigure::kTiers));
  PERIGEE_RETURN_IF_ERROR(count(health.tier_notices, ports::InsightFigure::kTierNotices));
  PERIGEE_RETURN_IF_ERROR(read(
      health.seats, [&](auto& reader) { return use_cases::CountSeats(reader, program, now); }));
  ports::PromiseCounts promises;
  PERIGEE_RETURN_IF_ERROR(
      read(promises, [&](auto& reader) { return reader.thanks().CountPromises(program, now); }));
  health.promises = std::move(promises.counts);
  std::vector<use_cases::WebhookNow> webhooks;
  PERIGEE_RETURN_IF_ERROR(
      read(webhooks, [&](auto& reader) { return use_cases::WebhooksOf(reader, program); }));
  for (const use_cases::WebhookNow& webhook : webhooks) {
    health.deliveries_waiting += webhook.progress.waiting;
    health.deliveries_dead += webhook.progress.dead;
    health.webhooks_disabled += webhook.progress.disable_time.has_value() ? 1 : 0;
  }
  telemetry_.Health(program, health);
  return std::min<Time>(now + kCountedAnewAfter, promises.next_due.value_or(kEndOfTime));
}

}  // namespace perigee::jobs
