#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "server/domain/idea/idea.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {

// The ideas and votes of members who are there.
struct IdeaCounts {
  std::map<domain::IdeaState, std::int64_t> ideas;  // States without ideas may be left out.
  std::int64_t votes = 0;                           // As they were given.
};

// Ideas, besides what RecordReader reads of them. See StoreReader for the rules of all reads.
class IdeaReader {
 public:
  virtual ~IdeaReader() = default;

  // How many persons who are there have a vote for the idea. The person whose head is `author` does
  // not count, nor does a vote that another member of the same person has too. Costs one look-up
  // for each vote.
  virtual absl::StatusOr<std::int64_t> CountVotes(const std::string& program, domain::Revision idea,
                                                  const domain::MemberKey& author) = 0;
  // Also ideas about items that are hidden. Reads all ideas and votes of the programme.
  virtual absl::StatusOr<IdeaCounts> Count(const std::string& program) = 0;
};

}  // namespace perigee::ports
