#include "clients/cli/commands/command.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/facet.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Own = v1::FacetService::Stub;
using Admin = v1::FacetAdminService::Stub;

template <class Message>
std::string TermOf(const Message& stated) {
  const std::string from = stated.has_start_time() ? FormatTimestamp(stated.start_time()) : "";
  const std::string until = stated.has_end_time() ? FormatTimestamp(stated.end_time()) : "";
  return (from.empty() ? "" : "from " + from) + (from.empty() || until.empty() ? "" : " ") +
         (until.empty() ? "" : "until " + until);
}

void Print(Session& session, const google::protobuf::RepeatedPtrField<v1::Facet>& facets) {
  Table table({"FACET", "STATE", "SOURCE", ">SURE", "CONSENT", "TERM"});
  for (const v1::Facet& facet : facets) {
    table.Add({IdOf(facet.name()), Word(facet.state()), Word(facet.source()),
               std::to_string(facet.confidence()) + "%",
               facet.has_consent_time() ? FormatTimestamp(facet.consent_time()) : "",
               TermOf(facet)});
  }
  table.Print(session.out());
}

// Sends a request that answers with a facet.
template <class Stub, class Request>
auto Send(Door door,
          grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, v1::Facet*)) {
  return [door, method](Session& session, const Request& request) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const v1::Facet facet, session.Ask(door, method, request));
    if (!session.PrintPlain(facet)) {
      google::protobuf::RepeatedPtrField<v1::Facet> one;
      *one.Add() = facet;
      Print(session, one);
    }
    return absl::OkStatus();
  };
}

absl::Status List(Session& session, const v1::ListFacetsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListFacetsResponse response,
                           session.Ask(Door::kPublic, &Own::ListFacets, request));
  if (!session.PrintPlain(response)) {
    Print(session, response.facets());
  }
  return absl::OkStatus();
}

absl::Status Remove(Session& session, const v1::RemoveFacetRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::RemoveFacetResponse response,
                           session.Ask(Door::kInternal, &Admin::RemoveFacet, request));
  if (!session.PrintPlain(response)) {
    session.out() << "removed\n";
  }
  return absl::OkStatus();
}

absl::Status SetType(Session& session, const v1::SetFacetTypeRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::FacetType type,
                           session.Ask(Door::kInternal, &Admin::SetFacetType, request));
  if (!session.PrintPlain(type)) {
    Card card;
    card.Add("name", type.name());
    card.Add("display name", type.display_name());
    card.Add("demographic", type.demographic() ? "yes" : "no");
    card.Print(session.out());
  }
  return absl::OkStatus();
}

absl::Status ListTypes(Session& session, const v1::ListFacetTypesRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListFacetTypesResponse response,
      session.AskAll(Door::kPublic, &Own::ListFacetTypes, request, request.page_size()));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  Table table({"FACET", "NAME", "DEMOGRAPHIC"});
  for (const v1::FacetType& type : response.facet_types()) {
    table.Add({IdOf(type.name()), type.display_name(), type.demographic() ? "yes" : "no"});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

absl::Status SetKind(Session& session, const v1::SetKindRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::KindTerm term,
      session.Ask(Door::kInternal, &v1::MemberAdminService::Stub::SetKind, request));
  if (!session.PrintPlain(term)) {
    session.out() << Word(term.kind()) << ' ' << TermOf(term) << '\n';
  }
  return absl::OkStatus();
}

