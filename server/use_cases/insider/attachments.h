#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/insider/attachment.h"
#include "server/use_cases/decided.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::ports {
class Blobs;
class Store;
}  // namespace perigee::ports

namespace perigee::use_cases {

struct AttachmentPlace {
  std::string program;
  std::string item;
  std::string id;
};

// The name of the attachment.
std::string NameOf(const AttachmentPlace& place);

// Whether an attachment of the programme may be made: kNotFound for the programme and the item,
// kAlreadyExists, kTooManyAttachments.
absl::Status CheckNewAttachment(ports::StoreReader& reader, const AttachmentPlace& place);

// Adds an attachment whose blob is kept, at `kept_time`. It has passed domain::CheckAttachment and
// has a digest. The refusals of CheckNewAttachment; kConflict if the blob may be gone, because it
// was kept too long ago.
absl::StatusOr<Decided<domain::Attachment>> AddAttachment(ports::StoreReader& reader,
                                                          const ports::UnitContext& unit,
                                                          const std::string& program,
                                                          domain::Attachment attachment,
                                                          Time kept_time);
// The bytes go later: see SweepBlobs. kNotFound.
absl::StatusOr<Decided<domain::Attachment>> DeleteAttachment(ports::StoreReader& reader,
                                                             const ports::UnitContext& unit,
                                                             const AttachmentPlace& place);

// The attachments of the item after the id `after`, by id. Whoever shows them has asked for the
// item.
absl::StatusOr<std::vector<domain::Attachment>> AttachmentsOf(ports::StoreReader& reader,
                                                              const std::string& program,
                                                              const std::string& item,
                                                              const std::string& after, int limit);

// The item if it is open for the member, and what of it is asked for.
struct OpenAttachment {
  OpenItem open;
  domain::MemberKey reader;  // Whom the access log names.
  domain::Attachment attachment;
};
// Asks the gate at `now`. kNotFound, naming the attachment, for one that is not there, one of an
// item that is closed for the member, and a member that is not there: all the same.
absl::StatusOr<OpenAttachment> RequireOpenAttachment(ports::StoreReader& reader,
                                                     const AttachmentPlace& place,
                                                     const std::string& member, Time now);
// The same over a view of the programme that others look at too.
absl::StatusOr<OpenAttachment> RequireOpenAttachment(const std::shared_ptr<GateGround>& ground,
                                                     const AttachmentPlace& place,
                                                     const std::string& member, Time now);

// How long a blob is spared after it was kept or touched: until then its attachment must be there.
inline constexpr Duration kBlobSpared = std::chrono::hours(1);
// How long an upload waits for its next bytes.
inline constexpr Duration kUploadKept = std::chrono::hours(24);

// Removes the blobs that no attachment names, also those of deleted programmes, and the uploads
// that nobody goes on with. The refusals of the store and of the blobs; what is left goes the next
// time.
absl::Status SweepBlobs(const ports::Store& store, ports::Blobs& blobs, Time now);

}  // namespace perigee::use_cases
