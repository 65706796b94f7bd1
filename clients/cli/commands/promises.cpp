#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "perigee/v1/thanks.grpc.pb.h"

namespace perigee::cli {
namespace {

using Stub = v1::ThanksAdminService::Stub;

Rows<v1::Promise> PromiseRows() {
  return {{"PROMISE", "TO", "KIND", "DUE", "STATE", "WORDS"}, [](const v1::Promise& one) -> Row {
            return {IdOf(one.name()),  IdOf(one.member()),
                    Word(one.kind()),  FormatTimestamp(one.due_time()),
                    Word(one.state()), one.text()};
          }};
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
        BindMember(form, "parent", "To whom");
        form.Add("--kind", "kind", "promise or thanks", {.fallback = "promise"});
        form.Add("--text", "text", "What, in words")->required();
        form.Add("--due", "due_time", "Until when")->required();
      },
      Send(Door::kInternal, &Stub::MakePromise, PromiseRows()));
  AddCall<v1::KeepPromiseRequest>(
      noun, chosen,
      {"keep", "Note that a promise was kept", made + "    xargs perigee promises keep"}, BindName,
      Send(Door::kInternal, &Stub::KeepPromise, PromiseRows()));
  AddCall<v1::CancelPromiseRequest>(
      noun, chosen, {"cancel", "Give a promise up", made + "    xargs perigee promises cancel"},
      BindName, Send(Door::kInternal, &Stub::CancelPromise, PromiseRows()));
  AddCall<v1::ListPromisesRequest>(
      noun, chosen,
      {"list", "List promises by due time; open and overdue ones if no state is given",
       "  perigee promises list --state open -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--state", "state", WordsOf(*v1::Promise::State_descriptor()));
        BindLimit(form);
      },
      List(Door::kInternal, &Stub::ListPromises, PromiseRows()));
}

}  // namespace perigee::cli
