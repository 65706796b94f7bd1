#include "server/domain/journal/journal.h"

#include <cstddef>
#include <cstdint>

#include "server/core/uuid.h"

namespace perigee::domain {
namespace {

void AppendBigEndian(std::string& bytes, std::int64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> shift & 0xFF));
  }
}

constexpr std::size_t kProofBytes = 16;

std::string Proof(const Uuid& id_hash, std::string_view bytes) {
  const Sha256Digest digest = Sha256(std::string(id_hash.Raw()).append(bytes));
  return {digest.begin(), digest.begin() + kProofBytes};
}

}  // namespace

RequestProof ProveRequest(const Uuid& id_hash, const Sha256Digest& content,
                          std::string_view answer) {
  return {Proof(id_hash, {reinterpret_cast<const char*>(content.data()), content.size()}),
          Proof(id_hash, answer)};
}

Sha256Digest JournalHash(const Sha256Digest& previous, std::string_view program, Revision revision,
                         Time time, std::string_view payload) {
  std::string bytes(previous.begin(), previous.end());
  bytes.append(program).push_back('\0');
  AppendBigEndian(bytes, revision);
  AppendBigEndian(bytes, ToMicros(time));
  bytes.append(payload);
  return Sha256(bytes);
}

}  // namespace perigee::domain
