#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/core/uuid.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// A receiver of a programme's events, as staff describe it.
struct Webhook {
  std::string id;
  std::string display_name;
  std::string url;                 // May have a token of the receiver in it.
  std::vector<std::string> types;  // Of events: see AllEventTypes. Empty: all.
  bool paused = false;
  // From which its secrets follow: see use_cases::WebhookSecrets. The old one is good too, until
  // its end. Nil: there is none.
  Uuid secret;
  Uuid old_secret;
  std::optional<Time> old_secret_end;
  Time create_time{};
  Revision edit_revision = 0;  // Of the last change by staff: see Etag.
  Revision revision = 0;

  static constexpr int kNumber = 52;
  static constexpr std::string_view kTable = "webhook";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Webhook>();

// How far a webhook has come. It is apart from the webhook, because each delivery changes it.
struct WebhookProgress {
  std::string webhook;
  // Each event of its types up to this revision has arrived or has a Delivery.
  Revision cursor = 0;
  int waiting = 0;                    // Its deliveries in the state kWaiting.
  int dead = 0;                       // Its deliveries in the state kDead.
  std::optional<Time> arrive_time;    // When an event last arrived.
  std::optional<Time> failing_since;  // Nothing has arrived since this attempt, which failed.
  std::optional<Time> disable_time;   // Nothing is sent from then on, until staff resume it.
  Revision revision = 0;

  static constexpr int kNumber = 59;
  static constexpr std::string_view kTable = "webhook_progress";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<WebhookProgress>();

// Values are those of perigee.v1.Delivery.State.
enum class DeliveryState : std::uint8_t { kWaiting = 1, kDead };

// Why an attempt failed. Values are those of perigee.v1.AttemptFailure.
enum class AttemptFailure : std::uint8_t {
  kNone = 0,
  kAddress,     // The URL, or what its host resolves to, is not one that may be asked.
  kConnection,  // Nobody answered.
  kTls,         // The receiver did not prove its name.
  kTimeout,     // The answer took too long.
  kAnswer,      // Too long an answer, or none of HTTP.
  kStatus,      // A status that is not 2xx, a redirect among them.
};

// An event on its way to a webhook. It goes once it has arrived.
struct Delivery {
  std::string webhook;
  // The event: the journal entry, and the place among the events of that entry.
  Revision event = 0;
  std::int32_t place = 0;
  std::string type;
  std::string subject;  // See Event::subject.
  DeliveryState state = DeliveryState::kWaiting;
  int attempts = 0;
  std::optional<Time> first_attempt_time;
  std::optional<Time> last_attempt_time;
  AttemptFailure failure = AttemptFailure::kNone;  // Of the last attempt.
  int status = 0;                                  // Of the last answer. 0: none came.
  Time create_time{};
  // When it is tried next. Absent: it waits for an earlier event of its subject, or until its
  // webhook is resumed, or it is dead.
  std::optional<Time> due_time;
  Revision revision = 0;

  static constexpr int kNumber = 54;
  static constexpr std::string_view kTable = "delivery";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Delivery>();

inline constexpr std::size_t kWebhooksMax = 20;  // Of a programme.
inline constexpr std::size_t kWebhookUrlBytesMax = 2000;
inline constexpr std::size_t kWebhookTypesMax = 100;
// While so many deliveries of a webhook wait, its cursor stays, and the journal keeps the rest.
inline constexpr int kWaitingMax = 500;
// The oldest goes when another one is given up.
inline constexpr int kDeadMax = 500;
// How long an old secret is good at most.
inline constexpr std::chrono::hours kOldSecretMax{7 * 24};
// A webhook to which nothing has arrived for so long is disabled.
inline constexpr std::chrono::hours kDisableAfter{5 * 24};

// kInvalidField for a field outside the limits of delivery.proto. Whether the URL may be asked, and
// whether there are such types, others say: see OutgoingAddress and AllEventTypes.
absl::Status CheckWebhook(const Webhook& webhook);

// Whether events are sent to it at the moment.
bool IsSending(const Webhook& webhook, const WebhookProgress& progress);
bool Wants(const Webhook& webhook, std::string_view type);

// How an attempt ended.
struct AttemptOutcome {
  Time time{};
  AttemptFailure failure = AttemptFailure::kNone;
  int status = 0;
  std::optional<Time> not_before{};  // See FailedAttempt.

  bool arrived() const { return failure == AttemptFailure::kNone; }
};

// Notes an attempt that failed, and when the next one is; without a next one the delivery is dead.
// `progress` learns of both, and is disabled where the receiver is gone (410), or has failed for
// kDisableAfter. `delivery` must wait.
void NoteFailure(Delivery& delivery, WebhookProgress& progress, const AttemptOutcome& outcome);
// Notes that a delivery, which waited, arrived.
void NoteArrival(WebhookProgress& progress, Time now);

// `12-0`: the id of a delivery.
std::string DeliveryId(const Delivery& delivery);

}  // namespace perigee::domain
