#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "clients/cli/toml_table.h"
#include "perigee/v1/insider.grpc.pb.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Admin = v1::InsiderAdminService::Stub;

// What seats are paid in.
constexpr char kSeatAsset[] = "access";

std::string SeatsOf(Session& session, const v1::InsiderItem& item) {
  if (item.seats() == 0) {
    return "any number";
  }
  std::string seats = std::to_string(item.seats());
  if (item.seat_days() > 0) {
    seats += ", " + std::to_string(item.seat_days()) + " days each";
  }
  if (item.seat_price() > 0) {
    seats += ", for " + session.Amount(ProgramOf(item.name()), kSeatAsset, item.seat_price()) +
             " " + kSeatAsset;
  }
  return seats;
}

std::string AudienceOf(const std::string& audience) {
  return audience.empty() ? "everybody" : audience;
}

void ShowItem(Session& session, const v1::InsiderItem& item) {
  Card card;
  card.Add("name", item.name());
  card.Add("display name", item.display_name());
  card.Add("kind", Word(item.kind()));
  card.Add("state", Word(item.state()));
  card.Add("insiders", AudienceOf(item.audience()));
  card.Add("agreement", item.agreement().empty() ? "none" : IdOf(item.agreement()));
  card.Add("seats", SeatsOf(session, item));
  card.Add("opens", FormatTimestamp(item.open_time()));
  card.Add("closes", FormatTimestamp(item.close_time()));
  card.Add("withdrawn", FormatTimestamp(item.withdraw_time()));
  card.Add("version", item.version() == 0 ? "none" : std::to_string(item.version()));
  card.Print(session.out());
  Table table({"RELEASE", "NAME", "FOR", "LOCAL TIME", "ZONE", "INSTANT"});
  for (const v1::ItemRelease& release : item.releases()) {
    table.Add({release.id(), release.display_name(), AudienceOf(release.audience()),
               release.local_time(), release.time_zone(), FormatTimestamp(release.instant())});
  }
  if (!table.Empty()) {
    table.Print(session.out());
  }
}

// When the last of its releases comes; empty if it has none.
std::string PublicFrom(const v1::InsiderItem& item) {
  std::string last;
  for (const v1::ItemRelease& release : item.releases()) {
    last = std::max(last, FormatTimestamp(release.instant()));
  }
  return last;
}

Rows<v1::InsiderItem> ItemRows() {
  return {{"ITEM", "NAME", "KIND", "STATE", "INSIDERS", ">SEATS", "OPENS", "PUBLIC FROM"},
          [](const v1::InsiderItem& item) -> Row {
            return {IdOf(item.name()),
                    item.display_name(),
                    Word(item.kind()),
                    Word(item.state()),
                    AudienceOf(item.audience()),
                    item.seats() == 0 ? "any" : std::to_string(item.seats()),
                    FormatTimestamp(item.open_time()),
                    PublicFrom(item)};
          }};
}

Rows<v1::ItemVersion> VersionRows() {
  return {{">VERSION", "ADDED", "SHA-256"}, [](const v1::ItemVersion& version) -> Row {
            return {IdOf(version.name()), FormatTimestamp(version.create_time()), version.digest()};
          }};
}

void ShowVersion(Session& session, const v1::ItemVersion& version) {
  session.out() << version.body() << '\n';
}

void ShowPreview(Session& session, const v1::ItemPreview& preview) {
  Card card;
  card.Add("at", FormatTimestamp(preview.time()));
  card.Add("open", YesNo(preview.gate().open()));
  card.Add("outcome", Word(preview.gate().outcome()));
  card.Add("cause", preview.gate().cause());
  card.Add("display name", preview.display_name());
  card.Add("kind", preview.gate().open() ? Word(preview.kind()) : "");
  card.Print(session.out());
  if (preview.has_version()) {
    session.out() << '\n' << preview.version().body() << '\n';
  }
}

absl::StatusOr<std::string> ReadSeatPrice(Session& session, const Form::Message& /*so_far*/,
                                          const std::string& typed) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string asset, session.Name("assets", kSeatAsset));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t price,
                           session.ReadAmount(ProgramOf(asset), kSeatAsset, typed));
  return std::to_string(price);
}

absl::StatusOr<std::string> ReadBody(Session& /*session*/, const Form::Message& /*so_far*/,
                                     const std::string& path) {
  return ReadTomlFile(path);
}

