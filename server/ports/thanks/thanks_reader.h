#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"
#include "server/domain/thanks/promise.h"
#include "server/domain/thanks/thanks.h"

namespace perigee::ports {

// A place in lists that go by a time, then by id.
struct TimedPlace {
  Time time{};
  domain::Revision id = 0;
  auto operator<=>(const TimedPlace&) const = default;
};
inline constexpr TimedPlace kBeforeAll{kBeginningOfTime, 0};
inline constexpr TimedPlace kAfterAll{kEndOfTime, 0};

// On which side of thanks a member is.
enum class ThanksSide : std::uint8_t { kGiver, kReceiver };

// A live thanks as seen from one side.
struct ThanksTie {
  domain::MemberKey other;  // Nil: the brand.
  Time time{};
  int earlier = 0;
};

// A directed edge between two members: live thanks from one to the other, however many.
struct ThanksEdge {
  domain::MemberKey giver;
  domain::MemberKey receiver;
  bool has_reverse = false;  // Between exactly these two members.
};

// Open promises to members who are there.
struct PromiseCount {
  domain::PromiseKind kind{};
  bool overdue = false;
  std::int64_t promises = 0;
};
struct PromiseCounts {
  std::vector<PromiseCount> counts;
  // When the first of the promises that are not overdue yet will be so. By then time alone changes
  // the counts.
  std::optional<Time> next_due;
};

// Thanks, and what the brand owes. All is by exact member, not by person. A live thanks is one that
// is not withdrawn. See StoreReader for the rules of all reads.
class ThanksReader {
 public:
  virtual ~ThanksReader() = default;

  // How many live thanks the member gave at or after `since`: to anybody, or to one receiver (nil:
  // the brand).
  virtual absl::StatusOr<std::int64_t> CountGiven(const std::string& program,
                                                  const domain::MemberKey& giver, Time since) = 0;
  virtual absl::StatusOr<std::int64_t> CountBetween(const std::string& program,
                                                    const domain::MemberKey& giver,
                                                    const domain::MemberKey& receiver,
                                                    Time since) = 0;
  // Newest first, before that place. Withdrawn ones are among them for their giver alone.
  virtual absl::StatusOr<std::vector<domain::Thanks>> ListOf(const std::string& program,
                                                             ThanksSide side,
                                                             const domain::MemberKey& member,
                                                             const TimedPlace& before,
                                                             int limit) = 0;
  // All, newest first, with an id below `before`.
  virtual absl::StatusOr<std::vector<domain::Thanks>> List(const std::string& program,
                                                           domain::Revision before, int limit) = 0;
  // Visits all live thanks of the member on that side, without their texts, in no order.
  virtual absl::Status VisitTies(const std::string& program, ThanksSide side,
                                 const domain::MemberKey& member,
                                 absl::FunctionRef<void(const ThanksTie& tie)> visit) = 0;
  // The edges after that one, by giver and receiver. An edge of nil members comes before all.
  virtual absl::StatusOr<std::vector<ThanksEdge>> Edges(const std::string& program,
                                                        const ThanksEdge& after, int limit) = 0;

  // The promises in that state at `now` to members who are there, by due time and id, after that
  // place. Without a state, the open and the overdue ones.
  virtual absl::StatusOr<std::vector<domain::Promise>> Promises(
      const std::string& program, std::optional<domain::PromiseState> state, Time now,
      const TimedPlace& after, int limit) = 0;
  virtual absl::StatusOr<PromiseCounts> CountPromises(const std::string& program, Time now) = 0;
};

}  // namespace perigee::ports
