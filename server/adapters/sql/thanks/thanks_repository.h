#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/ports/thanks/thanks_reader.h"

namespace perigee::sql {

class Connection;

class ThanksRepository final : public ports::ThanksReader {
 public:
  explicit ThanksRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::int64_t> CountGiven(const std::string& program,
                                          const domain::MemberKey& giver, Time since) override;
  absl::StatusOr<std::int64_t> CountBetween(const std::string& program,
                                            const domain::MemberKey& giver,
                                            const domain::MemberKey& receiver, Time since) override;
  absl::StatusOr<std::vector<domain::Thanks>> ListOf(const std::string& program,
                                                     ports::ThanksSide side,
                                                     const domain::MemberKey& member,
                                                     const ports::TimedPlace& before,
                                                     int limit) override;
  absl::StatusOr<std::vector<domain::Thanks>> List(const std::string& program,
                                                   domain::Revision before, int limit) override;
  absl::Status VisitTies(const std::string& program, ports::ThanksSide side,
                         const domain::MemberKey& member,
                         absl::FunctionRef<void(const ports::ThanksTie& tie)> visit) override;
  absl::StatusOr<std::vector<ports::ThanksEdge>> Edges(const std::string& program,
                                                       const ports::ThanksEdge& after,
                                                       int limit) override;
  absl::StatusOr<std::vector<domain::Promise>> Promises(const std::string& program,
                                                        std::optional<domain::PromiseState> state,
                                                        Time now, const ports::TimedPlace& after,
                                                        int limit) override;
  absl::StatusOr<ports::PromiseCounts> CountPromises(const std::string& program, Time now) override;

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
