#include <chrono>

#include "clients/cli/commands/command.h"
#include "clients/cli/demo_champions.h"
#include "clients/cli/demo_community.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/ids.h"
#include "clients/cli/plan.h"
#include "clients/cli/rules.h"
#include "clients/cli/sender.h"
#include "clients/cli/stackexchange.h"
#include "clients/cli/summary.h"
#include "clients/cli/table.h"
#include "perigee/v1/orbit.grpc.pb.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

struct DemoArgs {
  DemoShape shape;
  int days = 30;
  std::string until;
};

absl::StatusOr<std::chrono::sys_days> LastDay(const DemoArgs& args) {
  if (args.until.empty()) {
    return std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  }
  const absl::StatusOr<Time> until = ParseMoment(args.until, Zone::Utc);
  if (!until.ok()) {
    return UsageFailure(std::string(WithField(until.status(), "--until").message()) + ".");
  }
  return std::chrono::floor<std::chrono::days>(*until);
}

struct Weight {
  const char* type;
  const char* display_name;
  int weight;
};

// Purchases are no part of the orbit.
constexpr Weight kWeights[] = {
    {"event-hosted", "Hosted an event", 11},
    {"talk", "Gave a talk", 10},
    {"friend-introduced", "Introduced a friend", 7},
    {"question-answered", "Answered", 6},
    {"review-written", "Wrote a review", 5},
    {"thanked", "Thanked", 2},
    {"thanks", "Gave thanks", 2},
    {"joined", "Joined", 1},
    {"post-flagged", "Flagged a post", 0},
    {"purchase", "Purchase", 0},
};

absl::Status SetWeights(Session& session, const std::string& program_name) {
  for (const Weight& weight : kWeights) {
    v1::SetActivityTypeRequest request;
    v1::ActivityType& type = *request.mutable_activity_type();
    type.set_name(program_name + "/activityTypes/" + weight.type);
    type.set_display_name(weight.display_name);
    type.set_weight(weight.weight);
    // A later run leaves what staff set meanwhile.
    request.set_request_id(DerivedRequestId({program_name, "demo-weight", weight.type}));
    PERIGEE_RETURN_IF_ERROR(
        session.Ask(Door::kInternal, &v1::OrbitAdminService::Stub::SetActivityType, request)
            .status());
  }
  return absl::OkStatus();
}

absl::StatusOr<Tally> SendMembers(Session& session, const DemoShape& shape,
                                  const std::string& program_name) {
  MemberSender sender(session);
  for (v1::CreateMemberRequest& request : DemoMembers(shape)) {
    request.set_parent(program_name);
    request.set_request_id(
        DerivedRequestId({program_name, "demo-member", std::to_string(shape.seed),
                          std::to_string(shape.members), request.member_id()}));
    sender.Send(std::move(request));
  }
  PERIGEE_RETURN_IF_ERROR(sender.Finish());
  return sender.tally();
}

void PrintWhatToLookAt(std::ostream& out, const std::string& program) {
  constexpr std::pair<const char*, const char*> kCommands[] = {
      {"insight show", "its numbers"},
      {"insight members champions --state renewal-due", "who stands behind one of them"},
      {"appointments list-all", "champions in every state"},
      {"nominations list", "who is to be one"},
      {"asks list", "what they were asked for"},
      {"promises list", "what they are owed"},
      {"contributions list", "what they handed in"},
      {"rewards redemptions", "what they got for it"},
      {"badges grants", "what they are recognised for"},
      {"items list", "what they know before everybody else"},
      {"inbox list m-001", "what one of them was told"},
      {"seats list test-flight", "who has a seat of one of them, and who waits"},
  };
  out << "\nWhat to look at next:\n";
  Table table({"COMMAND", "WHAT IT SHOWS"});
  for (const auto& [command, what] : kCommands) {
    table.Add({std::string("perigee ") + command + " -p " + program, what});
  }
  table.Print(out);
}

absl::Status Demo(Session& session, const DemoArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string program_name, session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(const std::chrono::sys_days until, LastDay(args));
  PERIGEE_ASSIGN_OR_RETURN(const Plan plan, ParsePlan("demo.toml", kDemoRules, Zone::Utc));
  PERIGEE_ASSIGN_OR_RETURN(const PlanStep made,
                           EnsureProgram(session, program_name, "Demo champions"));
  std::vector<PlanStep> steps;
  PERIGEE_RETURN_IF_ERROR(ApplyPlan(session, program_name, plan, steps));
  steps.insert(steps.begin(), made);
  PERIGEE_RETURN_IF_ERROR(SetWeights(session, program_name));
  ImportSummary summary;
  PERIGEE_ASSIGN_OR_RETURN(summary.members, SendMembers(session, args.shape, program_name));
  ActivitySender sender(session, program_name);
  for (v1::Activity& activity : DemoJoins(args.shape, program_name)) {
    PERIGEE_RETURN_IF_ERROR(sender.Send(std::move(activity)));
  }
  for (int day = args.days; day > 0; --day) {
    for (v1::Activity& activity :
         DemoDay(args.shape, program_name, until - std::chrono::days(day))) {
      PERIGEE_RETURN_IF_ERROR(sender.Send(std::move(activity)));
    }
  }
  PERIGEE_RETURN_IF_ERROR(sender.Finish());
  summary.activities = sender.tally();
  summary.revision = sender.revision();
  if (args.days > 0) {
    PERIGEE_ASSIGN_OR_RETURN(summary.champions,
                             MakeDemoChampions(session, program_name, args.shape));
  }
  PrintSummary(session, steps, summary);
  if (summary.champions.has_value() && !session.options.json) {
    PrintWhatToLookAt(session.out(), IdOf(program_name));
  }
  return absl::OkStatus();
}

}  // namespace

void AddDemo(CLI::App& root, Chosen& chosen) {
  AddCommand<DemoArgs>(
      root, chosen,
      {"demo",
       "Fill a programme with a made-up community, what it did in the last days, and champions in "
       "every state. The same seed and size make the same community; a second run changes nothing, "
       "and one on a later day adds the days since",
       "  perigee demo -p demo\n"
       "  perigee demo -p small --members 20 --days 7 --seed 42"},
      [](CLI::App& command, DemoArgs& args) {
        command.add_option("--members", args.shape.members, "How many members")
            ->check(CLI::Range(2, 100'000))
            ->capture_default_str();
        command.add_option("--days", args.days, "How many days; 0: without champions")
            ->check(CLI::Range(0, 3660))
            ->capture_default_str();
        command.add_option("--seed", args.shape.seed, "Another number, another community")
            ->capture_default_str();
        command.add_option(
            "--until", args.until,
            "The day after the last, in UTC; today if left out, so that it ends yesterday");
      },
      Demo);
}

}  // namespace perigee::cli
