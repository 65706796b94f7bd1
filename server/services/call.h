#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
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
#include "server/services/gatekeeper.h"
#include "server/services/permissions.h"
#include "server/use_cases/decided.h"

namespace perigee::ports {
class Clock;
}  // namespace perigee::ports

namespace perigee::services {

// The facts that a handler gets about its call besides the message. Valid as long as the call.
struct CallContext {
  Time now{};            // The one time of the request.
  const Caller& caller;  // Who calls, and what they may have.
  // True: the handler must not wait, for example because it runs on gRPC's thread. It answers
  // WouldBlock instead.
  bool at_once = false;
};

// Adds to the answer of a change that is durable: calls `then` once, with bytes that follow the
// answer's own, so with fields of the same message. Must not block.
using AnswerMore = std::function<void(const CallContext& call, const ports::Outcome& outcome,
                                      std::function<void(std::string more)> then)>;

// A change that a handler asks the store for: the programme it changes, and the decision. The
// decision's answer is the response message, serialized.
struct Change {
  std::string program;
  ports::Decide decide;
  ports::Lookups lookups{};
  AnswerMore more{};       // Absent: the decision's answer is all of it.
  bool in_closed = false;  // See ports::Unit.
  // Not OK: policy refuses the request, and the change only puts the attempt on record. Once that
  // is durable, the caller is refused so. Each attempt is recorded, and none uses up its
  // request_id.
  absl::Status refusal{};
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

// The answer of a read that must be on record before it goes out, for example because it shows what
// not everybody may know.
template <class Message>
struct RecordedAnswer {
  Message message;
  // Puts it on record. The bytes of its decision's answer follow those of the message, so they are
  // fields of the same message. Only `program` and `decide` are looked at. Absent: the read is on
  // record already. Such a read shows no personal data of others.
  std::optional<Change> record;
};

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
  ports::StreamStats* stream = nullptr;  // Only of a stream: the same figures and more.
  std::optional<BoundPermission> permission = std::nullopt;  // Of every method of a service.
};

// gRPC's clients refuse a larger answer by default, so the server refuses it, and says why.
inline constexpr std::size_t kAnswerBytesMax = 4 * 1024 * 1024;

// The method as the table of permissions names it, for the journal. Empty if it is not in there.
std::string RpcOf(const Method& method);

// Converts a message to wire bytes and back. ParseBytes answers kInvalidField for bytes that are
// not such a message, for example because a text in them is not UTF-8.
grpc::ByteBuffer ToBytes(const google::protobuf::Message& message);
absl::Status ParseBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);

// The refusal as the wire carries it: its canonical code, its message and exactly one ErrorInfo. An
// invalid argument also has a BadRequest that names the field. If a retry may help, a RetryInfo
// advises a time: that of the refusal plus up to half as much again, so that callers do not all
// come back at once. A fault of the server (kInternal, or a status that Error() did not make)
// becomes INTERNAL with a fixed sentence and an id, and its cause goes to spdlog's default logger.
// CANCELLED stays as it is.
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
  std::atomic<int>* open;            // How many calls are open at the door, this one among them.
  Gatekeeper* gatekeeper = nullptr;  // Null: nobody is asked to sign in.
  ports::Clock* clock = nullptr;     // Of the door.
  Caller caller{};
  std::shared_ptr<void> stream_place{};  // See Gatekeeper::PlaceForStream.

  // Decides whether the call may be made with that request, as Gatekeeper::Authorise does. Without
  // this decision no work is admitted. A stream decides again where StillHolds says so.
  absl::Status Authorise(const google::protobuf::Message& request, Time at, bool at_once);
  // See Gatekeeper::StillHolds. A stream asks before each message.
  absl::Status StillHolds(Time at) const;
  // kDeadlinePassed or CANCELLED if nobody waits for the call any more. Cheap. Must not be called
  // after End.
  absl::Status Awaited() const;
  // Whether work may go on: the call is awaited, was authorised, and that still holds. kConflict,
  // after which the caller tries again, if the access may have changed meanwhile. Called before
  // each portion of its work: a queued read, a decision, each message of a stream. Cheap. Must not
  // be called after End.
  absl::Status Admit() const;
  // The unit of work, without its decision, that puts on record what the call shows.
  ports::Unit UnitOfRead(std::string program) const;
  // The context for the handler of this call.
  CallContext ForHandler(bool at_once = false) const { return {now, caller, at_once}; }
  // Cuts the call off at once, even if the caller has not taken the last message. The caller gets
  // code and message, without details, as soon as the network allows. The reactor sees a cancelled
  // call and must still finish it.
  void Abort(const absl::Status& status) const;
  // Counts a message of a stream, read or sent.
  void CountMessage() const { method->stream->Message(); }
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

