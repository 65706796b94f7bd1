#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/journal/stored_projection.h"

namespace perigee::jobs {

// Promotes members as they earn, and withdraws notices. It looks at the persons whom an entry
// concerns: by a transfer of an asset by which a scheme goes, or because other members are that
// person from then on. Each entry counts once, also with several servers. Writers never wait for
// it.
class TierFollowing {
 public:
  using Parts = StoredProjection::Parts;
  static constexpr std::string_view kProjection = "tiers";

  // All parts must outlive it.
  explicit TierFollowing(Parts parts);

  // Makes it look at programmes that moved on before it existed.
  absl::Status Start();
  void Stop() { projection_.Stop(); }

 private:
  absl::StatusOr<std::optional<StoredProjection::Apply>> Prepare(
      const std::string& program, std::span<const ports::JournalEntryPtr> entries);
  absl::StatusOr<const std::vector<domain::TierScheme>*> SchemesOf(
      const std::string& program, std::span<const ports::JournalEntryPtr> entries);

  const Parts parts_;
  // Those that are not retired. Used on the worker only.
  std::map<std::string, std::vector<domain::TierScheme>> schemes_;
  StoredProjection projection_;
};

// Applies new and changed schemes to everybody, a portion of members for each unit of work, so that
// others write in between.
inline constexpr int kTierPortion = 100;
DueHandler TierApplying(int portion = kTierPortion);

// Gives notices, reviews levels, and ends locks, when they fall due.
DueHandler TierReviewing();

}  // namespace perigee::jobs
