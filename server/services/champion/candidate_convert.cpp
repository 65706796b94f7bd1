#include "server/services/champion/candidate_convert.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/services/convert.h"
#include "server/use_cases/champion/candidate_search.h"

namespace perigee::services {

v1::CandidateCriterion ToProto(const domain::CandidateCriterion& criterion) {
  v1::CandidateCriterion out;
  out.set_id(criterion.id);
  out.set_display_name(criterion.display_name);
  out.set_measure(static_cast<v1::CandidateCriterion::Measure>(criterion.measure));
  out.set_window_days(criterion.window_days);
  out.mutable_activity_types()->Add(criterion.activity_types.begin(),
                                    criterion.activity_types.end());
  out.set_asset(criterion.asset);
  out.set_at_least(criterion.at_least);
  return out;
}

absl::StatusOr<std::vector<domain::CandidateCriterion>> ParseCriteria(
    const std::string& field,
    const google::protobuf::RepeatedPtrField<v1::CandidateCriterion>& criteria) {
  std::vector<domain::CandidateCriterion> parsed;
  for (const v1::CandidateCriterion& asked : criteria) {
    if (!v1::CandidateCriterion::Measure_IsValid(asked.measure()) ||
        asked.measure() == v1::CandidateCriterion::MEASURE_UNSPECIFIED) {
      return InvalidField(absl::StrCat(field, "[", parsed.size(), "].measure"),
                          "must be ACTIVE_DAYS, ACTIVITIES, EARNED, MET or REACH");
    }
    domain::CandidateCriterion& criterion = parsed.emplace_back();
    criterion.id = asked.id();
    criterion.display_name = asked.display_name();
    criterion.measure = static_cast<domain::CandidateMeasure>(asked.measure());
    criterion.window_days = asked.window_days();
    criterion.activity_types.assign(asked.activity_types().begin(), asked.activity_types().end());
    criterion.asset = asked.asset();
    criterion.at_least = asked.at_least();
  }
  return parsed;
}

v1::ListCandidatesResponse ToProto(const std::string& program,
                                   const use_cases::CandidateRanking& ranking, Time measured) {
  const std::vector<domain::CandidateCriterion>& criteria = ranking.title.criteria;
  v1::ListCandidatesResponse out;
  for (const use_cases::RankedCandidate& one : ranking.best) {
    v1::Candidate& candidate = *out.add_candidates();
    candidate.set_name(FormatName(kCandidatePattern, {program, ranking.title.id, one.member_id}));
    candidate.set_member(MemberName(program, one.member_id));
    candidate.set_value(one.value);
    for (std::size_t i = 0; i < criteria.size(); ++i) {
      v1::Candidate::Figure& figure = *candidate.add_figures();
      figure.set_criterion(criteria[i].id);
      figure.set_figure(one.figures[i]);
      figure.set_at_least(criteria[i].at_least);
      figure.set_part(domain::CandidatePart(criteria[i], one.figures[i]));
    }
    candidate.set_reason(domain::CandidateReason(criteria, one.figures, ranking.decimals));
  }
  out.set_total_count(ranking.total);
  *out.mutable_measure_time() = ToTimestamp(measured);
  return out;
}

}  // namespace perigee::services
