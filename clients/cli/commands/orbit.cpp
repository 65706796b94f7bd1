#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/orbit.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::OrbitService::Stub;
using Admin = v1::OrbitAdminService::Stub;

std::string Decimal(double value) { return absl::StrFormat("%.2f", value); }

// `contributing II`.
std::string PlaceText(const v1::OrbitPlace& place) {
  if (place.index() == 0) {
    return "nowhere";
  }
  return absl::StrCat(Word(place.level()), " ",
                      std::string(static_cast<std::size_t>(place.step()), 'I'));
}

std::string ReasonText(const v1::OrbitReason& reason) {
  if (reason.weight() > 0) {
    return absl::StrCat("a ", reason.activity_type(), " of weight ", reason.weight(), " on ",
                        reason.day(), " (", reason.activity(), ")");
  }
  std::string text =
      absl::StrCat(reason.needed_days(), " active days in a ", Word(reason.unit()), ": ");
  for (const v1::PresenceSpan& span : reason.spans()) {
    absl::StrAppend(&text, span.first_day() == reason.spans(0).first_day() ? "" : ", ",
                    span.active_days(), " from ", span.first_day());
  }
  return text;
}

std::string GoalText(const v1::OrbitGoal& goal) {
  if (goal.weight() > 0) {
    return absl::StrCat("an activity of weight ", goal.weight(), " gives ",
                        PlaceText(goal.place()));
  }
  return absl::StrCat(goal.more_days(), " more active ", goal.more_days() == 1 ? "day" : "days",
                      " this ", Word(goal.unit()), ", until ", goal.last_day(), ", give ",
                      PlaceText(goal.place()));
}

void Show(Session& session, const v1::Orbit& orbit) {
  Card card;
  card.Add("name", orbit.name());
  card.Add("place", PlaceText(orbit.place()));
  if (orbit.has_reason()) {
    card.Add("because of", ReasonText(orbit.reason()));
  }
  if (orbit.reached().index() < orbit.place().index()) {
    card.Add("held until", orbit.next_review_day());
  }
  card.Add("next review",
           absl::StrCat(orbit.next_review_day(), ": ", PlaceText(orbit.at_next_review()),
                        " if nothing more is done"));
  for (const v1::OrbitGoal& goal : orbit.goals()) {
    card.Add("next", GoalText(goal));
  }
  card.Add("love", Decimal(orbit.love()));
  card.Add("reach", absl::StrCat(Decimal(orbit.reach()), " from ", orbit.connections(),
                                 orbit.connections() == 1 ? " connection" : " connections"));
  card.Print(session.out());
}

void ShowOrbitMap(Session& session, const v1::OrbitMap& map) {
  Table table({"PLACE", ">MEMBERS", ">STAFF"});
  for (int i = 0; i < std::min(map.members_size(), map.staff_size()); ++i) {
    table.Add({PlaceText(map.members(i).place()), std::to_string(map.members(i).members()),
               std::to_string(map.staff(i).members())});
  }
  table.Print(session.out());
  Card card;
  card.Add("median of love", map.has_love_median() ? Decimal(map.love_median()) : "");
  card.Add("median of reach", map.has_reach_median() ? Decimal(map.reach_median()) : "");
  card.Add("connected pairs", std::to_string(map.connected_pairs()));
  card.Add("density", map.has_density() ? absl::StrCat(map.density()) : "");
  card.Add("measured", FormatTimestamp(map.measure_time()));
  card.Print(session.out());
}

// `2026-08-31: 504 by 30 members`.
std::string TallyText(const std::string& day, const v1::OrbitTally& tally) {
  std::int64_t members = 0;
  for (const v1::OrbitCount& count : tally.counts()) {
    members += count.has_place() ? count.members() : 0;
  }
  return absl::StrCat(day, ": ", tally.weighted_commitment(), " by ", members,
                      members == 1 ? " member" : " members");
}

void ShowGravity(Session& session, const v1::Gravity& gravity) {
  Card card;
  card.Add("gravity", gravity.has_gravity() ? Decimal(gravity.gravity()) : "none");
  card.Add("from", TallyText(gravity.from_day(), gravity.from()));
  card.Add("to", TallyText(gravity.to_day(), gravity.to()));
  card.Add("like for like",
           gravity.has_gravity_alike() ? Decimal(gravity.gravity_alike()) : "none");
  card.Add("from", TallyText(gravity.from_day(), gravity.alike_from()));
  card.Add("to", TallyText(gravity.to_day(), gravity.alike_to()));
  card.Add("joined", std::to_string(gravity.joined()));
  card.Add("left", std::to_string(gravity.left()));
  card.Add("staff", TallyText(gravity.from_day(), gravity.staff_from()));
  card.Add("staff", TallyText(gravity.to_day(), gravity.staff_to()));
  card.Add("measured", FormatTimestamp(gravity.measure_time()));
  card.Print(session.out());
}

