#pragma once

#include <span>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <google/protobuf/reflection.h>

#include "absl/status/status.h"
#include "clients/cli/session.h"
#include "clients/cli/table.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

// What a command does with its request: it sends it and prints the answer, for people by `show`
// (Session&, const Response&).
template <class Stub, class Request, class Response, class Show>
auto Send(Door door, Rpc<Stub, Request, Response> method, Show show) {
  return [=](Session& session, const Request& request) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const Response response, session.Ask(door, method, request));
    if (!session.PrintPlain(response)) {
      show(session, response);
    }
    return absl::OkStatus();
  };
}

// The same with all pages of a list, or its first `page_size` items.
template <class Stub, class Request, class Response, class Show>
auto List(Door door, Rpc<Stub, Request, Response> method, Show show) {
  return [=](Session& session, const Request& request) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const Response response,
                             session.AskAll(door, method, request, request.page_size()));
    if (!session.PrintPlain(response)) {
      show(session, response);
    }
    return absl::OkStatus();
  };
}

using Row = std::vector<std::string>;

// Shows an answer that says nothing itself.
inline auto Say(const char* words) {
  return [words](Session& session, const google::protobuf::Message& /*answer*/) {
    session.out() << words << '\n';
  };
}

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
