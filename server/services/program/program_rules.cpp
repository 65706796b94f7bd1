#include "server/services/program/program_rules.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/program/program_reader.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"

namespace perigee::services {
namespace {

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

// What the sender states of a rule, with an effective_time if it is given.
struct RuleDraft {
  domain::Rule rule;
  std::optional<Time> effective_time;
};

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

// What can only be said beside the programme's other rules and assets.
absl::Status CheckAmong(const domain::Rule& rule, const std::string& program,
                        ports::StoreReader& reader) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Rule> others, NewestRules(reader, program));
  std::erase_if(others, [&](const domain::Rule& other) { return other.id == rule.id; });
  PERIGEE_RETURN_IF_ERROR(domain::ValidateRule(rule, others));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Asset> assets,
                           reader.programs().Assets(program));
  for (const domain::Grant& grant : rule.grants) {
    if (std::ranges::find(assets, grant.asset, &domain::Asset::id) == assets.end()) {
      return NotFound(AssetName(program, grant.asset));
    }
  }
  return absl::OkStatus();
}

ports::Decision Decided(const std::string& program, domain::Rule rule) {
  ports::Decision decision;
  decision.answer = ToProto(program, rule).SerializeAsString();
  decision.changes.records.Put(std::move(rule));
  return decision;
}

absl::StatusOr<ports::Decision> CreateRule(const std::string& program, domain::Rule rule,
                                           ports::StoreReader& reader,
                                           const ports::UnitContext& unit) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_RETURN_IF_ERROR(CheckAmong(rule, program, reader));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> rules, reader.programs().Rules(program));
  if (std::ranges::find(rules, rule.id, &domain::Rule::id) != rules.end()) {
    return AlreadyExists(RuleName(program, rule.id));
  }
  rule.create_time = unit.now;
  rule.revision = unit.revision;
  return Decided(program, std::move(rule));
}

absl::StatusOr<ports::Decision> UpdateRule(const std::string& program, const RuleDraft& draft,
                                           const std::string& etag, ports::StoreReader& reader,
                                           const ports::UnitContext& unit) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  domain::Rule rule = draft.rule;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> versions,
                           RuleVersions(reader, program, rule.id));
  const domain::Rule& present = versions.back();
  rule.effective_time = draft.effective_time.value_or(unit.now);
  if (rule.effective_time < present.effective_time) {
    return InvalidField("rule.effective_time", "is before that of the present version");
  }
  PERIGEE_RETURN_IF_ERROR(CheckAmong(rule, program, reader));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(etag, present.revision));
  rule.version = present.version + 1;
  rule.create_time = unit.now;
  rule.revision = unit.revision;
  return Decided(program, std::move(rule));
}

}  // namespace

absl::StatusOr<Change> ChangeToCreateRule(const v1::CreateRuleRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_RETURN_IF_ERROR(CheckId("rule_id", request.rule_id()));
  PERIGEE_ASSIGN_OR_RETURN(RuleDraft draft, ParseRule(request.rule()));
  draft.rule.id = request.rule_id();
  draft.rule.effective_time = draft.effective_time.value_or(kBeginningOfTime);
  PERIGEE_RETURN_IF_ERROR(domain::ValidateRule(draft.rule, {}));
  return Change{parts[0], [program = parts[0], rule = std::move(draft.rule)](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return CreateRule(program, rule, reader, unit);
                }};
}

absl::StatusOr<Change> ChangeToUpdateRule(const v1::UpdateRuleRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                           ParseName("rule.name", request.rule().name(), kRulePattern));
  PERIGEE_ASSIGN_OR_RETURN(RuleDraft draft, ParseRule(request.rule()));
  draft.rule.id = parts[1];
  PERIGEE_RETURN_IF_ERROR(domain::ValidateRule(draft.rule, {}));
  return Change{parts[0],
                [program = parts[0], draft = std::move(draft), etag = request.rule().etag()](
                    ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return UpdateRule(program, draft, etag, reader, unit);
                }};
}

absl::StatusOr<std::vector<domain::Rule>> NewestRules(ports::StoreReader& reader,
                                                      const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Rule> versions, reader.programs().Rules(program));
  std::vector<domain::Rule> newest;
  for (domain::Rule& rule : versions) {
    if (!newest.empty() && newest.back().id == rule.id) {
      newest.back() = std::move(rule);
    } else {
      newest.push_back(std::move(rule));
    }
  }
  return newest;
}

absl::StatusOr<std::vector<domain::Rule>> RuleVersions(ports::StoreReader& reader,
                                                       const std::string& program,
                                                       const std::string& rule) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Rule> versions, reader.programs().Rules(program));
  std::erase_if(versions, [&](const domain::Rule& version) { return version.id != rule; });
  if (versions.empty()) {
    return NotFound(RuleName(program, rule));
  }
  return versions;
}

}  // namespace perigee::services
