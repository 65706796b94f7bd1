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
#include "server/ports/executor.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"
#include "server/use_cases/decided.h"

namespace perigee::ports {
class Clock;
}  // namespace perigee::ports

namespace perigee::services {

// The facts that a handler gets about its call besides the message.
struct CallContext {
  Time now{};  // The one time of the request.
  // True: the handler runs on gRPC's thread, which must not wait. The handler answers WouldBlock
  // instead of waiting.
  bool at_once = false;
};

// A change that a handler asks the store for: the programme it changes, and the decision. The
// decision's answer is the response message, serialized.
struct Change {
  std::string program;
  ports::Decide decide;
  ports::Lookups lookups{};
};

// The decision of a use case. `answer`, const T& → message, makes the response message from its
// value.
template <class T, class Answer>
absl::StatusOr<ports::Decision> Answered(absl::StatusOr<use_cases::Decided<T>> decided,
                                         Answer answer) {
  if (!decided.ok()) {
    return decided.status();
  }
  return ports::Decision{std::move(decided->changes), answer(decided->value).SerializeAsString()};
}

// A change that takes more than one decision: the programme and the work, which blocks. The work
// gets the request's unit of work without a decision and returns the outcome.
struct LongChange {
  std::string program;
  std::function<absl::StatusOr<ports::Outcome>(ports::Store& store, const ports::Unit& unit)> run;
};

// One RPC method: its full name and its figures. The service keeps it as long as calls run.
struct Method {
  std::string name;  // `perigee.v1.MemberService/GetMember`
  ports::RpcStats* stats;
};

// Converts a message to wire bytes and back. ParseBytes gives false if the bytes are not such a
// message.
grpc::ByteBuffer ToBytes(const google::protobuf::Message& message);
bool ParseBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);
// kInvalidField for bytes that ParseBytes could not read.
absl::Status NotA(const google::protobuf::Message& message);

// The refusal as the wire carries it: its canonical code, its message and exactly one ErrorInfo. An
// invalid argument also has a BadRequest that names the field. If a retry may help, a RetryInfo
// advises a time: that of the refusal plus up to half as much again, so that callers do not all
// come back at once. A status that Error() did not make becomes INTERNAL with a fixed sentence and
// an id, and its cause goes to spdlog's default logger. CANCELLED stays as it is.
grpc::Status ToGrpcStatus(const absl::Status& status, const Method& method);

// SHA-256 of a method and a message as deterministic bytes, with request_id cleared.
Sha256Digest ContentHash(const Method& method, const google::protobuf::Message& message);

// One admitted call of any shape, until it ends. Call keeps it for unary methods. A stream's
// reactor keeps its own. Cheap to copy. `context` and `method` must outlive it.
struct RunningCall {
  grpc::CallbackServerContext* context;
  const Method* method;
  Time now{};
  std::chrono::steady_clock::time_point started;
  std::atomic<int>* open;  // How many calls are open at the door, this one among them.

  // Whether work may go on: kDeadlinePassed or CANCELLED if nobody waits for the call any more.
  // Called when the call comes in and again before each portion of its work: a queued read, a
  // decision, each message of a stream. Cheap. Must not be called after End.
  absl::Status Admit() const;
  // The context for the handler of this call.
  CallContext ForHandler(bool at_once = false) const { return {now, at_once}; }
  // Cuts the call off at once, even if the caller has not taken the last message. The caller gets
  // code and message, without details, as soon as the network allows. The reactor sees a cancelled
  // call and must still finish it.
  void Abort(const absl::Status& status) const;
  // Counts the call as finished and makes the status for the reactor's Finish. Once for each call.
  grpc::Status End(const absl::Status& status) const;
};

// The reactor of a stream that was not admitted: it ends the stream at once.
template <class Reactor>
class RefusedStream final : public Reactor {
 public:
  RefusedStream(const RunningCall& call, const absl::Status& refusal) {
    this->Finish(call.End(refusal));
  }
  void OnDone() override { delete this; }
};

// The one entry for every RPC, and the work that all RPCs share. A call has one of six shapes, each
// a method below: Hot, Read, Write, WriteLong, ClientStream, ServerStream. Enter first admits or
// refuses the call; a refused call runs no code of its method. Call also takes the time, runs the
// handler on the right thread, maps errors, counts and measures. Safe from many threads.
class Call {
 public:
  // How many calls may be open at once. Each takes some ten kilobytes of gRPC's memory.
  static constexpr int kOpenMax = 30'000;

  // Each door has a Call of its own that counts the door's calls, so that no door can shut another.
  Call(ports::Store& store, ports::Clock& clock, ports::Executor& executor,
       ports::Telemetry& telemetry, int open_max = kOpenMax)
      : store_(store),
        clock_(clock),
        executor_(executor),
        telemetry_(telemetry),
        queue_stats_(telemetry.Queue("calls")),
        open_max_(open_max) {}

  // `service` is the result of the generated service_full_name().
  Method Register(std::string_view service, std::string_view method);

