#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::cli {

// The issuer of tokens for a server on one's own machine: a key in a folder, whoever can read it
// may sign in as anybody. A server trusts it only if its access file names the folder's key set.
inline constexpr char kDevelopmentIssuer[] = "https://issuer.perigee.localhost";
inline constexpr char kDevelopmentAudience[] = "perigee";
inline constexpr char kDevelopmentOperator[] = "root";

// Makes the folder, if it is not there: `key.pem` (Ed25519, for its owner alone), `jwks.json`, and
// `access.toml`, an access file that trusts the issuer and makes `root` an operator. A usage
// failure if the folder cannot be written.
absl::Status MakeDevelopmentIssuer(const std::filesystem::path& folder);

// A token of the issuer (EdDSA) for the subject, from now on. A usage failure if the folder has no
// key.
absl::StatusOr<std::string> MakeToken(const std::filesystem::path& folder,
                                      const std::string& subject, std::chrono::seconds lifetime);

// Writes a file that only its owner can read. A usage failure, naming the file, if that fails.
absl::Status WritePrivateFile(const std::filesystem::path& path, const std::string& text);

}  // namespace perigee::cli
