#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/connection.h"
#include "clients/load/engine.h"

namespace perigee::load {

// The target of the load: a board of a programme, and its members.
struct Target {
  std::string public_address;
  std::string internal_address;
  cli::Connection connection;
  int channels = 4;  // To each door, for each kind of call.
  std::string program;
  std::string board;                 // `programs/{program}/boards/{board}`
  std::string asset;                 // The board's asset: `programs/{program}/assets/{asset}`.
  std::vector<std::string> members;  // The members on its present period, from the top.
  int page_size = 20;

  std::string Period() const { return board + "/periods/current"; }
  // One of the members. Consecutive numbers give members far apart.
  const std::string& Member(std::uint64_t n) const;
};

// Asks the server once for the asset and the members, and fills them in; the names must be set.
// Answers the server's refusal, or kFailedPrecondition if the board is empty.
absl::Status Explore(Target& target);

// One kind of call each, as an app makes them. `run` keeps the writes of one run apart from those
// of another. Calls keep a reference to the target.
Call PageCall(const Target& target);
Call AroundCall(const Target& target);
Call RankCall(const Target& target);
Call BalanceCall(const Target& target);
Call StatementCall(const Target& target);
Call ActivityCall(const Target& target, std::uint32_t run);
// Each call is a stream of `per_stream` activities, at most `batch` in a message.
Call ActivityStreamCall(const Target& target, std::uint32_t run, std::uint64_t per_stream,
                        std::uint64_t batch);
// Transfers one unit to any member, or to one of the first few members, where watchers see it.
enum class Receivers { kAnybody, kTheTop };
Call TransferCall(const Target& target, std::uint32_t run,
                  Receivers receivers = Receivers::kAnybody);

// The calls of an app's day, with their weights. Transfers go to the top.
std::vector<Call> DayOfAnApp(const Target& target, std::uint32_t run);
// The load of each hour of that day, as a part of the peak.
std::vector<double> HoursOfADay();

}  // namespace perigee::load