Rows<v1::OrbitMember> OrbitMemberRows() {
  return {{"MEMBER", "NAME", "PLACE", ">INDEX"}, [](const v1::OrbitMember& member) -> Row {
            return {IdOf(member.member()), member.display_name(), PlaceText(member.place()),
                    std::to_string(member.place().index())};
          }};
}

Rows<v1::ActivityType> ActivityTypeRows() {
  return {{"TYPE", "NAME", ">WEIGHT"}, [](const v1::ActivityType& type) -> Row {
            return {IdOf(type.name()), type.display_name(), std::to_string(type.weight())};
          }};
}

void ShowType(Session& session, const v1::ActivityType& type) {
  Card card;
  card.Add("name", type.name());
  card.Add("display name", type.display_name());
  card.Add("weight", std::to_string(type.weight()));
  card.Print(session.out());
}

absl::Status SetType(Session& session, v1::SetActivityTypeRequest request) {
  v1::ActivityType& asked = *request.mutable_activity_type();
  if (asked.display_name().empty()) {
    asked.set_display_name(IdOf(asked.name()));
  }
  return Send(Door::kInternal, &Admin::SetActivityType, ShowType)(session, request);
}

}  // namespace

void AddOrbit(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "orbit", "Where members stand, and how much the programme pulls");
  AddCall<v1::GetOrbitRequest>(
      noun, chosen,
      {"show", "Show where a member stands, why, and what comes next",
       "  perigee orbit show m-001 -p demo"},
      [](Form& form) { BindMember(form, "name"); },
      [](Session& session, v1::GetOrbitRequest request) {
        request.set_name(request.name() + "/orbit");
        return Send(Door::kPublic, &Own::GetOrbit, Show)(session, request);
      });
  AddCall<v1::GetOrbitMapRequest>(
      noun, chosen, {"map", "Count members by where they stand", "  perigee orbit map -p demo"},
      [](Form& form) { form.InProgram(); },
      Send(Door::kInternal, &Admin::GetOrbitMap, ShowOrbitMap));
  AddCall<v1::GetGravityRequest>(
      noun, chosen,
      {"gravity", "Compare two days: the change of commitment for each member",
       "  perigee orbit gravity --from 2026-06-30 --to 2026-09-30 -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--from", "from_time", "The first day")->required();
        form.Add("--to", "to_time", "The second day, today at the latest")->required();
      },
      Send(Door::kInternal, &Admin::GetGravity, ShowGravity));
  AddCall<v1::ListOrbitMembersRequest>(
      noun, chosen,
      {"members", "List the members of a level",
       "  perigee orbit members --level leading -p demo\n"
       "  perigee orbit members -p demo --limit 20"},
      [](Form& form) {
        form.InProgram();
        form.Add("--level", "level", WordsOf(*v1::OrbitLevel_descriptor()));
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListOrbitMembers, OrbitMemberRows()));
  AddCall<v1::ListActivityTypesRequest>(
      noun, chosen,
      {"types", "List the weights of types of activities", "  perigee orbit types -p demo"},
      BindProgramList, List(Door::kInternal, &Admin::ListActivityTypes, ActivityTypeRows()));
  AddCall<v1::SetActivityTypeRequest>(
      noun, chosen,
      {"set-type", "Set the weight of a type; types that were not set weigh 1",
       "  perigee orbit set-type event-hosted 11 --display-name 'Hosted an event' -p demo\n"
       "  perigee orbit set-type purchase 0 -p demo"},
      [](Form& form) {
        form.Add("TYPE", "activity_type.name", "The type", {.read = IdIn("activityTypes")})
            ->required();
        form.Add("WEIGHT", "activity_type.weight", "1 to 12; 0: no part of the orbit")->required();
        form.Add("--display-name", "activity_type.display_name", "What people see");
        BindEtag(form, "activity_type.etag");
      },
      SetType);
}

}  // namespace perigee::cli
