#include "clients/cli/badge_file.h"

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
  criterion.set_role(reader.Word<v1::BadgeCriterion::Role>(
      "role", "ROLE_", v1::BadgeCriterion::Role_Parse, "actor"));
  criterion.set_asset(reader.Text("asset"));
  criterion.set_at_least(reader.Whole("at_least"));
  std::vector<v1::BadgeTerm> terms;
  PERIGEE_RETURN_IF_ERROR(ParseEach(file, reader.Tables("terms"), ParseTerm, terms));
  criterion.mutable_terms()->Add(terms.begin(), terms.end());
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return criterion;
}

absl::StatusOr<v1::CreateBadgeRequest> ParseBadge(std::string_view file, const toml::table& table) {
  TomlTable reader(file, table);
  v1::CreateBadgeRequest request;
  request.set_badge_id(reader.Text("id"));
  v1::Badge& badge = *request.mutable_badge();
  badge.set_display_name(reader.Text("display_name", request.badge_id()));
  badge.set_description(reader.Text("description"));
  v1::BadgeRule& rule = *badge.mutable_rule();
  rule.set_group(
      reader.Word<v1::BadgeRule::Group>("group", "GROUP_", v1::BadgeRule::Group_Parse, "none"));
  rule.set_revocable(reader.Flag("revocable"));
  std::vector<v1::BadgeCriterion> criteria;
  PERIGEE_RETURN_IF_ERROR(ParseEach(file, reader.Tables("criteria"), ParseCriterion, criteria));
  rule.mutable_criteria()->Add(criteria.begin(), criteria.end());
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
