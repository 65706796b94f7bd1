#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/champion/contribution.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

struct Judge;

// A contribution with its authors, the member who hands it in first.
struct AuthoredContribution {
  domain::Contribution contribution;
  std::vector<domain::ContributionShare> authors;
};
using DecidedContribution = absl::StatusOr<Decided<AuthoredContribution>>;
using DecidedContributionKind = absl::StatusOr<Decided<domain::ContributionKind>>;

// Another author, by the member's id.
struct CoAuthor {
  std::string member;
  std::int64_t weight = 1;
};
// What a member hands in.
struct ContributionDraft {
  std::string member;
  // As domain::NormalizeContribution leaves it: what the member states, and nothing else.
  domain::Contribution stated;
  std::int64_t weight = 1;  // The member's own. All weights are 1 to domain::kWeightMax.
  std::vector<CoAuthor> co_authors;
};

// `kind` is as domain::NormalizeKind leaves it. kNotFound, kEtagMismatch.
DecidedContributionKind SetContributionKind(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const std::string& program,
                                            domain::ContributionKind kind, const std::string& etag);

// Of a trusted kind, the contribution is accepted at once. kNotFound for programme, member, kind
// and co-authors, kContributionKindRetired, kInvalidField (`contribution.date`,
// `contribution.authors`), kDuplicateContribution, and the refusals of AcceptContribution.
DecidedContribution SubmitContribution(ports::StoreReader& reader, const ports::UnitContext& unit,
                                       const std::string& program, const ContributionDraft& draft);
// Replaces what was handed in. Who declined stays declined. kNotFound, also if it is not the
// member's; kEtagMismatch, kIllegalMove, and the refusals of SubmitContribution.
DecidedContribution ReviseContribution(ports::StoreReader& reader, const ports::UnitContext& unit,
                                       const std::string& program, const std::string& id,
                                       const ContributionDraft& draft, const std::string& etag);
// kNotFound, also if it is not the member's; kIllegalMove.
DecidedContribution WithdrawContribution(ports::StoreReader& reader, const ports::UnitContext& unit,
                                         const std::string& program, const std::string& id,
                                         const std::string& member);
// kNotFound, also if the member is no co-author; kIllegalMove once it is decided.
DecidedContribution DeclineCredit(ports::StoreReader& reader, const ports::UnitContext& unit,
                                  const std::string& program, const std::string& id,
                                  const std::string& member);

// What a judge decides of a contribution.
struct ContributionVerdict {
  domain::ContributionMove move{};  // kStartReview, kAskForChanges, kAccept or kReject.
  std::string reason{};             // Of asking for changes, and of the rejection.
  std::string etag{};
};
// Accepting splits the credit and records the activity of the first author. The others' follow: see
// contribution_credit.h. kNotFound, also if its member was erased; kInvolved for its authors,
// kEtagMismatch, kIllegalMove, and the refusals of RecordActivity.
DecidedContribution JudgeContribution(ports::StoreReader& reader, const ports::UnitContext& unit,
                                      const std::string& program, const std::string& id,
                                      const Judge& judge, const ContributionVerdict& verdict);

}  // namespace perigee::use_cases