absl::Status ListKinds(Session& session, const v1::ListKindsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListKindsResponse response,
      session.Ask(Door::kInternal, &v1::MemberAdminService::Stub::ListKinds, request));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  Table table({"KIND", "FROM", "UNTIL"});
  for (const v1::KindTerm& term : response.kind_terms()) {
    table.Add({Word(term.kind()), term.has_start_time() ? FormatTimestamp(term.start_time()) : "",
               term.has_end_time() ? FormatTimestamp(term.end_time()) : ""});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

void BindParent(Form& form) {
  form.Add("MEMBER", "parent", "The member's id", {.read = IdIn("members")})->required();
}

// MEMBER and FACET, which make one name.
void BindFacet(Form& form) {
  form.Add("MEMBER", "name", "The member's id", {.read = IdIn("members")})->required();
  form.Add("FACET", "name", "The facet, such as cyclist",
           {.read = [](Session&, const Form::Message& so_far,
                       const std::string& typed) -> absl::StatusOr<std::string> {
             return TextAt(so_far, "name") + "/facets/" + typed;
           }})
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
      BindParent, List);
  AddCall<v1::StateFacetRequest>(
      noun, chosen,
      {"state", "State a facet of oneself",
       "  perigee facets state m-001 runner -p demo\n"
       "  perigee facets state m-001 parent-to-be --until 2099-06-01 -p demo"},
      [](Form& form) {
        BindParent(form);
        form.Add("FACET", "facet_id", "The facet, such as cyclist")->required();
        BindTerm(form, "facet");
      },
      Send(Door::kPublic, &Own::StateFacet));
  AddCall<v1::ConsentToFacetRequest>(noun, chosen,
                                     {"consent", "Consent to a proposed facet of oneself",
                                      "  perigee facets propose m-001 runner -p demo\n"
                                      "  perigee facets consent m-001 runner -p demo"},
                                     BindFacet, Send(Door::kPublic, &Own::ConsentToFacet));
  AddCall<v1::WithdrawFacetRequest>(noun, chosen,
                                    {"withdraw", "Withdraw a facet of oneself, at once",
                                     "  perigee facets state m-001 runner -p demo\n"
                                     "  perigee facets withdraw m-001 runner -p demo"},
                                    BindFacet, Send(Door::kPublic, &Own::WithdrawFacet));
  AddCall<v1::ProposeFacetRequest>(
      noun, chosen,
      {"propose", "Propose a facet of a member, who then decides",
       "  perigee facets propose m-001 runner --source observed --confidence 70 -p demo"},
      [](Form& form) {
        BindParent(form);
        form.Add("FACET", "facet_id", "The facet, such as cyclist")->required();
        form.Add("--source", "facet.source", "Where it comes from: staff, import or observed");
        form.Add("--confidence", "facet.confidence", "How sure that is, 1 to 100");
        form.Add("--consented", "facet.consent_time",
                 "When the member consented, if they did so elsewhere");
        BindTerm(form, "facet");
      },
      Send(Door::kInternal, &Admin::ProposeFacet));
  AddCall<v1::RemoveFacetRequest>(noun, chosen,
                                  {"remove", "Remove a facet of a member, at once",
                                   "  perigee facets propose m-001 runner -p demo\n"
                                   "  perigee facets remove m-001 runner -p demo"},
                                  BindFacet, Remove);
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
        form.Add("--etag", "facet_type.etag", "Only if this is still its etag");
      },
      SetType);
  AddCall<v1::ListFacetTypesRequest>(
      noun, chosen, {"types", "List the facets that are defined", "  perigee facets types -p demo"},
      [](Form& form) {
        form.InProgram();
        BindLimit(form);
      },
      ListTypes);
}

void AddKinds(CLI::App& members, Chosen& chosen) {
  AddCall<v1::SetKindRequest>(
      members, chosen,
      {"set-kind", "State from when to when a member is of a kind",
       "  perigee members set-kind m-001 employee --until 2099-12-31 -p demo"},
      [](Form& form) {
        BindParent(form);
        form.Add("KIND", "kind_term.kind", WordsOf(*v1::StakeholderKind_descriptor()))->required();
        BindTerm(form, "kind_term");
      },
      SetKind);
  AddCall<v1::ListKindsRequest>(
      members, chosen,
      {"kinds", "List the terms of a member's kinds", "  perigee members kinds m-001 -p demo"},
      BindParent, ListKinds);
}

}  // namespace perigee::cli
