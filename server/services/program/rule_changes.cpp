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

domain::Grant FromProto(const v1::Grant& grant) {
  domain::Grant out;
  out.asset = grant.asset();
  out.beneficiary = static_cast<domain::Beneficiary>(grant.beneficiary());
  out.amount = grant.amount();
  out.per_quantity = grant.per_quantity();
  if (grant.has_cap()) {
    out.cap = domain::Cap{grant.cap().id(), grant.cap().limit(),
                          static_cast<domain::CapWindow>(grant.cap().window())};
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

absl::StatusOr<RuleDraft> ParseRule(const v1::Rule& rule) {
  RuleDraft draft;
  draft.rule.activity_type = rule.activity_type();
  for (int i = 0; i < rule.grants_size(); ++i) {
    PERIGEE_RETURN_IF_ERROR(
        CheckGrantEnums(rule.grants(i), "rule.grants[" + std::to_string(i) + "]"));
    draft.rule.grants.push_back(FromProto(rule.grants(i)));
  }
  draft.rule.thanks = rule.thanks();
  draft.rule.counts_self = rule.counts_self();
  draft.rule.disabled = rule.disabled();
  if (rule.has_effective_time()) {
    PERIGEE_ASSIGN_OR_RETURN(draft.effective_time,
                             FromTimestamp("rule.effective_time", rule.effective_time()));
  }
  return draft;
}

// The decision of a use case, with the rule as the answer.
absl::StatusOr<ports::Decision> AnsweredWith(
    const std::string& program, absl::StatusOr<use_cases::Decided<domain::Rule>> decided) {
  return Answered(std::move(decided),
                  [&](const domain::Rule& rule) { return ToProto(program, rule); });
}

}  // namespace

absl::StatusOr<Change> ChangeToCreateRule(const v1::CreateRuleRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_RETURN_IF_ERROR(CheckId("rule_id", request.rule_id()));
  PERIGEE_ASSIGN_OR_RETURN(RuleDraft draft, ParseRule(request.rule()));
  draft.rule.id = request.rule_id();
  PERIGEE_RETURN_IF_ERROR(domain::ValidateRule(draft.rule, {}));
  return Change{parts[0], [program = parts[0], draft = std::move(draft)](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWith(program, use_cases::CreateRule(reader, unit, program, draft));
                }};
}

absl::StatusOr<Change> ChangeToUpdateRule(const v1::UpdateRuleRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("rule.name", request.rule().name(), kRulePattern));
  PERIGEE_ASSIGN_OR_RETURN(RuleDraft draft, ParseRule(request.rule()));
  draft.rule.id = parts[1];
  PERIGEE_RETURN_IF_ERROR(domain::ValidateRule(draft.rule, {}));
  return Change{
      parts[0], [program = parts[0], draft = std::move(draft), etag = request.rule().etag()](
                    ports::StoreReader& reader, const ports::UnitContext& unit) {
        return AnsweredWith(program, use_cases::UpdateRule(reader, unit, program, draft, etag));
      }};
}

}  // namespace perigee::services
