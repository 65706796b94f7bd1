#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/thanks.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Stub = v1::ThanksAdminService::Stub;

void Print(Session& session, const google::protobuf::RepeatedPtrField<v1::Promise>& promises) {
  Table table({"PROMISE", "TO", "KIND", "DUE", "STATE", "WORDS"});
  for (const v1::Promise& one : promises) {
    table.Add({IdOf(one.name()), IdOf(one.member()), Word(one.kind()),
               FormatTimestamp(one.due_time()), Word(one.state()), one.text()});
  }
  table.Print(session.out());
}

// Sends a request that answers with a promise.
template <class Request>
auto Send(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, v1::Promise*)) {
  return [method](Session& session, const Request& request) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const v1::Promise promise,
                             session.Ask(Door::kInternal, method, request));
    if (!session.PrintPlain(promise)) {
      google::protobuf::RepeatedPtrField<v1::Promise> one;
      *one.Add() = promise;
      Print(session, one);
    }
    return absl::OkStatus();
  };
}

absl::Status List(Session& session, const v1::ListPromisesRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListPromisesResponse response,
      session.AskAll(Door::kInternal, &Stub::ListPromises, request, request.page_size()));
  if (!session.PrintPlain(response)) {
    Print(session, response.promises());
  }
  return absl::OkStatus();
}

void BindName(Form& form) {
  form.Add("PROMISE", "name", "Its id", {.read = IdIn("promises")})->required();
}

}  // namespace

void AddPromises(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "promises", "What the brand owes to members, and until when");
  const std::string made =
      "  perigee promises make m-001 --kind promise --text 'A visit to the lab' --due 2099-01-01 "
      "--names -p demo |\n";
  AddCall<v1::MakePromiseRequest>(
      noun, chosen,
      {"make", "Note that the brand owes a promise or thanks to a member",
       "  perigee promises make m-001 --kind thanks --text 'The talk' --due 2099-01-01 -p demo"},
      [](Form& form) {
        form.Add("MEMBER", "parent", "To whom", {.read = IdIn("members")})->required();
        form.Add("--kind", "kind", "promise or thanks", {.fallback = "promise"});
        form.Add("--text", "text", "What, in words")->required();
        form.Add("--due", "due_time", "Until when")->required();
      },
      Send(&Stub::MakePromise));
  AddCall<v1::KeepPromiseRequest>(
      noun, chosen,
      {"keep", "Note that a promise was kept", made + "    xargs perigee promises keep"}, BindName,
      Send(&Stub::KeepPromise));
  AddCall<v1::CancelPromiseRequest>(
      noun, chosen, {"cancel", "Give a promise up", made + "    xargs perigee promises cancel"},
      BindName, Send(&Stub::CancelPromise));
  AddCall<v1::ListPromisesRequest>(
      noun, chosen,
      {"list", "List promises by due time; open and overdue ones if no state is given",
       "  perigee promises list --state open -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--state", "state", WordsOf(*v1::Promise::State_descriptor()));
        BindLimit(form);
      },
      List);
}

}  // namespace perigee::cli
