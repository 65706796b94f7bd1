#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace perigee {

// Why a call is refused. One table in error.cpp gives each its canonical code and wire spelling;
// reasons.proto says what each means. A test holds the three equal.
enum class Reason : std::uint8_t {
  kInvalidField,
  kPageTokenInvalid,
  kPageTokenStale,
  kRequestIdReused,
  kRequestAnswerErased,
  kSourceEventReused,
  kAlreadyExists,
  kNotFound,
  kEtagMismatch,
  kConflict,
  kInsufficientFunds,
  kAssetNotSpendable,
  kAmountOverflow,
  kTransferNotPending,
  kAlreadyReversed,
  kNotReversible,
  kAssetMismatch,
  kMemberSuspended,
  kMemberNotSuspended,
  kPeriodNotOver,
  kPeriodNotFinal,
  kPeriodFinal,
  kNothingToAmend,
  kCursorOutOfRange,
  kOverloaded,
  kStoreUnavailable,
  kRevisionNotReached,
  kInternal,
  kShuttingDown,
  kDeadlinePassed,
};

// What a refusal carries besides its message. Keys are lower_snake; values repeat each variable
// part of the message.
using ErrorMetadata = std::map<std::string, std::string>;

// The only way to refuse. `message` is one short English sentence for a developer.
absl::Status Error(Reason reason, std::string_view message, ErrorMetadata metadata = {});

// kInvalidField for `field` (a proto path such as `member.display_name`); the message reads
// "<field> <what>".
absl::Status InvalidField(std::string_view field, std::string_view what);

// The same refusal, said of another field. What is no kInvalidField stays as it is.
absl::Status WithField(const absl::Status& status, std::string_view field);

// The same refusal, its field seen from outside of `prefix`: `amount` in `transfers[2]` is
// `transfers[2].amount`. An empty prefix, and what is no kInvalidField, change nothing.
absl::Status WithFieldPrefix(const absl::Status& status, std::string_view prefix);

// kNotFound for a resource name.
absl::Status NotFound(std::string_view name);
// kAlreadyExists likewise.
absl::Status AlreadyExists(std::string_view name);

// kOverloaded, with the time after which to come back: milliseconds in `retry_after_ms`, at
// least 1.
absl::Status Overloaded(std::string_view message, std::chrono::nanoseconds come_back_after);

// The field that a kInvalidField names; empty for other statuses.
std::string FieldOf(const absl::Status& status);

// The reason of a status made by Error; nullopt for OK and for foreign statuses.
std::optional<Reason> ReasonOf(const absl::Status& status);

// The metadata of a status made by Error; empty for others.
ErrorMetadata MetadataOf(const absl::Status& status);

// What somebody who asked for an answer at once is told if it would have to wait, or to ask the
// store. Stays in the server: it has no Reason.
absl::Status WouldBlock();
bool IsWouldBlock(const absl::Status& status);

// The wire spelling, such as `INSUFFICIENT_FUNDS`, and the canonical code.
std::string_view ReasonName(Reason reason);
absl::StatusCode ReasonCode(Reason reason);

// Every reason, for tests.
std::vector<Reason> AllReasons();

}  // namespace perigee
