#include "server/services/call.h"

#include <charconv>
#include <cstdio>
#include <memory>
#include <random>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/protobuf/util/time_util.h>
#include <grpc/grpc.h>
#include <spdlog/spdlog.h>

#include "absl/strings/escaping.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/core/error.h"
#include "server/ports/clock.h"
#include "server/services/personal_reads.h"

namespace perigee::services {
namespace {

constexpr std::string_view kErrorDomain = "perigee";
constexpr std::chrono::milliseconds kRetryAfter{200};

bool MayBeRetried(absl::StatusCode code) {
  return code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kAborted ||
         code == absl::StatusCode::kResourceExhausted;
}

// The time that the refusal advises, or else a fixed one, plus up to half as much again at random.
google::protobuf::Duration RetryAfter(const ErrorMetadata& metadata) {
  thread_local std::minstd_rand random{std::random_device()()};
  std::int64_t millis = kRetryAfter.count();
  if (const auto advice = metadata.find("retry_after_ms"); advice != metadata.end()) {
    std::from_chars(advice->second.data(), advice->second.data() + advice->second.size(), millis);
  }
  millis += std::uniform_int_distribution<std::int64_t>(0, millis / 2)(random);
  return google::protobuf::util::TimeUtil::MillisecondsToDuration(millis);
}

std::string RandomId() {
  std::random_device random;
  char id[17];
  std::snprintf(id, sizeof id, "%08x%08x", random(), random());
  return id;
}

// Callers do not see the cause of a fault. The log has the cause under an id that the caller gets.
absl::Status Concealed(const absl::Status& cause, const Method& method) {
  const std::string id = RandomId();
  spdlog::error("event=internal_error id={} method={} cause=\"{}\"", id, method.name,
                absl::CEscape(cause.ToString()));
  return Error(Reason::kInternal, "a fault of the server; its log has the cause under " + id,
               {{"id", id}});
}

std::string FullName(std::string_view service, std::string_view method) {
  return std::string(service).append("/").append(method);
}

absl::Status TooLarge(std::size_t bytes) {
  const std::string size = std::to_string(bytes);
  const std::string limit = std::to_string(kAnswerBytesMax);
  return Error(Reason::kAnswerTooLarge,
               "the answer has " + size + " bytes, more than " + limit + ": ask for fewer things",
               {{"bytes", size}, {"limit", limit}});
}

}  // namespace

std::string RpcOf(const Method& method) {
  return method.permission.has_value() ? std::string(method.permission->permission().method)
                                       : std::string();
}

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return {&slice, 1};
}

absl::Status ParseBytes(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  grpc::Slice slice;
  const bool whole = bytes.TrySingleSlice(&slice).ok() || bytes.DumpToSingleSlice(&slice).ok();
  if (!whole || !message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return InvalidField("request", "is not a " + message.GetTypeName() +
                                       ": its bytes are damaged, or a text is not UTF-8");
  }
  return absl::OkStatus();
}

grpc::Status ToGrpcStatus(const absl::Status& status, const Method& method) {
  if (status.ok()) {
    return grpc::Status::OK;
  }
  const std::optional<Reason> reason = ReasonOf(status);
  if (!reason.has_value() && status.code() == absl::StatusCode::kCancelled) {
    return {grpc::StatusCode::CANCELLED, std::string(status.message())};
  }
  if (!reason.has_value() || (*reason == Reason::kInternal && !MetadataOf(status).contains("id"))) {
    return ToGrpcStatus(Concealed(status, method), method);
  }
  google::rpc::Status wire;
  wire.set_code(static_cast<int>(status.code()));
  wire.set_message(std::string(status.message()));

  google::rpc::ErrorInfo info;
  info.set_reason(std::string(ReasonName(*reason)));
  info.set_domain(std::string(kErrorDomain));
  const ErrorMetadata metadata = MetadataOf(status);
  for (const auto& [key, value] : metadata) {
    (*info.mutable_metadata())[key] = value;
  }
  wire.add_details()->PackFrom(info);

  if (*reason == Reason::kInvalidField) {
    google::rpc::BadRequest bad_request;
    auto* violation = bad_request.add_field_violations();
    if (const auto field = metadata.find("field"); field != metadata.end()) {
      violation->set_field(field->second);
    }
    violation->set_description(wire.message());
    wire.add_details()->PackFrom(bad_request);
  }
  if (MayBeRetried(status.code())) {
    google::rpc::RetryInfo retry;
    *retry.mutable_retry_delay() = RetryAfter(metadata);
    wire.add_details()->PackFrom(retry);
  }
  return {static_cast<grpc::StatusCode>(status.code()), wire.message(), wire.SerializeAsString()};
}