// Adds the release of `ID LOCAL_TIME ZONE [AUDIENCE]`.
template <class Request>
absl::Status AddRelease(Session& /*session*/, const std::string& typed, Form::Message& request) {
  const std::vector<std::string> parts = absl::StrSplit(typed, absl::MaxSplits(' ', 3));
  if (parts.size() < 3) {
    return InvalidField("", "must be 'ID LOCAL_TIME ZONE [AUDIENCE]', not \"" + typed + "\"");
  }
  v1::ItemRelease& release =
      *static_cast<Request&>(request).mutable_item()->mutable_releases()->Add();
  release.set_id(parts[0]);
  release.set_display_name(parts[0]);
  release.set_local_time(parts[1]);
  release.set_time_zone(parts[2]);
  release.set_audience(parts.size() > 3 ? parts[3] : "");
  return absl::OkStatus();
}

template <class Request>
void BindProperties(Form& form) {
  form.Add("--for", "item.audience", "The audience of its insiders, such as 'title:mvp'");
  form.AddFlag("--allow-demographic", "item.allow_demographic",
               "The audiences may name demographic facets");
  form.Add("--agreement", "item.agreement", "What insiders must have accepted",
           {.read = IdIn("agreements")});
  form.Add("--seats", "item.seats", "How many insiders at a time; any number if 0");
  form.Add("--seat-days", "item.seat_days", "How long a seat lasts; to the end if 0");
  form.Add("--seat-price", "item.seat_price", "What a seat costs in access",
           {.read = ReadSeatPrice});
  form.AddFilling("--release", {"item.releases"},
                  "'ID LOCAL_TIME ZONE [AUDIENCE]', such as 'south 2030-05-01T00:00:00 "
                  "America/Santiago facet:south'; may be repeated",
                  AddRelease<Request>);
  form.Add("--close", "item.close_time", "From when on insiders see it no more");
}

CLI::Option* BindItem(Form& form, const std::string& path) {
  return form.Add("ITEM", path, "Its id", {.read = IdIn("items")})->required();
}

constexpr char kMade[] =
    "  perigee items create bike --display-name 'The next bike' --kind preview --for title:mvp "
    "--release 'all 2030-05-01T00:00:00 Europe/Berlin' -p demo\n";
constexpr char kOpened[] = "  perigee items open bike -p demo\n";
constexpr char kBody[] =
    "  echo '# It folds' >bike.md\n"
    "  perigee items add-version bike bike.md -p demo\n";

void AddEdits(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::CreateItemRequest>(
      noun, chosen,
      {"create", "Draft an item",
       "  perigee items create build --display-name 'The build of May' --kind early-build "
       "--for 'title:mvp and not kind:employee' --seats 20 --seat-days 30 "
       "--release 'south 2030-05-01T00:00:00 America/Santiago facet:south' "
       "--release 'rest 2030-05-01T00:00:00 Pacific/Auckland' -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("ITEM", "item_id", "Its id")->required();
        form.Add("--display-name", "item.display_name", "What people see")->required();
        form.Add("--kind", "item.kind", WordsOf(*v1::InsiderItem::Kind_descriptor()))->required();
        BindProperties<v1::CreateItemRequest>(form);
      },
      Send(Door::kInternal, &Admin::CreateItem, ShowItem));
  AddCall<v1::UpdateItemRequest>(
      noun, chosen,
      {"update", "Change what is given, leave the rest",
       std::string(kMade) + "  perigee items update bike --seats 40 -p demo\n"
                            "  perigee items update bike --never-released --never-closed -p demo"},
      [](Form& form) {
        BindItem(form, "item.name");
        form.Add("--display-name", "item.display_name", "What people see");
        form.Add("--kind", "item.kind", WordsOf(*v1::InsiderItem::Kind_descriptor()));
        BindProperties<v1::UpdateItemRequest>(form);
        form.AddClear("--no-agreement", {"item.agreement"}, "Insiders need to accept nothing");
        form.AddClear("--never-released", {"item.releases"}, "It is never public");
        form.AddClear("--never-closed", {"item.close_time"}, "Insiders see it for ever");
        BindEtag(form, "item.etag");
      },
      Send(Door::kInternal, &Admin::UpdateItem, ShowItem));
  AddCall<v1::AddItemVersionRequest>(
      noun, chosen, {"add-version", "Give an item its next body", std::string(kMade) + kBody},
      [](Form& form) {
        BindItem(form, "parent");
        form.Add("FILE", "body", "A file of Markdown", {.read = ReadBody})->required();
      },
      Send(Door::kInternal, &Admin::AddItemVersion, VersionRows()));
}

