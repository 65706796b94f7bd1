#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include "server/domain/access/role.h"

namespace perigee::services {

// Whether the answers show personal data of members. If they do, each answer to somebody else is
// recorded in the journal before it goes out: see personal_reads.h. kUnnamed: members are not told
// the method, because it picks members by how staff judge them, so that its name would tell.
enum class Personal : std::uint8_t { kNo, kYes, kUnnamed };

// Who may call one RPC, besides operators, who may call each, and whether its answers are recorded.
struct Permission {
  std::string_view method;  // `MemberService/GetMember`, of the package perigee.v1.
  // The field of the request that names the resource, such as `parent` or `member.name`. Empty if
  // the call concerns no programme, or all of them.
  std::string_view resource;
  domain::Roles anywhere;  // May call it on every resource of the programme of their role.
  domain::Roles own;       // May call it on what is their own.
  Personal personal;
  // The field that names the member whose own the resource is. kByHandler: the handler finds out
  // whose it is, and refuses with NotFound if it is not the caller's.
  std::string_view owner{};
  bool while_suspended = true;  // Suspended members may call it on their own.
  bool strangers = false;       // Callers without a role in the programme may call it too.
};
inline constexpr std::string_view kByHandler = "*";

// The table of all RPCs. Nothing else says who may do what.
std::span<const Permission> AllPermissions();
// The line of a method, such as `MemberService/GetMember`. Null if there is none.
const Permission* FindPermission(std::string_view method);

// A permission bound to the message of its RPC, so that the names in a request are found quickly.
class BoundPermission {
 public:
  // nullopt if the table has no line for the method, or a line with a field that the message lacks.
  // `method`: `perigee.v1.MemberService/GetMember`.
  static std::optional<BoundPermission> Of(std::string_view method,
                                           const google::protobuf::Descriptor& request);

  const Permission& permission() const { return *permission_; }
  // The texts in the fields `resource` and `owner`. Empty if there is no such field, or no text.
  std::string_view Resource(const google::protobuf::Message& request) const;
  std::string_view Owner(const google::protobuf::Message& request) const;

 private:
  using Path = std::vector<const google::protobuf::FieldDescriptor*>;

  const Permission* permission_ = nullptr;
  Path resource_;
  Path owner_;
};

}  // namespace perigee::services
