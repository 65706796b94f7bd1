#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/load/community.h"
#include "clients/load/engine.h"
#include "clients/load/target.h"
#include "perigee/v1/board.pb.h"

namespace perigee::bench {

// The programmes of a store that is measured.
using Communities = std::vector<load::Community>;
// So many programmes with so many members in all.
Communities MakeCommunities(int programs, int members);

// The same as the load engine knows them, without addresses. The order of the members is their own.
std::vector<load::Target> TargetsOf(const Communities& communities);

// A call that goes to each of the programmes in turn, over so many channels to `address`. Keeps
// references to the targets.
using CallMaker = std::function<load::Call(const load::Target&)>;
load::Load LoadOn(const std::vector<load::Target>& targets, const CallMaker& make,
                  const std::string& address, int channels);

// Sets the writes of one run apart from those of all others.
std::uint32_t NewRun();
// load::TransferCall of a run of its own.
load::Call TransferCall(const load::Target& target);

// The first page of a period, by way of which a board is built.
absl::StatusOr<v1::ListEntriesResponse> ReadTop(const std::string& public_address,
                                                const std::string& period);
// Every page of it once, so that the server holds all names.
absl::Status ReadWhole(const std::string& public_address, const std::string& period);

// kInternal if calls were refused, or none was made.
absl::Status AllWell(const std::string& what, const load::Outcome& outcome);

}  // namespace perigee::bench
