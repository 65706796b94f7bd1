#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/ports/board/board_reader.h"

namespace perigee::ports {
struct DraftPortion;
}  // namespace perigee::ports

namespace perigee::sql {

class Connection;

// Definitions of boards, final results, and scores, which are computed from the effects of
// transfers.
class BoardRepository : public ports::BoardReader {
 public:
  explicit BoardRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::vector<domain::Board>> List(const std::string& program) override;
  absl::StatusOr<std::vector<domain::PeriodResult>> Results(const std::string& program,
                                                            const std::string& board,
                                                            domain::Revision created,
                                                            const std::string& period) override;
  absl::StatusOr<std::vector<domain::ResultEntry>> ResultEntries(const std::string& program,
                                                                 const std::string& digest,
                                                                 std::int64_t after_position,
                                                                 int limit) override;
  absl::StatusOr<std::int64_t> CountResultEntries(const std::string& program,
                                                  const std::string& digest) override;
  absl::StatusOr<std::vector<std::string>> DraftsBefore(const std::string& program,
                                                        Time before) override;

  // board_scores.cpp
  absl::Status ForEachScore(const std::string& program, const std::string& asset, Interval interval,
                            domain::Revision revision,
                            const std::function<void(const ports::MemberScore&)>& visit) override;
  absl::StatusOr<std::optional<domain::Score>> FindScore(const std::string& program,
                                                         const std::string& asset,
                                                         const domain::MemberKey& member,
                                                         Interval interval,
                                                         domain::Revision revision) override;
  absl::StatusOr<std::vector<ports::Contribution>> Contributions(
      const std::string& program, const std::string& asset, const domain::MemberKey& member,
      Interval interval, domain::Revision revision, int limit) override;
  absl::StatusOr<std::vector<domain::MemberKey>> MembersChangedSince(const std::string& program,
                                                                     const std::string& asset,
                                                                     Interval interval,
                                                                     domain::Revision revision,
                                                                     int limit) override;
  absl::StatusOr<bool> PersonsChangedSince(const std::string& program, const std::string& asset,
                                           Interval interval, domain::Revision revision) override;

  absl::Status Put(const std::string& program, const domain::Board& board);
  absl::Status Delete(const std::string& program, const std::string& board);
  // Adds a result. Its entries are stored already; they stop being a draft.
  absl::Status Add(const std::string& program, const domain::PeriodResult& result);
  absl::Status Write(const std::string& program, const ports::DraftPortion& portion, Time now);

 private:
  // `digest` is raw.
  absl::Status EndDraft(const std::string& program, const std::string& digest);
  absl::StatusOr<std::optional<domain::Board>> Find(const std::string& program,
                                                    const std::string& board);

  Connection& connection_;
};

}  // namespace perigee::sql
