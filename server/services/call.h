#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/error.h"
#include "server/core/time.h"
#include "server/ports/clock.h"
#include "server/ports/executor.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"

namespace perigee::services {

// What a handler knows of its call besides the message.
struct CallContext {
  Time now{};            // The one time of the request.
  bool at_once = false;  // On gRPC's thread, which must not wait: say WouldBlock instead.
};

// What a mutating handler hands to the store: whose books, and the decision. The answer's bytes are
// the response message, serialized.
struct Change {
  std::string program;
  ports::Decide decide;
  ports::Lookups lookups{};
};

// What a mutating handler hands over whose work is more than one decision: whose books, and the
// work, which blocks. It is given the unit of work of the request without its decision, and answers
// what came of that.
struct LongChange {
  std::string program;
  std::function<absl::StatusOr<ports::Outcome>(ports::Store& store, const ports::Unit& unit)> run;
};

// One RPC method: its full name and where its figures go. Kept by its service as long as calls run.
struct Method {
  std::string name;  // `perigee.v1.MemberService/GetMember`
  ports::RpcStats* stats;
};

// A message as bytes of the wire, and back; false if they are not such a message.
grpc::ByteBuffer ToBytes(const google::protobuf::Message& message);
bool ParseBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);
// kInvalidField, for bytes that ParseBytes could not read.
absl::Status NotA(const google::protobuf::Message& message);

// The refusal as it goes over the wire: canonical code, the message, exactly one ErrorInfo, a
// BadRequest that names the field for invalid arguments, RetryInfo where a retry may help: what the
// refusal advises, and up to half as much again, so that not all come back at once. What no Error()
// made becomes INTERNAL with a fixed sentence and an id; the cause goes to spdlog's default logger.
// Only a cancelled call stays what it is.
grpc::Status ToGrpcStatus(const absl::Status& status, const Method& method);

// SHA-256 of a method and a message as deterministic bytes, with request_id cleared.
Sha256Digest ContentHash(const Method& method, const google::protobuf::Message& message);

// One call from its start to its end, of any shape: what Call keeps for unary methods, and what a
// stream's reactor keeps for itself. Cheap to copy; `context` and `method` must outlive it.
struct RunningCall {
  grpc::CallbackServerContext* context;
  const Method* method;
  Time now{};
  std::chrono::steady_clock::time_point started;
  std::atomic<int>* open;  // Calls of the server, this one among them.
  bool one_too_many = false;

  // Whether work may begin: kOverloaded if too many calls are open, kDeadlinePassed or CANCELLED if
  // nobody waits for this one any more. While it is open; cheap enough to be asked before each part
  // of the work.
  absl::Status Admit() const;
  // Ends the call at once, whatever was not taken yet: the caller gets code and message, without
  // details, as soon as the network lets it. The reactor then hears what it hears of a cancelled
  // call, and has to finish it all the same.
  void Abort(const absl::Status& status) const;
  // Counts the call as finished and gives what the reactor's Finish takes. Once a call.
  grpc::Status End(const absl::Status& status) const;
};

// The one way in for every RPC: takes the time, refuses what is too much or past its deadline,
// (authenticates and authorises, once there is a way to,) runs the handler where it may run, maps
// errors, counts and times. Safe from many threads.
class Call {
 public:
  // Calls that may be open at once, of every shape, for the sake of gRPC's memory: some ten
  // kilobytes each.
  static constexpr int kOpenMax = 30'000;

  // Keeps its own count of calls: one a door, so that no door can shut another.
  Call(ports::Store& store, ports::Clock& clock, ports::Executor& executor,
       ports::Telemetry& telemetry, int open_max = kOpenMax)
      : store_(store),
        clock_(clock),
        executor_(executor),
        telemetry_(telemetry),
        queue_stats_(telemetry.Queue("calls")),
        open_max_(open_max) {}

  // `service` as the generated service_full_name() says it.
  Method Register(std::string_view service, std::string_view method);

  // For streams: counts the call as started and takes its time.
  RunningCall Begin(grpc::CallbackServerContext* context, const Method& method);

  // For hot reads, whose answers are ready or soon made bytes. handler: (CallContext, Request,
  // grpc::ByteBuffer* answer) → absl::Status. It runs at once, on gRPC's thread; where it says
  // WouldBlock, `await`, (Request, function<void()> again) → void, calls `again` once, when it is
  // time to run it on the executor.
  template <class Request, class Handler, class Await>
  grpc::ServerUnaryReactor* Hot(grpc::CallbackServerContext* context, const Method& method,
                                const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                Handler handler, Await await) {
    const Unary unary = Start(context, method);
    if (absl::Status refusal = unary.call.Admit(); !refusal.ok()) {
      return unary.Finish(refusal);
    }
    Request asked;
    if (!ParseBytes(*request, asked)) {
      return unary.Finish(NotA(asked));
    }
    absl::Status status = handler(CallContext{unary.call.now, true}, asked, response);
    if (!IsWouldBlock(status)) {
      return unary.Finish(status);
    }
    auto work = [unary, response, asked, handler = std::move(handler)] {
      return handler(CallContext{unary.call.now}, asked, response);
    };
    await(asked,
          [this, unary, work = std::move(work)]() mutable { Queue(unary, std::move(work)); });
    return unary.reactor;
  }

