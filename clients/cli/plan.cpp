#include "clients/cli/plan.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>

#include <google/protobuf/util/message_differencer.h>

#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/ids.h"
#include "clients/cli/table.h"
#include "clients/cli/toml_table.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/member.pb.h"
#include "perigee/v1/program.grpc.pb.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using google::protobuf::util::MessageDifferencer;
using Programs = v1::ProgramAdminService::Stub;

absl::StatusOr<v1::CreateAssetRequest> ParseAsset(std::string_view file, const toml::table& table) {
  TomlTable reader(file, table);
  v1::CreateAssetRequest request;
  request.set_asset_id(reader.Text("id"));
  v1::Asset& asset = *request.mutable_asset();
  asset.set_display_name(reader.Text("display_name", request.asset_id()));
  asset.set_decimals(static_cast<int>(reader.Whole("decimals")));
  asset.set_spendable(reader.Flag("spendable"));
  asset.set_overdraft(reader.Flag("overdraft"));
  asset.set_lot_lifetime_months(static_cast<int>(reader.Whole("lot_lifetime_months")));
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return request;
}

absl::Status ParseCap(std::string_view file, const toml::table& table, v1::Cap& cap) {
  TomlTable reader(file, table);
  cap.set_id(reader.Text("id"));
  cap.set_limit(reader.Whole("limit"));
  cap.set_window(reader.Word<v1::Cap::Window>("window"));
  cap.set_net(reader.Flag("net"));
  return reader.Finish();
}

absl::Status ParseGrant(std::string_view file, const toml::table& table, v1::Grant& grant) {
  TomlTable reader(file, table);
  grant.set_asset(reader.Text("asset"));
  grant.set_beneficiary(reader.Word<v1::Grant::Beneficiary>("to"));
  grant.set_amount(reader.Whole("amount"));
  grant.set_per_quantity(reader.Flag("per_quantity"));
  if (reader.Has("floor")) {
    grant.set_floor(reader.Whole("floor"));
  }
  if (const toml::table* cap = reader.Inner("cap"); cap != nullptr) {
    PERIGEE_RETURN_IF_ERROR(ParseCap(file, *cap, *grant.mutable_cap()));
  }
  return reader.Finish();
}

absl::StatusOr<v1::CreateRuleRequest> ParseRule(std::string_view file, const toml::table& table,
                                                const ZoneSource& zone) {
  TomlTable reader(file, table);
  v1::CreateRuleRequest request;
  request.set_rule_id(reader.Text("id"));
  v1::Rule& rule = *request.mutable_rule();
  rule.set_activity_type(reader.Text("activity_type", request.rule_id()));
  rule.set_thanks(reader.Flag("thanks"));
  rule.set_counts_self(reader.Flag("counts_self"));
  rule.set_disabled(reader.Flag("disabled"));
  if (const std::string text = reader.Text("effective_time"); !text.empty()) {
    const absl::StatusOr<Time> time = ParseMoment(text, zone);
    if (ReasonOf(time.status()) == Reason::kInvalidField) {
      reader.Fail(*table.get("effective_time"),
                  std::string(WithField(time.status(), "effective_time").message()));
    } else {
      PERIGEE_RETURN_IF_ERROR(time.status());
      *rule.mutable_effective_time() = ToTimestamp(*time);
    }
  }
  if (const toml::array* grants = reader.Tables("grant"); grants != nullptr) {
    for (const toml::node& grant : *grants) {
      PERIGEE_RETURN_IF_ERROR(ParseGrant(file, *grant.as_table(), *rule.add_grants()));
    }
  }
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return request;
}

absl::StatusOr<v1::CreateBoardRequest> ParseBoard(std::string_view file, const toml::table& table) {
  TomlTable reader(file, table);
  v1::CreateBoardRequest request;
  request.set_board_id(reader.Text("id"));
  v1::Board& board = *request.mutable_board();
  board.set_display_name(reader.Text("display_name", request.board_id()));
  board.set_asset(reader.Text("asset"));
  board.set_cadence(reader.Word<v1::Board::Cadence>("cadence", "all-time"));
  board.set_rolling_days(static_cast<int>(reader.Whole("rolling_days")));
  board.set_week_start(reader.Word<v1::Board::WeekStart>("week_start"));
  board.set_time_zone(reader.Text("time_zone"));
  board.set_scheme(reader.Word<v1::Board::Scheme>("scheme"));
  board.set_facet(reader.Text("facet"));
  const auto kind = reader.Word<v1::StakeholderKind>("kind");
  if (kind != v1::STAKEHOLDER_KIND_UNSPECIFIED) {
    board.set_kind(v1::StakeholderKind_Name(kind));
  }
  board.set_grace_hours(static_cast<int>(reader.Whole("grace_hours")));
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return request;
}

