#include "server/use_cases/champion/year.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <set>

#include "server/core/checked.h"
#include "server/core/civil_time.h"
#include "server/core/status_macros.h"
#include "server/domain/board/board.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/contribution_authors.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::MemberKey;
using domain::MergedMembers;

absl::Status AddContributions(ports::StoreReader& reader, const std::string& program,
                              const std::vector<MemberKey>& members, Year& year) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<OwnContribution> all,
                           OwnContributionsOf(reader, program, members));
  for (const OwnContribution& one : all) {
    PERIGEE_ASSIGN_OR_RETURN(const absl::CivilDay day,
                             domain::ParseDay("date", one.contribution.date));
    if (day < year.start || day >= year.end) {
      continue;
    }
    ContributionFigures& figures =
        year.contributions[{one.contribution.kind, one.contribution.state}];
    ++figures.count;
    figures.share += one.share;
    figures.claimed_reach = CheckedAdd(figures.claimed_reach, one.contribution.claimed_reach)
                                .value_or(std::numeric_limits<std::int64_t>::max());
  }
  return absl::OkStatus();
}

absl::Status AddActivities(ports::StoreReader& reader, const std::string& program,
                           const MergedMembers& merged, const MemberKey& head, const Zone& zone,
                           Interval interval, Year& year) {
  PERIGEE_ASSIGN_OR_RETURN(ports::PersonSummary summary,
                           reader.activities().Summarize(program, head, interval));
  std::set<absl::CivilDay> days;
  for (const std::int64_t quarter : summary.quarters) {
    days.insert(zone.DayOf(Time(quarter * ports::kQuarter)));
  }
  year.active_days = static_cast<int>(days.size());
  year.activities = std::move(summary.activities);
  year.thanks = summary.thanks;
  std::set<MemberKey> thankful;
  for (const MemberKey& member : summary.thankful) {
    thankful.insert(merged.HeadOf(member));
  }
  year.thankful_members = static_cast<std::int64_t>(thankful.size());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Year> YearOf(ports::StoreReader& reader, const std::string& program,
                            const std::string& member_id, absl::CivilDay start,
                            absl::CivilDay end) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(owner.time_zone));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  const std::vector<MemberKey> members = merged.AllOf(member.key);
  const Interval interval{zone.StartOf(start), zone.StartOf(end)};
  Year year;
  year.member = member.id;
  year.start = start;
  year.end = end;
  PERIGEE_ASSIGN_OR_RETURN(year.revision, reader.journal().Head(program));
  PERIGEE_RETURN_IF_ERROR(AddContributions(reader, program, members, year));
  PERIGEE_RETURN_IF_ERROR(AddActivities(reader, program, merged, member.key, zone, interval, year));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Asset> assets,
                           reader.programs().Assets(program));
  for (const domain::Asset& asset : assets) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Score> score,
                             reader.boards().FindScore(program, asset.id, member.key, interval, 0));
    if (score.has_value() && score->score != 0) {
      year.earned.emplace(asset.id, score->score);
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(year.appointments, AppointmentsOf(reader, program, members));
  std::erase_if(year.appointments, [&](const domain::Appointment& one) {
    return one.start_time >= interval.end || domain::SeatTime(one).end <= interval.start;
  });
  std::ranges::sort(year.appointments, {}, &domain::Appointment::id);
  return year;
}

}  // namespace perigee::use_cases
