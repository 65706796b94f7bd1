#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/core/uuid.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// Values are those of perigee.v1.Invitation.State.
enum class InvitationState : std::uint8_t { kOpen = 1, kJoined, kRevoked, kExpired };

// Lets the one who has its token join. Of the token only a digest is kept.
struct Invitation {
  std::string id;
  std::string token_digest;  // Hex(Sha256) of the token's secret.
  MemberKey inviter;         // Nil: the programme invites.
  MemberKey member;          // Whom it is for; after the joining, who joined. Nil: a new member.
  InvitationState state = InvitationState::kOpen;
  Time expire_time{};
  std::optional<Time> due_time;  // While it is open: expire_time.
  Time create_time{};
  Revision revision = 0;

  bool IsOpen(Time now) const { return state == InvitationState::kOpen && now < expire_time; }

  static constexpr int kNumber = 10;
  static constexpr std::string_view kTable = "invitation";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Invitation>();

// A token names its invitation and proves itself with a secret of 256 bits.
struct InvitationToken {
  std::string invitation;  // The id.
  Sha256Digest secret{};

  // `pgi_` and 64 characters, safe in a URL and on a command line.
  std::string Text() const;
  std::string Digest() const;
};
// Makes the token of an invitation from chance: each of `chance` has 122 random bits.
InvitationToken MakeToken(const Uuid& invitation, const std::array<Uuid, 3>& chance);
// The token in a text. If the text is none, a token of no invitation.
InvitationToken ParseToken(std::string_view text);

// Whether the token is that of the invitation. Takes equally long for every wrong secret.
bool IsTokenOf(const InvitationToken& token, const Invitation& invitation);

// Ends an invitation: it does not fall due any more.
void End(Invitation& invitation, InvitationState state);

}  // namespace perigee::domain
