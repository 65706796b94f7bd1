#include "server/services/member/facet_service.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/member/trait.h"
#include "server/domain/program/program.h"
#include "server/ports/access/access_view.h"
#include "server/ports/record_reader.h"
#include "server/services/board/boards_shown.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/member/traits.h"

namespace perigee::services {
namespace {

using domain::FacetType;
using domain::Trait;
using use_cases::TraitName;

v1::Facet::State StateOf(const Trait& trait) {
  return trait.withdraw_time.has_value()  ? v1::Facet::STATE_WITHDRAWN
         : trait.consent_time.has_value() ? v1::Facet::STATE_CONSENTED
                                          : v1::Facet::STATE_PROPOSED;
}

v1::Facet ToProto(const std::string& program, const std::string& member, const Trait& trait) {
  v1::Facet out;
  out.set_name(FormatName(kFacetPattern, {program, member, trait.facet}));
  out.set_source(static_cast<v1::Facet::Source>(trait.source));
  out.set_confidence(trait.confidence);
  out.set_state(StateOf(trait));
  if (trait.consent_time.has_value()) {
    *out.mutable_consent_time() = ToTimestamp(*trait.consent_time);
  }
  if (trait.start_time.has_value()) {
    *out.mutable_start_time() = ToTimestamp(*trait.start_time);
  }
  if (trait.end_time.has_value()) {
    *out.mutable_end_time() = ToTimestamp(*trait.end_time);
  }
  out.set_revision(trait.revision);
  return out;
}

absl::StatusOr<TraitName> ParseParent(const std::string& parent, const std::string& facet) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", parent, kMemberPattern));
  PERIGEE_RETURN_IF_ERROR(CheckId("facet_id", facet));
  return TraitName{parts[0], parts[1], facet};
}

absl::StatusOr<TraitName> ParseFacet(const std::string& name) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kFacetPattern));
  return TraitName{parts[0], parts[1], parts[2]};
}

absl::Status ParseTerm(const v1::Facet& facet, Trait& trait) {
  if (facet.has_start_time()) {
    PERIGEE_ASSIGN_OR_RETURN(trait.start_time,
                             FromTimestamp("facet.start_time", facet.start_time()));
  }
  if (facet.has_end_time()) {
    PERIGEE_ASSIGN_OR_RETURN(trait.end_time, FromTimestamp("facet.end_time", facet.end_time()));
  }
  return domain::CheckTerm("facet", trait.start_time, trait.end_time);
}

// The change that `decide`, (StoreReader&, UnitContext, TraitName) → DecidedTrait, makes.
template <class Decide>
Change ChangeTrait(TraitName name, Decide decide) {
  std::string program = name.program;
  return {std::move(program), [name = std::move(name), decide = std::move(decide)](
                                  ports::StoreReader& reader, const ports::UnitContext& unit) {
            return Answered(decide(reader, unit, name), [&](const Trait& trait) {
              return ToProto(name.program, name.member, trait);
            });
          }};
}

absl::StatusOr<Change> ChangeToState(const CallContext&, const v1::StateFacetRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(TraitName name, ParseParent(request.parent(), request.facet_id()));
  Trait term;
  PERIGEE_RETURN_IF_ERROR(ParseTerm(request.facet(), term));
  return ChangeTrait(std::move(name), [start = term.start_time, end = term.end_time](
                                          auto& reader, const auto& unit, const auto& stated) {
    return use_cases::StateFacet(reader, unit, stated, start, end);
  });
}

absl::StatusOr<Change> ChangeToConsent(const CallContext&,
                                       const v1::ConsentToFacetRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(TraitName name, ParseFacet(request.name()));
  return ChangeTrait(std::move(name), use_cases::ConsentToFacet);
}

absl::StatusOr<Change> ChangeToWithdraw(const v1::WithdrawFacetRequest& request,
                                        ports::BoardView& boards) {
  PERIGEE_ASSIGN_OR_RETURN(TraitName name, ParseFacet(request.name()));
  Change change = ChangeTrait(std::move(name), use_cases::WithdrawFacet);
  change.more = OnceBoardsShow(boards, change.program);
  return change;
}

absl::StatusOr<Change> ChangeToPropose(const CallContext& call,
                                       const v1::ProposeFacetRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(TraitName name, ParseParent(request.parent(), request.facet_id()));
  const v1::Facet& facet = request.facet();
  Trait proposed;
  PERIGEE_RETURN_IF_ERROR(ParseTerm(facet, proposed));
  if (!v1::Facet::Source_IsValid(facet.source()) || facet.source() == v1::Facet::SOURCE_SELF) {
    return InvalidField("facet.source", "must be STAFF, IMPORT or OBSERVED");
  }
  proposed.source = facet.source() == v1::Facet::SOURCE_UNSPECIFIED
                        ? SourceOf(call.caller)
                        : static_cast<domain::TraitSource>(facet.source());
  if (facet.confidence() < 0 || facet.confidence() > 100) {
    return InvalidField("facet.confidence", "must be 0 to 100");
  }
  proposed.confidence = facet.confidence() == 0 ? 100 : facet.confidence();
  if (facet.has_consent_time()) {
    PERIGEE_ASSIGN_OR_RETURN(proposed.consent_time,
                             FromTimestamp("facet.consent_time", facet.consent_time()));
  }
  return ChangeTrait(std::move(name),
                     [proposed](auto& reader, const auto& unit, const auto& named) {
                       return use_cases::ProposeFacet(reader, unit, named, proposed);
                     });
}

