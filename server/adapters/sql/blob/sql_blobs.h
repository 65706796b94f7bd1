#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/base/driver.h"
#include "server/ports/blob/blobs.h"

namespace perigee::ports {
class Ids;
}  // namespace perigee::ports

namespace perigee::sql {

// Blobs in tables of the store's database, for all servers on it. Each call takes a connection of
// its own, of at most kConnectionsMax. `ids` must outlive it.
class SqlBlobs final : public ports::Blobs {
 public:
  static constexpr std::size_t kConnectionsMax = 16;
  // How many bytes a row holds. Rows may be read whole, so they are not larger than what is asked
  // for at a time as a rule.
  static constexpr std::size_t kRowBytes = std::size_t{64} * 1024;

  SqlBlobs(std::unique_ptr<Database> database, ports::Ids& ids)
      : database_(std::move(database)), ids_(ids) {}

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
  using Body = absl::FunctionRef<absl::Status(Connection&)>;

  absl::Status InTransaction(Database::Access access, Body body);
  absl::StatusOr<std::unique_ptr<Connection>> Take(Database::Access access);
  void GiveBack(Database::Access access, std::unique_ptr<Connection> connection);
  // Removes rows that nothing names, some at a time.
  absl::Status RemoveContent(const Uuid& content);

  const std::unique_ptr<Database> database_;
  ports::Ids& ids_;
  std::mutex mutex_;
  std::size_t busy_ = 0;
  std::vector<std::unique_ptr<Connection>> idle_readers_;
  std::vector<std::unique_ptr<Connection>> idle_writers_;
};

}  // namespace perigee::sql
