#include "server/use_cases/champion/candidates.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/time/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/board/board.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/orbit/departure.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/contribution_authors.h"
#include "server/use_cases/champion/nominations.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/member/erase_member.h"
#include "server/use_cases/orbit/orbit.h"
#include "server/use_cases/orbit/person_deeds.h"

namespace perigee::use_cases {
namespace {

using domain::CandidateCriterion;
using domain::CandidateInput;
using domain::CandidateMeasure;
using domain::Connection;
using domain::Member;
using domain::MemberKey;
using Counted = CandidateView::Counted;

absl::StatusOr<bool> IsStaff(ports::StoreReader& reader, const std::string& program,
                             const std::vector<MemberKey>& person, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> members,
                           reader.members().FindByKeys(program, person));
  for (const Member& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::RoleGrant> grants,
                             RoleGrantsOf(reader, program, member.key));
    if (domain::IsStaff(member.type, member.kinds) ||
        std::ranges::any_of(grants, [&](const auto& grant) { return grant.IsLive(now); })) {
      return true;
    }
  }
  return false;
}

// Whether the person cannot be a candidate, whatever they do. An open nomination is not looked at.
absl::StatusOr<bool> IsLeftOut(ports::StoreReader& reader, const std::string& program,
                               const Member& head, const std::vector<MemberKey>& person, Time now) {
  if (head.IsPaused(now) || head.standing == domain::Standing::kSuspended) {
    return true;
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Appointment> appointments,
                           AppointmentsOf(reader, program, person));
  if (std::ranges::any_of(appointments,
                          [&](const auto& one) { return !domain::IsOver(one, now); })) {
    return true;
  }
  return IsStaff(reader, program, person, now);
}

// Reads what counts for one person.
class Counting {
 public:
  Counting(ports::StoreReader& reader, OrbitSetting setting, MemberKey head, Time now,
           int days_before)
      : reader_(reader),
        setting_(std::move(setting)),
        head_(head),
        person_(setting_.merged.AllOf(head)),
        now_(now),
        today_(setting_.zone.DayOf(now)),
        days_before_(days_before) {}

  absl::StatusOr<std::vector<Counted>> All(const std::vector<CandidateCriterion>& criteria) {
    if (std::ranges::any_of(criteria, domain::CountsDeeds, &CandidateCriterion::measure)) {
      PERIGEE_RETURN_IF_ERROR(LoadDeeds());
    }
    std::vector<Counted> all;
    for (const CandidateCriterion& criterion : criteria) {
      PERIGEE_ASSIGN_OR_RETURN(Counted one, Count(criterion));
      std::ranges::stable_sort(one.inputs, std::ranges::greater(), &CandidateInput::day);
      all.push_back(std::move(one));
    }
    return all;
  }

 private:
  absl::Status LoadDeeds() {
    PERIGEE_ASSIGN_OR_RETURN(deeds_, DeedsWithEachMeeting(reader_, setting_, person_));
    std::vector<Connection> persons = deeds_.met;
    domain::KeepLatest(persons);
    PERIGEE_ASSIGN_OR_RETURN(persons,
                             ShownConnections(reader_, setting_.program, std::move(persons)));
    std::set<MemberKey> shown;
    for (const Connection& connection : persons) {
      shown.insert(connection.other);
    }
    std::erase_if(deeds_.met,
                  [&](const Connection& meeting) { return !shown.contains(meeting.other); });
    return absl::OkStatus();
  }

  absl::StatusOr<Counted> Count(const CandidateCriterion& criterion) {
    domain::DayWindow days = domain::WindowOf(criterion, today_);
    days.first -= days_before_;
    Counted counted;
    counted.complete_from = days.first;
    if (criterion.measure == CandidateMeasure::kEarned) {
      PERIGEE_RETURN_IF_ERROR(CountEarned(criterion, counted));
      return counted;
    }
    if (criterion.measure == CandidateMeasure::kReach) {
      PERIGEE_ASSIGN_OR_RETURN(counted.inputs, ReachOf(days));
    } else {
      counted.inputs = domain::InputsOf(criterion, deeds_.acts, deeds_.met, days);
    }
    counted.figure = domain::FigureOf(criterion, counted.inputs, today_);
    return counted;
  }

  absl::Status CountEarned(const CandidateCriterion& criterion, Counted& counted) {
    Interval time = TimeOf(criterion, setting_.zone, now_);
    PERIGEE_ASSIGN_OR_RETURN(
        const std::optional<domain::Score> score,
        reader_.boards().FindScore(setting_.program, criterion.asset, head_, time, 0));
    counted.figure = score.has_value() ? score->score : 0;
    time.start = setting_.zone.StartOf(counted.complete_from);
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<ports::Contribution> transfers,
        reader_.boards().Contributions(setting_.program, criterion.asset, head_, time, 0,
                                       kCandidateTransfersMax));
    for (const ports::Contribution& one : transfers) {
      counted.inputs.push_back({.day = setting_.zone.DayOf(one.transfer.effective_time),
                                .amount = one.score,
                                .id = domain::FormatTransferId(one.transfer.id)});
    }
    if (std::cmp_equal(transfers.size(), kCandidateTransfersMax)) {
      counted.complete_from = counted.inputs.back().day + 1;
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<CandidateInput>> ReachOf(domain::DayWindow days) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<OwnContribution> all,
                             OwnContributionsOf(reader_, setting_.program, person_));
    std::vector<CandidateInput> inputs;
    for (const auto& [contribution, share] : all) {
      PERIGEE_ASSIGN_OR_RETURN(const absl::CivilDay day,
                               domain::ParseDay("date", contribution.date));
      if (contribution.state == domain::ContributionState::kAccepted && days.Has(day) &&
          contribution.claimed_reach > 0) {
        inputs.push_back({.day = day, .amount = contribution.claimed_reach, .id = contribution.id});
      }
    }
    return inputs;
  }

  ports::StoreReader& reader_;
  const OrbitSetting setting_;
  const MemberKey head_;
  const std::vector<MemberKey> person_;
  const Time now_;
  const absl::CivilDay today_;
  const int days_before_;
  PersonDeeds deeds_;
};

