#include "server/services/program/rule_changes.h"

#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/convert.h"
#include "server/use_cases/rule/rules.h"

namespace perigee::services {
namespace {

using use_cases::RuleDraft;

constexpr int kRulesMax = 100;

domain::Grant FromProto(const v1::Grant& grant) {
  domain::Grant out;
  out.asset = grant.asset();
  out.beneficiary = static_cast<domain::Beneficiary>(grant.beneficiary());
  out.amount = grant.amount();
  out.per_quantity = grant.per_quantity();
  if (grant.has_cap()) {
    out.cap = domain::Cap{grant.cap().id(), grant.cap().limit(),
                          static_cast<domain::CapWindow>(grant.cap().window()), grant.cap().net()};
  }
  if (grant.has_floor()) {
    out.floor = grant.floor();
  }
  return out;
}

// Numbers of an enum that this server does not know must not reach the domain's narrower enums.
absl::Status CheckGrantEnums(const v1::Grant& grant, const std::string& field) {
  if (grant.beneficiary() == v1::Grant::BENEFICIARY_UNSPECIFIED ||
      !v1::Grant::Beneficiary_IsValid(grant.beneficiary())) {
    return InvalidField(field + ".beneficiary", "must be ACTOR or RECIPIENT");
  }
  if (grant.has_cap() && (grant.cap().window() == v1::Cap::WINDOW_UNSPECIFIED ||
                          !v1::Cap::Window_IsValid(grant.cap().window()))) {
    return InvalidField(field + ".cap.window", "must be DAY, WEEK, MONTH or ALL_TIME");
  }
  return absl::OkStatus();
}

// The content of a rule, checked by itself. Fields are named as in the rule.
absl::StatusOr<RuleDraft> ParseContent(const v1::Rule& rule, const std::string& id) {
  RuleDraft draft;
  draft.rule.id = id;
  draft.rule.activity_type = rule.activity_type();
  for (int i = 0; i < rule.grants_size(); ++i) {
    PERIGEE_RETURN_IF_ERROR(CheckGrantEnums(rule.grants(i), "grants[" + std::to_string(i) + "]"));
    draft.rule.grants.push_back(FromProto(rule.grants(i)));
  }
  draft.rule.thanks = rule.thanks();
  draft.rule.counts_self = rule.counts_self();
  draft.rule.disabled = rule.disabled();
  if (rule.has_effective_time()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.effective_time,
                             FromTimestamp("effective_time", rule.effective_time()));
  }
  PERIGEE_RETURN_IF_ERROR(domain::ValidateRule(draft.rule, {}));
  return draft;
}

// `field` is the rule's path in the request.
absl::StatusOr<RuleDraft> ParseRule(const v1::Rule& rule, const std::string& id,
                                    std::string_view field) {
  absl::StatusOr<RuleDraft> draft = ParseContent(rule, id);
  return draft.ok() ? std::move(draft) : WithFieldPrefix(draft.status(), field);
}

// The decision of a use case, with the rule as the answer.
absl::StatusOr<ports::Decision> AnsweredWith(
    const std::string& program, absl::StatusOr<use_cases::Decided<domain::Rule>> decided) {
  return Answered(std::move(decided),
                  [&](const domain::Rule& rule) { return ToProto(program, rule); });
}

}  // namespace

absl::StatusOr<Change> ChangeToCreateRule(const CallContext&,
                                          const v1::CreateRuleRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_RETURN_IF_ERROR(CheckId("rule_id", request.rule_id()));
  PERIGEE_ASSIGN_OR_RETURN(RuleDraft draft, ParseRule(request.rule(), request.rule_id(), "rule"));
  return Change{parts[0], [program = parts[0], draft = std::move(draft)](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(program, use_cases::CreateRule(reader, unit, program, draft));
                }};
}

absl::StatusOr<Change> ChangeToUpdateRule(const CallContext&,
                                          const v1::UpdateRuleRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("rule.name", request.rule().name(), kRulePattern));
  PERIGEE_ASSIGN_OR_RETURN(RuleDraft draft, ParseRule(request.rule(), parts[1], "rule"));
  return Change{
      parts[0], [program = parts[0], draft = std::move(draft), etag = request.rule().etag()](
                    ports::StoreReader& reader, const ports::UnitContext& unit) {
        return AnsweredWith(program, use_cases::UpdateRule(reader, unit, program, draft, etag));
      }};
}

absl::StatusOr<Change> ChangeToSetRules(const CallContext&, const v1::SetRulesRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (request.rules_size() < 1 || request.rules_size() > kRulesMax) {
    return InvalidField("rules", "must be 1 to " + std::to_string(kRulesMax));
  }
  std::vector<use_cases::RuleOrder> orders;
  for (int i = 0; i < request.rules_size(); ++i) {
    const v1::Rule& rule = request.rules(i);
    const std::string field = "rules[" + std::to_string(i) + "]";
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> name,
                             ParseName(field + ".name", rule.name(), kRulePattern));
    if (name[0] != parts[0]) {
      return InvalidField(field + ".name", "is of another programme");
    }
    PERIGEE_ASSIGN_OR_RETURN(RuleDraft draft, ParseRule(rule, name[1], field));
    orders.push_back({field, std::move(draft), rule.etag()});
  }
  return Change{parts[0], [program = parts[0], orders = std::move(orders)](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::SetRules(reader, unit, program, orders),
                                  [&](const std::vector<domain::Rule>& rules) {
                                    v1::SetRulesResponse response;
                                    for (const domain::Rule& rule : rules) {
                                      *response.add_rules() = ToProto(program, rule);
                                    }
                                    return response;
                                  });
                }};
}

}  // namespace perigee::services
