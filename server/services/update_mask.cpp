#include "server/services/update_mask.h"

namespace perigee::services {

bool IsUnspecified(const google::protobuf::Message& message, std::string_view field) {
  const auto* found = message.GetDescriptor()->FindFieldByName(std::string(field));
  return found->cpp_type() == google::protobuf::FieldDescriptor::CPPTYPE_ENUM &&
         !found->is_repeated() && !message.GetReflection()->HasField(message, found);
}

}  // namespace perigee::services
