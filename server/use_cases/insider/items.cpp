#include "server/use_cases/insider/items.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/audience/audience.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/seat.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/audience/audiences.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/insider/seats.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Audience;
using domain::InsiderItem;
using domain::ItemVersion;

absl::Status CheckAgreementIsThere(ports::StoreReader& reader, const std::string& program,
                                   const std::string& id) {
  domain::Agreement like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Agreement> found,
                           reader.records().Find(program, like));
  return found.has_value() ? absl::OkStatus()
                           : NotFound(FormatName(kAgreementPattern, {program, id}));
}

absl::Status CheckSeatsCanBePaid(ports::StoreReader& reader, const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Asset asset,
                           RequireAsset(reader, program, std::string(domain::kSeatAsset)));
  return asset.spendable ? absl::OkStatus()
                         : Error(Reason::kAssetNotSpendable, "members may not spend " + asset.id,
                                 {{"asset", asset.id}});
}

// What only the programme's records can tell of an item.
absl::Status CheckInProgram(ports::StoreReader& reader, const std::string& program,
                            const InsiderItem& item) {
  if (!item.agreement.empty()) {
    PERIGEE_RETURN_IF_ERROR(CheckAgreementIsThere(reader, program, item.agreement));
  }
  if (item.seat_price > 0) {
    PERIGEE_RETURN_IF_ERROR(CheckSeatsCanBePaid(reader, program));
  }
  std::vector<std::string> audiences = {item.audience};
  for (const domain::ItemRelease& release : item.releases) {
    audiences.push_back(release.audience);
  }
  for (const std::string& text : audiences) {
    PERIGEE_ASSIGN_OR_RETURN(const Audience audience, Audience::Compile("item.audience", text));
    PERIGEE_RETURN_IF_ERROR(
        CheckDemographic(reader, program, audience.Facets(), item.allow_demographic));
  }
  return absl::OkStatus();
}

// The changes that make `before` the item, with those of its claims.
DecidedItem PutEdited(ports::StoreReader& reader, const ports::UnitContext& unit,
                      const std::string& program, const InsiderItem& before, InsiderItem item) {
  domain::Changes changes;
  PERIGEE_RETURN_IF_ERROR(FitClaims(reader, unit, program, before, item, changes));
  item.edit_revision = unit.revision;
  item.revision = unit.revision;
  changes.records.Put(item);
  return Decided<InsiderItem>{std::move(item), std::move(changes)};
}

absl::StatusOr<std::optional<ItemVersion>> FindVersion(ports::StoreReader& reader,
                                                       const std::string& program,
                                                       const std::string& item,
                                                       std::int32_t version) {
  ItemVersion like;
  like.item = item;
  like.version = version;
  return reader.records().Find(program, like);
}

}  // namespace

DecidedItem CreateItem(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const std::string& program, InsiderItem item) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<InsiderItem> there,
                           reader.records().Find(program, item));
  if (there.has_value()) {
    return AlreadyExists(FormatName(kItemPattern, {program, item.id}));
  }
  PERIGEE_RETURN_IF_ERROR(CheckInProgram(reader, program, item));
  item.seats_time = unit.now;
  item.create_time = unit.now;
  item.edit_revision = unit.revision;
  item.revision = unit.revision;
  return Put(std::move(item));
}

DecidedItem UpdateItem(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const std::string& program, const std::string& id,
                       const Edit<InsiderItem>& edit) {
  PERIGEE_ASSIGN_OR_RETURN(const InsiderItem before, RequireItem(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, before.edit_revision));
  InsiderItem item = before;
  edit.apply(item);
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeEdited(before, unit.now, item));
  PERIGEE_RETURN_IF_ERROR(CheckInProgram(reader, program, item));
  return PutEdited(reader, unit, program, before, std::move(item));
}

DecidedItem MoveItem(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, const std::string& id, const ItemMoveAt& move) {
  PERIGEE_ASSIGN_OR_RETURN(const InsiderItem before, RequireItem(reader, program, id));
  InsiderItem item = before;
  PERIGEE_RETURN_IF_ERROR(move(unit.now, item));
  return PutEdited(reader, unit, program, before, std::move(item));
}

absl::StatusOr<Decided<ItemVersion>> AddItemVersion(ports::StoreReader& reader,
                                                    const ports::UnitContext& unit,
                                                    const std::string& program,
                                                    const std::string& item_id, std::string body) {
  PERIGEE_ASSIGN_OR_RETURN(InsiderItem item, RequireItem(reader, program, item_id));
  ItemVersion version;
  PERIGEE_RETURN_IF_ERROR(domain::AddVersion(std::move(body), unit.now, item, version));
  item.edit_revision = unit.revision;
  item.revision = unit.revision;
  version.revision = unit.revision;
  Decided<ItemVersion> decided = Put(std::move(version));
  decided.changes.records.Put(std::move(item));
  return decided;
}

absl::StatusOr<ItemVersion> RequireItemVersion(ports::StoreReader& reader,
                                               const std::string& program, const std::string& item,
                                               std::int64_t version) {
  PERIGEE_RETURN_IF_ERROR(RequireItem(reader, program, item).status());
  std::optional<ItemVersion> found;
  if (std::in_range<std::int32_t>(version)) {
    PERIGEE_ASSIGN_OR_RETURN(
        found, FindVersion(reader, program, item, static_cast<std::int32_t>(version)));
  }
  if (!found.has_value()) {
    return NotFound(FormatName(kItemVersionPattern, {program, item, absl::StrCat(version)}));
  }
  return *std::move(found);
}

absl::StatusOr<ItemPreview> PreviewItem(ports::StoreReader& reader, const std::string& program,
                                        const std::string& item_id, const std::string& member_id,
                                        Time at) {
  ItemPreview preview;
  PERIGEE_ASSIGN_OR_RETURN(preview.item, RequireItem(reader, program, item_id));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireMember(reader, program, member_id, "member"));
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(reader, program, member, at));
  PERIGEE_ASSIGN_OR_RETURN(preview.outcome, gate.Ask(preview.item));
  if (preview.item.version > 0) {
    PERIGEE_ASSIGN_OR_RETURN(preview.version,
                             FindVersion(reader, program, item_id, preview.item.version));
  }
  return preview;
}

absl::StatusOr<std::int64_t> CountReleasesAhead(ports::StoreReader& reader,
                                                const std::string& program, Time now) {
  constexpr int kPage = 500;
  std::int64_t count = 0;
  std::vector<InsiderItem> page;
  do {
    PERIGEE_ASSIGN_OR_RETURN(page, reader.records().List<InsiderItem>(
                                       program, {}, page.empty() ? nullptr : &page.back(), kPage));
    for (const InsiderItem& item : page) {
      const domain::ItemState state = domain::StateOf(item, now);
      if (state == domain::ItemState::kScheduled || state == domain::ItemState::kEmbargoed) {
        count += std::ranges::count_if(item.releases, [&](const domain::ItemRelease& release) {
          return !domain::HasCome(release, now);
        });
      }
    }
  } while (std::cmp_equal(page.size(), kPage));
  return count;
}

absl::Status SettleDueItem(const std::string& /*program*/, InsiderItem item,
                           ports::StoreReader& /*reader*/, const ports::UnitContext& unit,
                           domain::Changes& changes) {
  domain::SetDue(item, unit.now);
  item.revision = unit.revision;
  changes.records.Put(std::move(item));
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
