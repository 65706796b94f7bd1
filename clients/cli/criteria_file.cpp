#include "clients/cli/criteria_file.h"

#include <string>

#include "clients/cli/toml_table.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

constexpr std::int32_t kWindowDays = 90;

absl::StatusOr<v1::CandidateCriterion> ParseCriterion(std::string_view file,
                                                      const toml::table& table) {
  TomlTable reader(file, table);
  v1::CandidateCriterion criterion;
  criterion.set_id(reader.Text("id"));
  criterion.set_display_name(reader.Text("display_name", criterion.id()));
  criterion.set_measure(reader.Word<v1::CandidateCriterion::Measure>("measure"));
  criterion.set_window_days(reader.Small("window_days", kWindowDays));
  const std::vector<std::string> types = reader.Texts("activity_types");
  criterion.mutable_activity_types()->Add(types.begin(), types.end());
  criterion.set_asset(reader.Text("asset"));
  criterion.set_at_least(reader.Whole("at_least"));
  PERIGEE_RETURN_IF_ERROR(reader.Finish());
  return criterion;
}

}  // namespace

absl::StatusOr<std::vector<v1::CandidateCriterion>> ParseCriteria(std::string_view file_name,
                                                                  std::string_view toml) {
  using Criteria = std::vector<v1::CandidateCriterion>;
  return ParseToml(file_name, toml, [&](const toml::table& table) -> absl::StatusOr<Criteria> {
    TomlTable reader(file_name, table);
    const toml::array* tables = reader.Tables("criterion");
    PERIGEE_RETURN_IF_ERROR(reader.Finish());
    Criteria criteria;
    PERIGEE_RETURN_IF_ERROR(ParseEach(file_name, tables, ParseCriterion, criteria));
    return criteria;
  });
}

}  // namespace perigee::cli