absl::StatusOr<Change> ChangeToRemove(const v1::RemoveFacetRequest& request,
                                      ports::BoardView& boards) {
  PERIGEE_ASSIGN_OR_RETURN(TraitName name, ParseFacet(request.name()));
  std::string program = name.program;
  AnswerMore shown = OnceBoardsShow(boards, program);
  return Change{
      std::move(program),
      [name = std::move(name)](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::RemoveFacet(reader, unit, name),
                        [](const Trait&) { return v1::RemoveFacetResponse(); });
      },
      {},
      std::move(shown)};
}

absl::StatusOr<v1::ListFacetsResponse> ListFacets(const Caller& caller,
                                                  const v1::ListFacetsRequest& request,
                                                  const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  const bool is_own = caller.access != nullptr && caller.access->IsMember(parts[1]);
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<Trait> traits,
      ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<std::vector<Trait>> {
        PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                                 RequireMember(reader, parts[0], parts[1]));
        return use_cases::TraitsOf(reader, parts[0], member);
      }));
  std::ranges::sort(traits, {}, &Trait::facet);
  v1::ListFacetsResponse response;
  for (const Trait& trait : traits) {
    if (!trait.kind.has_value() && (is_own || !trait.withdraw_time.has_value())) {
      *response.add_facets() = ToProto(parts[0], parts[1], trait);
    }
  }
  return response;
}

v1::FacetType ToProto(const std::string& program, const FacetType& type) {
  v1::FacetType out;
  out.set_name(FormatName(kFacetTypePattern, {program, type.id}));
  out.set_display_name(type.display_name);
  out.set_demographic(type.demographic);
  *out.mutable_create_time() = ToTimestamp(type.create_time);
  out.set_etag(domain::Etag(type.revision));
  out.set_revision(type.revision);
  return out;
}

absl::StatusOr<Change> ChangeToSetType(const CallContext&, const v1::SetFacetTypeRequest& request) {
  const v1::FacetType& asked = request.facet_type();
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("facet_type.name", asked.name(), kFacetTypePattern));
  PERIGEE_RETURN_IF_ERROR(
      CheckText("facet_type.display_name", asked.display_name(), 1, domain::kDisplayNameBytesMax));
  FacetType type;
  type.id = parts[1];
  type.display_name = asked.display_name();
  type.demographic = asked.demographic();
  return Change{parts[0], [program = parts[0], type, etag = asked.etag()](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::SetFacetType(reader, unit, program, type, etag),
                                  [&](const FacetType& set) { return ToProto(program, set); });
                }};
}

}  // namespace

FacetService::FacetService(Call& call, ports::BoardView& boards, const PageTokens& tokens)
    : Service(call, "perigee.v1.FacetService") {
  Read<v1::ListFacetTypesRequest>(
      "ListFacetTypes", [this, &tokens](const CallContext&, const auto& asked) {
        return ListOfProgram<v1::ListFacetTypesResponse>(
            store(), tokens, "ListFacetTypes", asked,
            [](auto& reader, const auto& program, const Page& page) {
              FacetType after;
              after.id = page.after();
              return reader.records().template List<FacetType>(program, {}, &after, page.Limit());
            },
            [](auto& answer, const auto& program, const FacetType& type) {
              *answer.add_facet_types() = ToProto(program, type);
            });
      });
  Write<v1::StateFacetRequest>("StateFacet", ChangeToState);
  Write<v1::ConsentToFacetRequest>("ConsentToFacet", ChangeToConsent);
  Write<v1::WithdrawFacetRequest>(
      "WithdrawFacet",
      [&boards](const CallContext&, const auto& asked) { return ChangeToWithdraw(asked, boards); });
  Read<v1::ListFacetsRequest>("ListFacets", [this](const CallContext& context, const auto& asked) {
    return services::ListFacets(context.caller, asked, store());
  });
}

FacetAdminService::FacetAdminService(Call& call, ports::BoardView& boards)
    : Service(call, "perigee.v1.FacetAdminService") {
  Write<v1::SetFacetTypeRequest>("SetFacetType", ChangeToSetType);
  Write<v1::ProposeFacetRequest>("ProposeFacet", ChangeToPropose);
  Write<v1::RemoveFacetRequest>("RemoveFacet", [&boards](const CallContext&, const auto& asked) {
    return ChangeToRemove(asked, boards);
  });
}

}  // namespace perigee::services
