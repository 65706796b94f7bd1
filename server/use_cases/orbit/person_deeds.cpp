#include "server/use_cases/orbit/person_deeds.h"

#include <utility>

#include "server/core/status_macros.h"
#include "server/domain/orbit/love.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/orbit/activity_types.h"

namespace perigee::use_cases {
namespace {

using domain::MemberKey;

void Add(const OrbitSetting& setting, const ports::Deed& deed, PersonDeeds& deeds) {
  const domain::ActivityType* type = setting.types.Find(deed.type);
  const absl::CivilDay day = setting.zone.DayOf(deed.occur_time);
  const bool is_actor = deed.actor == deed.member;
  if (is_actor) {
    deeds.acts.push_back({deed.receive_time, day, type, deed.activity});
  }
  const MemberKey& other = is_actor ? deed.recipient : deed.actor;
  if (other.IsNil() || domain::GreatestWeight(type, kEndOfTime) == 0) {
    return;
  }
  const MemberKey head = setting.merged.HeadOf(other);
  if (head != setting.merged.HeadOf(deed.member)) {
    deeds.met.push_back({head, day});
  }
}

}  // namespace

absl::StatusOr<OrbitSetting> OrbitSetting::Of(ports::StoreReader& reader,
                                              const std::string& program,
                                              std::span<const std::string> named) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program found, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(Zone zone, Zone::Load(found.time_zone));
  PERIGEE_ASSIGN_OR_RETURN(domain::ActivityTypes types, ActivityTypesOf(reader, program));
  for (const std::string& type : named) {
    types.Name(type);
  }
  PERIGEE_ASSIGN_OR_RETURN(domain::MergedMembers merged, reader.members().Merged(program));
  return OrbitSetting{program, std::move(zone), found.OrbitReviewMonths(), std::move(types),
                      std::move(merged)};
}

absl::StatusOr<PersonDeeds> DeedsWithEachMeeting(ports::StoreReader& reader,
                                                 const OrbitSetting& setting,
                                                 std::span<const MemberKey> members) {
  PersonDeeds deeds;
  for (const MemberKey& member : members) {
    PERIGEE_RETURN_IF_ERROR(reader.activities().VisitDeeds(
        setting.program, member, member,
        [&](const ports::Deed& deed) { Add(setting, deed, deeds); }));
  }
  return deeds;
}

absl::StatusOr<PersonDeeds> DeedsOf(ports::StoreReader& reader, const OrbitSetting& setting,
                                    std::span<const MemberKey> members) {
  PERIGEE_ASSIGN_OR_RETURN(PersonDeeds deeds, DeedsWithEachMeeting(reader, setting, members));
  domain::KeepLatest(deeds.met);
  return deeds;
}

absl::Status VisitDeedsOf(
    ports::StoreReader& reader, const OrbitSetting& setting, std::span<const MemberKey> heads,
    absl::FunctionRef<void(std::size_t person, const PersonDeeds& deeds)> visit) {
  if (heads.empty()) {
    return absl::OkStatus();
  }
  std::size_t person = 0;
  PersonDeeds deeds;
  const auto end_person = [&] {
    if (!setting.merged.IsOneOfMany(heads[person])) {
      domain::KeepLatest(deeds.met);
      visit(person, deeds);
    }
    deeds.acts.clear();
    deeds.met.clear();
    ++person;
  };
  PERIGEE_RETURN_IF_ERROR(reader.activities().VisitDeeds(
      setting.program, heads.front(), heads.back(), [&](const ports::Deed& deed) {
        while (heads[person] < deed.member) {
          end_person();
        }
        // Others are merged, or were erased.
        if (heads[person] == deed.member) {
          Add(setting, deed, deeds);
        }
      }));
  while (person < heads.size()) {
    end_person();
  }
  for (std::size_t i = 0; i < heads.size(); ++i) {
    if (setting.merged.IsOneOfMany(heads[i])) {
      PERIGEE_ASSIGN_OR_RETURN(deeds, DeedsOf(reader, setting, setting.merged.AllOf(heads[i])));
      visit(i, deeds);
    }
  }
  return absl::OkStatus();
}

double LoveOf(const PersonDeeds& deeds, absl::CivilMonth now) {
  domain::Love love(now);
  for (const domain::Act& act : deeds.acts) {
    love.Add(absl::CivilMonth(act.day), domain::GreatestWeight(act.type, kEndOfTime));
  }
  return love.points();
}

}  // namespace perigee::use_cases
