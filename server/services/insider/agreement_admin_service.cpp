#include "server/services/insider/agreement_admin_service.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/record_reader.h"
#include "server/services/champion/champion_convert.h"
#include "server/services/convert.h"
#include "server/services/insider/agreement_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/token_number.h"
#include "server/services/update_mask.h"
#include "server/use_cases/insider/agreements.h"

namespace perigee::services {
namespace {

using domain::Acceptance;
using domain::Agreement;
using domain::AgreementVersion;
using use_cases::AcceptanceView;

constexpr Changeable<Agreement> kChangeable[] = {
    {"display_name", [](Agreement& agreement,
                        const Agreement& given) { agreement.display_name = given.display_name; }},
    {"required_version",
     [](Agreement& agreement, const Agreement& given) {
       agreement.required_version = given.required_version;
     }},
    {"accepted_days",
     [](Agreement& agreement, const Agreement& given) {
       agreement.accepted_days = given.accepted_days;
     }},
};

absl::StatusOr<Agreement> ParseAgreement(const v1::Agreement& agreement) {
  Agreement out;
  out.display_name = agreement.display_name();
  out.required_version = agreement.required_version() == 0 ? 1 : agreement.required_version();
  out.accepted_days = agreement.accepted_days();
  return out;
}

absl::StatusOr<Change> ChangeToCreate(const CallContext&,
                                      const v1::CreateAgreementRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(Agreement agreement, ParseAgreement(request.agreement()));
  agreement.id = request.agreement_id();
  PERIGEE_RETURN_IF_ERROR(domain::CheckAgreement(agreement));
  return Change{parts[0], [program = parts[0], agreement](ports::StoreReader& reader,
                                                          const ports::UnitContext& unit) {
                  return Answered(use_cases::CreateAgreement(reader, unit, program, agreement),
                                  [&](const Agreement& made) { return ToProto(program, made); });
                }};
}

absl::StatusOr<Change> ChangeToUpdate(const CallContext&,
                                      const v1::UpdateAgreementRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<std::string> parts,
      ParseName("agreement.name", request.agreement().name(), kAgreementPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<Agreement> edit,
      ParseEdit(request.update_mask(), request.agreement(), kChangeable, ParseAgreement));
  return Change{
      parts[0], [parts, edit](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::UpdateAgreement(reader, unit, parts[0], parts[1], edit),
                        [&](const Agreement& changed) { return ToProto(parts[0], changed); });
      }};
}

absl::StatusOr<Change> ChangeToAdd(const CallContext&,
                                   const v1::AddAgreementVersionRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kAgreementPattern));
  return Change{parts[0], [parts, body = request.body(), required = request.required()](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::AddAgreementVersion(reader, unit, parts[0], parts[1],
                                                                 body, required),
                                  [&](const AgreementVersion& added) {
                                    v1::AgreementVersion shown = ToProto(parts[0], added);
                                    shown.set_body(added.body);
                                    return shown;
                                  });
                }};
}

absl::StatusOr<v1::ListAgreementVersionsResponse> ListVersions(
    const v1::ListAgreementVersionsRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kAgreementPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page, Page::Parse(tokens, "ListAgreementVersions " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListAgreementVersionsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(use_cases::RequireAgreement(reader, parts[0], parts[1]).status());
    AgreementVersion after;
    after.agreement = parts[1];
    after.version = static_cast<std::int32_t>(NumberIn(page.after()));
    PERIGEE_ASSIGN_OR_RETURN(std::vector<AgreementVersion> versions,
                             reader.records().List<AgreementVersion>(
                                 parts[0], {{"agreement", parts[1]}}, &after, page.Limit()));
    v1::ListAgreementVersionsResponse response;
    response.set_next_page_token(page.Cut(
        versions, [](const AgreementVersion& one) { return std::to_string(one.version); }));
    for (const AgreementVersion& version : versions) {
      *response.add_versions() = ToProto(parts[0], version);
    }
    return response;
  });
}

absl::StatusOr<v1::AgreementVersion> GetVersion(const v1::GetAgreementVersionRequest& request,
                                                const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kAgreementVersionPattern));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision number, ParseRevision("name", parts[2]));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::AgreementVersion> {
    PERIGEE_ASSIGN_OR_RETURN(const Agreement agreement,
                             use_cases::RequireAgreement(reader, parts[0], parts[1]));
    if (number > agreement.version) {
      return NotFound(request.name());
    }
    PERIGEE_ASSIGN_OR_RETURN(const AgreementVersion version,
                             use_cases::RequireAgreementVersion(reader, parts[0], parts[1],
                                                                static_cast<std::int32_t>(number)));
    v1::AgreementVersion shown = ToProto(parts[0], version);
    shown.set_body(version.body);
    return shown;
  });
}

