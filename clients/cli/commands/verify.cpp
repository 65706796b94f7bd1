#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>

#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/session.h"
#include "clients/cli/table.h"
#include "server/core/data_integrity.h"
#include "server/core/json.h"
#include "server/core/status_macros.h"
#include "server/domain/champion/credential_check.h"

namespace perigee::cli {
namespace {

using domain::CredentialAnswer;
using domain::Finding;

struct Verified {
  std::string file;
  std::string key;
  std::string issuer;
  std::string status_list;
  std::string at;
};

absl::StatusOr<std::string> Contents(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string contents{std::istreambuf_iterator<char>(file), {}};
  if (!file.is_open() || file.bad()) {
    return UsageFailure(path + " cannot be read.");
  }
  return contents;
}

absl::StatusOr<std::optional<Ed25519Key>> TrustedKey(const Verified& args) {
  std::optional<Ed25519Key> key;
  if (!args.key.empty()) {
    key = KeyOfMultibase(args.key);
  } else if (!args.issuer.empty()) {
    key = KeyOfDid(args.issuer);
  } else {
    return std::nullopt;
  }
  if (!key.has_value()) {
    return args.key.empty()
               ? UsageFailure("--issuer is no did:key of Ed25519, such as did:key:z6Mk….")
               : UsageFailure("--key is no public key of Ed25519 in multibase, such as z6Mk….");
  }
  return key;
}

void Print(Session& session, const CredentialAnswer& answer) {
  const std::string verdict(domain::NameOf(answer.finding));
  const char* const revocation = answer.revocation_checked ? "checked" : "not checked";
  if (session.options.json) {
    const Json told = Json::Object{{"verdict", verdict},
                                   {"why", answer.why},
                                   {"revocation", revocation},
                                   {"issuer", answer.issuer},
                                   {"issuer_name", answer.issuer_name}};
    session.out() << CanonicalJson(told).value_or("{}") << '\n';
    return;
  }
  Card card;
  card.Add("verdict", verdict);
  card.Add("why", answer.why);
  card.Add("revocation", revocation);
  card.Add("issuer", answer.issuer);
  card.Add("calls itself", answer.issuer_name);
  card.Print(session.out());
}

absl::Status StatusOf(const CredentialAnswer& answer) {
  switch (answer.finding) {
    case Finding::kValid:
      return absl::OkStatus();
    case Finding::kUnknownIssuer:
      return Undecided(
          "the signature is right, but the issuer is not known: name the one that you trust with "
          "--issuer or --key.");
    case Finding::kStatusUnknown:
      return Undecided("it cannot be told whether it was revoked: " + answer.why + ".");
    default:
      return absl::FailedPreconditionError("not valid: " + answer.why + ".");
  }
}

absl::Status Verify(Session& session, const Verified& args) {
  domain::CredentialQuestion question;
  PERIGEE_ASSIGN_OR_RETURN(const std::string document, Contents(args.file));
  question.document = document;
  PERIGEE_ASSIGN_OR_RETURN(question.issuer, TrustedKey(args));
  std::string list;
  if (!args.status_list.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(list, Contents(args.status_list));
    question.status_list = list;
  }
  question.at = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  if (!args.at.empty()) {
    const absl::StatusOr<Time> at = ParseTime(args.at);
    if (!at.ok()) {
      return UsageFailure("--at is not RFC 3339, such as 2026-11-21T23:45:36Z.");
    }
    question.at = *at;
  }
  const CredentialAnswer answer = domain::CheckCredential(question);
  Print(session, answer);
  return StatusOf(answer);
}

}  // namespace

void AddVerify(CLI::App& root, Chosen& chosen) {
  AddCommand<Verified>(
      root, chosen,
      {"verify", "Check a credential offline",
       "  perigee appointments create m-001 champion -p demo\n"
       "  perigee credentials issue m-001 -p demo --out m-001.json\n"
       "  perigee credentials status-list -p demo --out list.json\n"
       "  perigee verify m-001.json --status-list list.json \\\n"
       "    --issuer \"$(perigee credentials issuer -p demo)\"\n\n"
       "Ends with 0 when it is valid, 1 when it is not, and 4 when that cannot be told, because "
       "no\n"
       "issuer was named, or because the status list does not tell of it. Without --status-list\n"
       "nobody looks whether it was revoked. No server is asked."},
      [](CLI::App& command, Verified& args) {
        command.add_option("FILE", args.file, "The credential")->required();
        CLI::Option* key = command.add_option(
            "--key", args.key, "The public key of the issuer that you trust, in multibase");
        command
            .add_option("--issuer", args.issuer,
                        "The same as a did:key, as `perigee credentials issuer` shows it")
            ->excludes(key);
        command.add_option("--status-list", args.status_list,
                           "A file with the issuer's list of revoked credentials");
        command.add_option("--at", args.at, "Check it as of this time; now if left out");
      },
      Verify);
}

}  // namespace perigee::cli
