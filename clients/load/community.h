#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/statusor.h"

namespace perigee::load {

// A programme made to be loaded: one rule, one asset, one board of all time, and members who are
// numbered.
struct Community {
  std::string program;  // `programs/{program}`
  int members = 0;

  std::string Period() const { return program + "/boards/all/periods/all-time"; }
  std::string Asset() const { return program + "/assets/reputation"; }
  std::string Member(std::uint64_t n) const;  // `n` modulo their number.
};

// A UUID of its own for each n of one salt.
std::string RequestId(std::uint64_t salt, std::uint64_t n);

// Makes it through the API, with a score for each member. Returns once the board holds them all.
// May be repeated: what is there already stays as it is.
absl::Status FillCommunity(const std::string& public_address, const std::string& internal_address,
                           const Community& community);

// Sends activities `begin` up to `end` by one client stream, a thousand a message. Answers when all
// are durable, with the revision that holds them.
absl::StatusOr<std::int64_t> StreamActivities(const std::shared_ptr<grpc::Channel>& channel,
                                              const Community& community, std::uint64_t begin,
                                              std::uint64_t end);

}  // namespace perigee::load
