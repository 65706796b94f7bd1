#include "server/domain/program/program.h"

#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Program::Fields() {
  return std::tuple(Personal(1, "display_name", &Program::display_name),
                    Plain(2, "time_zone", &Program::time_zone),
                    Plain(3, "create_time", &Program::create_time),
                    Plain(4, "update_time", &Program::update_time),
                    Plain(5, "state", &Program::state), Plain(6, "ask_limit", &Program::ask_limit),
                    Plain(7, "ask_window_days", &Program::ask_window_days),
                    Plain(25, "thanks_limit", &Program::thanks_limit),
                    Plain(26, "thanks_period", &Program::thanks_period),
                    Plain(30, "orbit_review_months", &Program::orbit_review_months));
}
template <>
const RecordType& TypeOf<Program>() {
  static const RecordTypeFor<Program> kType;
  return kType;
}

auto Asset::Fields() {
  return std::tuple(Key(1, "id", &Asset::id), Personal(2, "display_name", &Asset::display_name),
                    Plain(3, "decimals", &Asset::decimals),
                    Plain(4, "spendable", &Asset::spendable),
                    Plain(5, "overdraft", &Asset::overdraft),
                    Plain(6, "lot_lifetime_months", &Asset::lot_lifetime_months),
                    Plain(7, "create_time", &Asset::create_time));
}
template <>
const RecordType& TypeOf<Asset>() {
  static const RecordTypeFor<Asset> kType;
  return kType;
}

std::string Etag(Revision revision) { return "r" + std::to_string(revision); }

absl::Status CheckEtag(const std::string& asked, Revision revision) {
  if (asked.empty() || asked == Etag(revision)) {
    return absl::OkStatus();
  }
  return Error(Reason::kEtagMismatch, "the resource has changed; its etag is " + Etag(revision),
               {{"etag", Etag(revision)}});
}

absl::Status CheckAskLimit(std::string_view field, std::optional<int> limit) {
  if (limit.has_value() && (*limit < 0 || *limit > kAskLimitMax)) {
    return InvalidField(field, "must be 0 to " + std::to_string(kAskLimitMax));
  }
  return absl::OkStatus();
}

absl::Status ValidateProgram(const Program& program) {
  PERIGEE_RETURN_IF_ERROR(CheckId("program_id", program.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("program.display_name", program.display_name, 1, kDisplayNameBytesMax));
  PERIGEE_RETURN_IF_ERROR(CheckAskLimit("program.ask_limit", program.ask_limit));
  const int window = program.ask_window_days.value_or(kAskWindowDaysDefault);
  if (window < 1 || window > kAskWindowDaysMax) {
    return InvalidField("program.ask_window_days",
                        "must be 1 to " + std::to_string(kAskWindowDaysMax));
  }
  if (program.thanks_limit < 0 || program.thanks_limit > kThanksLimitMax) {
    return InvalidField("program.thanks_limit", "must be 0 to " + std::to_string(kThanksLimitMax));
  }
  if (const int months = program.OrbitReviewMonths(); months != 1 && months != 3 && months != 12) {
    return InvalidField("program.orbit_review_months", "must be 1, 3 or 12");
  }
  return Zone::Parse(program.time_zone, "program.time_zone").status();
}

absl::Status ValidateAsset(const Asset& asset) {
  PERIGEE_RETURN_IF_ERROR(CheckId("asset_id", asset.id));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("asset.display_name", asset.display_name, 1, kDisplayNameBytesMax));
  if (asset.decimals < 0 || asset.decimals > kDecimalsMax) {
    return InvalidField("asset.decimals", "must be 0 to " + std::to_string(kDecimalsMax));
  }
  if (asset.lot_lifetime_months < 0 || asset.lot_lifetime_months > kLotLifetimeMonthsMax) {
    return InvalidField("asset.lot_lifetime_months",
                        "must be 0 to " + std::to_string(kLotLifetimeMonthsMax));
  }
  if (asset.overdraft && asset.HasLots()) {
    return InvalidField("asset.lot_lifetime_months", "must be 0 where overdraft is true");
  }
  return absl::OkStatus();
}

absl::Status ProgramClosed(const std::string& id) {
  const std::string name = ProgramName(id);
  return Error(Reason::kProgramClosed, name + " is closed: it can be read, reopened or deleted",
               {{"resource_name", name}});
}

absl::Status CheckClosed(const Program& program) {
  if (program.state == ProgramState::kClosed) {
    return absl::OkStatus();
  }
  const std::string name = ProgramName(program.id);
  return Error(Reason::kProgramNotClosed, name + " is open", {{"resource_name", name}});
}

absl::Status Close(Program& program) {
  if (program.state == ProgramState::kClosed) {
    return ProgramClosed(program.id);
  }
  program.state = ProgramState::kClosed;
  return absl::OkStatus();
}

absl::Status Reopen(Program& program) {
  PERIGEE_RETURN_IF_ERROR(CheckClosed(program));
  program.state = ProgramState::kOpen;
  return absl::OkStatus();
}

std::vector<Asset> DefaultAssets(Time now, Revision revision) {
  return {
      {.id = "reputation", .display_name = "Reputation", .create_time = now, .revision = revision},
      {.id = "affiliation",
       .display_name = "Affiliation",
       .create_time = now,
       .revision = revision},
      {.id = "access",
       .display_name = "Access",
       .spendable = true,
       .lot_lifetime_months = 12,
       .create_time = now,
       .revision = revision},
  };
}

}  // namespace perigee::domain
