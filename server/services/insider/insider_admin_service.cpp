#include "server/services/insider/insider_admin_service.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/ports/record_reader.h"
#include "server/services/convert.h"
#include "server/services/insider/insider_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/token_number.h"
#include "server/services/update_mask.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/insider/items.h"

namespace perigee::services {
namespace {

using domain::InsiderItem;
using domain::ItemVersion;
using use_cases::ItemMoveAt;

constexpr Changeable<InsiderItem> kChangeable[] = {
    {"display_name",
     [](InsiderItem& item, const InsiderItem& given) { item.display_name = given.display_name; }},
    {"kind", [](InsiderItem& item, const InsiderItem& given) { item.kind = given.kind; }},
    {"audience",
     [](InsiderItem& item, const InsiderItem& given) { item.audience = given.audience; }},
    {"allow_demographic",
     [](InsiderItem& item, const InsiderItem& given) {
       item.allow_demographic = given.allow_demographic;
     }},
    {"agreement",
     [](InsiderItem& item, const InsiderItem& given) { item.agreement = given.agreement; }},
    {"seats", [](InsiderItem& item, const InsiderItem& given) { item.seats = given.seats; }},
    {"seat_days",
     [](InsiderItem& item, const InsiderItem& given) { item.seat_days = given.seat_days; }},
    {"seat_price",
     [](InsiderItem& item, const InsiderItem& given) { item.seat_price = given.seat_price; }},
    {"releases",
     [](InsiderItem& item, const InsiderItem& given) { item.releases = given.releases; }},
    {"close_time",
     [](InsiderItem& item, const InsiderItem& given) { item.close_time = given.close_time; }},
};

absl::StatusOr<InsiderItem> ParseItem(const v1::InsiderItem& item) {
  InsiderItem out;
  out.display_name = item.display_name();
  out.kind = v1::InsiderItem::Kind_IsValid(item.kind()) ? static_cast<domain::ItemKind>(item.kind())
                                                        : domain::ItemKind{};
  out.audience = item.audience();
  out.allow_demographic = item.allow_demographic();
  if (!item.agreement().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> agreement,
                             ParseName("item.agreement", item.agreement(), kAgreementPattern));
    out.agreement = agreement[1];
  }
  out.seats = item.seats();
  out.seat_days = item.seat_days();
  out.seat_price = item.seat_price();
  for (const v1::ItemRelease& release : item.releases()) {
    out.releases.push_back({release.id(), release.display_name(), release.audience(),
                            release.local_time(), release.time_zone(), Time{}});
  }
  if (item.has_close_time()) {
    PERIGEE_ASSIGN_OR_RETURN(out.close_time, FromTimestamp("item.close_time", item.close_time()));
  }
  return out;
}

absl::Status CheckAgreementIsOf(const std::string& program, const v1::InsiderItem& item) {
  if (!item.agreement().empty() && ProgramIn(item.agreement()) != program) {
    return InvalidField("item.agreement", "is of another programme");
  }
  return absl::OkStatus();
}

absl::StatusOr<Change> ChangeToCreate(const CallContext&, const v1::CreateItemRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_RETURN_IF_ERROR(CheckAgreementIsOf(parts[0], request.item()));
  PERIGEE_ASSIGN_OR_RETURN(InsiderItem item, ParseItem(request.item()));
  item.id = request.item_id();
  PERIGEE_RETURN_IF_ERROR(domain::NormalizeItem(item));
  return Change{
      parts[0],
      [program = parts[0], item](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::CreateItem(reader, unit, program, item),
                        [&](const InsiderItem& made) { return ToProto(program, made, unit.now); });
      }};
}

absl::StatusOr<Change> ChangeToUpdate(const CallContext&, const v1::UpdateItemRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("item.name", request.item().name(), kItemPattern));
  PERIGEE_RETURN_IF_ERROR(CheckAgreementIsOf(parts[0], request.item()));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<InsiderItem> edit,
      ParseEdit(request.update_mask(), request.item(), kChangeable, ParseItem));
  return Change{
      parts[0], [parts, edit](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::UpdateItem(reader, unit, parts[0], parts[1], edit),
                        [&](const InsiderItem& item) { return ToProto(parts[0], item, unit.now); });
      }};
}

absl::StatusOr<Change> ChangeToAddVersion(const CallContext&,
                                          const v1::AddItemVersionRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kItemPattern));
  PERIGEE_RETURN_IF_ERROR(CheckLines("body", request.body(), 1, domain::kItemBodyBytesMax));
  return Change{
      parts[0],
      [parts, body = request.body()](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::AddItemVersion(reader, unit, parts[0], parts[1], body),
                        [&](const ItemVersion& version) { return ToProto(parts[0], version); });
      }};
}

// The change that moves the item of that name.
absl::StatusOr<Change> ChangeByMove(const std::string& name, ItemMoveAt move) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kItemPattern));
  return Change{
      parts[0],
      [parts, move = std::move(move)](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::MoveItem(reader, unit, parts[0], parts[1], move),
                        [&](const InsiderItem& item) { return ToProto(parts[0], item, unit.now); });
      }};
}

// A move that needs no more than the item's name.
template <class Request>
auto ByName(absl::Status (*move)(Time now, InsiderItem& item)) {
  return [move](const CallContext&, const Request& request) {
    return ChangeByMove(request.name(), move);
  };
}

absl::StatusOr<Change> ChangeToSchedule(const CallContext&,
                                        const v1::ScheduleItemRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const Time open_time, FromTimestamp("open_time", request.open_time()));
  return ChangeByMove(request.name(), [open_time](Time now, InsiderItem& item) {
    return domain::Schedule(open_time, now, item);
  });
}

