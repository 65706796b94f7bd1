#include "clients/cli/failure.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/cli/format.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/core/error.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::cli {

namespace {

constexpr char kDetailsUrl[] = "perigee.cli/details";
constexpr char kUsageUrl[] = "perigee.cli/usage";
constexpr char kUndecidedUrl[] = "perigee.cli/undecided";

struct Details {
  google::rpc::ErrorInfo info;
  google::rpc::BadRequest bad;
  std::optional<google::rpc::RetryInfo> retry;
};

Details DetailsOf(const absl::Status& status) {
  Details details;
  const auto payload = status.GetPayload(kDetailsUrl);
  google::rpc::Status wire;
  if (!payload.has_value() || !wire.ParseFromString(std::string(*payload))) {
    return details;
  }
  for (const google::protobuf::Any& any : wire.details()) {
    google::rpc::RetryInfo retry;
    if (any.UnpackTo(&retry)) {
      details.retry = retry;
    } else if (!any.UnpackTo(&details.info)) {
      any.UnpackTo(&details.bad);
    }
  }
  return details;
}

absl::Status Refusal(absl::StatusCode code, const std::string& message,
                     const google::rpc::ErrorInfo& info) {
  google::rpc::Status wire;
  wire.add_details()->PackFrom(info);
  absl::Status refusal(code, message);
  refusal.SetPayload(kDetailsUrl, absl::Cord(wire.SerializeAsString()));
  return refusal;
}

// The next step that most often helps, by reason, or by reason and field.
std::string_view Advice(const std::string& reason) {
  static const std::map<std::string, std::string_view> kAdvice = {
      {"INVALID_FIELD", "Mend it and try again; `--help` of the command has an example."},
      {"INVALID_FIELD answers", "The title's questions are in `perigee titles show`."},
      {"PAGE_TOKEN_STALE", "Ask again from the first page."},
      {"REQUEST_ID_REUSED", "Leave --request-id out to make a new request."},
      {"REQUEST_ANSWER_ERASED", "It was done before; `get` or `list` what it changed."},
      {"SOURCE_EVENT_REUSED", "Give another --event-id, or record what was recorded before."},
      {"ALREADY_EXISTS", "It is there already; if you chose its id, choose another."},
      {"ETAG_MISMATCH", "Somebody changed it meanwhile: `get` it and try again."},
      {"INSUFFICIENT_FUNDS", "See what is there with `perigee capital account`."},
      {"ALREADY_REVERSED", "See what is left of it with `perigee capital explain`."},
      {"NOT_REVERSIBLE", "See what became of it with `perigee capital explain`."},
      {"TRANSFER_NOT_PENDING", "See what became of it with `perigee capital explain`."},
      {"MEMBER_SUSPENDED", "Staff can end the suspension with `perigee members reinstate`."},
      {"PROGRAM_CLOSED", "Open it again with `perigee programs reopen`."},
      {"PROGRAM_NOT_CLOSED", "Close it first with `perigee programs close`."},
      {"PROGRAM_BEING_DELETED", "Try again in a moment, or take another id."},
      {"PERIOD_NOT_OVER", "See when it ends with `perigee boards period`."},
      {"PERIOD_NOT_FINAL", "Close it first with `perigee boards close`."},
      {"PERIOD_FINAL", "Make an amendment with `perigee boards amend`."},
      {"CURSOR_OUT_OF_RANGE", "Start without a cursor."},
      {"APPOINTMENT_SUSPENDED", "Try again when the suspension has ended."},
      {"TOO_MANY_CREDENTIALS", "Revoke one with `perigee credentials revoke`."},
      {"UNAUTHENTICATED",
       "At the server of `./dev up` sign in with `perigee login --as SUBJECT`; elsewhere give a "
       "token "
       "with --token-file or PERIGEE_TOKEN."},
      {"INTERNAL", "The server's log has the cause under the id in the message."},
  };
  const auto found = kAdvice.find(reason);
  return found == kAdvice.end() ? "" : found->second;
}

// The command that lists resources of the kind that the name is of.
std::string WhereToLook(const std::string& resource_name) {
  static const std::map<std::string, std::string_view> kLists = {
      {"programs", "`perigee programs list`"},
      {"assets", "`perigee assets list`"},
      {"rules", "`perigee rules list`"},
      {"members", "`perigee members list`"},
      {"roleGrants", "`perigee roles list`"},
      {"identities", "`perigee identities list`"},
      {"facets", "`perigee facets list`"},
      {"facetTypes", "`perigee facets types`"},
      {"invitations", "`perigee invitations list`"},
      {"titles", "`perigee titles list`"},
      {"nominations", "`perigee nominations list`"},
      {"appointments", "`perigee appointments list-all`"},
      {"asks", "`perigee asks list`"},
      {"thanks", "`perigee thanks list-all`"},
      {"promises", "`perigee promises list`"},
      {"rewards", "`perigee rewards list`"},
      {"redemptions", "`perigee rewards redemptions`"},
      {"agreements", "`perigee agreements list`, or `perigee agreements own`"},
      {"acceptances", "`perigee agreements acceptances`"},
      {"seats", "`perigee seats list`, or `perigee seats own`"},
      {"credentials", "`perigee credentials list`"},
      {"contributionKinds", "`perigee contributions kinds`"},
      {"contributions", "`perigee contributions list`"},
      {"ideas", "`perigee ideas list-all`"},
      {"leakCases", "`perigee leak cases`"},
      {"badges", "`perigee badges list`"},
      {"badgeGrants", "`perigee badges grants`"},
      {"tierSchemes", "`perigee tiers list`"},
      {"tierStandings", "`perigee tiers members`"},
      {"activities", "`perigee activities list`"},
      {"transfers", "`perigee capital statement`"},
      {"accounts", "`perigee capital accounts`"},
      {"boards", "`perigee boards list`"},
  };
  const std::vector<std::string> parts = absl::StrSplit(resource_name, '/');
  const std::string collection = parts.size() < 2 ? "" : parts[parts.size() - 2];
  if (collection == "candidates") {
    return "Left out are staff, whoever has a title or is nominated for this one, and who is "
           "paused "
           "or suspended. `perigee titles show` says whether the title has criteria.";
  }
  const auto found = kLists.find(collection);
  if (found == kLists.end()) {
    return "";
  }
  if (found->first == "assets" && domain::ComesWithAsset(parts.back())) {
    return "An account of the programme is written ASSET:" + parts.back() + ".";
  }
  if (found->first == "accounts" && parts[parts.size() - 4] == "assets") {
    return "Open it first with `perigee capital open`.";
  }
  return std::string("It is not there, or you may not know of it: see ")
      .append(found->second)
      .append(".");
}

// Who can do what the caller may not.
std::string WhoMay(const google::rpc::ErrorInfo& info) {
  const auto only = info.metadata().find("only");
  if (only == info.metadata().end()) {
    return "An admin of the programme can give the role with `perigee roles grant`.";
  }
  return only->second == "member" ? "No role allows it: the member has to do it, signed in as such."
                                  : "No role allows it: ask an operator of the server.";
}

// The refusal's message, with states and moves as commands spell them: `in-review`.
std::string Spelled(std::string message, const google::rpc::ErrorInfo& info) {
  std::vector<std::pair<std::string, std::string>> spellings;
  for (const char* key : {"state", "move", "open_moves", "reward_class"}) {
    const auto found = info.metadata().find(key);
    if (found == info.metadata().end()) {
      continue;
    }
    const std::vector<std::string> words = absl::StrSplit(found->second, ',');
    for (const std::string& word : words) {
      if (word.find('_') != std::string::npos) {
        spellings.emplace_back(word, Friendly(word, ""));
      }
    }
  }
  return absl::StrReplaceAll(message, spellings);
}

std::string NextStep(const absl::Status& status, const Details& details) {
  const std::string& reason = details.info.reason();
  if (CannotBeReached(status)) {
    return "Is it running (`./dev up`), are --public and --internal right, does it speak TLS "
           "(--ca, --tls), and does it demand a certificate (--client-cert)?";
  }
  if (status.code() == absl::StatusCode::kUnimplemented) {
    return "This door of the server does not have that service. Are --public and --internal "
           "swapped?";
  }
  if (status.code() == absl::StatusCode::kDeadlineExceeded && reason.empty()) {
    return "Give it more time with --timeout.";
  }
  if (reason == "PERMISSION_DENIED") {
    return WhoMay(details.info);
  }
  if (reason == "NOT_FOUND") {
    const auto name = details.info.metadata().find("resource_name");
    return name == details.info.metadata().end() ? "" : WhereToLook(name->second);
  }
  if (const auto field = details.info.metadata().find("field");
      field != details.info.metadata().end()) {
    if (const std::string_view advice = Advice(reason + " " + field->second); !advice.empty()) {
      return std::string(advice);
    }
  }
  const std::string_view advice = Advice(reason);
  return advice.empty() && MayRetry(status) ? "Try again later." : std::string(advice);
}

}  // namespace

