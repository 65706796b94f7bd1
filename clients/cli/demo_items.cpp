#include "clients/cli/demo_items.h"

#include <chrono>
#include <ostream>
#include <string>
#include <utility>

#include "clients/cli/demo_seats.h"
#include "clients/cli/demo_stage.h"
#include "clients/cli/format.h"
#include "clients/cli/session.h"
#include "perigee/v1/inbox.grpc.pb.h"
#include "perigee/v1/insider.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Admin = v1::InsiderAdminService::Stub;

// Long enough to make the item, even on a slow machine.
constexpr std::chrono::seconds kEmbargo{4};
constexpr char kLifted[] = "first-light";
// Has no title, so the embargo is for this member too.
constexpr char kReader[] = "m-001";

std::string ItemName(const Stage& stage, const std::string& id) {
  return stage.Named("items/" + id);
}

// Sends a call about an item. What an earlier run did is done.
template <class Request, class Response>
absl::Status Do(Stage& stage, const std::string& id, const char* what,
                Method<Admin, Request, Response> method, Request request) {
  const absl::Status done =
      stage.Send(std::string("item ") + id + " " + what, Door::kInternal, method, request).status();
  return WasThereBefore(done) ? absl::OkStatus() : done;
}

template <class Request, class Response>
absl::Status DoNamed(Stage& stage, const std::string& id, const char* what,
                     Method<Admin, Request, Response> method) {
  Request request;
  request.set_name(ItemName(stage, id));
  return Do(stage, id, what, method, request);
}

absl::Status Open(Stage& stage, const std::string& id) {
  return DoNamed<v1::OpenItemRequest>(stage, id, "open", &Admin::OpenItem);
}

// A draft with a body, from the text of the item.
absl::Status Draft(Stage& stage, const std::string& id, const std::string& item,
                   const std::string& body) {
  v1::CreateItemRequest create;
  create.set_parent(stage.program_name());
  create.set_item_id(id);
  *create.mutable_item() = Read<v1::InsiderItem>(stage, item);
  PERIGEE_RETURN_IF_ERROR(Do(stage, id, "create", &Admin::CreateItem, create));
  v1::AddItemVersionRequest version;
  version.set_parent(ItemName(stage, id));
  version.set_body(body);
  return Do(stage, id, "body", &Admin::AddItemVersion, version);
}

absl::Status Schedule(Stage& stage, const std::string& id) {
  v1::ScheduleItemRequest request;
  request.set_name(ItemName(stage, id));
  *request.mutable_open_time() = ToTimestamp(stage.Day(30));
  return Do(stage, id, "schedule", &Admin::ScheduleItem, request);
}

absl::Status DraftTheItems(Stage& stage) {
  PERIGEE_RETURN_IF_ERROR(Draft(stage, "orbit-roadmap", R"pb(
                                  display_name: "The road to the next orbit"
                                  kind: KIND_ROADMAP
                                  audience: "title:mvp or title:champion"
                                )pb",
                                "# Next year\n\nMore light, less noise.\n"));
  PERIGEE_RETURN_IF_ERROR(Draft(stage, "early-comet", R"pb(
                                  display_name: "The comet build"
                                  kind: KIND_EARLY_BUILD
                                  audience: "title:mvp"
                                  seats: 20
                                  seat_days: 30
                                )pb",
                                "# Comet\n\nIt comes back every spring.\n"));
  PERIGEE_RETURN_IF_ERROR(Draft(stage, "next-orbit", R"pb(
                                  display_name: "The next orbit"
                                  kind: KIND_PREVIEW
                                  audience: "title:mvp or title:champion"
                                  releases {
                                    id: "south"
                                    display_name: "The south"
                                    audience: "facet:south"
                                    local_time: "2030-09-06T00:00:00"
                                    time_zone: "America/Santiago"
                                  }
                                  releases {
                                    id: "rest"
                                    display_name: "Everybody else"
                                    local_time: "2030-09-06T00:00:00"
                                    time_zone: "Pacific/Auckland"
                                  }
                                )pb",
                                "# The next orbit\n\nIt is closer than you think.\n"));
  PERIGEE_RETURN_IF_ERROR(Draft(stage, "test-flight", R"pb(
                                  display_name: "The test flight"
                                  kind: KIND_EARLY_BUILD
                                  audience: "title:mvp or title:champion"
                                  agreement: "PROGRAM/agreements/secrecy"
                                  seats: 1
                                  seat_days: 30
                                  seat_price: 20
                                )pb",
                                "# The test flight\n\nThere is one suit.\n"));
  return Draft(stage, "lost-probe", R"pb(
                 display_name: "The lost probe"
                 kind: KIND_BRIEFING
                 audience: "title:mvp or title:champion"
                 seats: 1
               )pb",
               "# What happened\n\nWe do not know yet.\n");
}

