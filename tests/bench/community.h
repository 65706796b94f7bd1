#pragma once

#include <cstdint>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/statusor.h"

namespace perigee::bench {

inline constexpr const char* kProgram = "programs/bench";
inline constexpr const char* kPeriod = "programs/bench/boards/all/periods/all-time";

std::string MemberName(std::uint64_t n);
// A UUID of its own for each n of one salt.
std::string RequestId(std::uint64_t salt, std::uint64_t n);

// Makes the programme that is measured, through the API: one rule, one board of all time, `members`
// members with a score each. Returns once the board holds them all.
absl::Status FillCommunity(const std::string& public_address, const std::string& internal_address,
                           int members);

// Sends activities `begin` up to `end` by one client stream, a thousand a message. Answers when all
// are durable, with the revision that holds them.
absl::StatusOr<std::int64_t> StreamActivities(const std::shared_ptr<grpc::Channel>& channel,
                                              std::uint64_t begin, std::uint64_t end, int members);

}  // namespace perigee::bench