absl::StatusOr<Plan> PlanOf(std::string_view file_name, const toml::table& table,
                            const ZoneSource& zone) {
  TomlTable reader(file_name, table);
  Plan plan;
  const toml::array* assets = reader.Tables("asset");
  const toml::array* rules = reader.Tables("rule");
  const toml::array* boards = reader.Tables("board");
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  PERIGEE_RETURN_IF_ERROR(ParseEach(file_name, assets, ParseAsset, plan.assets));
  const auto parse_rule = [&zone](std::string_view file, const toml::table& rule) {
    return ParseRule(file, rule, zone);
  };
  PERIGEE_RETURN_IF_ERROR(ParseEach(file_name, rules, parse_rule, plan.rules));
  PERIGEE_RETURN_IF_ERROR(ParseEach(file_name, boards, ParseBoard, plan.boards));
  return plan;
}

absl::StatusOr<PlanStep> ApplyAsset(Session& session, const std::string& program_name,
                                    v1::CreateAssetRequest request,
                                    const std::map<std::string, v1::Asset>& there) {
  const std::string what = "asset " + request.asset_id();
  const auto found = there.find(request.asset_id());
  if (found == there.end()) {
    request.set_parent(program_name);
    request.set_request_id(NewRequestId());
    PERIGEE_RETURN_IF_ERROR(
        OfItem(what, session.Ask(Door::kInternal, &Programs::CreateAsset, request).status()));
    return PlanStep{what, "created"};
  }
  const v1::Asset& asset = found->second;
  const v1::Asset& wanted = request.asset();
  if (asset.decimals() != wanted.decimals() || asset.spendable() != wanted.spendable() ||
      asset.overdraft() != wanted.overdraft() ||
      asset.lot_lifetime_months() != wanted.lot_lifetime_months()) {
    return UsageFailure(what +
                        " is there with other properties, and assets never change; give "
                        "the one in the file another id.");
  }
  return PlanStep{
      what, asset.display_name() == wanted.display_name() ? "unchanged" : "differs, left as it is"};
}

// Compares only the fields that a file can state. A time that the file leaves out agrees with any
// time.
bool SameRule(const v1::Rule& there, const v1::Rule& wanted) {
  v1::Rule stated;
  stated.set_activity_type(there.activity_type());
  *stated.mutable_grants() = there.grants();
  stated.set_thanks(there.thanks());
  stated.set_counts_self(there.counts_self());
  stated.set_disabled(there.disabled());
  if (wanted.has_effective_time()) {
    *stated.mutable_effective_time() = there.effective_time();
  }
  return MessageDifferencer::Equals(stated, wanted);
}

// In one step, so that rules which share a cap can change it.
absl::StatusOr<std::vector<PlanStep>> ApplyRules(Session& session, const std::string& program_name,
                                                 const std::vector<v1::CreateRuleRequest>& rules,
                                                 const std::map<std::string, v1::Rule>& there) {
  std::vector<PlanStep> steps;
  v1::SetRulesRequest request;
  request.set_parent(program_name);
  request.set_request_id(NewRequestId());
  for (const v1::CreateRuleRequest& rule : rules) {
    const std::string what = "rule " + rule.rule_id();
    const auto found = there.find(rule.rule_id());
    if (found == there.end()) {
      steps.push_back({what, "created"});
    } else {
      steps.push_back({what, SameRule(found->second, rule.rule()) ? "unchanged" : "updated"});
    }
    // The unchanged ones too, so that a refusal counts the rules as the file does.
    v1::Rule& wanted = *request.add_rules();
    wanted = rule.rule();
    wanted.set_name(program_name + "/rules/" + rule.rule_id());
    if (found != there.end()) {
      wanted.set_etag(found->second.etag());
    }
  }
  if (std::ranges::all_of(steps, [](const PlanStep& step) { return step.done == "unchanged"; })) {
    return steps;
  }
  const absl::Status set = session.Ask(Door::kInternal, &Programs::SetRules, request).status();
  const std::string field = RefusedFieldOf(set).field;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (field.starts_with("rules[" + std::to_string(i) + "]")) {
      return OfItem(steps[i].what, set);
    }
  }
  PERIGEE_RETURN_IF_ERROR(set);
  return steps;
}

// Compares only the fields that a file can state. A field that the file leaves out agrees with any.
bool SameBoard(const v1::Board& there, const v1::Board& wanted) {
  return there.display_name() == wanted.display_name() && there.asset() == wanted.asset() &&
         there.cadence() == wanted.cadence() && there.rolling_days() == wanted.rolling_days() &&
         there.facet() == wanted.facet() && there.kind() == wanted.kind() &&
         (wanted.week_start() == v1::Board::WEEK_START_UNSPECIFIED ||
          there.week_start() == wanted.week_start()) &&
         (wanted.grace_hours() == 0 || there.grace_hours() == wanted.grace_hours()) &&
         (wanted.time_zone().empty() || there.time_zone() == wanted.time_zone()) &&
         (wanted.scheme() == v1::Board::SCHEME_UNSPECIFIED || there.scheme() == wanted.scheme());
}

