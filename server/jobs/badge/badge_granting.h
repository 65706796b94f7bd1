#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/badge/badge.h"
#include "server/jobs/due_loop.h"
#include "server/jobs/journal/stored_projection.h"

namespace perigee::jobs {

// Grants badges and takes them by their rules as the journal goes on. It looks at the persons whom
// an entry concerns: by an activity or a transfer at which a rule looks, or because other members
// are that person from then on. Each entry counts once, also with several servers. Writers never
// wait for it.
class BadgeGranting {
 public:
  using Parts = StoredProjection::Parts;
  static constexpr std::string_view kProjection = "badges";

  // All parts must outlive it.
  explicit BadgeGranting(Parts parts);

  // Makes it look at programmes that moved on before it existed.
  absl::Status Start();
  void Stop() { projection_.Stop(); }

 private:
  absl::StatusOr<std::optional<StoredProjection::Apply>> Prepare(
      const std::string& program, std::span<const ports::JournalEntryPtr> entries);
  absl::StatusOr<const std::vector<domain::Badge>*> BadgesOf(
      const std::string& program, std::span<const ports::JournalEntryPtr> entries);

  const Parts parts_;
  // Those that the rule may grant. Used on the worker only.
  std::map<std::string, std::vector<domain::Badge>> badges_;
  StoredProjection projection_;
};

// Applies new and changed rules to everybody, a portion of members for each unit of work, so that
// others write in between.
inline constexpr int kBadgePortion = 200;
DueHandler BadgeApplying(int portion = kBadgePortion);

}  // namespace perigee::jobs
