#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "server/core/time.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// A file of an insider item. It never changes: other bytes are another attachment. The bytes are
// beside the store (ports::Blobs), by their digest; several attachments may have the same.
struct Attachment {
  std::string item;
  std::string id;
  std::string display_name;  // A file's name, without folders.
  std::string media_type;    // `application/pdf`.
  std::int64_t size = 0;     // In bytes.
  std::string digest;        // SHA-256 of the bytes, in hexadecimal.
  Time create_time{};
  Revision revision = 0;

  static constexpr int kNumber = 45;
  static constexpr std::string_view kTable = "insider_attachment";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<Attachment>();

inline constexpr std::int64_t kAttachmentBytesMax = std::int64_t{2} * 1024 * 1024 * 1024;
inline constexpr std::size_t kAttachmentsPerItemMax = 100;
inline constexpr std::size_t kFileNameBytesMax = 200;
inline constexpr std::size_t kMediaTypeBytesMax = 100;

// kInvalidField, named as in UploadAttachmentRequest, for a field outside the limits of
// attachment.proto. The digest may be empty: it is not known yet.
absl::Status CheckAttachment(const Attachment& attachment);

}  // namespace perigee::domain
