#include "server/use_cases/champion/contribution_authors.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Contribution;
using domain::ContributionShare;
using domain::Member;
using domain::MemberKey;

constexpr int kPage = 500;
// More than a contribution can have, with those who declined.
constexpr int kAuthorsMax = 10'000;
constexpr char kAuthorsField[] = "contribution.authors";

}  // namespace

absl::StatusOr<std::vector<ContributionShare>> AuthorsOf(ports::StoreReader& reader,
                                                         const std::string& program,
                                                         const ContributionDraft& draft, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, program, draft.member));
  std::vector<ContributionShare> authors(1);
  authors.front().member = member.key;
  authors.front().weight = draft.weight;
  for (const CoAuthor& co_author : draft.co_authors) {
    PERIGEE_ASSIGN_OR_RETURN(const Member other,
                             RequireMember(reader, program, co_author.member, kAuthorsField));
    if (std::ranges::find(authors, other.key, &ContributionShare::member) != authors.end()) {
      return InvalidField(kAuthorsField, "name a person twice");
    }
    ContributionShare& share = authors.emplace_back();
    share.index = static_cast<std::int32_t>(authors.size() - 1);
    share.member = other.key;
    share.weight = co_author.weight;
  }
  for (ContributionShare& author : authors) {
    author.create_time = now;
  }
  return authors;
}

absl::StatusOr<std::vector<ContributionShare>> AuthorsIn(ports::StoreReader& reader,
                                                         const std::string& program,
                                                         const std::string& contribution) {
  return reader.records().List<ContributionShare>(program, {{"contribution", contribution}},
                                                  nullptr, kAuthorsMax);
}

absl::StatusOr<AuthoredContribution> RequireContribution(ports::StoreReader& reader,
                                                         const std::string& program,
                                                         const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  Contribution like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Contribution> found, reader.records().Find(program, like));
  if (!found.has_value()) {
    return NotFound(FormatName(kContributionPattern, {program, id}));
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<ContributionShare> authors, AuthorsIn(reader, program, id));
  return AuthoredContribution{*std::move(found), std::move(authors)};
}

absl::StatusOr<std::vector<OwnContribution>> OwnContributionsOf(
    ports::StoreReader& reader, const std::string& program, const std::vector<MemberKey>& members) {
  // Two members that were merged later may both be authors of one contribution.
  std::map<std::string, std::int64_t> shares;
  for (const MemberKey& member : members) {
    std::vector<ContributionShare> page;
    do {
      PERIGEE_ASSIGN_OR_RETURN(page, reader.records().List<ContributionShare>(
                                         program, {{"member_key", std::string(member.Raw())}},
                                         page.empty() ? nullptr : &page.back(), kPage));
      for (const ContributionShare& own : page) {
        if (!own.declined) {
          shares[own.contribution] += own.share;
        }
      }
    } while (std::cmp_equal(page.size(), kPage));
  }
  std::vector<OwnContribution> all;
  for (const auto& [id, share] : shares) {
    Contribution like;
    like.id = id;
    PERIGEE_ASSIGN_OR_RETURN(std::optional<Contribution> found,
                             reader.records().Find(program, like));
    if (found.has_value()) {
      all.push_back({*std::move(found), share});
    }
  }
  return all;
}

absl::StatusOr<bool> IsThere(ports::StoreReader& reader, const std::string& program,
                             const MemberKey& member) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> found,
                           reader.members().FindByKeys(program, {&member, 1}));
  return !found.empty();
}

}  // namespace perigee::use_cases
