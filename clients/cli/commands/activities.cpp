#include "clients/cli/commands/board_table.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Stub = v1::ActivityAdminService::Stub;

Rows<v1::Activity> ActivityRows() {
  return {{"ACTIVITY", "WHEN", "TYPE", "ACTOR", "RECIPIENT", ">QUANTITY", "OBJECT", "SOURCE"},
          [](const v1::Activity& activity) -> Row {
            return {IdOf(activity.name()),
                    FormatTimestamp(activity.occur_time()),
                    activity.type(),
                    IdOf(activity.actor()),
                    IdOf(activity.recipient()),
                    activity.quantity() == 1 ? "" : std::to_string(activity.quantity()),
                    activity.object(),
                    activity.source() + " " + activity.source_event_id()};
          }};
}

absl::Status Record(Session& session, v1::RecordActivityRequest request) {
  v1::Activity& activity = *request.mutable_activity();
  if (activity.source_event_id().empty()) {
    activity.set_source_event_id(session.RequestId());
  }
  activity.set_time_source(v1::Activity::TIME_SOURCE_SYSTEM);
  PERIGEE_ASSIGN_OR_RETURN(const v1::RecordActivityResponse response,
                           session.Ask(Door::kInternal, &Stub::RecordActivity, request));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  ActivityRows()(session, response.activity());
  session.out() << (response.replayed()
                        ? "Recorded before; nothing was changed."
                        : "The rules made " + std::to_string(response.transfers_size()) +
                              " transfers of it.")
                << '\n';
  for (const std::string& transfer : response.transfers()) {
    session.out() << "  " << transfer << '\n';
  }
  return PrintShownBoards(session, response.boards());
}

void ShowActivity(Session& session, const v1::Activity& activity) {
  Card card;
  card.Add("name", activity.name());
  card.Add("type", activity.type());
  card.Add("actor", activity.actor());
  card.Add("recipient", activity.recipient());
  card.Add("object", activity.object());
  card.Add("quantity", std::to_string(activity.quantity()));
  card.Add("source", activity.source());
  card.Add("source event", activity.source_event_id());
  card.Add("occurred", FormatTimestamp(activity.occur_time()));
  card.Add("received", FormatTimestamp(activity.receive_time()));
  card.Add("imported", YesNo(activity.imported()));
  card.Print(session.out());
}

}  // namespace

void AddActivities(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "activities", "What members did; the input of the rules");
  AddCall<v1::RecordActivityRequest>(
      noun, chosen,
      {"record", "Record one activity and apply the rules to it",
       "  perigee activities record thanked -p demo --actor m-001 --recipient m-002 --board "
       "renown\n"
       "  perigee activities record review-written -p demo --actor m-001 --source shop --event-id "
       "4711"},
      [](Form& form) {
        form.InProgram();
        form.Add("TYPE", "activity.type", "What it is, such as review-written")->required();
        form.Add("--actor", "activity.actor", "The member who did it", {.read = IdIn("members")});
        form.Add("--recipient", "activity.recipient", "The member for whom it was done",
                 {.read = IdIn("members")});
        form.Add("--object", "activity.object", "What it was about: an id or key");
        form.Add("--quantity", "activity.quantity", "How many", {.fallback = "1"});
        form.Add("--source", "activity.source", "Where it comes from", {.fallback = "cli"});
        form.Add("--event-id", "activity.source_event_id",
                 "Its id there, by which it counts once; a new one if left out");
        form.Add("--time", "activity.occur_time", "When it happened; now if left out");
        BindShownBoards(form);
        form.AddFlag("--imported", "activity.imported", "It is history: set off no message");
      },
      Record);
  AddCall<v1::ListActivitiesRequest>(
      noun, chosen,
      {"list", "List activities, newest first", "  perigee activities list -p demo --member m-001"},
      [](Form& form) {
        form.InProgram();
        form.Add("--member", "member", "Only those of this member", {.read = IdIn("members")});
        BindLimit(form, "50");
      },
      List(Door::kInternal, &Stub::ListActivities, ActivityRows()));
  AddCall<v1::GetActivityRequest>(
      noun, chosen,
      {"get", "Show one activity",
       "  perigee activities get \"$(perigee activities list -p demo --limit 1 --names)\""},
      [](Form& form) {
        form.Add("ACTIVITY", "name", "Its id, such as 1042", {.read = IdIn("activities")})
            ->required();
      },
      Send(Door::kInternal, &Stub::GetActivity, ShowActivity));
}

}  // namespace perigee::cli
