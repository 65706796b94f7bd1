#pragma once

#include <memory>
#include <string>

#include <google/protobuf/message.h>

#include "server/services/permissions.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {

// Whose the resource of a call is: the caller's own, another member's of the programme, or one of
// another programme.
enum class Relation { kOwn, kOthers, kForeign };

// Sets, and gets, a text field such as `member.name`.
void Set(google::protobuf::Message& message, const std::string& field, const std::string& text);
std::string Get(const google::protobuf::Message& message, const std::string& field);

// The resource that a call concerns which needs that permission.
std::string ResourceOf(const AccessServer& server, const services::Permission& permission,
                       Relation relation);

// A request of such a call, which looks for something where it must.
std::unique_ptr<google::protobuf::Message> RequestFor(const AccessServer& server,
                                                      const services::Permission& permission,
                                                      Relation relation);

}  // namespace perigee::tests
