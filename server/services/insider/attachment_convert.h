#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "perigee/v1/attachment.pb.h"
#include "server/domain/insider/attachment.h"
#include "server/use_cases/insider/attachments.h"

namespace perigee::services {

v1::Attachment ToProto(const std::string& program, const domain::Attachment& attachment);

// An attachment by its name in the field `name`. kInvalidField.
absl::StatusOr<use_cases::AttachmentPlace> ParseAttachmentName(const std::string& name);

}  // namespace perigee::services
