#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/access/role_grant.h"
#include "server/runtime/door_certificate.h"

namespace perigee::runtime {

enum class TokenAlgorithm : std::uint8_t { kRs256, kEs256, kEdDsa };

// An issuer whose tokens are good.
struct Issuer {
  std::string issuer;                  // The exact `iss` of its tokens.
  std::vector<std::string> audiences;  // A token is for one of these. At least one.
  // Where its keys are: the path of a file, or a URL of https, or of http at the loopback.
  std::string keys;
  bool keys_are_at_url = false;
  std::string ca_file;  // The CAs that vouch for that URL. Empty: those of the system.
  std::vector<TokenAlgorithm> algorithms = {TokenAlgorithm::kRs256, TokenAlgorithm::kEs256,
                                            TokenAlgorithm::kEdDsa};
};

// Token buckets: how many calls may be made in a second, and how many at once after a rest. Each
// server counts by itself. Operators are not counted.
struct Limits {
  // Of one principal in one programme.
  int calls_per_second = 50;
  int burst = 100;
  // Of all callers of one programme.
  int program_calls_per_second = 20'000;
  int program_burst = 40'000;
};

// Where the server itself sends to.
struct OutgoingAccess {
  // Receivers on this machine are taken as well: for development.
  bool loopback = false;
  std::string ca_file;  // The CAs that vouch for receivers. Empty: those of the system.
};

// Who the server is for push services.
struct WebPushAccess {
  std::string key;      // The path of a private key on P-256, in PEM.
  std::string contact;  // Whom a push service tells of trouble: `mailto:` or `https://`.
};

// Who may call, how the doors are protected, and where the server sends to: the file of `--access`.
// The README shows one.
// Paths that were relative to the file's folder are resolved.
struct AccessFile {
  std::chrono::seconds clock_skew{30};
  std::vector<Issuer> issuers;  // No two have the same `iss`.
  // Callers who may do everything in every programme. Each is of one of the issuers, or of
  // domain::kTlsIssuer.
  std::vector<domain::Subject> operators;
  std::optional<DoorTls> tls;           // Of every door.
  std::optional<DoorTls> internal_tls;  // Of the internal door, if it demands client certificates.
  Limits limits;
  OutgoingAccess outgoing;
  std::optional<WebPushAccess> web_push;  // Absent: no notices to browsers.

  // What the internal door speaks.
  const std::optional<DoorTls>& TlsOfTheInternalDoor() const {
    return internal_tls.has_value() ? internal_tls : tls;
  }
};

// Reads the file. A key that is unknown, missing or wrong is refused with kInvalidField, which
// names the key as `issuers[0].audiences`. Text that is no TOML is refused with the line as the
// field, and a file that cannot be read with its path. The files that it names are not read.
absl::StatusOr<AccessFile> ReadAccessFile(const std::string& path);

}  // namespace perigee::runtime
