#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "server/domain/insider/seat.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ask/ask_reader.h"
#include "server/ports/idea/idea_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/insight.h"
#include "server/ports/thanks/thanks_reader.h"

namespace perigee::ports {

// The health figures of one programme.
struct ProgramHealth {
  std::vector<MemberCount> members;
  std::vector<AssetTotals> assets;
  ActivityCounts activity;
  std::vector<AskCount> asks;
  std::vector<PromiseCount> promises;
  std::vector<InsightCount> champions;     // By title and state.
  std::vector<InsightCount> terms_ending;  // By title.
  std::int64_t releases_ahead = 0;         // Of insider items.
  std::vector<InsightCount> redemptions;   // By state.
  IdeaCounts ideas;
  std::vector<InsightCount> tier_members;  // By scheme and level.
  std::vector<InsightCount> tier_notices;  // By scheme and level.
  // Claims to seats of insider items.
  std::map<domain::SeatState, std::int64_t> seats;
  // Of all webhooks together.
  std::int64_t deliveries_waiting = 0;
  std::int64_t deliveries_dead = 0;
  std::int64_t webhooks_disabled = 0;
};

}  // namespace perigee::ports
