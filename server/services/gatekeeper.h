#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/core/token_bucket.h"
#include "server/domain/access/role_grant.h"
#include "server/ports/access/access_view.h"

namespace perigee::ports {
class TokenVerifier;
}  // namespace perigee::ports

namespace perigee::services {

class BoundPermission;

// What all sessions of a subject share. Safe from many threads.
struct SubjectUse {
  TokenBucket questions;  // Of accesses that must be read from the store.
  std::atomic<int> streams{0};
};

// Somebody whose token or certificate was verified. Never changes, except for its use.
struct Session {
  domain::Subject subject;
  Time expire_time = kEndOfTime;
  std::uint64_t generation = 0;  // The verifier's when the token was verified.
  ports::AccessPtr as_operator;  // Present for operators: their access to every programme.
  std::shared_ptr<SubjectUse> use;
};
using SessionPtr = std::shared_ptr<const Session>;

// Who makes a call, and what was decided of it. Null pointers: nobody is asked to sign in, and
// everything is allowed.
struct Caller {
  SessionPtr session;
  ports::AccessPtr access;
  domain::Principal by;   // Whom the journal names.
  bool only_own = false;  // The caller may have only what is its own.
};

// kPermissionDenied unless the caller of another method may call `method`, such as
// `MemberService/GetMember`, anywhere in the programme too: where a method shows or does more for
// some of those who may call it.
absl::Status RequireRight(const Caller& caller, std::string_view method, std::string_view program);

// kPermissionDenied unless the caller is the member whose own it is, or nobody is asked to sign in:
// where a method gives what is made for that one person, so that even operators do not get it.
absl::Status RequireOwn(const Caller& caller, std::string_view method, std::string_view program);

// Decides of each call who makes it and whether it may be made. Safe from many threads. A call of
// somebody who called on the same thread before takes no lock.
class Gatekeeper {
 public:
  struct Options {
    std::vector<domain::Subject> operators;
    std::string
        secret;  // Of the store. Nobody without it can tell whose an operator's pseudonym is.
    // Each server counts by itself, so a caller of n servers may make n times as many calls. A
    // stream counts as one call. Operators are not counted.
    Rate rate;          // Of one subject in one programme.
    Rate program_rate;  // Of one programme.
  };
  // The parts must outlive it.
  Gatekeeper(ports::TokenVerifier& verifier, ports::AccessView& view, Options options);
  ~Gatekeeper();
  Gatekeeper(const Gatekeeper&) = delete;
  Gatekeeper& operator=(const Gatekeeper&) = delete;

  // Who calls: by the one bearer token in `authorization`, or else by the certificate of the
  // connection. Otherwise kUnauthenticated. Never waits.
  absl::StatusOr<SessionPtr> Authenticate(const grpc::CallbackServerContext& context, Time now);

  // How many calls so far showed neither a token nor a certificate, or no header with one token.
  std::uint64_t nameless() const { return nameless_; }

  // Whether the session may make the call with that request. Counts the call.
  //
  // A resource in a programme where the caller has no role is answered as a missing programme,
  // kNotFound; another member's own, as a missing resource. kPermissionDenied if the caller's roles
  // do not allow the call, kMemberSuspended if only the suspension forbids it, kRateLimited,
  // kInvalidField if the resource is no name in a programme. With `at_once` WouldBlock is answered
  // instead of asking the store, and nothing is counted; otherwise also kStoreUnavailable or
  // kOverloaded.
  absl::StatusOr<Caller> Authorise(const SessionPtr& session, const BoundPermission& permission,
                                   const google::protobuf::Message& request, Time now,
                                   bool at_once);

  // A place among the open streams of the session's subject, until it is dropped. Null if all
  // kStreamsMax are taken. Operators need none.
  static constexpr int kStreamsMax = 100;
  static std::shared_ptr<void> PlaceForStream(const SessionPtr& session);

  // Whether what was decided of the call still holds. kUnauthenticated once the token is no longer
  // good; WouldBlock if nothing was decided yet or the access may have changed: then the call must
  // be authorised again. Cheap.
  absl::Status StillHolds(const Caller& caller, Time now) const;

 private:
  struct Shard {
    std::mutex mutex;
    // By the digest of the token, or of the subject of a certificate.
    std::unordered_map<std::string, SessionPtr> sessions;
    std::unordered_map<std::string, std::weak_ptr<SubjectUse>> uses;  // By SubjectDigest.
  };

  absl::Status RefuseNameless();
  bool Holds(const Session& session, Time now) const;
  absl::StatusOr<SessionPtr> SessionOf(std::string_view token, Time now);
  SessionPtr SessionOfCertificate(const domain::Subject& subject, Time now);
  SessionPtr Known(const std::string& digest, Time now);
  // The session that is kept: an earlier one that still holds, or this one.
  SessionPtr Keep(const std::string& digest, SessionPtr session, Time now);
  Shard& ShardOf(const std::string& digest) {
    return shards_[static_cast<unsigned char>(digest.front()) % shards_.size()];
  }
  std::shared_ptr<SubjectUse> UseOf(const domain::Subject& subject);
  SessionPtr MakeSession(domain::Subject subject, Time expire_time, std::uint64_t generation);
  // The access, from this thread's memory if it is there and still holds.
  absl::StatusOr<ports::AccessPtr> AccessOf(const SessionPtr& session, std::string_view program,
                                            Time now, bool at_once);
  absl::Status Count(const ports::Access& access, Time now) const;

  ports::TokenVerifier& verifier_;
  ports::AccessView& view_;
  const Options options_;
  const std::uint64_t id_;  // Of this object in its process.
  std::atomic<std::uint64_t> nameless_{0};
  std::array<Shard, 16> shards_;
};

}  // namespace perigee::services