// The one entry for every RPC, and the work that all RPCs share. A call has one of seven shapes,
// each a method below: Hot, Read, ReadLong, Write, WriteLong, ClientStream, ServerStream. All of
// them take and give bytes. Enter first admits or refuses the call: it asks who calls, reads the
// message, and decides whether this caller may make this call. A refused call runs no code of its
// method. Call also takes the time, runs the handler on the right thread, maps errors, counts and
// measures. Safe from many threads.
class Call {
 public:
  // How many calls may be open at once. Each takes some ten kilobytes of gRPC's memory.
  static constexpr int kOpenMax = 30'000;

  // Each door has a Call of its own that counts the door's calls, so that no door can shut another.
  // Without a gatekeeper everybody may do everything.
  Call(ports::Store& store, ports::Clock& clock, ports::Executor& executor,
       ports::Telemetry& telemetry, Gatekeeper* gatekeeper = nullptr, int open_max = kOpenMax)
      : store_(store),
        clock_(clock),
        executor_(executor),
        telemetry_(telemetry),
        gatekeeper_(gatekeeper),
        queue_stats_(telemetry.Queue("calls")),
        open_max_(open_max) {}

  // `service` is the full name of the proto service.
  Method Register(std::string_view service, std::string_view method);
  Method RegisterStream(std::string_view service, std::string_view method);

  // For hot reads, whose answers are bytes that are ready or quickly made. handler: (CallContext,
  // Request, grpc::ByteBuffer* answer) → absl::Status. It runs at once, on gRPC's thread. If it
  // answers WouldBlock, `await`, (Request, function<void()> again) → void, calls `again` once, when
  // it is time to run the handler on the executor.
  template <class Request, class Handler, class Await>
  grpc::ServerUnaryReactor* Hot(grpc::CallbackServerContext* context, const Method& method,
                                const grpc::ByteBuffer* bytes, grpc::ByteBuffer* answer,
                                const Handler& handler, const Await& await) {
    return Begin<Request>(
        context, method, *bytes,
        [this, answer, handler, await](const Unary& unary, Request request) {
          const absl::Status status = handler(unary.call.ForHandler(true), request, answer);
          if (!IsWouldBlock(status)) {
            unary.Finish(status, answer);
            return;
          }
          auto work = [unary, answer, request, handler] {
            unary.Finish(handler(unary.call.ForHandler(), request, answer), answer);
          };
          await(request,
                [this, unary, work = std::move(work)]() mutable { Queue(unary, std::move(work)); });
        });
  }

  // For reads that ask the store. handler: (CallContext, Request) → StatusOr<message>, or
  // StatusOr<RecordedAnswer<message>>. It runs on the executor. An answer that shows personal data
  // to somebody else, or that has a record, goes out after that is on record; if it cannot be
  // recorded, the read is refused with the store's refusal.
  template <class Request, class Handler>
  grpc::ServerUnaryReactor* Read(grpc::CallbackServerContext* context, const Method& method,
                                 const grpc::ByteBuffer* bytes, grpc::ByteBuffer* answer,
                                 const Handler& handler) {
    return Begin<Request>(
        context, method, *bytes, [this, answer, handler](const Unary& unary, Request asked) {
          const auto request = std::make_shared<const Request>(std::move(asked));
          Queue(unary, [this, unary, request, answer, handler] {
            EndRead(unary, *request, handler(unary.call.ForHandler(), *request), answer);
          });
        });
  }

