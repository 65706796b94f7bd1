#include "server/use_cases/rule/rules.h"

#include <algorithm>
#include <set>
#include <span>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

// Checks the rule against the programme's assets and all versions of its rules. Earlier versions of
// the rule itself do not count.
absl::Status CheckAmong(const domain::Rule& rule, const std::string& program,
                        std::vector<domain::Rule> versions, ports::StoreReader& reader) {
  std::erase_if(versions, [&](const domain::Rule& other) { return other.id == rule.id; });
  PERIGEE_RETURN_IF_ERROR(domain::ValidateRule(rule, versions));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Asset> assets,
                           reader.programs().Assets(program));
  for (const domain::Grant& grant : rule.grants) {
    if (std::ranges::find(assets, grant.asset, &domain::Asset::id) == assets.end()) {
      return NotFound(AssetName(program, grant.asset));
    }
  }
  return absl::OkStatus();
}

// The same for a rule that is set alone.
absl::Status CheckAlone(const domain::Rule& rule, const std::string& program,
                        ports::StoreReader& reader) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Rule> versions, reader.programs().Rules(program));
  return WithFieldPrefix(CheckAmong(rule, program, std::move(versions), reader), "rule");
}

absl::Status CheckStart(const domain::Rule& rule, const domain::Rule& present) {
  return rule.effective_time < present.effective_time
             ? InvalidField("effective_time", "is before that of the present version")
             : absl::OkStatus();
}

// Whether the rule, as it shall be, says nothing new. A time that is not given agrees with any.
bool SameContent(const RuleDraft& draft, const domain::Rule& present) {
  domain::Rule same = present;
  same.activity_type = draft.rule.activity_type;
  same.grants = draft.rule.grants;
  same.thanks = draft.rule.thanks;
  same.counts_self = draft.rule.counts_self;
  same.disabled = draft.rule.disabled;
  same.effective_time = draft.effective_time.value_or(present.effective_time);
  return same == present;
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
  PERIGEE_RETURN_IF_ERROR(CheckAlone(rule, program, reader));
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
  domain::Rule rule = draft.rule;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> versions,
                           RuleVersions(reader, program, rule.id));
  const domain::Rule& present = versions.back();
  rule.effective_time = draft.effective_time.value_or(unit.now);
  PERIGEE_RETURN_IF_ERROR(WithFieldPrefix(CheckStart(rule, present), "rule"));
  PERIGEE_RETURN_IF_ERROR(CheckAlone(rule, program, reader));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(etag, present.revision));
  rule.version = present.version + 1;
  return PutNow(std::move(rule), unit);
}

DecidedRules SetRules(ports::StoreReader& reader, const ports::UnitContext& unit,
                      const std::string& program, std::span<const RuleOrder> orders) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Rule> versions, reader.programs().Rules(program));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> newest, NewestRules(reader, program));
  std::vector<domain::Rule> news;
  std::vector<std::string> fields;  // Of the news.
  Decided<std::vector<domain::Rule>> decided;
  std::set<std::string> ids;
  for (const RuleOrder& order : orders) {
    domain::Rule rule = order.draft.rule;
    if (!ids.insert(rule.id).second) {
      return InvalidField(order.field + ".name", "is of a rule that is given twice");
    }
    const auto present = std::ranges::find(newest, rule.id, &domain::Rule::id);
    if (present == newest.end() && !order.etag.empty()) {
      return NotFound(RuleName(program, rule.id));
    }
    if (present == newest.end()) {
      rule.effective_time = order.draft.effective_time.value_or(kBeginningOfTime);
    } else {
      PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(order.etag, present->revision));
      if (SameContent(order.draft, *present)) {
        decided.value.push_back(*present);
        continue;
      }
      rule.effective_time = order.draft.effective_time.value_or(unit.now);
      PERIGEE_RETURN_IF_ERROR(WithFieldPrefix(CheckStart(rule, *present), order.field));
      rule.version = present->version + 1;
    }
    rule.create_time = unit.now;
    rule.revision = unit.revision;
    fields.push_back(order.field);
    news.push_back(rule);
    decided.value.push_back(std::move(rule));
  }
  versions.insert(versions.end(), news.begin(), news.end());
  for (std::size_t i = 0; i < news.size(); ++i) {
    PERIGEE_RETURN_IF_ERROR(
        WithFieldPrefix(CheckAmong(news[i], program, versions, reader), fields[i]));
    decided.changes.records.Put(news[i]);
  }
  return decided;
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
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Rule> versions, reader.programs().Rules(program));
  std::erase_if(versions, [&](const domain::Rule& version) { return version.id != rule; });
  if (versions.empty()) {
    return NotFound(RuleName(program, rule));
  }
  return versions;
}

}  // namespace perigee::use_cases
