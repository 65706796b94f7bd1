#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "clients/load/community.h"
#include "clients/load/engine.h"
#include "clients/load/target.h"
#include "perigee/v1/board.pb.h"

namespace perigee::bench {

// The programmes of a measured store.
using Communities = std::vector<load::Community>;
// Makes that many programmes, with `members` members in all.
Communities MakeCommunities(int programs, int members);

// The same programmes as targets of the load engine, without addresses. The targets have their own
// order of members.
std::vector<load::Target> TargetsOf(const Communities& communities);

// A load that calls each programme in turn, over `channels` channels to `address`. Keeps references
// to the targets.
using CallMaker = std::function<load::Call(const load::Target&)>;
load::Load LoadOn(const std::vector<load::Target>& targets, const CallMaker& make,
                  const std::string& address, int channels);

// A new number, which keeps the writes of one run apart from those of all others.
std::uint32_t NewRun();
// load::TransferCall for a new run.
load::Call TransferCall(const load::Target& target);

// Reads the first page of a period, which builds the board.
absl::StatusOr<v1::ListEntriesResponse> ReadTop(const std::string& public_address,
                                                const std::string& period);
// Reads every page of a period once, so that the server holds all names.
absl::Status ReadWhole(const std::string& public_address, const std::string& period);

// Records one activity of each member at `time`, by one stream.
absl::Status FillDay(const std::string& internal_address, const load::Community& community,
                     absl::Time time);

// Makes further boards of the target's asset until there are `boards`, and reads each once, so that
// the server builds it. Answers all of them as targets without members.
absl::StatusOr<std::vector<load::Target>> OpenBoards(const load::Target& target,
                                                     const std::string& public_address,
                                                     const std::string& internal_address,
                                                     int boards);

// kInternal if a call was refused, or if there was none.
absl::Status AllWell(const std::string& what, const load::Outcome& outcome);

}  // namespace perigee::bench
