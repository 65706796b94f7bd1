#include "server/services/insider/agreement_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/services/convert.h"
#include "server/services/insider/agreement_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/token_number.h"
#include "server/use_cases/insider/agreements.h"

namespace perigee::services {
namespace {

using use_cases::AcceptancePlace;
using use_cases::AcceptanceView;
using use_cases::KnownAgreement;

absl::StatusOr<v1::ListOwnAgreementsResponse> ListAgreements(
    const CallContext& call, const v1::ListOwnAgreementsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListOwnAgreements " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListOwnAgreementsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<KnownAgreement> known,
                             use_cases::KnownAgreements(reader, parts[0], member, call.now));
    std::erase_if(known,
                  [&](const KnownAgreement& one) { return one.agreement.id <= page.after(); });
    v1::ListOwnAgreementsResponse response;
    response.set_next_page_token(
        page.Cut(known, [](const KnownAgreement& one) { return one.agreement.id; }));
    for (const KnownAgreement& one : known) {
      *response.add_agreements() = ToProto(parts[0], one);
    }
    return response;
  });
}

absl::StatusOr<v1::ListOwnAcceptancesResponse> ListAcceptances(
    const CallContext& call, const v1::ListOwnAcceptancesRequest& request,
    const ports::Store& store, const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListOwnAcceptances " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListOwnAcceptancesResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<AcceptanceView> own,
                             use_cases::AcceptancesOf(reader, parts[0], member));
    const std::int64_t after = NumberIn(page.after());
    std::erase_if(own, [&](const AcceptanceView& one) { return one.acceptance.id <= after; });
    v1::ListOwnAcceptancesResponse response;
    response.set_next_page_token(
        page.Cut(own, [](const AcceptanceView& one) { return std::to_string(one.acceptance.id); }));
    for (const AcceptanceView& one : own) {
      *response.add_acceptances() =
          ToProto(parts[0], one, MemberName(parts[0], member.id), call.now);
    }
    return response;
  });
}

absl::StatusOr<Change> ChangeToPresent(const CallContext&,
                                       const v1::PresentAgreementRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> agreement,
                           ParseName("agreement", request.agreement(), kAgreementPattern));
  if (agreement[0] != parts[0]) {
    return InvalidField("agreement", "is of another programme");
  }
  return Change{
      parts[0], [parts, agreement](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::PresentAgreement(reader, unit, parts[0], parts[1], agreement[1]),
                        [&](const use_cases::PresentedAgreement& presented) {
                          v1::PresentAgreementResponse response;
                          *response.mutable_acceptance() =
                              ToProto(parts[0], presented.acceptance,
                                      MemberName(parts[0], parts[1]), unit.now);
                          response.set_display_name(presented.acceptance.agreement.display_name);
                          response.set_body(presented.version.body);
                          return response;
                        });
      }};
}

// The change of the acceptance of that name that `decide`, (StoreReader&, UnitContext,
// AcceptancePlace) → DecidedAcceptance, makes.
template <class Decide>
absl::StatusOr<Change> ChangeNamed(const std::string& name, Decide decide) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kAcceptancePattern));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision id, ParseRevision("name", parts[2]));
  const AcceptancePlace place{parts[0], parts[1], id};
  return Change{
      place.program, [place, decide](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(decide(reader, unit, place), [&](const AcceptanceView& view) {
          return ToProto(place.program, view, MemberName(place.program, place.member), unit.now);
        });
      }};
}

absl::StatusOr<Change> ChangeToAccept(const CallContext&,
                                      const v1::AcceptAgreementRequest& request) {
  return ChangeNamed(request.name(), [digest = request.digest(), device = request.device()](
                                         auto& reader, const auto& unit, const auto& place) {
    return use_cases::AcceptAgreement(reader, unit, place, digest, device);
  });
}

absl::StatusOr<Change> ChangeToWithdraw(const CallContext&,
                                        const v1::WithdrawAcceptanceRequest& request) {
  return ChangeNamed(request.name(), use_cases::WithdrawAcceptance);
}

}  // namespace

AgreementService::AgreementService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.AgreementService") {
  Read<v1::ListOwnAgreementsRequest>(
      "ListOwnAgreements", [this, &tokens](const CallContext& context, const auto& asked) {
        return ListAgreements(context, asked, store(), tokens);
      });
  Write<v1::PresentAgreementRequest>("PresentAgreement", ChangeToPresent);
  Write<v1::AcceptAgreementRequest>("AcceptAgreement", ChangeToAccept);
  Write<v1::WithdrawAcceptanceRequest>("WithdrawAcceptance", ChangeToWithdraw);
  Read<v1::ListOwnAcceptancesRequest>(
      "ListOwnAcceptances", [this, &tokens](const CallContext& context, const auto& asked) {
        return ListAcceptances(context, asked, store(), tokens);
      });
}

}  // namespace perigee::services
