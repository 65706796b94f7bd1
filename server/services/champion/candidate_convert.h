#pragma once

#include <string>
#include <vector>

#include <google/protobuf/repeated_field.h>

#include "absl/status/statusor.h"
#include "perigee/v1/candidate.pb.h"
#include "server/core/time.h"
#include "server/domain/champion/candidate.h"

namespace perigee::use_cases {
struct CandidateRanking;
}  // namespace perigee::use_cases

namespace perigee::services {

v1::CandidateCriterion ToProto(const domain::CandidateCriterion& criterion);
// kInvalidField, named as in `field` (`title.criteria`), for what is no measure.
absl::StatusOr<std::vector<domain::CandidateCriterion>> ParseCriteria(
    const std::string& field,
    const google::protobuf::RepeatedPtrField<v1::CandidateCriterion>& criteria);

// All candidates of the ranking, without their display names. `member` is the pseudonym, which an
// id that is given to somebody else does not have.
v1::ListCandidatesResponse ToProto(const std::string& program,
                                   const use_cases::CandidateRanking& ranking, Time measured);

}  // namespace perigee::services