// Makes the item whose embargo ends in a moment. By the server's clock, and in another run at the
// same instant.
absl::Status DraftFirstLight(Session& session, Stage& stage) {
  PERIGEE_RETURN_IF_ERROR(Draft(stage, kLifted, R"pb(
                                  display_name: "First light"
                                  kind: KIND_BRIEFING
                                  audience: "title:mvp or title:champion"
                                )pb",
                                "# First light\n\nThe telescope works.\n"));
  v1::GetItemForStaffRequest get;
  get.set_name(ItemName(stage, kLifted));
  PERIGEE_ASSIGN_OR_RETURN(const v1::InsiderItem item,
                           session.Ask(Door::kInternal, &Admin::GetItemForStaff, get));
  v1::UpdateItemRequest update;
  update.mutable_item()->set_name(item.name());
  v1::ItemRelease& release = *update.mutable_item()->add_releases();
  release.set_id("all");
  release.set_display_name("Everybody");
  const Time made = FromMicros(0) + std::chrono::seconds(item.create_time().seconds());
  // Without the `Z`.
  release.set_local_time(FormatTime(made + kEmbargo).substr(0, 19));
  release.set_time_zone("UTC");
  update.mutable_update_mask()->add_paths("releases");
  return Do(stage, kLifted, "release", &Admin::UpdateItem, update);
}

void Say(Session& session, const v1::ItemPreview& preview) {
  if (session.options.json) {
    return;
  }
  session.out() << "Embargo: " << FormatTimestamp(preview.time()) << ' ' << kReader;
  if (preview.gate().open()) {
    session.out() << " reads \"" << preview.display_name() << "\".";
  } else {
    session.out() << " finds no item " << kLifted << '.';
  }
  session.out() << std::endl;  // Seen at once, also through a pipe.
}

// What the reader is told of it, by time alone.
absl::Status ShowInbox(Session& session, const Stage& stage) {
  v1::ListNotificationsRequest request;
  request.set_parent(stage.Named(std::string("members/") + kReader));
  request.set_topic(v1::Notification::TOPIC_INSIDER);
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListNotificationsResponse inbox,
      session.Ask(Door::kPublic, &v1::InboxService::Stub::ListNotifications, request));
  if (session.options.json) {
    return absl::OkStatus();
  }
  for (const v1::Notification& one : inbox.notifications()) {
    if (one.resource() == ItemName(stage, kLifted)) {
      session.out() << "Inbox:   " << FormatTimestamp(one.time()) << ' ' << kReader
                    << " is told of \"" << one.display_name() << "\"." << std::endl;
    }
  }
  return absl::OkStatus();
}

// Waits for the end of the embargo, and shows it.
absl::Status ShowLift(Session& session, const Stage& stage) {
  v1::PreviewItemRequest request;
  request.set_name(ItemName(stage, kLifted));
  request.set_member(stage.Named(std::string("members/") + kReader));
  PERIGEE_ASSIGN_OR_RETURN(v1::ItemPreview preview,
                           session.Ask(Door::kInternal, &Admin::PreviewItem, request));
  Say(session, preview);
  if (preview.gate().open()) {
    return ShowInbox(session, stage);
  }
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session.Channel(Door::kInternal));
  Admin stub(channel);
  PERIGEE_RETURN_IF_ERROR(session.Retry([&](grpc::ClientContext& context) {
    session.SetDeadline(context);
    const grpc::Status answer = stub.PreviewItem(&context, request, &preview);
    return !answer.ok() || preview.gate().open()
               ? answer
               : grpc::Status(grpc::StatusCode::ABORTED, "the embargo has not ended yet");
  }));
  Say(session, preview);
  return ShowInbox(session, stage);
}

}  // namespace

absl::Status MakeDemoItems(Session& session, Stage& stage) {
  PERIGEE_RETURN_IF_ERROR(MakeDemoAgreement(stage));
  PERIGEE_RETURN_IF_ERROR(DraftTheItems(stage));
  PERIGEE_RETURN_IF_ERROR(Schedule(stage, "early-comet"));
  PERIGEE_RETURN_IF_ERROR(Open(stage, "next-orbit"));
  PERIGEE_RETURN_IF_ERROR(Open(stage, "test-flight"));
  PERIGEE_RETURN_IF_ERROR(Open(stage, "lost-probe"));
  PERIGEE_RETURN_IF_ERROR(MakeDemoSeats(stage));
  PERIGEE_RETURN_IF_ERROR(
      DoNamed<v1::WithdrawItemRequest>(stage, "lost-probe", "withdraw", &Admin::WithdrawItem));
  const auto before = stage.tally().recorded;
  PERIGEE_RETURN_IF_ERROR(DraftFirstLight(session, stage));
  PERIGEE_RETURN_IF_ERROR(Open(stage, kLifted));
  return stage.tally().recorded == before ? absl::OkStatus() : ShowLift(session, stage);
}

}  // namespace perigee::cli
