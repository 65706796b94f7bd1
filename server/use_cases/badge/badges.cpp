#include "server/use_cases/badge/badges.h"

#include <cstddef>
#include <optional>
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

using domain::Badge;

}  // namespace

absl::StatusOr<Badge> RequireBadge(ports::StoreReader& reader, const std::string& program,
                                   const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  Badge like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Badge> badge, reader.records().Find(program, like));
  if (!badge.has_value()) {
    return NotFound(FormatName(kBadgePattern, {program, id}));
  }
  return *std::move(badge);
}

absl::StatusOr<std::vector<Badge>> AllBadges(ports::StoreReader& reader,
                                             const std::string& program) {
  return reader.records().List<Badge>(program, {}, nullptr, domain::kBadgesMax);
}

absl::Status CheckAssets(ports::StoreReader& reader, const std::string& program,
                         const domain::BadgeRule& rule) {
  for (const std::string& asset : rule.Assets()) {
    PERIGEE_RETURN_IF_ERROR(RequireAsset(reader, program, asset).status());
  }
  return absl::OkStatus();
}

DecidedBadge CreateBadge(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, Badge badge) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_RETURN_IF_ERROR(CheckAssets(reader, program, badge.rule));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Badge> before,
                           reader.records().Find(program, badge));
  if (before.has_value()) {
    return AlreadyExists(FormatName(kBadgePattern, {program, badge.id}));
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Badge> badges, AllBadges(reader, program));
  if (badges.size() == static_cast<std::size_t>(domain::kBadgesMax)) {
    return Error(Reason::kTooManyBadges,
                 absl::StrCat("the programme has ", domain::kBadgesMax, " badges"),
                 {{"badges", absl::StrCat(domain::kBadgesMax)}});
  }
  domain::NoteRuleChange(unit.revision, unit.now, badge);
  badge.grandfather = false;
  badge.create_time = unit.now;
  badge.edit_revision = unit.revision;
  badge.revision = unit.revision;
  return Put(std::move(badge));
}

DecidedBadge UpdateBadge(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const std::string& id,
                         const Edit<Badge>& edit) {
  PERIGEE_ASSIGN_OR_RETURN(const Badge before, RequireBadge(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, before.edit_revision));
  Badge badge = before;
  badge.grandfather = false;
  edit.apply(badge);
  PERIGEE_RETURN_IF_ERROR(domain::CheckBadge(badge));
  PERIGEE_RETURN_IF_ERROR(CheckAssets(reader, program, badge.rule));
  if (badge.rule != before.rule) {
    domain::NoteRuleChange(unit.revision, unit.now, badge);
  } else {
    badge.grandfather = before.grandfather;
    if (before.retired && !badge.retired) {
      domain::ApplyToAll(unit.now, badge);
    }
  }
  badge.edit_revision = unit.revision;
  badge.revision = unit.revision;
  return Put(std::move(badge));
}

}  // namespace perigee::use_cases
