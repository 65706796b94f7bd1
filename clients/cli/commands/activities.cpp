#include "clients/cli/commands/command.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Stub = v1::ActivityAdminService::Stub;

struct ActivityArgs {
  std::string type;
  std::string actor;
  std::string recipient;
  std::string object;
  std::int64_t quantity = 1;
  std::string source = "cli";
  std::string event_id;
  std::string time;
  bool imported = false;
};

struct ListArgs {
  std::string member;
  int limit = 50;
};

std::vector<std::string> Row(const v1::Activity& activity) {
  return {IdOf(activity.name()),
          FormatTimestamp(activity.occur_time()),
          activity.type(),
          IdOf(activity.actor()),
          IdOf(activity.recipient()),
          activity.quantity() == 1 ? "" : std::to_string(activity.quantity()),
          activity.object(),
          activity.source() + " " + activity.source_event_id()};
}

Table ActivityTable() {
  return Table({"ACTIVITY", "WHEN", "TYPE", "ACTOR", "RECIPIENT", ">QUANTITY", "OBJECT", "SOURCE"});
}

absl::Status Record(Session& session, const ActivityArgs& args) {
  v1::RecordActivityRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  v1::Activity& activity = *request.mutable_activity();
  activity.set_type(args.type);
  if (!args.actor.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(*activity.mutable_actor(), session.Name("members", args.actor));
  }
  if (!args.recipient.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(*activity.mutable_recipient(),
                             session.Name("members", args.recipient));
  }
  activity.set_object(args.object);
  activity.set_quantity(args.quantity);
  activity.set_source(args.source);
  activity.set_source_event_id(args.event_id.empty() ? session.RequestId() : args.event_id);
  activity.set_time_source(v1::Activity::TIME_SOURCE_SYSTEM);
  activity.set_imported(args.imported);
  if (!args.time.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(*activity.mutable_occur_time(), ParseTimestamp("--time", args.time));
  }
  PERIGEE_ASSIGN_OR_RETURN(const v1::RecordActivityResponse response,
                           session.Ask(Door::kInternal, &Stub::RecordActivity, request));
  if (session.PrintJson(response)) {
    return absl::OkStatus();
  }
  Table table = ActivityTable();
  table.Add(Row(response.activity()));
  table.Print(session.out());
  session.out() << (response.replayed()
                        ? "Recorded before; nothing was changed."
                        : "The rules made " + std::to_string(response.transfers_size()) +
                              " transfers of it.")
                << '\n';
  for (const std::string& transfer : response.transfers()) {
    session.out() << "  " << transfer << '\n';
  }
  return absl::OkStatus();
}

absl::Status Get(Session& session, const std::string& id) {
  v1::GetActivityRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("activities", id));
  PERIGEE_ASSIGN_OR_RETURN(const v1::Activity activity,
                           session.Ask(Door::kInternal, &Stub::GetActivity, request));
  if (session.PrintJson(activity)) {
    return absl::OkStatus();
  }
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
  card.Add("imported", activity.imported() ? "yes" : "no");
  card.Print(session.out());
  return absl::OkStatus();
}

absl::Status List(Session& session, const ListArgs& args) {
  v1::ListActivitiesRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  if (!args.member.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(*request.mutable_member(), session.Name("members", args.member));
  }
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListActivitiesResponse response,
                           session.AskAll(Door::kInternal, &Stub::ListActivities, request,
                                          args.limit, [](const v1::ListActivitiesResponse& page) {
                                            return page.activities_size();
                                          }));
  if (session.PrintJson(response)) {
    return absl::OkStatus();
  }
  Table table = ActivityTable();
  for (const v1::Activity& activity : response.activities()) {
    table.Add(Row(activity));
  }
  table.Print(session.out());
  return absl::OkStatus();
}

}  // namespace

void AddActivities(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "activities", "What members did; the input of the rules");
  AddCommand<ActivityArgs>(
      noun, chosen,
      {"record", "Record one activity and apply the rules to it",
       "  perigee activities record answer-accepted -p acme --actor bob --recipient ada\n"
       "  perigee activities record order-placed -p acme --actor ada --source shop --event-id "
       "4711"},
      [](CLI::App& command, ActivityArgs& args) {
        command.add_option("TYPE", args.type, "What it is, such as answer-accepted")->required();
        command.add_option("--actor", args.actor, "The member who did it");
        command.add_option("--recipient", args.recipient, "The member for whom it was done");
        command.add_option("--object", args.object, "What it was about: an id or key");
        command.add_option("--quantity", args.quantity, "How many");
        command.add_option("--source", args.source, "Where it comes from")->capture_default_str();
        command.add_option("--event-id", args.event_id,
                           "Its id there, by which it counts once; a new one if left out");
        command.add_option("--time", args.time, "When it happened; now if left out");
        command.add_flag("--imported", args.imported, "It is history: set off no message");
      },
      Record);
  AddCommand<ListArgs>(
      noun, chosen,
      {"list", "List activities, newest first", "  perigee activities list -p acme --member ada"},
      [](CLI::App& command, ListArgs& args) {
        command.add_option("--member", args.member, "Only those of this member");
        command.add_option("--limit", args.limit, "At most so many; 0: all")->capture_default_str();
      },
      List);
  AddCommand<std::string>(
      noun, chosen, {"get", "Show one activity", "  perigee activities get 1042 -p acme"},
      [](CLI::App& command, std::string& id) {
        command.add_option("ACTIVITY", id, "Its id")->required();
      },
      Get);
}

}  // namespace perigee::cli
