#include "server/services/gatekeeper.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>

#include <grpc/grpc_security_constants.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/core/check.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/ports/access/token_verifier.h"
#include "server/services/permissions.h"

namespace perigee::services {
namespace {

constexpr std::size_t kSessionsPerShardMax = 16'384;
constexpr std::string_view kScheme = "bearer ";

// What a thread knows of the callers that it met last. Each token has one place.
struct Met {
  std::uint64_t gatekeeper = 0;
  std::string token;
  SessionPtr session;
};
// And what it knows of where they may enter.
struct Entered {
  SessionPtr session;
  std::string program;
  ports::AccessPtr access;
};
constexpr std::size_t kMetMax = 1024;
thread_local std::array<Met, kMetMax> met_lately;
thread_local std::array<Entered, kMetMax> entered_lately;

std::size_t Scatter(std::uint64_t number) {
  return (number * 0x9E3779B97F4A7C15U >> 32U) % kMetMax;
}

// A token ends with its signature, so its last bytes are as good as random.
Met& PlaceOf(std::string_view token) {
  std::uint64_t last = 0;
  std::memcpy(&last, token.data() + token.size() - std::min(token.size(), sizeof last),
              std::min(token.size(), sizeof last));
  return met_lately[Scatter(last)];
}

std::uint64_t NewId() {
  static std::atomic<std::uint64_t> last{0};
  return ++last;
}

std::string TextOf(grpc::string_ref text) { return {text.data(), text.size()}; }

// The subject of the client certificate that the connection was opened with, if one was demanded.
std::optional<domain::Subject> SubjectOfConnection(const grpc::CallbackServerContext& context) {
  const auto connection = context.auth_context();
  if (connection == nullptr || !connection->IsPeerAuthenticated()) {
    return std::nullopt;
  }
  for (const char* property : {GRPC_PEER_URI_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME}) {
    const std::vector<grpc::string_ref> values = connection->FindPropertyValues(property);
    if (!values.empty() && !values.front().empty()) {
      return domain::Subject{std::string(domain::kTlsIssuer), TextOf(values.front())};
    }
  }
  return std::nullopt;
}

absl::Status RateLimited(std::string_view what, std::chrono::nanoseconds wait) {
  const auto millis = std::chrono::ceil<std::chrono::milliseconds>(wait).count();
  return Error(
      Reason::kRateLimited,
      absl::StrCat(std::string(what), " calls too often: try again in ", millis, " milliseconds"),
      {{"retry_after_ms", std::to_string(millis)}});
}

absl::Status Denied(const Permission& permission, std::string_view program) {
  if (permission.anywhere.empty() && !permission.own.empty()) {
    return Error(Reason::kPermissionDenied,
                 absl::StrCat("only the member may call ", std::string(permission.method)),
                 {{"program", std::string(program)},
                  {"method", std::string(permission.method)},
                  {"only", "member"}});
  }
  return Error(Reason::kPermissionDenied,
               absl::StrCat("your roles in programme ", std::string(program), " do not allow ",
                            std::string(permission.method)),
               {{"program", std::string(program)}, {"method", std::string(permission.method)}});
}

}  // namespace

absl::Status RequireRight(const Caller& caller, std::string_view method, std::string_view program) {
  const Permission* permission = FindPermission(method);
  PERIGEE_CHECK(permission != nullptr, "a method has a line in the table of permissions");
  const bool may = caller.access == nullptr || caller.access->roles.Has(domain::Role::kOperator) ||
                   caller.access->roles.HasAnyOf(permission->anywhere);
  return may ? absl::OkStatus() : Denied(*permission, program);
}

absl::Status RequireOwn(const Caller& caller, std::string_view method, std::string_view program) {
  const Permission* permission = FindPermission(method);
  PERIGEE_CHECK(permission != nullptr, "a method has a line in the table of permissions");
  return caller.access == nullptr || caller.only_own ? absl::OkStatus()
                                                     : Denied(*permission, program);
}

Gatekeeper::Gatekeeper(ports::TokenVerifier& verifier, ports::AccessView& view, Options options)
    : verifier_(verifier), view_(view), options_(std::move(options)), id_(NewId()) {}

Gatekeeper::~Gatekeeper() = default;

bool Gatekeeper::Holds(const Session& session, Time now) const {
  return now < session.expire_time && (session.subject.issuer == domain::kTlsIssuer ||
                                       session.generation == verifier_.generation());
}

std::shared_ptr<SubjectUse> Gatekeeper::UseOf(const domain::Subject& subject) {
  const std::string digest = domain::SubjectDigest(subject);
  Shard& shard = ShardOf(digest);
  const std::lock_guard lock(shard.mutex);
  if (shard.uses.size() >= kSessionsPerShardMax) {
    std::erase_if(shard.uses, [](const auto& use) { return use.second.expired(); });
  }
  std::weak_ptr<SubjectUse>& kept = shard.uses[digest];
  std::shared_ptr<SubjectUse> use = kept.lock();
  if (use == nullptr) {
    kept = use = std::make_shared<SubjectUse>();
  }
  return use;
}

SessionPtr Gatekeeper::MakeSession(domain::Subject subject, Time expire_time,
                                   std::uint64_t generation) {
  const auto session = std::make_shared<Session>();
  if (std::ranges::find(options_.operators, subject) != options_.operators.end()) {
    const auto access = std::make_shared<ports::Access>();
    access->roles.Add(domain::Role::kOperator);
    const Sha256Digest digest =
        HmacSha256(options_.secret, "operator " + domain::SubjectDigest(subject));
    access->staff = {
        domain::PrincipalKind::kStaff,
        Uuid::FromRaw({reinterpret_cast<const char*>(digest.data()), sizeof(Uuid::bytes)})};
    session->as_operator = access;
  }
  session->use = UseOf(subject);
  session->subject = std::move(subject);
  session->expire_time = expire_time;
  session->generation = generation;
  return session;
}

SessionPtr Gatekeeper::Known(const std::string& digest, Time now) {
  Shard& shard = ShardOf(digest);
  const std::lock_guard lock(shard.mutex);
  const auto known = shard.sessions.find(digest);
  return known != shard.sessions.end() && Holds(*known->second, now) ? known->second : nullptr;
}

SessionPtr Gatekeeper::Keep(const std::string& digest, SessionPtr session, Time now) {
  Shard& shard = ShardOf(digest);
  const std::lock_guard lock(shard.mutex);
  if (shard.sessions.size() >= kSessionsPerShardMax) {
    std::erase_if(shard.sessions, [&](const auto& known) { return !Holds(*known.second, now); });
    if (shard.sessions.size() >= kSessionsPerShardMax) {
      shard.sessions.clear();
    }
  }
  SessionPtr& kept = shard.sessions[digest];
  if (kept == nullptr || !Holds(*kept, now)) {
    kept = std::move(session);
  }
  return kept;
}

SessionPtr Gatekeeper::SessionOfCertificate(const domain::Subject& subject, Time now) {
  const std::string digest = domain::SubjectDigest(subject);
  SessionPtr known = Known(digest, now);
  return known != nullptr ? known : Keep(digest, MakeSession(subject, kEndOfTime, 0), now);
}

absl::Status Gatekeeper::RefuseNameless() {
  nameless_.fetch_add(1, std::memory_order_relaxed);
  return Unauthenticated();
}

absl::StatusOr<SessionPtr> Gatekeeper::Authenticate(const grpc::CallbackServerContext& context,
                                                    Time now) {
  const auto [first, last] = context.client_metadata().equal_range("authorization");
  if (first == last) {
    const std::optional<domain::Subject> subject = SubjectOfConnection(context);
    return subject.has_value() ? absl::StatusOr<SessionPtr>(SessionOfCertificate(*subject, now))
                               : RefuseNameless();
  }
  const grpc::string_ref header = first->second;
  const std::string_view text(header.data(), header.size());
  if (std::next(first) != last || text.size() <= kScheme.size() ||
      !absl::EqualsIgnoreCase(absl::string_view(text.data(), kScheme.size()),
                              absl::string_view(kScheme.data(), kScheme.size()))) {
    return RefuseNameless();
  }
  const std::string_view token = text.substr(kScheme.size());
  Met& met = PlaceOf(token);
  if (met.gatekeeper == id_ && met.token == token && Holds(*met.session, now)) {
    return met.session;
  }
  PERIGEE_ASSIGN_OR_RETURN(SessionPtr session, SessionOf(token, now));
  met = {id_, std::string(token), session};
  return session;
}

absl::StatusOr<SessionPtr> Gatekeeper::SessionOf(std::string_view token, Time now) {
  // Read before the token is verified: a key that goes meanwhile makes the session outdated.
  const std::uint64_t generation = verifier_.generation();
  const Sha256Digest hash = Sha256(token);
  const std::string digest(reinterpret_cast<const char*>(hash.data()), hash.size());
  if (SessionPtr known = Known(digest, now)) {
    return known;
  }
  PERIGEE_ASSIGN_OR_RETURN(ports::VerifiedToken verified, verifier_.Verify(token, now));
  return Keep(digest,
              MakeSession({std::move(verified.issuer), std::move(verified.subject)},
                          verified.expire_time, generation),
              now);
}

absl::StatusOr<ports::AccessPtr> Gatekeeper::AccessOf(const SessionPtr& session,
                                                      std::string_view program, Time now,
                                                      bool at_once) {
  Entered& entered = entered_lately[Scatter(reinterpret_cast<std::uintptr_t>(session.get()))];
  if (entered.session == session && entered.program == program && entered.access->Holds(now)) {
    return entered.access;
  }
  if (!at_once) {
    // The store is asked, so that even somebody whom no programme knows costs something.
    const auto wait = session->use->questions.Take(options_.rate, now.time_since_epoch());
    if (wait.count() > 0) {
      return RateLimited("the caller", wait);
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(ports::AccessPtr access,
                           view_.Find(std::string(program), session->subject, now, at_once));
  if (!access->roles.empty()) {
    entered = {session, std::string(program), access};
  }
  return access;
}

absl::Status Gatekeeper::Count(const ports::Access& access, Time now) const {
  const std::chrono::nanoseconds at = now.time_since_epoch();
  if (const auto wait = access.calls->Take(options_.rate, at); wait.count() > 0) {
    return RateLimited("the caller", wait);
  }
  if (const auto wait = access.program_calls->Take(options_.program_rate, at); wait.count() > 0) {
    return RateLimited("the programme", wait);
  }
  return absl::OkStatus();
}

std::shared_ptr<void> Gatekeeper::PlaceForStream(const SessionPtr& session) {
  std::shared_ptr<SubjectUse> use = session->use;
  const bool is_free = session->as_operator != nullptr;
  if (use->streams.fetch_add(1) >= kStreamsMax && !is_free) {
    use->streams.fetch_sub(1);
    return nullptr;
  }
  void* const place = use.get();
  return {place, [use = std::move(use)](void*) { use->streams.fetch_sub(1); }};
}

absl::StatusOr<Caller> Gatekeeper::Authorise(const SessionPtr& session,
                                             const BoundPermission& bound,
                                             const google::protobuf::Message& request, Time now,
                                             bool at_once) {
  const Permission& permission = bound.permission();
  if (session->as_operator != nullptr) {
    return Caller{session, session->as_operator, session->as_operator->staff, false};
  }
  const std::string_view name = bound.Resource(request);
  if (permission.resource.empty()) {
    return Error(Reason::kPermissionDenied,
                 absl::StrCat("only operators may call ", std::string(permission.method)),
                 {{"method", std::string(permission.method)}, {"only", "operator"}});
  }
  const std::optional<std::string_view> program = ProgramIn(name);
  if (!program.has_value()) {
    return InvalidField(permission.resource, "must be a name in a programme, programs/{program}");
  }
  PERIGEE_ASSIGN_OR_RETURN(ports::AccessPtr access, AccessOf(session, *program, now, at_once));
  if (access->roles.empty()) {
    if (permission.strangers) {
      // Each call asked the store who this is, so it was counted.
      return Caller{session, access, {domain::PrincipalKind::kMember, Uuid{}}, false};
    }
    return NotFound(ProgramName(*program));
  }
  PERIGEE_RETURN_IF_ERROR(Count(*access, now));
  domain::Roles granted = access->roles;
  granted.Remove(domain::Role::kMember);
  const domain::Roles standing = access->suspended ? granted : access->roles;
  Caller caller{session, access, access->staff, false};
  if (granted.HasAnyOf(permission.anywhere)) {
    return caller;
  }
  caller.by = access->member;
  if (standing.HasAnyOf(permission.anywhere)) {
    return caller;
  }
  const domain::Roles own = permission.while_suspended ? access->roles : standing;
  if (own.HasAnyOf(permission.own)) {
    caller.only_own = true;
    if (permission.owner == kByHandler) {
      return caller;
    }
    const std::string_view owner = bound.Owner(request);
    if (owner.empty()) {
      return InvalidField(permission.owner,
                          "is required: you may act only as " +
                              MemberName(std::string(*program), access->member_id));
    }
    const std::optional<std::string_view> of = ProgramIn(owner);
    if (!of.has_value()) {
      return InvalidField(permission.owner, "must be a name in a programme, programs/{program}");
    }
    const std::optional<std::string_view> member = MemberIn(owner, *program);
    if (of == program && member.has_value() && access->IsMember(*member)) {
      return caller;
    }
    return NotFound(owner);
  }
  if (access->roles.HasAnyOf(permission.anywhere) || access->roles.HasAnyOf(permission.own)) {
    return Error(Reason::kMemberSuspended, "member " + access->member_id + " is suspended",
                 {{"member", access->member_id}});
  }
  return Denied(permission, *program);
}

absl::Status Gatekeeper::StillHolds(const Caller& caller, Time now) const {
  if (!Holds(*caller.session, now)) {
    return Unauthenticated();
  }
  const bool holds = caller.access != nullptr && caller.access->IsTrue(now);
  return holds ? absl::OkStatus() : WouldBlock();
}

}  // namespace perigee::services
