#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/ed25519.h"
#include "server/core/json.h"
#include "server/core/moves.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

struct Appointment;

// Values are those of perigee.v1.Credential.State.
enum class CredentialState : std::uint8_t { kValid = 1, kExpired, kRevoked };
enum class CredentialMove : std::uint8_t { kRevoke = 1 };
// Lower case, as refusals show them.
std::string_view NameOf(CredentialState state);
std::string_view NameOf(CredentialMove move);

// That a signed document of a person's titles was issued. The document itself is not kept: it is
// its holder's.
struct Credential {
  std::string id;  // The revision at which it was issued.
  MemberKey member;
  // Its place in the programme's status lists, which follows from the revision. So no place is
  // given twice.
  std::int64_t list = 0;
  std::int64_t list_index = 0;
  std::vector<std::string> appointments;  // Those that it tells of.
  bool named = false;                     // Whether it has the display name.
  std::string subject;  // How it calls its holder: random, and of this credential alone.
  Time issue_time{};
  Time expire_time{};
  std::optional<Time> revoke_time;
  Revision revision = 0;

  static constexpr int kNumber = 32;
  static constexpr std::string_view kTable = "credential";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Credential>();

inline constexpr std::size_t kCredentialsMax = 20;  // Valid ones of a person.
inline constexpr int kCredentialDays = 365;         // How long one is valid unless the holder says.
inline constexpr int kCredentialDaysMax = 3 * 365;

// A credential issued at that revision, with its place in the status lists.
Credential IssuedAt(Revision revision);

std::span<const Step<CredentialState, CredentialMove>> CredentialMoves();

// The state at `now`. `upheld`: whether all that it says of appointments is still true, and its
// holder is there.
CredentialState StateOf(const Credential& credential, bool upheld, Time now);
// Whether what the credential says of the appointment is still true: the appointment was not
// revoked, and not resigned after the credential was issued.
bool Upholds(const Appointment& appointment, const Credential& credential);

// A title as a credential tells of it.
struct CertifiedTitle {
  std::string id;
  std::string display_name;
  Time start_time{};
  Time end_time{};
  bool live = false;  // The holder is a champion. Otherwise: an alumnus.
};
// Nothing where it has not begun, is suspended or was revoked.
std::optional<CertifiedTitle> Certified(const Appointment& appointment,
                                        const std::string& display_name, Time now);

// What a document says besides the credential.
struct CredentialFacts {
  Ed25519Key issuer{};
  std::string program_name;
  std::string display_name;  // Of the holder. Empty: the document does not tell.
  std::vector<CertifiedTitle> titles;
};
// The document to sign: a Verifiable Credential (W3C, data model 2.0) without its proof.
Json::Object DocumentOf(const Credential& credential, const CredentialFacts& facts);

// How documents call a status list of the programme with that key.
std::string StatusListIdOf(const Ed25519Key& issuer, std::int64_t list);

inline constexpr std::string_view kCredentialsContext = "https://www.w3.org/ns/credentials/v2";

}  // namespace perigee::domain
