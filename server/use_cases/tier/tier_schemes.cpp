#include "server/use_cases/tier/tier_schemes.h"

#include <cstddef>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::TierScheme;

absl::StatusOr<std::optional<TierScheme>> Find(ports::StoreReader& reader,
                                               const std::string& program, const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  TierScheme like;
  like.id = id;
  return reader.records().Find(program, like);
}

template <class Scheme>
auto RulesOf(Scheme& scheme) {
  return std::tie(scheme.asset, scheme.window_months, scheme.review_months,
                  scheme.low_water_percent, scheme.grace_days, scheme.notice_days, scheme.levels,
                  scheme.retired);
}

}  // namespace

absl::StatusOr<TierScheme> RequireTierScheme(ports::StoreReader& reader, const std::string& program,
                                             const std::string& id) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<TierScheme> scheme, Find(reader, program, id));
  if (!scheme.has_value()) {
    return NotFound(FormatName(kTierSchemePattern, {program, id}));
  }
  return *std::move(scheme);
}

absl::StatusOr<std::vector<TierScheme>> AllTierSchemes(ports::StoreReader& reader,
                                                       const std::string& program) {
  return reader.records().List<TierScheme>(program, {}, nullptr, domain::kTierSchemesMax);
}

absl::StatusOr<TierScheme> PlanTierScheme(ports::StoreReader& reader, const std::string& program,
                                          const TierScheme& wanted, const std::string& etag) {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<TierScheme> before,
                           Find(reader, program, wanted.id));
  PERIGEE_RETURN_IF_ERROR(
      domain::CheckEtag(etag, before.has_value() ? before->edit_revision : domain::Revision(0)));
  PERIGEE_RETURN_IF_ERROR(RequireAsset(reader, program, wanted.asset).status());
  TierScheme planned = before.value_or(TierScheme());
  planned.id = wanted.id;
  planned.display_name = wanted.display_name;
  RulesOf(planned) = RulesOf(wanted);
  return planned;
}

DecidedTierScheme SetTierScheme(ports::StoreReader& reader, const ports::UnitContext& unit,
                                const std::string& program, const TierScheme& wanted,
                                const std::string& etag) {
  PERIGEE_ASSIGN_OR_RETURN(TierScheme scheme, PlanTierScheme(reader, program, wanted, etag));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<TierScheme> before,
                           Find(reader, program, wanted.id));
  if (!before.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<TierScheme> all, AllTierSchemes(reader, program));
    if (all.size() == static_cast<std::size_t>(domain::kTierSchemesMax)) {
      return Error(Reason::kTooManyTierSchemes,
                   absl::StrCat("the programme has ", domain::kTierSchemesMax, " schemes of tiers"),
                   {{"schemes", absl::StrCat(domain::kTierSchemesMax)}});
    }
    scheme.create_time = unit.now;
  }
  if (!before.has_value() || RulesOf(*before) != RulesOf(scheme)) {
    domain::NoteChange(unit.revision, unit.now, scheme);
  }
  scheme.edit_revision = unit.revision;
  scheme.revision = unit.revision;
  return Put(std::move(scheme));
}

}  // namespace perigee::use_cases
