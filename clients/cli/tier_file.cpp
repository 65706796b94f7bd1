#include "clients/cli/tier_file.h"

#include "clients/cli/toml_table.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

absl::StatusOr<v1::TierLevel> ParseLevel(std::string_view file, const toml::table& table) {
  TomlTable reader(file, table);
  v1::TierLevel level;
  level.set_id(reader.Text("id"));
  level.set_display_name(reader.Text("display_name", level.id()));
  level.set_at_least(reader.Whole("at_least"));
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return level;
}

absl::StatusOr<v1::TierScheme> ParseScheme(std::string_view file, const toml::table& table) {
  TomlTable reader(file, table);
  v1::TierScheme scheme;
  scheme.set_name(reader.Text("id"));
  scheme.set_display_name(reader.Text("display_name", scheme.name()));
  scheme.set_asset(reader.Text("asset"));
  scheme.set_window_months(reader.Small("window_months"));
  scheme.set_review_months(reader.Small("review_months"));
  scheme.set_low_water_percent(reader.Small("low_water_percent"));
  scheme.set_grace_days(reader.Small("grace_days"));
  scheme.set_notice_days(reader.Small("notice_days"));
  scheme.set_retired(reader.Flag("retired"));
  std::vector<v1::TierLevel> levels;
  PERIGEE_RETURN_IF_ERROR(ParseEach(file, reader.Tables("levels"), ParseLevel, levels));
  scheme.mutable_levels()->Add(levels.begin(), levels.end());
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return scheme;
}

}  // namespace

absl::StatusOr<std::vector<v1::TierScheme>> ParseTierSchemes(std::string_view file_name,
                                                             std::string_view toml) {
  using Schemes = std::vector<v1::TierScheme>;
  return ParseToml(file_name, toml, [&](const toml::table& table) -> absl::StatusOr<Schemes> {
    TomlTable reader(file_name, table);
    const toml::array* tables = reader.Tables("scheme");
    PERIGEE_RETURN_IF_ERROR(reader.Finish());
    Schemes schemes;
    PERIGEE_RETURN_IF_ERROR(ParseEach(file_name, tables, ParseScheme, schemes));
    return schemes;
  });
}

}  // namespace perigee::cli
