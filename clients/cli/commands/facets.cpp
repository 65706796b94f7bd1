#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/facet.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"

namespace perigee::cli {
namespace {

using Own = v1::FacetService::Stub;
using Admin = v1::FacetAdminService::Stub;

template <class Message>
std::string TermOf(const Message& stated) {
  const std::string from = FormatTimestamp(stated.start_time());
  const std::string until = FormatTimestamp(stated.end_time());
  return (from.empty() ? "" : "from " + from) + (from.empty() || until.empty() ? "" : " ") +
         (until.empty() ? "" : "until " + until);
}

Rows<v1::Facet> FacetRows() {
  return {{"FACET", "STATE", "SOURCE", ">SURE", "CONSENT", "TERM"},
          [](const v1::Facet& facet) -> Row {
            return {IdOf(facet.name()),
                    Word(facet.state()),
                    Word(facet.source()),
                    std::to_string(facet.confidence()) + "%",
                    FormatTimestamp(facet.consent_time()),
                    TermOf(facet)};
          }};
}

void ShowFacetType(Session& session, const v1::FacetType& type) {
  Card card;
  card.Add("name", type.name());
  card.Add("display name", type.display_name());
  card.Add("demographic", YesNo(type.demographic()));
  card.Print(session.out());
}

Rows<v1::FacetType> FacetTypeRows() {
  return {{"FACET", "NAME", "DEMOGRAPHIC"}, [](const v1::FacetType& type) -> Row {
            return {IdOf(type.name()), type.display_name(), YesNo(type.demographic())};
          }};
}

void ShowKindTerm(Session& session, const v1::KindTerm& term) {
  session.out() << Word(term.kind()) << ' ' << TermOf(term) << '\n';
}

Rows<v1::KindTerm> KindTermRows() {
  return {{"KIND", "FROM", "UNTIL"}, [](const v1::KindTerm& term) -> Row {
            return {Word(term.kind()), FormatTimestamp(term.start_time()),
                    FormatTimestamp(term.end_time())};
          }};
}

// MEMBER and FACET, which make one name.
void BindFacet(Form& form) {
  BindMember(form, "name");
  form.Add("FACET", "name", "The facet, such as cyclist", {.read = IdUnder("name", "facets")})
      ->required();
}

void BindTerm(Form& form, const std::string& of) {
  form.Add("--from", of + ".start_time", "When it begins to hold; always if left out");
  form.Add("--until", of + ".end_time", "When it holds no longer; never if left out");
}

}  // namespace

void AddFacets(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "facets", "What members are and like, with their consent");
  AddCall<v1::ListFacetsRequest>(
      noun, chosen, {"list", "List a member's facets", "  perigee facets list m-001 -p demo"},
      [](Form& form) { BindMember(form, "parent"); },
      Send(Door::kPublic, &Own::ListFacets, FacetRows()));
  AddCall<v1::StateFacetRequest>(
      noun, chosen,
      {"state", "State a facet of oneself",
       "  perigee facets state m-001 runner -p demo\n"
       "  perigee facets state m-001 parent-to-be --until 2099-06-01 -p demo"},
      [](Form& form) {
        BindMember(form, "parent");
        form.Add("FACET", "facet_id", "The facet, such as cyclist")->required();
        BindTerm(form, "facet");
      },
      Send(Door::kPublic, &Own::StateFacet, FacetRows()));
  AddCall<v1::ConsentToFacetRequest>(noun, chosen,
                                     {"consent", "Consent to a proposed facet of oneself",
                                      "  perigee facets propose m-001 runner -p demo\n"
                                      "  perigee facets consent m-001 runner -p demo"},
                                     BindFacet,
                                     Send(Door::kPublic, &Own::ConsentToFacet, FacetRows()));
  AddCall<v1::WithdrawFacetRequest>(noun, chosen,
                                    {"withdraw", "Withdraw a facet of oneself, at once",
                                     "  perigee facets state m-001 runner -p demo\n"
                                     "  perigee facets withdraw m-001 runner -p demo"},
                                    BindFacet,
                                    Send(Door::kPublic, &Own::WithdrawFacet, FacetRows()));
  AddCall<v1::ProposeFacetRequest>(
      noun, chosen,
      {"propose", "Propose a facet of a member, who then decides",
       "  perigee facets propose m-001 runner --source observed --confidence 70 -p demo"},
      [](Form& form) {
        BindMember(form, "parent");
        form.Add("FACET", "facet_id", "The facet, such as cyclist")->required();
        form.Add("--source", "facet.source", "Where it comes from: staff, import or observed");
        form.Add("--confidence", "facet.confidence", "How sure that is, 1 to 100");
        form.Add("--consented", "facet.consent_time",
                 "When the member consented, if they did so elsewhere");
        BindTerm(form, "facet");
      },
      Send(Door::kInternal, &Admin::ProposeFacet, FacetRows()));
  AddCall<v1::RemoveFacetRequest>(noun, chosen,
                                  {"remove", "Remove a facet of a member, at once",
                                   "  perigee facets propose m-001 runner -p demo\n"
                                   "  perigee facets remove m-001 runner -p demo"},
                                  BindFacet,
                                  Send(Door::kInternal, &Admin::RemoveFacet, Say("removed")));
  AddCall<v1::SetFacetTypeRequest>(
      noun, chosen,
      {"define", "Define a facet, or replace its definition",
       "  perigee facets define cyclist --display-name Cyclist -p demo\n"
       "  perigee facets define over-60 --display-name 'Over 60' --demographic -p demo"},
      [](Form& form) {
        form.Add("FACET", "facet_type.name", "The facet", {.read = IdIn("facetTypes")})->required();
        form.Add("--display-name", "facet_type.display_name", "What people see")->required();
        form.AddFlag("--demographic", "facet_type.demographic",
                     "It says who somebody is rather than what they do or like");
        BindEtag(form, "facet_type.etag");
      },
      Send(Door::kInternal, &Admin::SetFacetType, ShowFacetType));
  AddCall<v1::ListFacetTypesRequest>(
      noun, chosen, {"types", "List the facets that are defined", "  perigee facets types -p demo"},
      BindProgramList, List(Door::kPublic, &Own::ListFacetTypes, FacetTypeRows()));
}

void AddKinds(CLI::App& members, Chosen& chosen) {
  AddCall<v1::SetKindRequest>(
      members, chosen,
      {"set-kind", "State from when to when a member is of a kind",
       "  perigee members set-kind m-001 employee --until 2099-12-31 -p demo"},
      [](Form& form) {
        BindMember(form, "parent");
        form.Add("KIND", "kind_term.kind", WordsOf(*v1::StakeholderKind_descriptor()))->required();
        BindTerm(form, "kind_term");
      },
      Send(Door::kInternal, &v1::MemberAdminService::Stub::SetKind, ShowKindTerm));
  AddCall<v1::ListKindsRequest>(
      members, chosen,
      {"kinds", "List the terms of a member's kinds", "  perigee members kinds m-001 -p demo"},
      [](Form& form) { BindMember(form, "parent"); },
      Send(Door::kInternal, &v1::MemberAdminService::Stub::ListKinds, KindTermRows()));
}

}  // namespace perigee::cli
