#include "server/domain/insider/agreement.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/program/program.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Agreement::Fields() {
  return std::tuple(Key(1, "id", &Agreement::id),
                    Personal(2, "display_name", &Agreement::display_name),
                    Plain(3, "version", &Agreement::version),
                    Plain(4, "required_version", &Agreement::required_version),
                    Plain(5, "accepted_days", &Agreement::accepted_days),
                    Plain(6, "create_time", &Agreement::create_time),
                    Plain(7, "edit_revision", &Agreement::edit_revision));
}
template <>
const RecordType& TypeOf<Agreement>() {
  static const RecordTypeFor<Agreement> kType;
  return kType;
}

auto AgreementVersion::Fields() {
  return std::tuple(Key(1, "agreement", &AgreementVersion::agreement),
                    Key(2, "version", &AgreementVersion::version),
                    Personal(3, "body", &AgreementVersion::body),
                    Plain(4, "digest", &AgreementVersion::digest),
                    Plain(5, "create_time", &AgreementVersion::create_time));
}
template <>
const RecordType& TypeOf<AgreementVersion>() {
  static const RecordTypeFor<AgreementVersion> kType;
  return kType;
}

auto Acceptance::Fields() {
  return std::tuple(
      Key(1, "id", &Acceptance::id), Owner(2, "member_key", &Acceptance::member),
      Plain(3, "agreement", &Acceptance::agreement), Plain(4, "version", &Acceptance::version),
      Plain(5, "digest", &Acceptance::digest), Plain(6, "create_time", &Acceptance::create_time),
      Plain(7, "accept_time", &Acceptance::accept_time),
      Plain(8, "expire_time", &Acceptance::expire_time),
      Plain(9, "withdraw_time", &Acceptance::withdraw_time),
      Personal(10, "device", &Acceptance::device));
}
template <>
const RecordType& TypeOf<Acceptance>() {
  static const RecordTypeFor<Acceptance> kType;
  return kType;
}
namespace {

using State = AcceptanceState;
using Move = AcceptanceMove;

constexpr auto kMoves = std::to_array<Step<State, Move>>({
    {State::kPresented, Move::kAccept, State::kAccepted},
    {State::kAccepted, Move::kWithdraw, State::kWithdrawn},
});

absl::Status CheckMove(const Acceptance& acceptance, Move move, const Agreement& agreement,
                       Time now) {
  return After(AcceptanceMoves(), StateOf(acceptance, agreement, now), move,
               absl::StrCat("acceptance ", acceptance.id, " of agreement ", agreement.id))
      .status();
}

bool HasPassed(const std::optional<Time>& time, Time now) {
  return time.has_value() && *time <= now;
}

}  // namespace

absl::Status CheckAgreement(const Agreement& agreement) {
  PERIGEE_RETURN_IF_ERROR(CheckId("agreement_id", agreement.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("agreement.display_name", agreement.display_name, 1, kDisplayNameBytesMax));
  if (agreement.required_version < 1 ||
      agreement.required_version > std::max(agreement.version, 1)) {
    return InvalidField("agreement.required_version", "must be a version of the agreement");
  }
  if (agreement.accepted_days < 0 || agreement.accepted_days > kAgreementDaysMax) {
    return InvalidField("agreement.accepted_days",
                        absl::StrCat("must be 0 to ", kAgreementDaysMax));
  }
  return absl::OkStatus();
}

absl::Status AddVersion(std::string body, bool required, Time now, Agreement& agreement,
                        AgreementVersion& version) {
  PERIGEE_RETURN_IF_ERROR(CheckLines("agreement.body", body, 1, kAgreementBodyBytesMax));
  version = {agreement.id, ++agreement.version, std::move(body), "", now, 0};
  version.digest = Hex(Sha256(version.body));
  if (required) {
    agreement.required_version = agreement.version;
  }
  return absl::OkStatus();
}

std::string_view NameOf(AcceptanceState state) {
  constexpr std::array<std::string_view, 5> kNames = {"presented", "accepted", "superseded",
                                                      "withdrawn", "expired"};
  return kNames.at(static_cast<std::size_t>(state) - 1);
}

std::string_view NameOf(AcceptanceMove move) {
  return move == Move::kAccept ? "accept" : "withdraw";
}

Acceptance Present(const AgreementVersion& version, const MemberKey& member, Revision revision,
                   Time now) {
  Acceptance acceptance;
  acceptance.id = acceptance.revision = revision;
  acceptance.member = member;
  acceptance.agreement = version.agreement;
  acceptance.version = version.version;
  acceptance.digest = version.digest;
  acceptance.create_time = now;
  return acceptance;
}

std::span<const Step<AcceptanceState, AcceptanceMove>> AcceptanceMoves() { return kMoves; }

AcceptanceState StateOf(const Acceptance& acceptance, const Agreement& agreement, Time now) {
  if (HasPassed(acceptance.withdraw_time, now)) {
    return State::kWithdrawn;
  }
  if (acceptance.version < agreement.required_version) {
    return State::kSuperseded;
  }
  if (!HasPassed(acceptance.accept_time, now)) {
    return State::kPresented;
  }
  return HasPassed(acceptance.expire_time, now) ? State::kExpired : State::kAccepted;
}

absl::Status Accept(std::string_view digest, std::string device, const Agreement& agreement,
                    Time now, Acceptance& acceptance) {
  PERIGEE_RETURN_IF_ERROR(CheckText("device", device, 0, kAcceptanceDeviceBytesMax));
  if (digest != acceptance.digest) {
    return InvalidField("digest", "is not that of the text that was presented");
  }
  PERIGEE_RETURN_IF_ERROR(CheckMove(acceptance, Move::kAccept, agreement, now));
  acceptance.accept_time = now;
  if (agreement.accepted_days > 0) {
    acceptance.expire_time = now + std::chrono::days(agreement.accepted_days);
  }
  acceptance.device = std::move(device);
  return absl::OkStatus();
}

absl::Status Withdraw(const Agreement& agreement, Time now, Acceptance& acceptance) {
  PERIGEE_RETURN_IF_ERROR(CheckMove(acceptance, Move::kWithdraw, agreement, now));
  acceptance.withdraw_time = now;
  return absl::OkStatus();
}

bool IsBound(const Agreement& agreement, std::span<const Acceptance> acceptances, Time now) {
  const Acceptance* last = nullptr;
  for (const Acceptance& one : acceptances) {
    if (HasPassed(one.accept_time, now) &&
        (last == nullptr ||
         std::pair(last->accept_time, last->id) < std::pair(one.accept_time, one.id))) {
      last = &one;
    }
  }
  return last != nullptr && StateOf(*last, agreement, now) == State::kAccepted;
}

}  // namespace perigee::domain
