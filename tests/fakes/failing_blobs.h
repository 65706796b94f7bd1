#pragma once

#include <atomic>

#include "server/core/error.h"
#include "server/ports/blob/blobs.h"

namespace perigee::tests {

// A store of blobs that fails while it is down, as if its disk were away or full. All other calls
// go to the one behind it, which must outlive it. Safe from many threads.
class FailingBlobs final : public ports::Blobs {
 public:
  explicit FailingBlobs(ports::Blobs& blobs) : blobs_(blobs) {}

  void SetDown(bool down) { down_ = down; }

  absl::StatusOr<std::int64_t> Received(const ports::UploadKey& upload) override {
    return down_ ? Away() : blobs_.Received(upload);
  }
  absl::StatusOr<std::int64_t> Append(const ports::UploadKey& upload, std::int64_t offset,
                                      std::string_view bytes, Time now) override {
    return down_ ? Away() : blobs_.Append(upload, offset, bytes, now);
  }
  absl::StatusOr<ports::KeptBlob> Keep(const ports::UploadKey& upload, Time now) override {
    return down_ ? Away() : blobs_.Keep(upload, now);
  }
  absl::Status DropUploads(Time before) override {
    return down_ ? Away() : blobs_.DropUploads(before);
  }
  absl::StatusOr<std::optional<std::int64_t>> Touch(const ports::BlobKey& blob, Time now) override {
    return down_ ? Away() : blobs_.Touch(blob, now);
  }
  absl::StatusOr<std::optional<std::string>> Read(const ports::BlobKey& blob, std::int64_t offset,
                                                  std::size_t count) override {
    return down_ ? Away() : blobs_.Read(blob, offset, count);
  }
  absl::StatusOr<std::vector<ports::BlobKey>> List(const ports::BlobKey& after,
                                                   int limit) override {
    return down_ ? Away() : blobs_.List(after, limit);
  }
  absl::Status Remove(const ports::BlobKey& blob, Time before) override {
    return down_ ? Away() : blobs_.Remove(blob, before);
  }

 private:
  static absl::Status Away() { return Error(Reason::kStoreUnavailable, "the disk is full"); }

  ports::Blobs& blobs_;
  std::atomic<bool> down_{false};
};

}  // namespace perigee::tests
