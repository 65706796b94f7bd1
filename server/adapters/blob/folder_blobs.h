#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/ports/blob/blobs.h"

namespace perigee::adapters {

// Blobs in a folder of a local disk, for one server at a time: `{program}/ab/cdef…`, by the
// hexadecimal digest, and `{program}/uploads/{id}`. The time of a file's last change says when it
// was last wanted. Makes the folder with the first upload.
class FolderBlobs final : public ports::Blobs {
 public:
  explicit FolderBlobs(std::string folder) : folder_(std::move(folder)) {}

  absl::StatusOr<std::int64_t> Received(const ports::UploadKey& upload) override;
  absl::StatusOr<std::int64_t> Append(const ports::UploadKey& upload, std::int64_t offset,
                                      std::string_view bytes, Time now) override;
  absl::StatusOr<ports::KeptBlob> Keep(const ports::UploadKey& upload, Time now) override;
  absl::Status DropUploads(Time before) override;
  absl::StatusOr<std::optional<std::int64_t>> Touch(const ports::BlobKey& blob, Time now) override;
  absl::StatusOr<std::optional<std::string>> Read(const ports::BlobKey& blob, std::int64_t offset,
                                                  std::size_t count) override;
  absl::StatusOr<std::vector<ports::BlobKey>> List(const ports::BlobKey& after, int limit) override;
  absl::Status Remove(const ports::BlobKey& blob, Time before) override;

 private:
  std::string PathOf(const ports::UploadKey& upload) const;
  std::string PathOf(const ports::BlobKey& blob) const;

  const std::string folder_;
  std::mutex names_;  // Held while files and folders get or lose their names.
};

}  // namespace perigee::adapters