Sha256Digest ContentHash(const Method& method, const google::protobuf::Message& message) {
  const std::unique_ptr<google::protobuf::Message> content(message.New());
  content->CopyFrom(message);
  if (const auto* field = content->GetDescriptor()->FindFieldByName("request_id")) {
    content->GetReflection()->ClearField(content.get(), field);
  }
  std::string bytes = method.name;
  bytes.push_back('\0');
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    content->SerializeToCodedStream(&coded);
  }
  return Sha256(bytes);
}

absl::Status RunningCall::Authorise(const google::protobuf::Message& request, Time at,
                                    bool at_once) {
  if (gatekeeper == nullptr) {
    return absl::OkStatus();
  }
  absl::StatusOr<Caller> decided =
      gatekeeper->Authorise(caller.session, *method->permission, request, at, at_once);
  if (!decided.ok()) {
    return decided.status();
  }
  caller = *std::move(decided);
  return absl::OkStatus();
}

absl::Status RunningCall::StillHolds(Time at) const {
  return gatekeeper == nullptr ? absl::OkStatus() : gatekeeper->StillHolds(caller, at);
}

absl::Status RunningCall::Admit() const {
  if (gatekeeper != nullptr && caller.access == nullptr) {
    return absl::InternalError("work of a call that was not authorised");
  }
  // What was right for one call does for a unary one. A stream must ask again.
  const bool asks =
      gatekeeper != nullptr && (method->stream != nullptr || !caller.access->for_one_call);
  const absl::Status holds = asks ? StillHolds(clock->Now()) : absl::OkStatus();
  if (IsWouldBlock(holds)) {
    return Error(Reason::kConflict, "the caller's access changed meanwhile: send the call again");
  }
  return holds.ok() ? Awaited() : holds;
}

absl::Status RunningCall::Awaited() const {
  const auto deadline = context->deadline();
  if (deadline != decltype(deadline)::max() && deadline <= std::chrono::system_clock::now()) {
    return Error(Reason::kDeadlinePassed, "the deadline passed before work began");
  }
  if (context->IsCancelled()) {
    return absl::CancelledError("the caller went away");
  }
  return absl::OkStatus();
}

ports::Unit RunningCall::UnitOfRead(std::string program) const {
  ports::Unit unit;
  unit.program = std::move(program);
  unit.now = now;
  unit.by = caller.by;
  unit.method = RpcOf(*method);
  unit.in_closed = true;
  unit.admit = [call = *this] { return call.Admit(); };
  return unit;
}

void RunningCall::Abort(const absl::Status& status) const {
  const std::string message(status.message());
  grpc_call_cancel_with_status(context->c_call(), static_cast<grpc_status_code>(status.code()),
                               message.c_str(), nullptr);
}

grpc::Status RunningCall::End(const absl::Status& status) const {
  grpc::Status wire = ToGrpcStatus(status, *method);
  open->fetch_sub(1, std::memory_order_relaxed);
  method->stats->Finished(static_cast<absl::StatusCode>(wire.error_code()),
                          std::chrono::steady_clock::now() - started);
  return wire;
}

Method Call::Register(std::string_view service, std::string_view method) {
  return {FullName(service, method), &telemetry_.Rpc(service, method), nullptr, std::nullopt};
}

Method Call::RegisterStream(std::string_view service, std::string_view method) {
  ports::StreamStats& stats = telemetry_.Stream(service, method);
  return {FullName(service, method), &stats, &stats, std::nullopt};
}