  // The same for answers that take long to make. At first the handler must answer at once. If it
  // answers WouldBlock, `await`, (Request, function<void()> again) → void, calls `again` once, when
  // it is time to run the handler again.
  template <class Request, class Handler, class Await>
  grpc::ServerUnaryReactor* ReadLong(grpc::CallbackServerContext* context, const Method& method,
                                     const grpc::ByteBuffer* bytes, grpc::ByteBuffer* answer,
                                     const Handler& handler, const Await& await) {
    return Begin<Request>(
        context, method, *bytes, [this, answer, handler, await](const Unary& unary, Request asked) {
          const auto request = std::make_shared<const Request>(std::move(asked));
          Queue(unary, [this, unary, request, answer, handler, await] {
            const auto message = handler(unary.call.ForHandler(true), *request);
            if (!IsWouldBlock(message.status())) {
              EndRead(unary, *request, message, answer);
              return;
            }
            await(*request, [this, unary, request, answer, handler] {
              Queue(unary, [this, unary, request, answer, handler] {
                EndRead(unary, *request, handler(unary.call.ForHandler(), *request), answer);
              });
            });
          });
        });
  }

  // For changes. handler: (CallContext, Request) → StatusOr<Change>. It parses, on gRPC's thread;
  // the store runs the decision. A request with a request_id takes effect once.
  template <class Request, class Handler>
  grpc::ServerUnaryReactor* Write(grpc::CallbackServerContext* context, const Method& method,
                                  const grpc::ByteBuffer* bytes, grpc::ByteBuffer* answer,
                                  const Handler& handler) {
    return Enqueue<Request>(
        context, method, bytes, handler,
        [this, answer](const Unary& unary, ports::Unit unit, Change change) {
          unit.decide = std::move(change.decide);
          unit.lookups = std::move(change.lookups);
          unit.in_closed = change.in_closed;
          if (!change.refusal.ok()) {
            Refuse(unary, std::move(unit), change.refusal);
            return;
          }
          store_.Write(std::move(unit), [unary, answer, more = std::move(change.more)](
                                            const absl::StatusOr<ports::Outcome>& outcome) {
            if (outcome.ok() && more) {
              more(unary.call.ForHandler(), *outcome, [=](const std::string& bytes) {
                unary.Finish(AnswerWritten(unary.call, outcome, answer, bytes), answer);
              });
            } else {
              unary.Finish(AnswerWritten(unary.call, outcome, answer), answer);
            }
          });
        });
  }

  // The same for changes that take several units of work. handler: (CallContext, Request) →
  // StatusOr<LongChange>. It parses, on gRPC's thread; the change runs on the executor.
  template <class Request, class Handler>
  grpc::ServerUnaryReactor* WriteLong(grpc::CallbackServerContext* context, const Method& method,
                                      const grpc::ByteBuffer* bytes, grpc::ByteBuffer* answer,
                                      const Handler& handler) {
    return Enqueue<Request>(
        context, method, bytes, handler,
        [this, answer](const Unary& unary, ports::Unit unit, LongChange change) {
          Queue(unary, [this, unary, answer, unit = std::move(unit), run = std::move(change.run)] {
            unary.Finish(AnswerWritten(unary.call, run(store_, unit), answer), answer);
          });
        });
  }

