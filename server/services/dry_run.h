#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/core/status_macros.h"
#include "server/core/time.h"
#include "server/domain/member/member.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/services/paging.h"

namespace perigee::services {

// Each member may have a long history, for which other reads must not wait.
inline constexpr int kExaminedAtOnce = 500;

// Where a page of a dry run begins.
struct DryRunPosition {
  domain::MemberKey after;
  domain::Revision up_to = 0;  // 0: of the first page.

  static DryRunPosition Parse(const std::string& position);
};

// The page that a dry run asks for. Its token is good for the same `method` and request only.
template <class Request>
absl::StatusOr<Page> ParseDryRunPage(const PageTokens& tokens, const std::string& method,
                                     const Request& request) {
  Request same = request;
  same.clear_page_size();
  same.clear_page_token();
  return Page::Parse(tokens, method + " " + same.SerializeAsString(), request);
}

// One page of what a rule would change for the members, in the order of the member list. All pages
// are of the revision of the first one. `View` finds it, as use_cases::BadgeView does.
// `add_moves`, (Finding, Response&) → Status, adds what a finding means to the answer.
template <class View, class Response, class Rule, class AddMoves>
absl::StatusOr<Response> DryRunPage(ports::StoreReader& reader, const std::string& program,
                                    const Rule& rule, const Page& page, Time now,
                                    AddMoves add_moves) {
  DryRunPosition position = DryRunPosition::Parse(page.after());
  if (position.up_to == 0) {
    PERIGEE_ASSIGN_OR_RETURN(position.up_to, reader.journal().Head(program));
  }
  PERIGEE_ASSIGN_OR_RETURN(const View view, View::Of(reader, program, now, position.up_to));
  PERIGEE_ASSIGN_OR_RETURN(
      const typename View::Portion portion,
      view.FindAmong(reader, rule, position.after,
                     {kExaminedAtOnce, static_cast<std::size_t>(page.size())}));
  Response response;
  response.set_examined(portion.examined);
  response.set_revision(position.up_to);
  if (!portion.last.IsNil()) {
    response.set_next_page_token(
        page.TokenAfter(absl::StrCat(std::string(portion.last.Raw()), position.up_to)));
  }
  for (const auto& finding : portion.findings) {
    PERIGEE_RETURN_IF_ERROR(add_moves(finding, response));
  }
  return response;
}

// Sets whose a move is.
template <class Move>
absl::Status SetMember(ports::StoreReader& reader, const std::string& program,
                       const domain::MemberKey& key, Move& move) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                           reader.members().FindByKeys(program, {&key, 1}));
  move.set_member(MemberName(program, members.front().id));
  move.set_display_name(members.front().display_name);
  return absl::OkStatus();
}

}  // namespace perigee::services
