#include "server/services/thanks/thanks_admin_service.h"

#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/thanks/thanks_convert.h"
#include "server/use_cases/thanks/promises.h"
#include "server/use_cases/thanks/reciprocity.h"
#include "server/use_cases/thanks/thanks.h"

namespace perigee::services {
namespace {

using domain::Promise;
using domain::Thanks;

absl::StatusOr<Change> ChangeToThank(const CallContext&, const v1::ThankMemberRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_RETURN_IF_ERROR(domain::CheckThanksText(request.text()));
  PERIGEE_RETURN_IF_ERROR(CheckThankedFor(request.thanked_for(), parts[0]));
  use_cases::ThanksDraft draft;
  draft.receiver = parts[1];
  draft.text = request.text();
  draft.thanked_for = request.thanked_for();
  if (!request.promise().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const auto promise,
                             ParseNumbered("promise", request.promise(), kPromisePattern));
    if (promise.first != parts[0]) {
      return InvalidField("promise", "is of another programme");
    }
    draft.promise = promise.second;
  }
  return Change{.program = parts[0],
                .decide = [program = parts[0], draft](
                              ports::StoreReader& reader,
                              const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
                  return AnsweredWithThanks(reader, program,
                                            use_cases::GiveThanks(reader, unit, program, draft));
                },
                .lookups = use_cases::LookupsOf(draft)};
}

// The change that `decide`, (StoreReader&, UnitContext) → DecidedPromise, makes.
template <class Decide>
Change ChangePromise(const std::string& program, Decide decide) {
  return {program,
          [program, decide = std::move(decide)](
              ports::StoreReader& reader,
              const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
            use_cases::DecidedPromise decided = decide(reader, unit);
            if (!decided.ok()) {
              return decided.status();
            }
            PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                                     PersonNames::Of(reader, program, {decided->value.member}));
            return Answered(std::move(decided), [&](const Promise& promise) {
              return ToProto(program, promise, unit.now, names);
            });
          }};
}

absl::StatusOr<Change> ChangeToPromise(const CallContext& call,
                                       const v1::MakePromiseRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  if (request.kind() != v1::Promise::KIND_PROMISE && request.kind() != v1::Promise::KIND_THANKS) {
    return InvalidField("kind", "must be PROMISE or THANKS");
  }
  if (!request.has_due_time()) {
    return InvalidField("due_time", "is required");
  }
  use_cases::PromiseDraft draft;
  draft.member = parts[1];
  draft.kind = static_cast<domain::PromiseKind>(request.kind());
  draft.text = request.text();
  PERIGEE_ASSIGN_OR_RETURN(draft.due_time, FromTimestamp("due_time", request.due_time()));
  draft.made_by = call.caller.by.id;
  return ChangePromise(parts[0], [program = parts[0], draft](auto& reader, const auto& unit) {
    return use_cases::MakePromise(reader, unit, program, draft);
  });
}

absl::StatusOr<Change> ChangeByMove(const std::string& name, domain::PromiseMove move) {
  PERIGEE_ASSIGN_OR_RETURN(const auto parsed, ParseNumbered("name", name, kPromisePattern));
  return ChangePromise(parsed.first, [parsed, move](auto& reader, const auto& unit) {
    return use_cases::MovePromise(reader, unit, parsed.first, parsed.second, move);
  });
}

absl::StatusOr<v1::ListPromisesResponse> ListPromises(const CallContext& call,
                                                      const v1::ListPromisesRequest& request,
                                                      const ports::Store& store,
                                                      const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!v1::Promise::State_IsValid(request.state())) {
    return InvalidField("state", "must be OPEN, OVERDUE, KEPT or CANCELLED");
  }
  std::optional<domain::PromiseState> state;
  if (request.state() != v1::Promise::STATE_UNSPECIFIED) {
    state = static_cast<domain::PromiseState>(request.state());
  }
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens,
                                       "ListPromises " + request.parent() + " " +
                                           v1::Promise::State_Name(request.state()),
                                       request));
  ports::TimedPlace after = ports::kBeforeAll;
  if (!page.after().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(after, ParsePlace(page.after()));
  }
  using Answer = absl::StatusOr<v1::ListPromisesResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Promise> promises,
        reader.thanks().Promises(parts[0], state, call.now, after, page.Limit()));
    v1::ListPromisesResponse response;
    response.set_next_page_token(page.Cut(promises, [](const Promise& last) {
      return FormatPlace({last.due_time, last.id});
    }));
    std::vector<domain::MemberKey> keys;
    for (const Promise& promise : promises) {
      keys.push_back(promise.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, parts[0], keys));
    for (const Promise& promise : promises) {
      *response.add_promises() = ToProto(parts[0], promise, call.now, names);
    }
    return response;
  });
}

absl::StatusOr<v1::ListAllThanksResponse> ListAllThanks(const v1::ListAllThanksRequest& request,
                                                        const ports::Store& store,
                                                        const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListAllThanks " + request.parent(), request));
  domain::Revision before = std::numeric_limits<domain::Revision>::max();
  if (!page.after().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(before, ParseRevision("page_token", page.after()));
  }
  using Answer = absl::StatusOr<v1::ListAllThanksResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Thanks> thanks,
                             reader.thanks().List(parts[0], before, page.Limit()));
    v1::ListAllThanksResponse response;
    response.set_next_page_token(
        page.Cut(thanks, [](const Thanks& last) { return std::to_string(last.id); }));
    PERIGEE_RETURN_IF_ERROR(AddThanks(reader, parts[0], thanks, *response.mutable_thanks()));
    return response;
  });
}

absl::StatusOr<v1::ProgramReciprocity> GetProgramReciprocity(
    const v1::GetProgramReciprocityRequest& request, const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const domain::NetworkReciprocity found,
                           use_cases::ReciprocityOfProgram(store, parts[0]));
  v1::ProgramReciprocity out;
  out.set_name(request.name());
  if (found.index().has_value()) {
    out.set_index(*found.index());
  }
  out.set_edges(found.edges);
  out.set_mutual_edges(found.mutual);
  return out;
}

}  // namespace

ThanksAdminService::ThanksAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.ThanksAdminService") {
  Write<v1::ThankMemberRequest>("ThankMember", ChangeToThank);
  Write<v1::MakePromiseRequest>("MakePromise", ChangeToPromise);
  Write<v1::KeepPromiseRequest>("KeepPromise", [](const CallContext&, const auto& asked) {
    return ChangeByMove(asked.name(), domain::PromiseMove::kKeep);
  });
  Write<v1::CancelPromiseRequest>("CancelPromise", [](const CallContext&, const auto& asked) {
    return ChangeByMove(asked.name(), domain::PromiseMove::kCancel);
  });
  Read<v1::ListPromisesRequest>("ListPromises",
                                [this, &tokens](const CallContext& context, const auto& asked) {
                                  return services::ListPromises(context, asked, store(), tokens);
                                });
  Read<v1::ListAllThanksRequest>("ListAllThanks",
                                 [this, &tokens](const CallContext&, const auto& asked) {
                                   return services::ListAllThanks(asked, store(), tokens);
                                 });
  Read<v1::GetProgramReciprocityRequest>("GetProgramReciprocity",
                                         [this](const CallContext&, const auto& asked) {
                                           return services::GetProgramReciprocity(asked, store());
                                         });
}

}  // namespace perigee::services