  // For streams of the caller's messages. start: (RunningCall) → the stream's reactor. For every
  // message the reactor calls RunningCall::CountMessage, Authorise or StillHolds, and Admit. The
  // call is not authorised yet.
  template <class Start>
  grpc::ServerReadReactor<grpc::ByteBuffer>* ClientStream(grpc::CallbackServerContext* context,
                                                          const Method& method,
                                                          const Start& start) {
    using Reactor = grpc::ServerReadReactor<grpc::ByteBuffer>;
    const Entry entry = Enter(context, method);
    if (!entry.refusal.ok()) {
      return new RefusedStream<Reactor>(entry.call, entry.refusal);
    }
    return start(entry.call);
  }

  // For streams of the server's messages. start: (RunningCall, Request) → the stream's reactor. For
  // every message the reactor calls RunningCall::CountMessage, StillHolds and Admit. If StillHolds
  // answers WouldBlock, also at the start, the reactor calls Authorise where it may wait.
  template <class Request, class Start>
  grpc::ServerWriteReactor<grpc::ByteBuffer>* ServerStream(grpc::CallbackServerContext* context,
                                                           const Method& method,
                                                           const grpc::ByteBuffer* bytes,
                                                           const Start& start) {
    using Reactor = grpc::ServerWriteReactor<grpc::ByteBuffer>;
    Request request;
    const Entry entry = Enter(context, method, bytes, &request);
    if (!entry.refusal.ok() && !IsWouldBlock(entry.refusal)) {
      return new RefusedStream<Reactor>(entry.call, entry.refusal);
    }
    return start(entry.call, request);
  }

  // How many calls are open at the door.
  int open() const { return open_.load(std::memory_order_relaxed); }
  ports::Store& store() { return store_; }
  ports::Clock& clock() { return clock_; }
  ports::Executor& executor() { return executor_; }

 private:
  struct Entry {
    RunningCall call;
    // OK: the call is admitted. WouldBlock: it must be authorised where that may wait.
    absl::Status refusal;
  };

  // Admits or refuses a call and counts it in either case. The call ends with End. Reads `bytes`
  // into `request`, except where a stream reads its messages itself.
  Entry Enter(grpc::CallbackServerContext* context, const Method& method,
              const grpc::ByteBuffer* bytes = nullptr,
              google::protobuf::Message* request = nullptr);

  struct Unary : Entry {
    grpc::ServerUnaryReactor* reactor;

    // Authorises the call where that may wait.
    absl::Status AuthoriseWaiting(const google::protobuf::Message& request);
    // `answer` is sent if the status is OK. kAnswerTooLarge if it is above kAnswerBytesMax.
    grpc::ServerUnaryReactor* Finish(const absl::Status& status,
                                     const grpc::ByteBuffer* answer = nullptr) const;
  };
  Unary EnterUnary(grpc::CallbackServerContext* context, const Method& method,
                   const grpc::ByteBuffer& bytes, google::protobuf::Message& request) {
    return {Enter(context, method, &bytes, &request), context->DefaultReactor()};
  }

  // What all unary calls share: enters the call and hands it with its request to `go`, (Unary,
  // Request) → void, if it is admitted: at once, or on the executor if its access must be read from
  // the store first.
  template <class Request, class Go>
  grpc::ServerUnaryReactor* Begin(grpc::CallbackServerContext* context, const Method& method,
                                  const grpc::ByteBuffer& bytes, Go go) {
    Request request;
    Unary unary = EnterUnary(context, method, bytes, request);
    if (unary.refusal.ok()) {
      go(unary, std::move(request));
    } else if (!IsWouldBlock(unary.refusal)) {
      unary.Finish(unary.refusal);
    } else {
      const absl::Status queued = executor_.Submit([unary, request, go]() mutable {
        const absl::Status refusal = unary.AuthoriseWaiting(request);
        refusal.ok() ? go(unary, std::move(request)) : void(unary.Finish(refusal));
      });
      if (!queued.ok()) {
        unary.Finish(queued);
      }
    }
    return unary.reactor;
  }