// The acceptances that are asked for: those of a person by id, or those of the page.
absl::StatusOr<std::vector<AcceptanceView>> AskedAcceptances(ports::StoreReader& reader,
                                                             const std::string& program,
                                                             const std::string& member_id,
                                                             const std::string& agreement,
                                                             const Page& page) {
  if (!agreement.empty()) {
    PERIGEE_RETURN_IF_ERROR(use_cases::RequireAgreement(reader, program, agreement).status());
  }
  Acceptance after;
  after.id = NumberIn(page.after());
  if (member_id.empty()) {
    std::vector<ports::FieldIs> filter;
    if (!agreement.empty()) {
      filter.push_back({"agreement", agreement});
    }
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Acceptance> acceptances,
        reader.records().List<Acceptance>(program, filter, &after, page.Limit()));
    return use_cases::WithAgreements(reader, program, std::move(acceptances));
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<AcceptanceView> own,
                           use_cases::AcceptancesOf(reader, program, member));
  std::erase_if(own, [&](const AcceptanceView& one) {
    return one.acceptance.id <= after.id ||
           (!agreement.empty() && one.acceptance.agreement != agreement);
  });
  return own;
}

absl::StatusOr<v1::ListAcceptancesResponse> ListAcceptances(
    const CallContext& call, const v1::ListAcceptancesRequest& request, const ports::Store& store,
    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  const std::string& program = parts[0];
  std::string member;
  std::string agreement;
  if (!request.member().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(member, ParseMemberRef("member", request.member(), program));
  }
  if (!request.agreement().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> named,
                             ParseName("agreement", request.agreement(), kAgreementPattern));
    if (named[0] != program) {
      return InvalidField("agreement", "is of another programme");
    }
    agreement = named[1];
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, "ListAcceptances " + program + " " + member + " " + agreement, request));
  using Answer = absl::StatusOr<v1::ListAcceptancesResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
    PERIGEE_ASSIGN_OR_RETURN(std::vector<AcceptanceView> acceptances,
                             AskedAcceptances(reader, program, member, agreement, page));
    v1::ListAcceptancesResponse response;
    response.set_next_page_token(page.Cut(
        acceptances, [](const AcceptanceView& one) { return std::to_string(one.acceptance.id); }));
    std::vector<domain::MemberKey> keys;
    for (const AcceptanceView& one : acceptances) {
      keys.push_back(one.acceptance.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, program, keys));
    for (const AcceptanceView& one : acceptances) {
      *response.add_acceptances() = ToProto(program, one, names(one.acceptance.member), call.now);
    }
    return response;
  });
}

}  // namespace

AgreementAdminService::AgreementAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.AgreementAdminService") {
  Write<v1::CreateAgreementRequest>("CreateAgreement", ChangeToCreate);
  Write<v1::UpdateAgreementRequest>("UpdateAgreement", ChangeToUpdate);
  Read<v1::ListAgreementsRequest>(
      "ListAgreements", [this, &tokens](const CallContext&, const auto& asked) {
        return ListOfProgram<v1::ListAgreementsResponse>(
            store(), tokens, "ListAgreements", asked,
            [](auto& reader, const auto& program, const Page& page) {
              Agreement after;
              after.id = page.after();
              return reader.records().template List<Agreement>(program, {}, &after, page.Limit());
            },
            [](auto& answer, const auto& program, const Agreement& agreement) {
              *answer.add_agreements() = ToProto(program, agreement);
            });
      });
  Write<v1::AddAgreementVersionRequest>("AddAgreementVersion", ChangeToAdd);
  Read<v1::ListAgreementVersionsRequest>("ListAgreementVersions",
                                         [this, &tokens](const CallContext&, const auto& asked) {
                                           return ListVersions(asked, store(), tokens);
                                         });
  Read<v1::GetAgreementVersionRequest>(
      "GetAgreementVersion",
      [this](const CallContext&, const auto& asked) { return GetVersion(asked, store()); });
  Read<v1::ListAcceptancesRequest>(
      "ListAcceptances", [this, &tokens](const CallContext& context, const auto& asked) {
        return services::ListAcceptances(context, asked, store(), tokens);
      });
}

}  // namespace perigee::services
