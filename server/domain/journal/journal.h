#pragma once

#include <string>
#include <string_view>

#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/domain/access/principal.h"
#include "server/domain/journal/changes.h"

namespace perigee::domain {

// What an entry keeps of the request that made it, to prove the memory of requests. Empty if no
// request did. Made with what the memory keeps: the hash of the request's id, the hash of its
// content, and the sealed answer.
struct RequestProof {
  std::string request;
  std::string answer;
  bool operator==(const RequestProof&) const = default;
};
RequestProof ProveRequest(const Uuid& id_hash, const Sha256Digest& content,
                          std::string_view answer);

// One entry of a programme's journal: the changes of one revision.
struct JournalEntry {
  Revision revision = 0;
  Time time{};                   // Never before that of the previous entry.
  Sha256Digest previous_hash{};  // All zero for revision 1.
  Sha256Digest hash{};
  Principal by;
  // Without accounts and personal texts. Personal texts are display names, ids and facets of
  // members, objects of activities, memos and reasons.
  Changes changes;
  // The RPC that made the entry, such as `MemberAdminService/CreateMember`. Empty if none did, and
  // in entries of programs that did not say it yet.
  std::string method{};
};

// SHA-256 over previous hash, programme id and a zero byte, revision, time in microseconds (both 8
// bytes big-endian) and the payload as stored.
Sha256Digest JournalHash(const Sha256Digest& previous, std::string_view program, Revision revision,
                         Time time, std::string_view payload);

}  // namespace perigee::domain
