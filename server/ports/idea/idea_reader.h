#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {

// Ideas, besides what RecordReader reads of them. See StoreReader for the rules of all reads.
class IdeaReader {
 public:
  virtual ~IdeaReader() = default;

  // How many persons who are there have a vote for the idea. The person whose head is `author` does
  // not count, nor does a vote that another member of the same person has too. Costs one look-up
  // for each vote.
  virtual absl::StatusOr<std::int64_t> CountVotes(const std::string& program, domain::Revision idea,
                                                  const domain::MemberKey& author) = 0;
};

}  // namespace perigee::ports
