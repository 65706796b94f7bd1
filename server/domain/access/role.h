#pragma once

#include <cstdint>
#include <initializer_list>

namespace perigee::domain {

// What somebody may be in a programme. Values are those of perigee.v1.Role, and are stored.
enum class Role : std::uint8_t {
  kMember = 1,    // A member, by an identity; never granted.
  kModerator,     // Keeps order among members.
  kReviewer,      // Judges what members hand in.
  kProgramAdmin,  // Runs the programme.
  kAnalyst,       // Reads figures, and no personal data.
  kIngestion,     // A system that records what members did.
  kOperator,      // Runs the server; may do everything in every programme. Never granted.
};

// A set of roles.
class Roles {
 public:
  constexpr Roles() = default;
  constexpr Roles(std::initializer_list<Role> roles) {
    for (const Role role : roles) {
      Add(role);
    }
  }

  constexpr void Add(Role role) { bits_ |= 1U << static_cast<unsigned>(role); }
  constexpr void Remove(Role role) { bits_ &= ~(1U << static_cast<unsigned>(role)); }
  constexpr bool Has(Role role) const { return (bits_ >> static_cast<unsigned>(role) & 1U) != 0; }
  constexpr bool HasAnyOf(Roles others) const { return (bits_ & others.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool operator==(const Roles&) const = default;

 private:
  std::uint32_t bits_ = 0;
};

}  // namespace perigee::domain
