#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"

namespace perigee::ports {

struct MemberCount {
  domain::StakeholderKind kind{};
  domain::Standing standing{};
  std::int64_t members = 0;
};

// What can be known of a member without opening what is sealed.
struct MemberFacts {
  domain::MemberKey key;
  std::vector<domain::StakeholderKind> kinds;
  domain::MemberType type{};
  domain::Standing standing{};
  bool board_opt_out = false;
  Time join_time{};
  std::optional<Time> pause_time;
  std::optional<Time> pause_end_time;
};

// Members. See StoreReader for the rules of all reads.
class MemberReader {
 public:
  virtual ~MemberReader() = default;

  virtual absl::StatusOr<std::optional<domain::Member>> Find(const std::string& program,
                                                             const std::string& member_id) = 0;
  // In the order of the keys or ids. Keys and ids without a member are left out.
  virtual absl::StatusOr<std::vector<domain::Member>> FindByKeys(
      const std::string& program, std::span<const domain::MemberKey> keys) = 0;
  virtual absl::StatusOr<std::vector<domain::Member>> FindByIds(
      const std::string& program, std::span<const std::string> member_ids) = 0;
  // Those that are not merged, by key, after `after`. Ids have no order in the store.
  virtual absl::StatusOr<std::vector<domain::Member>> List(const std::string& program,
                                                           const domain::MemberKey& after,
                                                           int limit) = 0;
  // The same members.
  virtual absl::StatusOr<std::vector<MemberFacts>> ListFacts(const std::string& program,
                                                             const domain::MemberKey& after,
                                                             int limit) = 0;
  // All that are merged.
  virtual absl::StatusOr<domain::MergedMembers> Merged(const std::string& program) = 0;
  // Without those that are merged.
  virtual absl::StatusOr<std::vector<MemberCount>> Count(const std::string& program) = 0;
};

}  // namespace perigee::ports
