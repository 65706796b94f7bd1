#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/civil_time.h"
#include "server/domain/board/board.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::ports {

// A member's score, computed from the ledger. board.proto says which transfers count. Transfers of
// members that are merged are those of their heads, as merged in this view of the store. So a
// transfer between members of one person counts nothing.
struct MemberScore {
  domain::MemberKey member;
  domain::Score score;
};

// One transfer's part of a score, after reversals.
struct Contribution {
  domain::Transfer transfer;
  std::int64_t score = 0;
};

// Boards, the scores they rank, and final results. See StoreReader for the rules of all reads.
class BoardReader {
 public:
  virtual ~BoardReader() = default;

  // All boards of the programme, by id.
  virtual absl::StatusOr<std::vector<domain::Board>> List(const std::string& program) = 0;
  // Visits every head's score of an asset, from transfers effective in `interval` and recorded up
  // to `revision` (0: all), in no particular order. A member whose transfers are all reversed has
  // no score.
  virtual absl::Status ForEachScore(const std::string& program, const std::string& asset,
                                    Interval interval, domain::Revision revision,
                                    const std::function<void(const MemberScore&)>& visit) = 0;
  // The score of one head, by the same rules. Of a member that is merged: the part of its own.
  virtual absl::StatusOr<std::optional<domain::Score>> FindScore(const std::string& program,
                                                                 const std::string& asset,
                                                                 const domain::MemberKey& member,
                                                                 Interval interval,
                                                                 domain::Revision revision) = 0;
  // The transfers that make up the score of a head, newest effect first.
  virtual absl::StatusOr<std::vector<Contribution>> Contributions(
      const std::string& program, const std::string& asset, const domain::MemberKey& member,
      Interval interval, domain::Revision revision, int limit) = 0;
  // At most `limit` members, each once, whose place in `interval` may have changed after
  // `revision`: those of transfers that count and were recorded since with effect in it; and those
  // who had transfers in it and were made eligible or not since, or were erased. There may be more
  // if PersonsChangedSince.
  virtual absl::StatusOr<std::vector<domain::MemberKey>> MembersChangedSince(
      const std::string& program, const std::string& asset, Interval interval,
      domain::Revision revision, int limit) = 0;
  // Whether a member with transfers in `interval` that were recorded up to `revision` was merged or
  // parted after it, or was erased while it was merged. Then scores at `revision` cannot be read
  // any more as they were.
  virtual absl::StatusOr<bool> PersonsChangedSince(const std::string& program,
                                                   const std::string& asset, Interval interval,
                                                   domain::Revision revision) = 0;
  // Heads (without entries) of all versions of a period's result, oldest first. `created` tells a
  // board from an earlier one of the same id.
  virtual absl::StatusOr<std::vector<domain::PeriodResult>> Results(const std::string& program,
                                                                    const std::string& board,
                                                                    domain::Revision created,
                                                                    const std::string& period) = 0;
  // The entries kept under a digest, after a position. They belong to a result, or to its draft as
  // far as the draft is written.
  virtual absl::StatusOr<std::vector<domain::ResultEntry>> ResultEntries(
      const std::string& program, const std::string& digest, std::int64_t after_position,
      int limit) = 0;
  // The number of entries kept under a digest.
  virtual absl::StatusOr<std::int64_t> CountResultEntries(const std::string& program,
                                                          const std::string& digest) = 0;
  // Digests of the drafts that nobody has written to since `before`.
  virtual absl::StatusOr<std::vector<std::string>> DraftsBefore(const std::string& program,
                                                                Time before) = 0;
};

}  // namespace perigee::ports
