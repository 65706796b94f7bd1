#include <nlohmann/json.hpp>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/plan.h"
#include "perigee/v1/program.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Stub = v1::ProgramAdminService::Stub;

std::string GrantText(Session& session, const std::string& program_name, const v1::Grant& grant) {
  std::string text = session.Amount(program_name, grant.asset(), grant.amount()) + " " +
                     grant.asset() + (grant.per_quantity() ? " × quantity" : "") + " to " +
                     Word(grant.beneficiary());
  if (grant.has_cap()) {
    text += " (cap " + grant.cap().id() + ": " +
            session.Amount(program_name, grant.asset(), grant.cap().limit()) + " a " +
            Word(grant.cap().window()) + (grant.cap().net() ? ", net)" : ")");
  }
  if (grant.has_floor()) {
    text += " (never below " + session.Amount(program_name, grant.asset(), grant.floor()) + ")";
  }
  return text;
}

Rows<v1::Rule, Session> RuleRows() {
  return {{"RULE", ">VERSION", "ACTIVITY", "GRANTS", "THANKS", "SINCE"},
          [](Session& session, const v1::Rule& rule) -> Row {
            const std::string program_name = ProgramOf(rule.name());
            std::string grants;
            for (const v1::Grant& grant : rule.grants()) {
              grants += (grants.empty() ? "" : "; ") + GrantText(session, program_name, grant);
            }
            return {IdOf(rule.name()),
                    std::to_string(rule.version()),
                    rule.activity_type(),
                    rule.disabled() ? "disabled" : grants,
                    rule.thanks() ? "yes" : "",
                    rule.has_effective_time() ? FormatTimestamp(rule.effective_time()) : "ever"};
          }};
}

absl::Status Apply(Session& session, const std::string& path) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string program_name, session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(const Plan plan, ReadPlan(session, path));
  std::vector<PlanStep> steps;
  absl::Status applied = ApplyPlan(session, program_name, plan, steps);
  if (!session.options.json) {
    PrintSteps(session.out(), steps);
    return applied;
  }
  nlohmann::json json = nlohmann::json::array();
  for (const PlanStep& step : steps) {
    json.push_back({{"what", step.what}, {"done", step.done}});
  }
  session.out() << json.dump() << '\n';
  return applied;
}

void BindRule(Form& form) {
  form.Add("RULE", "name", "The rule's id", {.read = IdIn("rules")})->required();
}

}  // namespace

void AddRules(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "rules", "What members earn for what they do");
  AddCommand<std::string>(
      noun, chosen,
      {"apply",
       "Set a programme up as a file says: makes missing assets, rules and boards, gives rules "
       "that differ a new version, and sends nothing for what is equal",
       "  perigee rules apply rules.toml -p demo\n\n"
       "The file; only id, asset, to, amount and a cap's id, limit and window must be given:\n"
       "  [[asset]]\n"
       "  id = \"points\"\n"
       "  display_name = \"Points\"\n"
       "  decimals = 0               # Amounts below are in the smallest unit: 150 is 1.50 for 2\n"
       "  spendable = false\n"
       "  overdraft = false\n"
       "  lot_lifetime_months = 0    # 0: never expires\n"
       "  [[rule]]\n"
       "  id = \"answer-accepted\"\n"
       "  activity_type = \"answer-accepted\"\n"
       "  thanks = true\n"
       "  counts_self = false\n"
       "  disabled = false\n"
       "  effective_time = \"2027-01-01\"    # The programme's day; in force at once if left out\n"
       "  [[rule.grant]]\n"
       "  asset = \"points\"\n"
       "  to = \"recipient\"\n"
       "  amount = 15\n"
       "  per_quantity = false\n"
       "  floor = 0                  # A loss never takes the balance below this\n"
       "  cap = { id = \"daily\", limit = 200, window = \"day\", net = false }\n"
       "  [[board]]\n"
       "  id = \"points-week\"\n"
       "  display_name = \"Week\"\n"
       "  asset = \"points\"\n"
       "  cadence = \"week\"           # As in `perigee boards create --help`, and so are:\n"
       "  week_start = \"monday\"      # rolling_days, time_zone, scheme\n"
       "  facet = \"beta-tester\"\n"
       "  kind = \"partner\"\n"
       "  grace_hours = 48"},
      [](CLI::App& command, std::string& path) {
        command.add_option("FILE", path, "A rules file in TOML")->required();
      },
      Apply);
  AddCall<v1::ListRulesRequest>(
      noun, chosen,
      {"list", "List the newest version of each rule", "  perigee rules list -p demo"},
      BindProgramList, List(Door::kInternal, &Stub::ListRules, RuleRows()));
  AddCall<v1::GetRuleRequest>(noun, chosen,
                              {"get", "Show one rule", "  perigee rules get thanked -p demo"},
                              BindRule, Send(Door::kInternal, &Stub::GetRule, RuleRows()));
  AddCall<v1::ListRuleVersionsRequest>(
      noun, chosen,
      {"versions", "Show all versions of a rule", "  perigee rules versions thanked -p demo"},
      [](Form& form) {
        BindRule(form);
        BindLimit(form);
      },
      List(Door::kInternal, &Stub::ListRuleVersions, RuleRows()));
}

}  // namespace perigee::cli
