#include "server/services/champion/contribution_convert.h"

#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/services/lookup.h"
#include "server/use_cases/champion/contribution_authors.h"
#include "server/use_cases/champion/year.h"

namespace perigee::services {
namespace {

using domain::Contribution;
using domain::ContributionShare;
using use_cases::AuthoredContribution;

constexpr int kYearsMax = 2;

std::vector<domain::MemberKey> KeysOf(const std::vector<ContributionShare>& authors) {
  std::vector<domain::MemberKey> keys;
  for (const ContributionShare& author : authors) {
    keys.push_back(author.member);
  }
  return keys;
}

std::string KindName(const std::string& program, const std::string& kind) {
  return FormatName(kContributionKindPattern, {program, kind});
}

v1::ChampionYear ToProto(const std::string& program, const use_cases::Year& year, Time now,
                         ShownTo to) {
  v1::ChampionYear out;
  out.set_member(MemberName(program, year.member));
  out.set_start_date(domain::FormatDay(year.start));
  out.set_end_date(domain::FormatDay(year.end));
  for (const auto& [of, figures] : year.contributions) {
    v1::ChampionYear::Contributions& one = *out.add_contributions();
    one.set_kind(KindName(program, of.first));
    one.set_state(static_cast<v1::Contribution::State>(of.second));
    one.set_count(figures.count);
    one.set_share(figures.share);
    one.set_claimed_reach(figures.claimed_reach);
  }
  out.set_active_days(year.active_days);
  for (const auto& [type, count] : year.activities) {
    v1::ChampionYear::Activities& one = *out.add_activities();
    one.set_type(type);
    one.set_count(count);
  }
  for (const auto& [asset, amount] : year.earned) {
    v1::ChampionYear::Earned& one = *out.add_earned();
    one.set_asset(AssetName(program, asset));
    one.set_amount(amount);
  }
  for (const domain::Appointment& appointment : year.appointments) {
    *out.add_appointments() = services::ToProto(program, appointment, out.member(), now, to);
  }
  out.set_thanks(year.thanks);
  out.set_thankful_members(year.thankful_members);
  out.set_revision(year.revision);
  return out;
}

}  // namespace

v1::ContributionKind ToProto(const std::string& program, const domain::ContributionKind& kind) {
  v1::ContributionKind out;
  out.set_name(KindName(program, kind.id));
  out.set_display_name(kind.display_name);
  out.set_credit(kind.credit);
  out.set_activity_type(kind.activity_type);
  out.set_trusted(kind.trusted);
  out.set_retired(kind.retired);
  *out.mutable_create_time() = ToTimestamp(kind.create_time);
  out.set_etag(domain::Etag(kind.revision));
  out.set_revision(kind.revision);
  return out;
}

v1::Contribution ToProto(const std::string& program, const AuthoredContribution& whole,
                         const PersonNames& names) {
  const Contribution& contribution = whole.contribution;
  v1::Contribution out;
  out.set_name(FormatName(kContributionPattern, {program, contribution.id}));
  out.set_kind(KindName(program, contribution.kind));
  out.set_state(static_cast<v1::Contribution::State>(contribution.state));
  out.set_title(contribution.title);
  out.set_link(contribution.link);
  out.set_evidence(contribution.evidence);
  out.set_date(contribution.date);
  out.set_claimed_reach(contribution.claimed_reach);
  for (const ContributionShare& author : whole.authors) {
    v1::Contribution::Author& one = *out.add_authors();
    one.set_member(names(author.member));
    one.set_weight(author.weight);
    one.set_share(author.share);
    if (author.activity != 0) {
      one.set_activity(ActivityName(program, author.activity));
    }
    one.set_declined(author.declined);
  }
  out.set_reason(contribution.reason);
  out.set_credit(contribution.credit);
  out.set_by_rule(contribution.by_rule);
  *out.mutable_create_time() = ToTimestamp(contribution.create_time);
  if (contribution.decide_time.has_value()) {
    *out.mutable_decide_time() = ToTimestamp(*contribution.decide_time);
  }
  out.set_etag(domain::Etag(contribution.revision));
  out.set_revision(contribution.revision);
  return out;
}

absl::StatusOr<ports::Decision> AnsweredWith(ports::StoreReader& reader, const std::string& program,
                                             use_cases::DecidedContribution decided) {
  if (!decided.ok()) {
    return decided.status();
  }
  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                           PersonNames::Of(reader, program, KeysOf(decided->value.authors)));
  const std::string answer = ToProto(program, decided->value, names).SerializeAsString();
  return ports::Decision{std::move(decided->changes), answer};
}

absl::StatusOr<std::vector<v1::Contribution>> ShownContributions(
    ports::StoreReader& reader, const std::string& program,
    const std::vector<Contribution>& contributions, bool skip_erased) {
  std::vector<AuthoredContribution> whole;
  std::vector<domain::MemberKey> keys;
  for (const Contribution& contribution : contributions) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<ContributionShare> authors,
                             use_cases::AuthorsIn(reader, program, contribution.id));
    for (const ContributionShare& author : authors) {
      keys.push_back(author.member);
    }
    whole.push_back({contribution, std::move(authors)});
  }
  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, program, keys));
  std::vector<v1::Contribution> shown;
  for (const AuthoredContribution& one : whole) {
    if (!skip_erased || !names(one.contribution.member).empty()) {
      shown.push_back(ToProto(program, one, names));
    }
  }
  return shown;
}

absl::StatusOr<v1::ChampionYear> ReadYear(const ports::Store& store,
                                          const v1::GetYearRequest& request, Time now, ShownTo to) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const absl::CivilDay start,
                           domain::ParseDay("start_date", request.start_date()));
  absl::CivilDay end(start.year() + 1, start.month(), start.day());
  if (!request.end_date().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(end, domain::ParseDay("end_date", request.end_date()));
  }
  if (end <= start || end > absl::CivilDay(start.year() + kYearsMax, start.month(), start.day())) {
    return InvalidField("end_date", "must be after start_date, and at most two years later");
  }
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ChampionYear> {
    PERIGEE_ASSIGN_OR_RETURN(const use_cases::Year year,
                             use_cases::YearOf(reader, parts[0], parts[1], start, end));
    return ToProto(parts[0], year, now, to);
  });
}

}  // namespace perigee::services
