#pragma once

#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <google/protobuf/message.h>
#include <google/protobuf/reflection.h>

#include "absl/status/status.h"
#include "clients/cli/session.h"
#include "clients/cli/table.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

// Prints an answer: plainly if the user wants that, else by `show` (Session&, const Response&),
// which may answer with a Status.
template <class Response, class Show>
absl::Status PrintAnswer(Session& session, const Response& response, const Show& show) {
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  if constexpr (std::is_void_v<std::invoke_result_t<Show, Session&, const Response&>>) {
    show(session, response);
    return absl::OkStatus();
  } else {
    return show(session, response);
  }
}

// What a command does with its request: it sends it and prints the answer.
template <class Stub, class Request, class Response, class Show>
auto Send(Door door, Rpc<Stub, Request, Response> method, Show show) {
  return [=](Session& session, const Request& request) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const Response response, session.Ask(door, method, request));
    return PrintAnswer(session, response, show);
  };
}

// The same with all pages of a list, or its first `page_size` items.
template <class Stub, class Request, class Response, class Show>
auto List(Door door, Rpc<Stub, Request, Response> method, Show show) {
  return [=](Session& session, const Request& request) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const Response response,
                             session.AskAll(door, method, request, request.page_size()));
    return PrintAnswer(session, response, show);
  };
}

// Shows an answer that says nothing itself.
inline auto Say(const char* words) {
  return [words](Session& session, const google::protobuf::Message& /*answer*/) {
    session.out() << words << '\n';
  };
}

using Row = std::vector<std::string>;

// Shows items as a table, by the row of each. The row of `Rows<Item, Session>` asks the session
// too.
template <class Item, class... Context>
struct Rows {
  std::vector<std::string> headings;
  Row (*row)(Context&..., const Item&);

  void Print(Session& session, const auto& items) const {
    Table table(headings);
    for (const Item& item : items) {
      table.Add(row(static_cast<Context&>(session)..., item));
    }
    table.Print(session.out());
  }

  void operator()(Session& session, const Item& item) const { Print(session, std::span(&item, 1)); }

  // The first field of the response is the list of the items.
  template <class Response>
  void operator()(Session& session, const Response& response) const {
    Print(session, response.GetReflection()->template GetRepeatedFieldRef<Item>(
                       response, Response::descriptor()->field(0)));
  }
};

}  // namespace perigee::cli
