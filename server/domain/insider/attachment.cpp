#include "server/domain/insider/attachment.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto Attachment::Fields() {
  return std::tuple(Key(1, "item", &Attachment::item), Key(2, "id", &Attachment::id),
                    Personal(3, "display_name", &Attachment::display_name),
                    Plain(4, "media_type", &Attachment::media_type),
                    Plain(5, "size", &Attachment::size), Plain(6, "digest", &Attachment::digest),
                    Plain(7, "create_time", &Attachment::create_time));
}
template <>
const RecordType& TypeOf<Attachment>() {
  static const RecordTypeFor<Attachment> kType;
  return kType;
}
namespace {

// A part of a media type, as RFC 6838 restricts it, in lower case.
bool IsMediaTypePart(std::string_view part) {
  constexpr std::string_view kFirst = "abcdefghijklmnopqrstuvwxyz0123456789";
  constexpr std::string_view kOthers = "abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+";
  return !part.empty() && kFirst.find(part.front()) != std::string_view::npos &&
         part.find_first_not_of(kOthers) == std::string_view::npos;
}

bool IsMediaType(std::string_view text) {
  const std::size_t slash = text.find('/');
  return text.size() <= kMediaTypeBytesMax && slash != std::string_view::npos &&
         IsMediaTypePart(text.substr(0, slash)) && IsMediaTypePart(text.substr(slash + 1));
}

// The name is that of a file that others save, so it must lead out of no folder.
absl::Status CheckFileName(std::string_view name) {
  constexpr std::string_view kField = "display_name";
  PERIGEE_RETURN_IF_ERROR(CheckText(kField, name, 1, kFileNameBytesMax));
  if (name.find_first_of("/\\:") != std::string_view::npos || name.front() == '.') {
    return InvalidField(kField, "must be a file's name without folders, and not begin with a dot");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckAttachment(const Attachment& attachment) {
  PERIGEE_RETURN_IF_ERROR(CheckId("attachment_id", attachment.id));
  PERIGEE_RETURN_IF_ERROR(CheckFileName(attachment.display_name));
  if (!IsMediaType(attachment.media_type)) {
    return InvalidField("media_type", "must be a media type, such as application/pdf");
  }
  if (attachment.size < 1 || attachment.size > kAttachmentBytesMax) {
    return InvalidField("size", absl::StrCat("must be 1 to ", kAttachmentBytesMax));
  }
  if (!attachment.digest.empty() && !ParseSha256(attachment.digest).has_value()) {
    return InvalidField("digest", "must be a SHA-256, 64 hexadecimal digits in lower case");
  }
  return absl::OkStatus();
}

}  // namespace perigee::domain
