#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/load/engine.h"

namespace perigee::load {

// Whom the load is put on: a board of a programme, and its members.
struct Target {
  std::string public_address;
  std::string internal_address;
  int channels = 4;  // To each door, for each kind of call.
  std::string program;
  std::string board;                 // `programs/{program}/boards/{board}`
  std::string asset;                 // What it counts: `programs/{program}/assets/{asset}`.
  std::vector<std::string> members;  // Who stand on its present period, from the top.
  int page_size = 20;

  std::string Period() const { return board + "/periods/current"; }
  // Any of them; numbers that follow one another give members far apart.
  const std::string& Member(std::uint64_t n) const;
};

// Fills in asset and members by asking the server, once; names must be set. Its refusal, or
// kFailedPrecondition if nobody stands on the board.
absl::Status Explore(Target& target);

// One call of each kind that an app makes. `run` sets the writes of one run apart from those of
// another. Calls keep a reference to the target.
Call PageCall(const Target& target);
Call AroundCall(const Target& target);
Call RankCall(const Target& target);
Call BalanceCall(const Target& target);
Call StatementCall(const Target& target);
Call ActivityCall(const Target& target, std::uint32_t run);
// Each call is a stream of so many activities, at most `batch` a message.
Call ActivityStreamCall(const Target& target, std::uint32_t run, std::uint64_t per_stream,
                        std::uint64_t batch);
// One unit to anybody, or to one of the first few members, where watchers see it.
enum class Receivers { kAnybody, kTheTop };
Call TransferCall(const Target& target, std::uint32_t run,
                  Receivers receivers = Receivers::kAnybody);

// A day of an app, with the weights of a call of each kind. Transfers go to the top.
std::vector<Call> DayOfAnApp(const Target& target, std::uint32_t run);
// How much of the peak's load each hour of that day has.
std::vector<double> HoursOfADay();

}  // namespace perigee::load