  // What all changes share: reads the request, makes the unit of work, and hands it with the
  // handler's change to `enqueue`, (Unary, Unit, change) → void.
  template <class Request, class Handler, class Hand>
  grpc::ServerUnaryReactor* Enqueue(grpc::CallbackServerContext* context, const Method& method,
                                    const grpc::ByteBuffer* bytes, const Handler& handler,
                                    const Hand& enqueue) {
    return Begin<Request>(context, method, *bytes,
                          [&method, handler, enqueue](const Unary& unary, const Request& request) {
                            absl::StatusOr<ports::Unit> unit = UnitOf(unary.call, method, request);
                            if (!unit.ok()) {
                              unary.Finish(unit.status());
                              return;
                            }
                            auto change = handler(unary.call.ForHandler(true), request);
                            if (!change.ok()) {
                              unary.Finish(change.status());
                              return;
                            }
                            unit->program = std::move(change->program);
                            enqueue(unary, *std::move(unit), *std::move(change));
                          });
  }

  // The unit of work of a request, without programme and decision.
  template <class Request>
  static absl::StatusOr<ports::Unit> UnitOf(const RunningCall& call, const Method& method,
                                            const Request& request) {
    ports::Unit unit;
    unit.now = call.now;
    unit.by = call.caller.by;
    unit.method = RpcOf(method);
    if constexpr (requires { request.request_id(); }) {
      absl::StatusOr<Uuid> id = ParseUuid(request.request_id(), "request_id");
      if (!id.ok()) {
        return id.status();
      }
      unit.request = ports::RequestKey{*id, ContentHash(method, request)};
    }
    unit.admit = [call] { return call.Admit(); };
    return unit;
  }

  static absl::Status AnswerWritten(const RunningCall& call,
                                    const absl::StatusOr<ports::Outcome>& outcome,
                                    grpc::ByteBuffer* answer, const std::string& more = "");

  // Writes the record of a refused attempt, and then finishes the call with the refusal, or with
  // that of the store.
  void Refuse(const Unary& unary, ports::Unit record, const absl::Status& refusal);

  // Finishes the call with the answer of a read, or with its refusal.
  template <class Message>
  void EndRead(const Unary& unary, const google::protobuf::Message& request,
               const absl::StatusOr<Message>& message, grpc::ByteBuffer* answer) {
    if (message.ok()) {
      AnswerRead(unary, request, *message, answer);
    } else {
      unary.Finish(message.status());
    }
  }
  template <class Message>
  void EndRead(const Unary& unary, const google::protobuf::Message& request,
               const absl::StatusOr<RecordedAnswer<Message>>& recorded, grpc::ByteBuffer* answer) {
    if (!recorded.ok()) {
      unary.Finish(recorded.status());
    } else if (recorded->record.has_value()) {
      AnswerOnRecord(unary, recorded->message, *recorded->record, answer);
    } else {
      AnswerRead(unary, request, recorded->message, answer);
    }
  }
  // Finishes the call with the answer, once it is on record if it shows personal data.
  void AnswerRead(const Unary& unary, const google::protobuf::Message& request,
                  const google::protobuf::Message& message, grpc::ByteBuffer* answer);
  // Finishes the call with the answer, once that record of it is durable.
  void AnswerOnRecord(const Unary& unary, const google::protobuf::Message& message,
                      const Change& record, grpc::ByteBuffer* answer);

  // Runs the work, () → void, on the executor if the call is still admitted. The work finishes the
  // call.
  template <class Work>
  void Queue(const Unary& unary, Work work) {
    const absl::Status queued = executor_.Submit([unary, work = std::move(work)]() mutable {
      const absl::Status admitted = unary.call.Admit();
      admitted.ok() ? work() : void(unary.Finish(admitted));
    });
    if (!queued.ok()) {
      unary.Finish(queued);
    }
  }

  ports::Store& store_;
  ports::Clock& clock_;
  ports::Executor& executor_;
  ports::Telemetry& telemetry_;
  Gatekeeper* const gatekeeper_;
  ports::QueueStats& queue_stats_;
  const int open_max_;
  std::atomic<int> open_{0};
};

}  // namespace perigee::services
