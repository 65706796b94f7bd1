#include "server/use_cases/audience/audiences.h"

#include <chrono>
#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/member/trait.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/orbit/orbit.h"
#include "server/use_cases/orbit/person_deeds.h"

namespace perigee::use_cases {

absl::Status CheckDemographic(ports::StoreReader& reader, const std::string& program,
                              const std::vector<std::string>& facets, bool allowed) {
  if (allowed) {
    return absl::OkStatus();
  }
  for (const std::string& facet : facets) {
    domain::FacetType like;
    like.id = facet;
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::FacetType> type,
                             reader.records().Find(program, like));
    if (type.has_value() && type->demographic) {
      return Error(Reason::kDemographicAudience,
                   "facet " + facet +
                       " says who somebody is rather than what they do; to use it all the same, "
                       "set allow_demographic",
                   {{"facet", facet}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<domain::Member> MemberAt(ports::StoreReader& reader, const std::string& program,
                                        domain::Member member, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  return MemberAt(reader, program, merged, std::move(member), now);
}

absl::StatusOr<domain::Member> MemberAt(ports::StoreReader& reader, const std::string& program,
                                        const domain::MergedMembers& merged, domain::Member member,
                                        Time now) {
  PERIGEE_RETURN_IF_ERROR(SetTitles(reader, program, now, merged, member));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Trait> traits,
                           AllRecordsOf<domain::Trait>(reader, program, {member.key}));
  for (domain::Trait& trait : traits) {
    if (trait.due_time.has_value() && *trait.due_time <= now) {
      // A trait for which the member has no room does not begin.
      static_cast<void>(domain::Settle(trait, now, member));
    }
  }
  return member;
}

absl::StatusOr<domain::Judgement> JudgeMember(ports::StoreReader& reader,
                                              const std::string& program,
                                              const domain::Audience& audience,
                                              const domain::Member& member, Time now) {
  const auto count = [&](const domain::AskedActivities& asked) {
    return reader.activities().CountOf(program, member.key, asked.type,
                                       now - std::chrono::days(asked.days));
  };
  // A predicate may name many levels, and the index costs a read of all activities.
  std::optional<int> index;
  const auto find_index = [&]() -> absl::StatusOr<int> {
    if (!index.has_value()) {
      PERIGEE_ASSIGN_OR_RETURN(const OrbitSetting setting, OrbitSetting::Of(reader, program));
      PERIGEE_ASSIGN_OR_RETURN(const PersonDeeds deeds,
                               DeedsOf(reader, setting, setting.merged.AllOf(member.key)));
      index = IndexHeld(setting, deeds.acts, setting.zone.DayOf(now));
    }
    return *index;
  };
  return audience.Judge(member, now, count, find_index);
}

}  // namespace perigee::use_cases
