#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// What insiders promise, such as to keep a secret. Its texts are versions.
struct Agreement {
  std::string id;
  std::string display_name;
  int version = 0;           // Of the newest text. 0: there is none yet.
  int required_version = 1;  // Acceptances of earlier versions do not count. At most `version`.
  int accepted_days = 0;     // How long an acceptance counts, in days of 24 hours. 0: for ever.
  Time create_time{};
  Revision edit_revision = 0;  // Of the last change by staff: see Etag.
  Revision revision = 0;

  static constexpr int kNumber = 40;
  static constexpr std::string_view kTable = "agreement";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Agreement>();

// A text of an agreement. It never changes.
struct AgreementVersion {
  std::string agreement;
  std::int32_t version = 0;  // From 1 on.
  std::string body;          // Markdown.
  std::string digest;        // SHA-256 of the body, in hexadecimal.
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 41;
  static constexpr std::string_view kTable = "agreement_version";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<AgreementVersion>();

inline constexpr std::size_t kAgreementBodyBytesMax = 64 * 1024;
inline constexpr int kAgreementDaysMax = 3660;
inline constexpr std::size_t kAcceptanceDeviceBytesMax = 200;

// kInvalidField for a field outside the limits of agreement.proto.
absl::Status CheckAgreement(const Agreement& agreement);
// Makes the next version of the agreement, from 1 on, and requires it if `required`. kInvalidField
// (`agreement.body`) for a body that is empty, too long or no text of lines.
absl::Status AddVersion(std::string body, bool required, Time now, Agreement& agreement,
                        AgreementVersion& version);

// Values are those of perigee.v1.AgreementAcceptance.State.
enum class AcceptanceState : std::uint8_t {
  kPresented = 1,
  kAccepted,
  kSuperseded,
  kWithdrawn,
  kExpired
};
enum class AcceptanceMove : std::uint8_t { kAccept = 1, kWithdraw };
// Lower case, as refusals show them.
std::string_view NameOf(AcceptanceState state);
std::string_view NameOf(AcceptanceMove move);

// That a version was shown to a member, and what the member said to it. It holds facts, and its
// state follows from these, the agreement and the time: see StateOf.
struct Acceptance {
  Revision id = 0;  // At which it was presented.
  MemberKey member;
  std::string agreement;
  std::int32_t version = 0;
  std::string digest;  // Of the body that was shown.
  Time create_time{};  // When it was presented.
  std::optional<Time> accept_time;
  std::optional<Time> expire_time;  // From then on the acceptance does not count.
  std::optional<Time> withdraw_time;
  std::string device;  // On which it was accepted, in the words of its client. May be empty.
  Revision revision = 0;

  static constexpr int kNumber = 42;
  static constexpr std::string_view kTable = "agreement_acceptance";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Acceptance>();

// One that was presented at that revision.
Acceptance Present(const AgreementVersion& version, const MemberKey& member, Revision revision,
                   Time now);

// The table of moves. Time alone moves accepted → expired, and a higher required version moves
// presented and accepted → superseded.
std::span<const Step<AcceptanceState, AcceptanceMove>> AcceptanceMoves();

// The state at `now`, of an acceptance of that agreement.
AcceptanceState StateOf(const Acceptance& acceptance, const Agreement& agreement, Time now);

// Makes the move. `digest`, of the text that the member says to accept, must be that of the text
// that was shown: otherwise kInvalidField, naming `digest`. kInvalidField, naming `device`, for one
// outside the limits. kIllegalMove.
absl::Status Accept(std::string_view digest, std::string device, const Agreement& agreement,
                    Time now, Acceptance& acceptance);
// The member leaves the agreement. kIllegalMove.
absl::Status Withdraw(const Agreement& agreement, Time now, Acceptance& acceptance);

// Whether a person is bound by the agreement at `now`. `acceptances` are all of the person's, of
// this agreement. The last one that was accepted until `now` decides alone: it must be kAccepted.
bool IsBound(const Agreement& agreement, std::span<const Acceptance> acceptances, Time now);

}  // namespace perigee::domain