absl::StatusOr<PlanStep> ApplyBoard(Session& session, const std::string& program_name,
                                    v1::CreateBoardRequest request) {
  const std::string what = "board " + request.board_id();
  v1::GetBoardRequest get;
  get.set_name(program_name + "/boards/" + request.board_id());
  const auto found = session.Ask(Door::kPublic, &v1::BoardService::Stub::GetBoard, get);
  if (found.ok()) {
    return PlanStep{what,
                    SameBoard(*found, request.board()) ? "unchanged" : "differs, left as it is"};
  }
  if (ReasonIn(found.status()) != "NOT_FOUND") {
    return found.status();
  }
  request.set_parent(program_name);
  request.set_request_id(NewRequestId());
  PERIGEE_RETURN_IF_ERROR(OfItem(
      what,
      session.Ask(Door::kInternal, &v1::BoardAdminService::Stub::CreateBoard, request).status()));
  return PlanStep{what, "created"};
}

}  // namespace

absl::StatusOr<Plan> ParsePlan(std::string_view file_name, std::string_view toml,
                               const ZoneSource& zone) {
  return ParseToml(file_name, toml,
                   [&](const toml::table& table) { return PlanOf(file_name, table, zone); });
}

absl::StatusOr<Plan> ReadPlan(Session& session, const std::string& path) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string text, ReadTomlFile(path));
  return ParsePlan(path, text, [&session]() -> absl::StatusOr<Zone> {
    const absl::StatusOr<Zone> zone = session.ProgramZone();
    return ReasonIn(zone.status()) == "NOT_FOUND" ? Zone::Utc() : zone;
  });
}

absl::Status ApplyPlan(Session& session, const std::string& program_name, const Plan& plan,
                       std::vector<PlanStep>& steps) {
  v1::ListAssetsRequest list_assets;
  list_assets.set_parent(program_name);
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListAssetsResponse assets,
                           session.AskAll(Door::kInternal, &Programs::ListAssets, list_assets, 0));
  v1::ListRulesRequest list_rules;
  list_rules.set_parent(program_name);
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListRulesResponse rules,
                           session.AskAll(Door::kInternal, &Programs::ListRules, list_rules, 0));
  std::map<std::string, v1::Asset> assets_there;
  for (const v1::Asset& asset : assets.assets()) {
    assets_there.emplace(IdOf(asset.name()), asset);
  }
  std::map<std::string, v1::Rule> rules_there;
  for (const v1::Rule& rule : rules.rules()) {
    rules_there.emplace(IdOf(rule.name()), rule);
  }
  for (const v1::CreateAssetRequest& asset : plan.assets) {
    PERIGEE_ASSIGN_OR_RETURN(PlanStep step, ApplyAsset(session, program_name, asset, assets_there));
    steps.push_back(std::move(step));
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<PlanStep> rule_steps,
                           ApplyRules(session, program_name, plan.rules, rules_there));
  steps.insert(steps.end(), rule_steps.begin(), rule_steps.end());
  for (const v1::CreateBoardRequest& board : plan.boards) {
    PERIGEE_ASSIGN_OR_RETURN(PlanStep step, ApplyBoard(session, program_name, board));
    steps.push_back(std::move(step));
  }
  return absl::OkStatus();
}

absl::StatusOr<PlanStep> EnsureProgram(Session& session, const std::string& program_name,
                                       const std::string& display_name) {
  v1::GetProgramRequest get;
  get.set_name(program_name);
  const auto found = session.Ask(Door::kInternal, &Programs::GetProgram, get);
  if (found.ok()) {
    return PlanStep{"programme " + IdOf(program_name), "unchanged"};
  }
  if (ReasonIn(found.status()) != "NOT_FOUND") {
    return found.status();
  }
  v1::CreateProgramRequest create;
  create.set_program_id(IdOf(program_name));
  create.mutable_program()->set_display_name(display_name);
  create.set_request_id(NewRequestId());
  PERIGEE_RETURN_IF_ERROR(session.Ask(Door::kInternal, &Programs::CreateProgram, create).status());
  return PlanStep{"programme " + IdOf(program_name), "created"};
}

void PrintSteps(std::ostream& out, const std::vector<PlanStep>& steps) {
  Table table({"WHAT", "DONE"});
  for (const PlanStep& step : steps) {
    table.Add({step.what, step.done});
  }
  table.Print(out);
}

}  // namespace perigee::cli