  // For hot reads, whose answers are bytes that are ready or quickly made. handler: (CallContext,
  // Request, grpc::ByteBuffer* answer) → absl::Status. It runs at once, on gRPC's thread. If it
  // answers WouldBlock, `await`, (Request, function<void()> again) → void, calls `again` once, when
  // it is time to run the handler on the executor.
  template <class Request, class Handler, class Await>
  grpc::ServerUnaryReactor* Hot(grpc::CallbackServerContext* context, const Method& method,
                                const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                Handler handler, Await await) {
    Request asked;
    const Entry entry = Enter(context, method, request, &asked);
    const Unary unary{entry.call, context->DefaultReactor()};
    if (!entry.refusal.ok()) {
      return unary.Finish(entry.refusal);
    }
    absl::Status status = handler(unary.call.ForHandler(true), asked, response);
    if (!IsWouldBlock(status)) {
      return unary.Finish(status);
    }
    auto work = [unary, response, asked, handler = std::move(handler)] {
      return handler(unary.call.ForHandler(), asked, response);
    };
    await(asked,
          [this, unary, work = std::move(work)]() mutable { Queue(unary, std::move(work)); });
    return unary.reactor;
  }

  // For reads that ask the store. handler: (CallContext, Request) → StatusOr<Response>. It runs on
  // the executor.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context, const Method& method,
                                 const Request* request, Response* response, Handler handler) {
    const Entry entry = Enter(context, method);
    const Unary unary{entry.call, context->DefaultReactor()};
    if (!entry.refusal.ok()) {
      return unary.Finish(entry.refusal);
    }
    Queue(unary, [unary, request, response, handler = std::move(handler)] {
      return Answer(handler(unary.call.ForHandler(), *request), response);
    });
    return unary.reactor;
  }

  // For changes. handler: (CallContext, Request) → StatusOr<Change>. It parses, on gRPC's thread;
  // the store runs the decision. A request with a request_id takes effect once.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* Write(grpc::CallbackServerContext* context, const Method& method,
                                  const Request* request, Response* response, Handler handler) {
    const Entry entry = Enter(context, method);
    const Unary unary{entry.call, context->DefaultReactor()};
    if (!entry.refusal.ok()) {
      return unary.Finish(entry.refusal);
    }
    absl::StatusOr<ports::Unit> unit = UnitOf(unary, method, *request);
    if (!unit.ok()) {
      return unary.Finish(unit.status());
    }
    absl::StatusOr<Change> change = handler(unary.call.ForHandler(), *request);
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

  // For changes that take several units of work. handler: (CallContext, Request) →
  // StatusOr<LongChange>. It parses, on gRPC's thread; the change runs on the executor.
  template <class Request, class Response, class Handler>
  grpc::ServerUnaryReactor* WriteLong(grpc::CallbackServerContext* context, const Method& method,
                                      const Request* request, Response* response, Handler handler) {
    const Entry entry = Enter(context, method);
    const Unary unary{entry.call, context->DefaultReactor()};
    if (!entry.refusal.ok()) {
      return unary.Finish(entry.refusal);
    }
    absl::StatusOr<ports::Unit> unit = UnitOf(unary, method, *request);
    if (!unit.ok()) {
      return unary.Finish(unit.status());
    }
    absl::StatusOr<LongChange> change = handler(unary.call.ForHandler(), *request);
    if (!change.ok()) {
      return unary.Finish(change.status());
    }
    unit->program = std::move(change->program);
    Queue(unary, [this, unary, response, unit = *std::move(unit), run = std::move(change->run)] {
      return AnswerWritten(unary, run(store_, unit), response);
    });
    return unary.reactor;
  }

  // For streams of the caller's messages. start: (RunningCall) → the stream's reactor. The reactor
  // calls RunningCall::Admit for every message.
  template <class Request, class Start>
  grpc::ServerReadReactor<Request>* ClientStream(grpc::CallbackServerContext* context,
                                                 const Method& method, Start start) {
    using Reactor = grpc::ServerReadReactor<Request>;
    const Entry entry = Enter(context, method);
    if (!entry.refusal.ok()) {
      return new RefusedStream<Reactor>(entry.call, entry.refusal);
    }
    return start(entry.call);
  }

  // For streams of the server's messages, which are ready bytes. start: (RunningCall, Request) →
  // the stream's reactor. The reactor calls RunningCall::Admit for every message.
  template <class Request, class Start>
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ServerStream(grpc::CallbackServerContext* context,
                                                           const Method& method,
                                                           const grpc::ByteBuffer* request,
                                                           Start start) {
    using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;
    Request asked;
    const Entry entry = Enter(context, method, request, &asked);
    if (!entry.refusal.ok()) {
      return new RefusedStream<Reactor>(entry.call, entry.refusal);
    }
    return start(entry.call, asked);
  }

  ports::Store& store() { return store_; }
  ports::Clock& clock() { return clock_; }
  ports::Executor& executor() { return executor_; }

 private:
  struct Entry {
    RunningCall call;
    absl::Status refusal;  // OK: the call is admitted.
  };

  // Admits or refuses a call and counts it in either case. The call ends with End. Parses `bytes`
  // into `asked`, for shapes whose message gRPC leaves as bytes.
  Entry Enter(grpc::CallbackServerContext* context, const Method& method,
              const grpc::ByteBuffer* bytes = nullptr, google::protobuf::Message* asked = nullptr);

  struct Unary {
    RunningCall call;
    grpc::ServerUnaryReactor* reactor;

    grpc::ServerUnaryReactor* Finish(const absl::Status& status) const {
      reactor->Finish(call.End(status));
      return reactor;
    }
  };

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

  // Runs the work, () → absl::Status, on the executor and finishes the call with its status.
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
