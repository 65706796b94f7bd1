#include "server/use_cases/rule/rules.h"

#include <algorithm>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

// Checks the rule against the programme's other rules and assets.
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

Decided<domain::Rule> PutNow(domain::Rule rule, const ports::UnitContext& unit) {
  rule.create_time = unit.now;
  rule.revision = unit.revision;
  return Put(std::move(rule));
}

}  // namespace

absl::StatusOr<Decided<domain::Rule>> CreateRule(ports::StoreReader& reader,
                                                 const ports::UnitContext& unit,
                                                 const std::string& program,
                                                 const RuleDraft& draft) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  domain::Rule rule = draft.rule;
  rule.effective_time = draft.effective_time.value_or(kBeginningOfTime);
  PERIGEE_RETURN_IF_ERROR(CheckAmong(rule, program, reader));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> rules, reader.programs().Rules(program));
  if (std::ranges::find(rules, rule.id, &domain::Rule::id) != rules.end()) {
    return AlreadyExists(RuleName(program, rule.id));
  }
  return PutNow(std::move(rule), unit);
}

absl::StatusOr<Decided<domain::Rule>> UpdateRule(ports::StoreReader& reader,
                                                 const ports::UnitContext& unit,
                                                 const std::string& program, const RuleDraft& draft,
                                                 const std::string& etag) {
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
  return PutNow(std::move(rule), unit);
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

}  // namespace perigee::use_cases
