#include "server/services/champion/candidate_admin_service.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/board/board.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "server/services/champion/candidate_convert.h"
#include "server/services/lookup.h"
#include "server/services/measurements.h"
#include "server/services/paging.h"
#include "server/use_cases/champion/candidate_search.h"
#include "server/use_cases/champion/candidates.h"
#include "server/use_cases/champion/titles.h"

namespace perigee::services {
namespace {

using domain::CandidateInput;
using domain::CandidateMeasure;
using domain::Member;

// What a ranking is asked for. A changed title has another ranking.
struct AskedRanking {
  std::string program;
  std::string title;
  std::string key;

  static absl::StatusOr<AskedRanking> Of(const ports::Store& store, const std::string& parent) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                             ParseName("parent", parent, kTitlePattern));
    PERIGEE_ASSIGN_OR_RETURN(const domain::Title title,
                             ReadFrom(store, [&](ports::StoreReader& reader) {
                               return use_cases::RequireTitle(reader, parts[0], parts[1]);
                             }));
    return AskedRanking{parts[0], parts[1],
                        absl::StrCat("ListCandidates ", parent, " ", title.revision)};
  }
};

std::string MemberIdOf(const v1::Candidate& candidate) {
  return candidate.member().substr(candidate.member().rfind('/') + 1);
}