absl::StatusOr<Change> ChangeToMoveRelease(const CallContext&,
                                           const v1::MoveReleaseRequest& request) {
  return ChangeByMove(request.name(), [release = request.release(), local = request.local_time(),
                                       zone = request.time_zone()](Time now, InsiderItem& item) {
    return domain::MoveRelease(release, local, zone, now, item);
  });
}

absl::StatusOr<v1::InsiderItem> GetItem(const CallContext& call,
                                        const v1::GetItemForStaffRequest& request,
                                        const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kItemPattern));
  PERIGEE_ASSIGN_OR_RETURN(const InsiderItem item, ReadFrom(store, [&](ports::StoreReader& reader) {
                             return use_cases::RequireItem(reader, parts[0], parts[1]);
                           }));
  return ToProto(parts[0], item, call.now);
}

absl::StatusOr<v1::ListItemVersionsResponse> ListVersions(
    const v1::ListItemVersionsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kItemPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListItemVersions " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListItemVersionsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(use_cases::RequireItem(reader, parts[0], parts[1]).status());
    ItemVersion after;
    after.item = parts[1];
    after.version = static_cast<std::int32_t>(NumberIn(page.after()));
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<ItemVersion> versions,
        reader.records().List<ItemVersion>(parts[0], {{"item", parts[1]}}, &after, page.Limit()));
    v1::ListItemVersionsResponse response;
    response.set_next_page_token(page.Cut(
        versions, [](const ItemVersion& version) { return std::to_string(version.version); }));
    for (const ItemVersion& version : versions) {
      v1::ItemVersion& shown = *response.add_versions();
      shown = ToProto(parts[0], version);
      shown.clear_body();
    }
    return response;
  });
}

absl::StatusOr<v1::ItemVersion> GetVersion(const v1::GetItemVersionRequest& request,
                                           const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kItemVersionPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t number, ParseRevision("name", parts[2]));
  PERIGEE_ASSIGN_OR_RETURN(
      const ItemVersion version, ReadFrom(store, [&](ports::StoreReader& reader) {
        return use_cases::RequireItemVersion(reader, parts[0], parts[1], number);
      }));
  return ToProto(parts[0], version);
}

absl::StatusOr<v1::ItemPreview> Preview(const CallContext& call,
                                        const v1::PreviewItemRequest& request,
                                        const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kItemPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", request.member(), parts[0]));
  Time at = call.now;
  if (request.has_time()) {
    PERIGEE_ASSIGN_OR_RETURN(at, FromTimestamp("time", request.time()));
    if (at < call.now) {
      return InvalidField("time", "must not be in the past");
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::ItemPreview preview,
                           ReadFrom(store, [&](ports::StoreReader& reader) {
                             return use_cases::PreviewItem(reader, parts[0], parts[1], member, at);
                           }));
  v1::ItemPreview out;
  *out.mutable_gate() = ToProto(preview.outcome);
  *out.mutable_time() = ToTimestamp(at);
  if (domain::IsOpen(preview.outcome)) {
    out.set_display_name(preview.item.display_name);
    out.set_kind(static_cast<v1::InsiderItem::Kind>(preview.item.kind));
    if (preview.version.has_value()) {
      *out.mutable_version() = ToProto(parts[0], *preview.version);
    }
  }
  return out;
}

}  // namespace

InsiderAdminService::InsiderAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.InsiderAdminService") {
  Write<v1::CreateItemRequest>("CreateItem", ChangeToCreate);
  Write<v1::UpdateItemRequest>("UpdateItem", ChangeToUpdate);
  Write<v1::AddItemVersionRequest>("AddItemVersion", ChangeToAddVersion);
  Write<v1::ScheduleItemRequest>("ScheduleItem", ChangeToSchedule);
  Write<v1::UnscheduleItemRequest>("UnscheduleItem",
                                   ByName<v1::UnscheduleItemRequest>(domain::Unschedule));
  Write<v1::OpenItemRequest>("OpenItem", ByName<v1::OpenItemRequest>(domain::Open));
  Write<v1::MoveReleaseRequest>("MoveRelease", ChangeToMoveRelease);
  Write<v1::WithdrawItemRequest>("WithdrawItem", ByName<v1::WithdrawItemRequest>(domain::Withdraw));
  Read<v1::GetItemForStaffRequest>("GetItemForStaff",
                                   [this](const CallContext& context, const auto& asked) {
                                     return GetItem(context, asked, store());
                                   });
  Read<v1::ListAllItemsRequest>(
      "ListAllItems", [this, &tokens](const CallContext& context, const auto& asked) {
        return ListOfProgram<v1::ListAllItemsResponse>(
            store(), tokens, "ListAllItems", asked,
            [](auto& reader, const auto& program, const Page& page) {
              InsiderItem after;
              after.id = page.after();
              return reader.records().template List<InsiderItem>(program, {}, &after, page.Limit());
            },
            [&](auto& answer, const auto& program, const InsiderItem& item) {
              *answer.add_items() = ToProto(program, item, context.now);
            });
      });
  Read<v1::ListItemVersionsRequest>("ListItemVersions",
                                    [this, &tokens](const CallContext&, const auto& asked) {
                                      return ListVersions(asked, store(), tokens);
                                    });
  Read<v1::GetItemVersionRequest>("GetItemVersion", [this](const CallContext&, const auto& asked) {
    return GetVersion(asked, store());
  });
  Read<v1::PreviewItemRequest>("PreviewItem",
                               [this](const CallContext& context, const auto& asked) {
                                 return Preview(context, asked, store());
                               });
}

}  // namespace perigee::services
