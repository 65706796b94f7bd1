#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <google/protobuf/text_format.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/ids.h"
#include "clients/cli/sender.h"
#include "clients/cli/session.h"
#include "perigee/v1/champion.pb.h"
#include "server/core/check.h"
#include "server/core/status_macros.h"
#include "server/core/time.h"

namespace perigee::cli {

template <class Stub, class Request, class Response>
using Method = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

// Whether a call was refused because an earlier run made what it makes, and that was changed or
// erased since.
bool WasThereBefore(const absl::Status& status);

// Where the demo's champions live: their programme, and who they are. Sends the calls of one run.
class Stage {
 public:
  Stage(Session& session, std::string program_name, std::vector<std::string> cast)
      : session_(session), program_name_(std::move(program_name)), cast_(std::move(cast)) {}

  const std::string& program_name() const { return program_name_; }
  std::string Named(const std::string& in_program) const {
    return program_name_ + "/" + in_program;
  }
  // The `number`th of the cast, from 1 on.
  std::string Member(std::size_t number) const { return Named("members/" + cast_.at(number - 1)); }
  // The beginning of that day, counted from the day of the first run.
  Time Day(int day) const { return first_day_ + std::chrono::days(day); }
  void SetFirstDay(std::chrono::sys_days day) { first_day_ = day; }
  const Tally& tally() const { return tally_; }

  // Sends a call and counts what became of it. `key` tells the call from all others of a run, and
  // is the same in each run.
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Send(std::string_view key, Door door,
                                Method<Stub, Request, Response> method, Request request) {
    request.set_request_id(DerivedRequestId({program_name_, "demo-champions", key}));
    bool replayed = false;
    absl::StatusOr<Response> answer = session_.Ask(door, method, request, &replayed);
    const bool before = answer.ok() ? replayed : WasThereBefore(answer.status());
    tally_.recorded += answer.ok() && !before ? 1 : 0;
    tally_.replayed += before ? 1 : 0;
    return answer;
  }
  // Waits until the member has that badge or had it: its rule follows what they did a moment later.
  absl::Status AwaitGrant(const std::string& badge, std::size_t member);

 private:
  Session& session_;
  std::string program_name_;
  std::vector<std::string> cast_;
  std::chrono::sys_days first_day_;
  Tally tally_;
};

// The request of that text, in which `PROGRAM` stands for the programme's name.
template <class Request>
Request Read(const Stage& stage, std::string text) {
  constexpr std::string_view kProgram = "PROGRAM";
  for (std::size_t at = 0; (at = text.find(kProgram, at)) != std::string::npos;) {
    text.replace(at, kProgram.size(), stage.program_name());
  }
  Request request;
  PERIGEE_CHECK(google::protobuf::TextFormat::ParseFromString(text, &request),
                "the demo's texts are of its requests");
  return request;
}

// How a resource is made for a member of the cast. Answers its name.
struct Making {
  std::string kind;
  std::function<absl::StatusOr<std::string>(Stage&, const std::string& key, std::size_t member)>
      make;
};
// What is then done with the resource.
using Move = std::function<absl::Status(Stage&, const std::string& key, const std::string& name,
                                        std::size_t member)>;

// `fill`, (const Stage&, member, Request&), fills the request.
template <class Stub, class Request, class Response, class Fill>
Making Made(std::string kind, Door door, Method<Stub, Request, Response> method, Fill fill) {
  return {std::move(kind),
          [door, method, fill](Stage& stage, const std::string& key,
                               std::size_t member) -> absl::StatusOr<std::string> {
            Request request;
            if constexpr (requires { request.set_parent(""); }) {
              request.set_parent(stage.Member(member));
            }
            fill(std::as_const(stage), member, request);
            PERIGEE_ASSIGN_OR_RETURN(const Response made, stage.Send(key, door, method, request));
            return made.name();
          }};
}

// A move that takes the name, and the member, the reason and the verdict where the request has
// them.
template <class Stub, class Request, class Response>
Move Moved(Door door, Method<Stub, Request, Response> method, std::string reason,
           v1::NominationReview::Verdict verdict) {
  return [=](Stage& stage, const std::string& key, const std::string& name, std::size_t member) {
    Request request;
    request.set_name(name);
    if constexpr (requires { request.set_member(""); }) {
      request.set_member(stage.Member(member));
    }
    if constexpr (requires { request.set_reason(""); }) {
      request.set_reason(reason);
    }
    if constexpr (requires { request.set_verdict(verdict); }) {
      request.set_verdict(verdict);
    }
    return stage.Send(key, door, method, request).status();
  };
}
template <class Stub, class Request, class Response>
Move ByMember(Method<Stub, Request, Response> method, std::string reason = "") {
  return Moved(Door::kPublic, method, std::move(reason), v1::NominationReview::VERDICT_UNSPECIFIED);
}
template <class Stub, class Request, class Response>
Move ByStaff(Method<Stub, Request, Response> method, std::string reason = "",
             v1::NominationReview::Verdict verdict = v1::NominationReview::VERDICT_UNSPECIFIED) {
  return Moved(Door::kInternal, method, std::move(reason), verdict);
}

}  // namespace perigee::cli