absl::Status UsageFailure(std::string_view what) {
  absl::Status status = absl::InvalidArgumentError(std::string(what));
  status.SetPayload(kUsageUrl, absl::Cord());
  return status;
}

absl::Status Undecided(std::string_view why) {
  absl::Status status = absl::FailedPreconditionError(std::string(why));
  status.SetPayload(kUndecidedUrl, absl::Cord());
  return status;
}

bool IsUsageFailure(const absl::Status& status) { return status.GetPayload(kUsageUrl).has_value(); }

absl::Status FromGrpc(const grpc::Status& status) {
  absl::Status answer(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  if (!answer.ok() && !status.error_details().empty()) {
    answer.SetPayload(kDetailsUrl, absl::Cord(status.error_details()));
  }
  return answer;
}

std::string ReasonIn(const absl::Status& status) { return DetailsOf(status).info.reason(); }

RefusedField RefusedFieldOf(const absl::Status& status) {
  const Details details = DetailsOf(status);
  RefusedField refused;
  if (details.bad.field_violations_size() > 0) {
    refused.field = details.bad.field_violations(0).field();
  }
  const auto& metadata = details.info.metadata();
  if (const auto id = metadata.find("id"); id != metadata.end()) {
    refused.id = id->second;
  }
  return refused;
}

absl::Status WithMessage(const absl::Status& status, const std::string& message) {
  return Refusal(status.code(), message, DetailsOf(status).info);
}

absl::Status OfItem(const std::string& item, const absl::Status& status) {
  return ReasonIn(status).empty()
             ? status
             : WithMessage(status, item + ": " + std::string(status.message()));
}

absl::Status NotFoundFailure(const std::string& resource_name) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(ReasonName(Reason::kNotFound)));
  (*info.mutable_metadata())["resource_name"] = resource_name;
  return Refusal(absl::StatusCode::kNotFound, resource_name + " was not found", info);
}