Call::Entry Call::Enter(grpc::CallbackServerContext* context, const Method& method,
                        const grpc::ByteBuffer* bytes, google::protobuf::Message* request) {
  method.stats->Started();
  Entry entry{{context, &method, clock_.Now(), std::chrono::steady_clock::now(), &open_,
               gatekeeper_, &clock_},
              {}};
  if (open_.fetch_add(1, std::memory_order_relaxed) >= open_max_) {
    queue_stats_.Refused();
    entry.refusal = Overloaded("too many calls are open", kRetryAfter);
    return entry;
  }
  entry.refusal = entry.call.Awaited();
  if (entry.refusal.ok() && gatekeeper_ != nullptr) {
    absl::StatusOr<SessionPtr> session = gatekeeper_->Authenticate(*context, entry.call.now);
    entry.refusal = session.status();
    entry.call.caller.session = session.ok() ? *std::move(session) : nullptr;
    if (entry.refusal.ok() && method.stream != nullptr) {
      entry.call.stream_place = Gatekeeper::PlaceForStream(entry.call.caller.session);
      if (entry.call.stream_place == nullptr) {
        entry.refusal = Error(Reason::kRateLimited, "the caller has too many streams open");
      }
    }
  }
  if (entry.refusal.ok() && bytes != nullptr) {
    entry.refusal = ParseBytes(*bytes, *request);
    if (entry.refusal.ok()) {
      entry.refusal = entry.call.Authorise(*request, entry.call.now, true);
    }
  }
  return entry;
}

absl::Status Call::Unary::AuthoriseWaiting(const google::protobuf::Message& request) {
  refusal = call.Awaited();
  if (refusal.ok()) {
    refusal = call.Authorise(request, call.now, false);
  }
  return refusal;
}

grpc::ServerUnaryReactor* Call::Unary::Finish(const absl::Status& status,
                                              const grpc::ByteBuffer* answer) const {
  const bool too_large = status.ok() && answer != nullptr && answer->Length() > kAnswerBytesMax;
  reactor->Finish(call.End(too_large ? TooLarge(answer->Length()) : status));
  return reactor;
}

void Call::AnswerRead(const Unary& unary, const google::protobuf::Message& request,
                      const google::protobuf::Message& message, grpc::ByteBuffer* answer) {
  *answer = ToBytes(message);
  absl::StatusOr<std::optional<ports::Unit>> record =
      RecordOfRead(unary.call, store_, request, &message);
  if (!record.ok() || !record->has_value() || answer->Length() > kAnswerBytesMax) {
    unary.Finish(record.status(), answer);
    return;
  }
  store_.Write(**std::move(record), [unary, answer](const absl::StatusOr<ports::Outcome>& outcome) {
    unary.Finish(outcome.status(), answer);
  });
}

void Call::AnswerOnRecord(const Unary& unary, const google::protobuf::Message& message,
                          const Change& record, grpc::ByteBuffer* answer) {
  const grpc::Slice shown(message.SerializeAsString());
  if (shown.size() > kAnswerBytesMax) {
    unary.Finish(TooLarge(shown.size()));
    return;
  }
  ports::Unit unit = unary.call.UnitOfRead(record.program);
  unit.decide = record.decide;
  store_.Write(std::move(unit),
               [unary, shown, answer](const absl::StatusOr<ports::Outcome>& outcome) {
                 if (outcome.ok()) {
                   const grpc::Slice slices[] = {shown, grpc::Slice(outcome->answer)};
                   *answer = {slices, 2};
                 }
                 unary.Finish(outcome.status(), answer);
               });
}

void Call::Refuse(const Unary& unary, ports::Unit record, const absl::Status& refusal) {
  record.request.reset();
  store_.Write(std::move(record), [unary, refusal](const absl::StatusOr<ports::Outcome>& outcome) {
    unary.Finish(outcome.ok() ? refusal : outcome.status());
  });
}

absl::Status Call::AnswerWritten(const RunningCall& call,
                                 const absl::StatusOr<ports::Outcome>& outcome,
                                 grpc::ByteBuffer* answer, const std::string& more) {
  if (!outcome.ok()) {
    return outcome.status();
  }
  call.context->AddInitialMetadata("perigee-revision", std::to_string(outcome->revision));
  if (outcome->replayed) {
    call.context->AddInitialMetadata("perigee-replayed", "true");
  }
  const grpc::Slice slices[] = {grpc::Slice(outcome->answer), grpc::Slice(more)};
  *answer = {slices, more.empty() ? 1U : 2U};
  return absl::OkStatus();
}

}  // namespace perigee::services
