#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/core/uuid.h"

namespace perigee::ports {

// Bytes by their content: a name stands for the same bytes for ever.
struct BlobKey {
  std::string program;
  Sha256Digest digest{};  // SHA-256 of the bytes.
  auto operator<=>(const BlobKey&) const = default;
};

// Bytes on their way to a blob.
struct UploadKey {
  std::string program;
  Uuid id;  // Made by the sender.
  auto operator<=>(const UploadKey&) const = default;
};

struct KeptBlob {
  Sha256Digest digest{};
  std::int64_t size = 0;
  bool operator==(const KeptBlob&) const = default;
};

// How many bytes go in or out in one call, at most.
inline constexpr std::size_t kBlobBytesAtOnce = std::size_t{256} * 1024;

// The bytes of attachments, beside the store. A blob is whole from its first instant on and never
// changes. Whether anything names it, the store knows; whoever uses both first makes the blob, then
// names it, and removes only what nothing names.
//
// What a call has answered is on disk. All calls may block, and refuse with kStoreUnavailable if
// the bytes cannot be read or written, for example because the disk is full; then nothing has
// changed. kOverloaded, with advice, if too many calls run. Safe from many threads, and from
// several servers if the implementation says so.
class Blobs {
 public:
  virtual ~Blobs() = default;

  // How many bytes the upload has. 0 if there is no such upload.
  virtual absl::StatusOr<std::int64_t> Received(const UploadKey& upload) = 0;
  // Appends 1 to kBlobBytesAtOnce bytes if the upload has exactly `offset` bytes; with 0, the
  // upload begins. Returns how many bytes it has then: another number than `offset` and those bytes
  // means that nothing was appended.
  virtual absl::StatusOr<std::int64_t> Append(const UploadKey& upload, std::int64_t offset,
                                              std::string_view bytes, Time now) = 0;
  // Makes a blob of the upload's bytes, as Touch if there is such a blob already, and ends the
  // upload. Reads all its bytes. kConflict if there is no such upload, or if it grew meanwhile.
  virtual absl::StatusOr<KeptBlob> Keep(const UploadKey& upload, Time now) = 0;
  // Ends the uploads to which nothing was appended since `before`.
  virtual absl::Status DropUploads(Time before) = 0;

  // Notes that the blob is wanted at `now`, so that Remove spares it. Its size, or nullopt if there
  // is no such blob.
  virtual absl::StatusOr<std::optional<std::int64_t>> Touch(const BlobKey& blob, Time now) = 0;
  // Up to `count` bytes from `offset` on, fewer only at the end, at most kBlobBytesAtOnce. nullopt
  // if there is no such blob.
  virtual absl::StatusOr<std::optional<std::string>> Read(const BlobKey& blob, std::int64_t offset,
                                                          std::size_t count) = 0;
  // The blobs after `after` ({}: from the first), in order, at most `limit`.
  virtual absl::StatusOr<std::vector<BlobKey>> List(const BlobKey& after, int limit) = 0;
  // Removes the blob, unless it was kept or touched at or after `before`. Nothing happens if it is
  // not there.
  virtual absl::Status Remove(const BlobKey& blob, Time before) = 0;
};

}  // namespace perigee::ports