void AddMoves(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::ScheduleItemRequest>(
      noun, chosen,
      {"schedule", "Have an item open at a time",
       std::string(kMade) + "  perigee items schedule bike 2030-04-01 -p demo"},
      [](Form& form) {
        BindItem(form, "name");
        form.Add("OPENS", "open_time", "When insiders see it")->required();
      },
      Send(Door::kInternal, &Admin::ScheduleItem, ItemRows()));
  AddCall<v1::UnscheduleItemRequest>(
      noun, chosen,
      {"unschedule", "Make a scheduled item a draft again",
       std::string(kMade) + "  perigee items schedule bike 2030-04-01 -p demo\n"
                            "  perigee items unschedule bike -p demo"},
      [](Form& form) { BindItem(form, "name"); },
      Send(Door::kInternal, &Admin::UnscheduleItem, ItemRows()));
  AddCall<v1::OpenItemRequest>(
      noun, chosen, {"open", "Open an item to its insiders now", std::string(kMade) + kOpened},
      [](Form& form) { BindItem(form, "name"); },
      Send(Door::kInternal, &Admin::OpenItem, ItemRows()));
  AddCall<v1::MoveReleaseRequest>(
      noun, chosen,
      {"move-release", "Give a release that has not come another time",
       std::string(kMade) + "  perigee items open bike -p demo\n"
                            "  perigee items move-release bike all 2030-06-01T00:00:00 "
                            "--zone Europe/Berlin -p demo"},
      [](Form& form) {
        BindItem(form, "name");
        form.Add("RELEASE", "release", "Its id")->required();
        form.Add("LOCAL_TIME", "local_time", "As on the clocks there, such as 2030-06-01T00:00:00")
            ->required();
        form.Add("--zone", "time_zone", "Where, such as America/Santiago")->required();
      },
      Send(Door::kInternal, &Admin::MoveRelease, ShowItem));
  AddCall<v1::WithdrawItemRequest>(
      noun, chosen,
      {"withdraw", "Take an embargoed item from everybody, for ever",
       std::string(kMade) + kOpened + "  perigee items withdraw bike -p demo"},
      [](Form& form) { BindItem(form, "name"); },
      Send(Door::kInternal, &Admin::WithdrawItem, ItemRows()));
}

void AddReads(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::ListAllItemsRequest>(
      noun, chosen, {"list", "List all items, as staff see them", "  perigee items list -p demo"},
      BindProgramList, List(Door::kInternal, &Admin::ListAllItems, ItemRows()));
  AddCall<v1::GetItemForStaffRequest>(
      noun, chosen,
      {"get", "Show an item as staff see it",
       std::string(kMade) + "  perigee items get bike -p demo"},
      [](Form& form) { BindItem(form, "name"); },
      Send(Door::kInternal, &Admin::GetItemForStaff, ShowItem));
  AddCall<v1::ListItemVersionsRequest>(
      noun, chosen,
      {"versions", "List the bodies of an item",
       std::string(kMade) + kBody + "  perigee items versions bike -p demo"},
      [](Form& form) {
        BindItem(form, "parent");
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListItemVersions, VersionRows()));
  AddCall<v1::GetItemVersionRequest>(
      noun, chosen,
      {"version", "Print a body of an item",
       std::string(kMade) + kBody + "  perigee items version bike/1 -p demo"},
      [](Form& form) {
        form.Add("VERSION", "name", "ITEM/NUMBER, or its full name",
                 {.read = IdWithin("items", "versions", "ITEM/NUMBER, such as bike/1")})
            ->required();
      },
      Send(Door::kInternal, &Admin::GetItemVersion, ShowVersion));
  AddCall<v1::PreviewItemRequest>(
      noun, chosen,
      {"preview", "Show what a member would see of an item, and why",
       std::string(kMade) + kOpened +
           "  perigee items preview bike m-001 -p demo\n"
           "  perigee items preview bike m-001 --at 2030-05-02 -p demo"},
      [](Form& form) {
        BindItem(form, "name");
        BindMember(form, "member");
        form.Add("--at", "time", "When; now if left out");
      },
      Send(Door::kInternal, &Admin::PreviewItem, ShowPreview));
}

}  // namespace

void AddItems(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "items", "What insiders see before everybody else, for staff");
  AddEdits(noun, chosen);
  AddMoves(noun, chosen);
  AddReads(noun, chosen);
}

}  // namespace perigee::cli
