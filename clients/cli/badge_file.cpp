#include "clients/cli/badge_file.h"

#include <algorithm>
#include <optional>

#include "clients/cli/format.h"
#include "clients/cli/toml_table.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Badges = std::vector<v1::CreateBadgeRequest>;

absl::StatusOr<v1::BadgeTerm> ParseTerm(std::string_view file, const toml::table& table) {
  TomlTable reader(file, table);
  v1::BadgeTerm term;
  term.set_activity_type(reader.Text("activity_type"));
  term.set_weight(reader.Whole("weight", 1));
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return term;
}

absl::StatusOr<v1::BadgeCriterion> ParseCriterion(std::string_view file, const toml::table& table) {
  TomlTable reader(file, table);
  v1::BadgeCriterion criterion;
  criterion.set_role(reader.Word<v1::BadgeCriterion::Role>("role", "actor"));
  criterion.set_asset(reader.Text("asset"));
  criterion.set_at_least(reader.Whole("at_least"));
  std::vector<v1::BadgeTerm> terms;
  PERIGEE_RETURN_IF_ERROR(ParseEach(file, reader.Tables("terms"), ParseTerm, terms));
  criterion.mutable_terms()->Add(terms.begin(), terms.end());
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return criterion;
}

// The keys of a stage that a badge with one stage may have itself.
constexpr const char* kStageKeys[] = {"group", "criteria", "days_in_a_row", "within_days"};

absl::Status ReadStage(std::string_view file, TomlTable& reader, v1::BadgeStage& stage) {
  stage.set_group(reader.Word<v1::BadgeStage::Group>("group", "none"));
  stage.set_days_in_a_row(reader.Small("days_in_a_row", 1));
  stage.set_within_days(reader.Small("within_days"));
  std::vector<v1::BadgeCriterion> criteria;
  PERIGEE_RETURN_IF_ERROR(ParseEach(file, reader.Tables("criteria"), ParseCriterion, criteria));
  stage.mutable_criteria()->Add(criteria.begin(), criteria.end());
  return absl::OkStatus();
}

absl::StatusOr<v1::BadgeStage> ParseStage(std::string_view file, const toml::table& table) {
  TomlTable reader(file, table);
  v1::BadgeStage stage;
  stage.set_display_name(reader.Text("display_name"));
  PERIGEE_RETURN_IF_ERROR(ReadStage(file, reader, stage));
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return stage;
}

absl::StatusOr<v1::CreateBadgeRequest> ParseBadge(std::string_view file, const toml::table& table) {
  TomlTable reader(file, table);
  v1::CreateBadgeRequest request;
  request.set_badge_id(reader.Text("id"));
  v1::Badge& badge = *request.mutable_badge();
  badge.set_display_name(reader.Text("display_name", request.badge_id()));
  badge.set_description(reader.Text("description"));
  v1::BadgeRule& rule = *badge.mutable_rule();
  rule.set_revocable(reader.Flag("revocable"));
  if (const std::optional<Time> start = reader.Moment("start_time")) {
    *rule.mutable_start_time() = ToTimestamp(*start);
  }
  if (const std::optional<Time> end = reader.Moment("end_time")) {
    *rule.mutable_end_time() = ToTimestamp(*end);
  }
  std::vector<v1::BadgeStage> stages;
  PERIGEE_RETURN_IF_ERROR(ParseEach(file, reader.Tables("stages"), ParseStage, stages));
  rule.mutable_stages()->Add(stages.begin(), stages.end());
  // With stages, these keys are unknown ones.
  if (stages.empty() &&
      std::ranges::any_of(kStageKeys, [&](const char* key) { return reader.Has(key); })) {
    PERIGEE_RETURN_IF_ERROR(ReadStage(file, reader, *rule.add_stages()));
  }
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return request;
}

}  // namespace

absl::StatusOr<Badges> ParseBadges(std::string_view file_name, std::string_view toml) {
  return ParseToml(file_name, toml, [&](const toml::table& table) -> absl::StatusOr<Badges> {
    TomlTable reader(file_name, table);
    const toml::array* tables = reader.Tables("badge");
    PERIGEE_RETURN_IF_ERROR(reader.Finish());
    Badges badges;
    PERIGEE_RETURN_IF_ERROR(ParseEach(file_name, tables, ParseBadge, badges));
    return badges;
  });
}

}  // namespace perigee::cli