  // For reads that ask the store: runs on the executor. handler: (CallContext, Request) →
  // StatusOr<Response>.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context, const Method& method,
                                 const Request* request, Response* response, Handler handler) {
    const Unary unary = Start(context, method);
    if (absl::Status refusal = unary.call.Admit(); !refusal.ok()) {
      return unary.Finish(refusal);
    }
    Queue(unary, [unary, request, response, handler = std::move(handler)] {
      return Answer(handler(CallContext{unary.call.now}, *request), response);
    });
    return unary.reactor;
  }

  // For changes: handler, on gRPC's thread, parses: (CallContext, Request) → StatusOr<Change>; the
  // store runs the change's decision. A request with a request_id takes effect once.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* Write(grpc::CallbackServerContext* context, const Method& method,
                                  const Request* request, Response* response, Handler handler) {
    Unary unary = Start(context, method);
    if (absl::Status refusal = unary.call.Admit(); !refusal.ok()) {
      return unary.Finish(refusal);
    }
    absl::StatusOr<ports::Unit> unit = UnitOf(unary, method, *request);
    if (!unit.ok()) {
      return unary.Finish(unit.status());
    }
    absl::StatusOr<Change> change = handler(CallContext{unary.call.now}, *request);
    if (!change.ok()) {
      return unary.Finish(change.status());
    }
    unit->program = std::move(change->program);
    unit->decide = std::move(change->decide);
    unit->lookups = std::move(change->lookups);
    store_.Write(*std::move(unit), [unary, response](absl::StatusOr<ports::Outcome> outcome) {
      unary.Finish(AnswerWritten(unary, outcome, response));
    });
    return unary.reactor;
  }

  // The same for changes that take several units of work: handler, on gRPC's thread, parses:
  // (CallContext, Request) → StatusOr<LongChange>; the change runs on the executor.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* WriteLong(grpc::CallbackServerContext* context, const Method& method,
                                      const Request* request, Response* response, Handler handler) {
    Unary unary = Start(context, method);
    if (absl::Status refusal = unary.call.Admit(); !refusal.ok()) {
      return unary.Finish(refusal);
    }
    absl::StatusOr<ports::Unit> unit = UnitOf(unary, method, *request);
    if (!unit.ok()) {
      return unary.Finish(unit.status());
    }
    absl::StatusOr<LongChange> change = handler(CallContext{unary.call.now}, *request);
    if (!change.ok()) {
      return unary.Finish(change.status());
    }
    unit->program = std::move(change->program);
    Queue(unary, [this, unary, response, unit = *std::move(unit), run = std::move(change->run)] {
      return AnswerWritten(unary, run(store_, unit), response);
    });
    return unary.reactor;
  }

  ports::Store& store() { return store_; }
  ports::Clock& clock() { return clock_; }
  ports::Executor& executor() { return executor_; }

 private:
  struct Unary {
    RunningCall call;
    grpc::ServerUnaryReactor* reactor;

    grpc::ServerUnaryReactor* Finish(const absl::Status& status) const {
      reactor->Finish(call.End(status));
      return reactor;
    }
  };

  Unary Start(grpc::CallbackServerContext* context, const Method& method) {
    return Unary{Begin(context, method), context->DefaultReactor()};
  }

  // The unit of work of a request, without programme and decision.
  template <class Request>
  static absl::StatusOr<ports::Unit> UnitOf(const Unary& unary, const Method& method,
                                            const Request& request) {
    ports::Unit unit;
    unit.now = unary.call.now;
    if constexpr (requires { request.request_id(); }) {
      absl::StatusOr<Uuid> id = ParseUuid(request.request_id(), "request_id");
      if (!id.ok()) {
        return id.status();
      }
      unit.request = ports::RequestKey{*id, ContentHash(method, request)};
    }
    unit.admit = [call = unary.call] { return call.Admit(); };
    return unit;
  }

  template <class Response>
  static absl::Status AnswerWritten(const Unary& unary,
                                    const absl::StatusOr<ports::Outcome>& outcome,
                                    Response* response) {
    if (!outcome.ok()) {
      return outcome.status();
    }
    unary.call.context->AddInitialMetadata("perigee-revision", std::to_string(outcome->revision));
    if (outcome->replayed) {
      unary.call.context->AddInitialMetadata("perigee-replayed", "true");
    }
    return response->ParseFromString(outcome->answer)
               ? absl::OkStatus()
               : absl::InternalError("the stored answer is not one of this method");
  }

  // Has the executor do the work, () → absl::Status, and finish the call with what it says.
  template <class Work>
  void Queue(const Unary& unary, Work work) {
    const absl::Status queued = executor_.Submit([unary, work = std::move(work)]() mutable {
      absl::Status status = unary.call.Admit();
      if (status.ok()) {
        status = work();
      }
      unary.Finish(status);
    });
    if (!queued.ok()) {
      unary.Finish(queued);
    }
  }

  template <class Response>
  static absl::Status Answer(absl::StatusOr<Response> answer, Response* response) {
    if (!answer.ok()) {
      return answer.status();
    }
    *response = *std::move(answer);
    return absl::OkStatus();
  }

  ports::Store& store_;
  ports::Clock& clock_;
  ports::Executor& executor_;
  ports::Telemetry& telemetry_;
  ports::QueueStats& queue_stats_;
  const int open_max_;
  std::atomic<int> open_{0};
};

}  // namespace perigee::services