// A number that a page token has.
std::int64_t NumberIn(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// The place of a candidate, for page tokens.
std::string PositionOf(const v1::Candidate& candidate) {
  return absl::StrCat(candidate.value(), "/", MemberIdOf(candidate));
}

bool IsAfter(const std::string& position, const v1::Candidate& candidate) {
  const std::size_t slash = position.find('/');
  const std::int64_t value = NumberIn(std::string_view(position).substr(0, slash));
  return candidate.value() < value ||
         (candidate.value() == value && MemberIdOf(candidate) > position.substr(slash + 1));
}

// Leaves out those who cannot be candidates any more since the ranking was made.
absl::StatusOr<v1::ListCandidatesResponse> PageOf(ports::StoreReader& reader,
                                                  const std::string& program, const Page& page,
                                                  const v1::ListCandidatesResponse& ranking,
                                                  Time now) {
  std::vector<v1::Candidate> candidates;
  for (const v1::Candidate& one : ranking.candidates()) {
    if (page.after().empty() || IsAfter(page.after(), one)) {
      candidates.push_back(one);
    }
  }
  v1::ListCandidatesResponse response;
  response.set_next_page_token(page.Cut(candidates, PositionOf));
  response.set_total_count(ranking.total_count());
  *response.mutable_measure_time() = ranking.measure_time();
  std::vector<std::string> ids;
  for (const v1::Candidate& one : candidates) {
    ids.push_back(MemberIdOf(one));
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> members,
                           reader.members().FindByIds(program, ids));
  auto candidate = candidates.begin();
  for (const Member& member : members) {
    while (MemberIdOf(*candidate) != member.id) {
      ++candidate;
    }
    if (member.IsMerged() || member.IsPaused(now) ||
        member.standing == domain::Standing::kSuspended) {
      continue;
    }
    candidate->set_display_name(member.display_name);
    *response.add_candidates() = std::move(*candidate);
  }
  return response;
}

absl::StatusOr<v1::ListCandidatesResponse> ListCandidates(const CallContext& call,
                                                          const v1::ListCandidatesRequest& request,
                                                          const ports::Store& store,
                                                          const PageTokens& tokens,
                                                          Measurements& measurements) {
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListCandidates " + request.parent(), request));
  PERIGEE_ASSIGN_OR_RETURN(const AskedRanking asked, AskedRanking::Of(store, request.parent()));
  PERIGEE_ASSIGN_OR_RETURN(const std::string bytes,
                           measurements.Find(asked.key, call.now, call.at_once));
  v1::ListCandidatesResponse ranking;
  ranking.ParseFromString(bytes);
  return ReadFrom(store, [&](ports::StoreReader& reader) {
    return PageOf(reader, asked.program, page, ranking, call.now);
  });
}

// Has the ranking made, and then calls `again`.
void AwaitRanking(const v1::ListCandidatesRequest& request, const ports::Store& store,
                  Measurements& measurements, std::function<void()> again) {
  absl::StatusOr<AskedRanking> asked = AskedRanking::Of(store, request.parent());
  if (!asked.ok()) {
    again();  // The handler refuses.
    return;
  }
  const std::string key = asked->key;
  measurements.Make(
      key,
      [&store, asked = *std::move(asked)](
          Time now, const use_cases::GoesOn& goes_on) -> absl::StatusOr<std::string> {
        PERIGEE_ASSIGN_OR_RETURN(
            const use_cases::CandidateRanking ranking,
            use_cases::RankCandidates(store, asked.program, asked.title, now, goes_on));
        return ToProto(asked.program, ranking, now).SerializeAsString();
      },
      std::move(again));
}

std::string SourceOf(const std::string& program, CandidateMeasure measure,
                     const CandidateInput& input) {
  switch (measure) {
    case CandidateMeasure::kActiveDays:
    case CandidateMeasure::kActivities:
      return FormatName(kActivityPattern, {program, input.id});
    case CandidateMeasure::kEarned:
      return FormatName(kTransferPattern, {program, input.id});
    case CandidateMeasure::kReach:
      return FormatName(kContributionPattern, {program, input.id});
    case CandidateMeasure::kMet:
      break;
  }
  return {};
}

// Of each person met, the latest meeting alone.
std::vector<CandidateInput> Distinct(const std::vector<CandidateInput>& inputs) {
  std::vector<CandidateInput> distinct;
  std::set<domain::MemberKey> met;
  for (const CandidateInput& input : inputs) {
    if (input.other.IsNil() || met.insert(input.other).second) {
      distinct.push_back(input);
    }
  }
  return distinct;
}

absl::StatusOr<v1::ListCandidateInputsResponse> InputsPage(ports::StoreReader& reader,
                                                           const std::string& program,
                                                           const use_cases::CandidateView& view,
                                                           std::size_t place, const Page& page) {
  const domain::CandidateCriterion& criterion = view.title.criteria[place];
  const use_cases::CandidateView::Counted& counted = view.counted[place];
  std::vector<CandidateInput> inputs = Distinct(counted.inputs);
  v1::ListCandidateInputsResponse response;
  response.set_member(MemberName(program, view.member.id));
  response.set_figure(counted.figure);
  response.set_left_out(domain::ClampScore(absl::int128(counted.figure) -
                                           domain::FigureOf(criterion, inputs, view.today)));
  const auto shown = std::min<std::int64_t>(NumberIn(page.after()), std::ssize(inputs));
  inputs.erase(inputs.begin(), inputs.begin() + shown);
  response.set_next_page_token(
      page.Cut(inputs, [&](const CandidateInput&) { return absl::StrCat(shown + page.size()); }));
  std::vector<domain::MemberKey> others;
  for (const CandidateInput& input : inputs) {
    others.push_back(input.other);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> members,
                           reader.members().FindByKeys(program, others));
  for (const CandidateInput& input : inputs) {
    v1::CandidateInput& out = *response.add_inputs();
    out.set_source(SourceOf(program, criterion.measure, input));
    if (const auto met = std::ranges::find(members, input.other, &Member::key);
        met != members.end()) {
      out.set_source(MemberName(program, met->id));
      out.set_display_name(met->display_name);
    }
    out.set_day(std::string(absl::FormatCivilTime(input.day)));
    out.set_amount(input.amount);
  }
  return response;
}

absl::StatusOr<v1::ListCandidateInputsResponse> ListInputs(
    const CallContext& call, const v1::ListCandidateInputsRequest& request,
    const ports::Store& store, const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kCandidatePattern));
  PERIGEE_RETURN_IF_ERROR(CheckId("criterion", request.criterion()));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens,
                  absl::StrCat("ListCandidateInputs ", request.name(), " ", request.criterion()),
                  request));
  using Answer = absl::StatusOr<v1::ListCandidateInputsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(
        const use_cases::CandidateView view,
        use_cases::ViewCandidate(reader, parts[0], parts[1], parts[2], call.now));
    const auto criterion = std::ranges::find(view.title.criteria, request.criterion(),
                                             &domain::CandidateCriterion::id);
    if (criterion == view.title.criteria.end()) {
      return NotFound(absl::StrCat(request.name(), " and criterion ", request.criterion()));
    }
    const auto place = static_cast<std::size_t>(criterion - view.title.criteria.begin());
    return InputsPage(reader, parts[0], view, place, page);
  });
}

}  // namespace

CandidateAdminService::CandidateAdminService(Call& call, const PageTokens& tokens,
                                             Measurements& measurements)
    : Service(call, "perigee.v1.CandidateAdminService") {
  ReadLong<v1::ListCandidatesRequest>(
      "ListCandidates",
      [this, &tokens, &measurements](const CallContext& context, const auto& asked) {
        return services::ListCandidates(context, asked, store(), tokens, measurements);
      },
      [this, &measurements](const auto& asked, std::function<void()> again) {
        AwaitRanking(asked, store(), measurements, std::move(again));
      });
  Read<v1::ListCandidateInputsRequest>(
      "ListCandidateInputs", [this, &tokens](const CallContext& context, const auto& asked) {
        return ListInputs(context, asked, store(), tokens);
      });
}

}  // namespace perigee::services
