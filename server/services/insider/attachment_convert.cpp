#include "server/services/insider/attachment_convert.h"

#include <utility>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/convert.h"

namespace perigee::services {

v1::Attachment ToProto(const std::string& program, const domain::Attachment& attachment) {
  v1::Attachment out;
  out.set_name(
      use_cases::NameOf(use_cases::AttachmentPlace{program, attachment.item, attachment.id}));
  out.set_display_name(attachment.display_name);
  out.set_media_type(attachment.media_type);
  out.set_size(attachment.size);
  out.set_digest(attachment.digest);
  *out.mutable_create_time() = ToTimestamp(attachment.create_time);
  out.set_revision(attachment.revision);
  return out;
}

absl::StatusOr<use_cases::AttachmentPlace> ParseAttachmentName(const std::string& name) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                           ParseName("name", name, kAttachmentPattern));
  return use_cases::AttachmentPlace{std::move(parts[0]), std::move(parts[1]), std::move(parts[2])};
}

}  // namespace perigee::services