std::vector<std::int64_t> FiguresOf(const std::vector<Counted>& counted) {
  std::vector<std::int64_t> figures;
  for (const Counted& one : counted) {
    figures.push_back(one.figure);
  }
  return figures;
}

absl::Status NotACandidate(const domain::Title& title) {
  return Error(Reason::kNotACandidate, "the member is no candidate for title " + title.id,
               {{"title", title.id}});
}

}  // namespace

std::vector<std::int64_t> CandidateView::Figures() const { return FiguresOf(counted); }

absl::StatusOr<CandidateView> ViewCandidate(ports::StoreReader& reader, const std::string& program,
                                            const std::string& title_id,
                                            const std::string& member_id, Time now,
                                            int days_before) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Title title, RequireTitle(reader, program, title_id));
  const absl::Status missing =
      NotFound(FormatName(kCandidatePattern, {program, title_id, member_id}));
  absl::StatusOr<Member> head = RequireMember(reader, program, member_id);
  if (ReasonOf(head.status()) == Reason::kNotFound) {
    return missing;
  }
  PERIGEE_RETURN_IF_ERROR(head.status());
  PERIGEE_ASSIGN_OR_RETURN(OrbitSetting setting,
                           OrbitSetting::Of(reader, program, TypesNamedIn(title.criteria)));
  const std::vector<MemberKey> person = setting.merged.AllOf(head->key);
  PERIGEE_ASSIGN_OR_RETURN(const bool is_left_out, IsLeftOut(reader, program, *head, person, now));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Nomination> open,
                           FindOpenNomination(reader, program, person, title.id, now));
  if (is_left_out || open.has_value() || title.retired || title.criteria.empty()) {
    return missing;
  }
  PERIGEE_ASSIGN_OR_RETURN(domain::DecimalsByAsset decimals,
                           DecimalsOf(reader, program, title.criteria));
  const Zone zone = setting.zone;
  const absl::CivilDay today = zone.DayOf(now);
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<Counted> counted,
      Counting(reader, std::move(setting), head->key, now, days_before).All(title.criteria));
  return CandidateView{std::move(title),    *std::move(head),  zone, today,
                       std::move(decimals), std::move(counted)};
}

absl::StatusOr<std::string> RequireCandidate(ports::StoreReader& reader, const std::string& program,
                                             const domain::Title& title, const Member& member,
                                             Time now) {
  PERIGEE_ASSIGN_OR_RETURN(OrbitSetting setting,
                           OrbitSetting::Of(reader, program, TypesNamedIn(title.criteria)));
  PERIGEE_ASSIGN_OR_RETURN(
      const bool is_left_out,
      IsLeftOut(reader, program, member, setting.merged.AllOf(member.key), now));
  if (is_left_out || title.criteria.empty()) {
    return NotACandidate(title);
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<Counted> counted,
      Counting(reader, std::move(setting), member.key, now, 0).All(title.criteria));
  const std::vector<std::int64_t> figures = FiguresOf(counted);
  if (!domain::MeetsAll(title.criteria, figures)) {
    return NotACandidate(title);
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::DecimalsByAsset decimals,
                           DecimalsOf(reader, program, title.criteria));
  return domain::CandidateReason(title.criteria, figures, decimals);
}

Interval TimeOf(const CandidateCriterion& criterion, const Zone& zone, Time now) {
  return {zone.StartOf(domain::WindowOf(criterion, zone.DayOf(now)).first), now + Duration(1)};
}

std::vector<std::string> TypesNamedIn(const std::vector<CandidateCriterion>& criteria) {
  std::vector<std::string> types;
  for (const CandidateCriterion& criterion : criteria) {
    types.insert(types.end(), criterion.activity_types.begin(), criterion.activity_types.end());
  }
  return types;
}

absl::StatusOr<domain::DecimalsByAsset> DecimalsOf(
    ports::StoreReader& reader, const std::string& program,
    const std::vector<CandidateCriterion>& criteria) {
  domain::DecimalsByAsset decimals;
  for (const CandidateCriterion& criterion : criteria) {
    if (!criterion.asset.empty()) {
      PERIGEE_ASSIGN_OR_RETURN(const domain::Asset asset,
                               RequireAsset(reader, program, criterion.asset));
      decimals[asset.id] = asset.decimals;
    }
  }
  return decimals;
}

}  // namespace perigee::use_cases
