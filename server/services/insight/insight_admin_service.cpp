#include "server/services/insight/insight_admin_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/insight/insight.h"

namespace perigee::services {
namespace {

using domain::MemberKey;
using use_cases::OpenedNumber;

template <class Request>
absl::StatusOr<Time> FromOf(const Request& request, Time now) {
  std::optional<Time> asked;
  if (request.has_from_time()) {
    PERIGEE_ASSIGN_OR_RETURN(asked, FromTimestamp("from_time", request.from_time()));
  }
  return use_cases::InsightFrom(asked, now);
}

v1::ProgramInsight ToProto(const use_cases::Insight& insight, Time from, Time now) {
  v1::ProgramInsight out;
  *out.mutable_measure_time() = ToTimestamp(now);
  *out.mutable_from_time() = ToTimestamp(from);
  for (const use_cases::InsightNumber& number : insight.numbers) {
    v1::InsightNumber& to = *out.add_numbers();
    to.set_figure(static_cast<v1::InsightFigure>(number.figure));
    to.set_title(number.title);
    to.set_state(number.state);
    to.set_count(number.items);
  }
  const std::int64_t done = insight.activity.pulled + insight.activity.pushed;
  if (done > 0) {
    out.set_pull_ratio(static_cast<double>(insight.activity.pulled) / static_cast<double>(done));
  }
  out.set_active_members(insight.activity.active_members);
  return out;
}

absl::StatusOr<v1::ListInsightMembersResponse> PageOf(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      OpenedNumber opened, const Page& page) {
  v1::ListInsightMembersResponse response;
  response.set_total_count(opened.Total());
  response.set_left_out(opened.left_out);
  std::vector<OpenedNumber::Share>& shares = opened.shares;
  const MemberKey after = MemberKey::FromRaw(page.after());
  shares.erase(shares.begin(),
               std::ranges::upper_bound(shares, after, {}, &OpenedNumber::Share::member));
  response.set_next_page_token(page.Cut(
      shares, [](const OpenedNumber::Share& share) { return std::string(share.member.Raw()); }));
  std::vector<MemberKey> keys;
  for (const OpenedNumber::Share& share : shares) {
    keys.push_back(share.member);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                           reader.members().FindByKeys(program, keys));
  auto share = shares.begin();
  for (const domain::Member& member : members) {
    while (share->member != member.key) {
      ++share;
    }
    v1::InsightMember& out = *response.add_members();
    out.set_member(MemberName(program, member.id));
    out.set_display_name(member.display_name);
    out.set_count(share->items);
  }
  return response;
}

absl::StatusOr<v1::ListInsightMembersResponse> ListMembers(
    const CallContext& call, const v1::ListInsightMembersRequest& request,
    const ports::Store& store, const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!v1::InsightFigure_IsValid(request.figure()) ||
      request.figure() == v1::INSIGHT_FIGURE_UNSPECIFIED) {
    return InvalidField("figure", "must be a figure");
  }
  PERIGEE_ASSIGN_OR_RETURN(const Time from, FromOf(request, call.now));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens,
                  absl::StrCat("ListInsightMembers ", request.parent(), " ", request.figure(), " ",
                               request.title(), " ", request.state()),
                  request));
  return ReadFrom(
      store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListInsightMembersResponse> {
        ports::InsightQuery query{.figure = static_cast<ports::InsightFigure>(request.figure()),
                                  .now = call.now,
                                  .from = from};
        PERIGEE_ASSIGN_OR_RETURN(
            OpenedNumber opened,
            use_cases::OpenNumber(reader, parts[0], query, request.title(), request.state()));
        return PageOf(reader, parts[0], std::move(opened), page);
      });
}

}  // namespace

InsightAdminService::InsightAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.InsightAdminService") {
  Read<v1::GetInsightRequest>(
      "GetInsight",
      [this](const CallContext& context,
             const v1::GetInsightRequest& asked) -> absl::StatusOr<v1::ProgramInsight> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("parent", asked.parent(), kProgramPattern));
        PERIGEE_ASSIGN_OR_RETURN(const Time from, FromOf(asked, context.now));
        PERIGEE_ASSIGN_OR_RETURN(const use_cases::Insight insight,
                                 ReadFrom(store(), [&](ports::StoreReader& reader) {
                                   return use_cases::InsightOf(reader, parts[0], from, context.now);
                                 }));
        return ToProto(insight, from, context.now);
      });
  Read<v1::ListInsightMembersRequest>(
      "ListInsightMembers", [this, &tokens](const CallContext& context, const auto& asked) {
        return ListMembers(context, asked, store(), tokens);
      });
}

}  // namespace perigee::services
