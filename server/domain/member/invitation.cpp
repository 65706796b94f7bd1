#include "server/domain/member/invitation.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Invitation::Fields() {
  return std::tuple(
      Key(1, "id", &Invitation::id), Plain(2, "token_digest", &Invitation::token_digest),
      Owner(3, "inviter", &Invitation::inviter), Owner(4, "member_key", &Invitation::member),
      Plain(5, "state", &Invitation::state), Plain(6, "expire_time", &Invitation::expire_time),
      Due(7, "due_time", &Invitation::due_time), Plain(8, "create_time", &Invitation::create_time));
}
template <>
const RecordType& TypeOf<Invitation>() {
  static const RecordTypeFor<Invitation> kType;
  return kType;
}
namespace {

// Tells people, and programs that look for leaked secrets, what the text is.
constexpr char kPrefix[] = "pgi_";

}  // namespace

std::string InvitationToken::Text() const {
  std::string bytes = absl::HexStringToBytes(invitation);
  bytes.append(reinterpret_cast<const char*>(secret.data()), secret.size());
  return absl::StrCat(kPrefix, absl::WebSafeBase64Escape(bytes));
}

std::string InvitationToken::Digest() const {
  return Hex(Sha256({reinterpret_cast<const char*>(secret.data()), secret.size()}));
}

InvitationToken MakeToken(const Uuid& invitation, const std::array<Uuid, 3>& chance) {
  std::string bytes;
  for (const Uuid& part : chance) {
    bytes.append(part.Raw());
  }
  return {invitation.Hex(), Sha256(bytes)};
}

InvitationToken ParseToken(std::string_view text) {
  InvitationToken token;
  if (!text.starts_with(kPrefix)) {
    return token;
  }
  text.remove_prefix(std::string_view(kPrefix).size());
  std::string bytes;
  const bool decoded =
      absl::WebSafeBase64Unescape(absl::string_view(text.data(), text.size()), &bytes);
  if (!decoded || bytes.size() != sizeof(Uuid::bytes) + token.secret.size()) {
    return token;
  }
  token.invitation = Uuid::FromRaw(std::string_view(bytes).substr(0, sizeof(Uuid::bytes))).Hex();
  std::ranges::copy(std::string_view(bytes).substr(sizeof(Uuid::bytes)),
                    reinterpret_cast<char*>(token.secret.data()));
  return token;
}

bool IsTokenOf(const InvitationToken& token, const Invitation& invitation) {
  const std::string digest = token.Digest();
  unsigned difference = digest.size() == invitation.token_digest.size() ? 0U : 1U;
  for (std::size_t i = 0; i < std::min(digest.size(), invitation.token_digest.size()); ++i) {
    difference |= static_cast<unsigned>(digest[i] ^ invitation.token_digest[i]);
  }
  return difference == 0 && token.invitation == invitation.id;
}

void End(Invitation& invitation, InvitationState state) {
  invitation.state = state;
  invitation.due_time.reset();
}

}  // namespace perigee::domain
