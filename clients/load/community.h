#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/statusor.h"
#include "clients/cli/connection.h"

namespace perigee::load {

// A programme to put load on: one rule, one asset, one board of all time, and members whose ids
// have no order.
struct Community {
  std::string program;  // `programs/{program}`
  int members = 0;

  std::string Period() const { return program + "/boards/all/periods/all-time"; }
  std::string Asset() const { return program + "/assets/reputation"; }
  std::string Member(std::uint64_t n) const;  // Wraps around: `n` modulo `members`.
};

// A different UUID for each pair of salt and n. The UUIDs look random and have no order, as those
// of real clients.
std::string RequestId(std::uint64_t salt, std::uint64_t n);

// Makes the community through the API, with a score for each member. Returns once the board holds
// all members. May be repeated: what exists already stays as it is.
absl::Status FillCommunity(const std::string& public_address, const std::string& internal_address,
                           const Community& community, const cli::Connection& connection = {});

// Sends the activities from `begin` up to but without `end` by one client stream, a thousand a
// message. Answers the revision that holds them all, once they are durable.
absl::StatusOr<std::int64_t> StreamActivities(const std::shared_ptr<grpc::Channel>& channel,
                                              const Community& community, std::uint64_t begin,
                                              std::uint64_t end);

}  // namespace perigee::load
