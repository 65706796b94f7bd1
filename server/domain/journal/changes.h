#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/domain/activity/activity.h"
#include "server/domain/board/board.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/domain/program/rules.h"

namespace perigee::domain {

// All that one unit of work makes true, at one revision. The store writes it and appends it,
// without what is personal, to the journal in the same step. Resources are given whole, as they
// stand afterwards, with `revision` set.
struct Changes {
  std::optional<Program> program;
  std::vector<Asset> assets;
  std::vector<Rule> rules;  // New versions.
  std::vector<Member> members;
  std::optional<Activity> activity;
  std::vector<Edge> edges;
  LedgerChanges ledger;
  std::vector<Board> boards;
  std::vector<std::string> deleted_boards;
  std::vector<PeriodResult> results;

  bool Empty() const;
};

}  // namespace perigee::domain