bool MayRetry(const absl::Status& status) {
  if (status.code() == absl::StatusCode::kAborted) {
    return ReasonIn(status) != ReasonName(Reason::kEtagMismatch);
  }
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kResourceExhausted;
}

bool CannotBeReached(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable && ReasonIn(status).empty();
}

std::optional<std::chrono::milliseconds> RetryDelay(const absl::Status& status) {
  const Details details = DetailsOf(status);
  if (!details.retry.has_value()) {
    return std::nullopt;
  }
  const auto& delay = details.retry->retry_delay();
  return std::chrono::milliseconds(delay.seconds() * 1000 + delay.nanos() / 1'000'000);
}

int PrintFailure(const absl::Status& status, std::ostream& err, std::string_view program) {
  if (status.GetPayload(kUsageUrl).has_value()) {
    err << program << ": " << status.message() << '\n';
    return kExitUsage;
  }
  if (status.GetPayload(kUndecidedUrl).has_value()) {
    err << program << ": " << status.message() << '\n';
    return kExitUndecided;
  }
  const Details details = DetailsOf(status);
  const std::string message = status.message().empty()
                                  ? "the call failed"
                                  : Spelled(std::string(status.message()), details.info);
  if (CannotBeReached(status)) {
    err << program << ": the server cannot be reached\n  cause:  " << message << '\n';
  } else {
    err << program << ": " << message << '\n';
  }
  if (!details.info.reason().empty()) {
    err << "  reason: " << details.info.reason() << '\n';
  }
  for (const auto& violation : details.bad.field_violations()) {
    err << "  field:  " << violation.field() << '\n';
  }
  if (const std::string next = NextStep(status, details); !next.empty()) {
    err << "  next:   " << next << '\n';
  }
  return MayRetry(status) ? kExitUnavailable : kExitRefused;
}

}  // namespace perigee::cli
