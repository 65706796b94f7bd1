#include "server/adapters/sql/blob/sql_blobs.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/ids.h"

namespace perigee::sql {
namespace {

using ports::BlobKey;
using ports::KeptBlob;
using ports::UploadKey;

constexpr std::chrono::milliseconds kComeBackAfter{100};
// How many rows one transaction removes. Larger ones would hold up others, and pass their limits.
constexpr int kRemovedAtOnce = 64;
constexpr int kUploadsAtOnce = 100;

// An upload's rows, or a blob's.
struct Content {
  Uuid id;
  std::int64_t size = 0;
};

absl::StatusOr<std::optional<Content>> FindUpload(Connection& connection, const UploadKey& upload) {
  std::optional<Content> found;
  PERIGEE_RETURN_IF_ERROR(connection.Query(
      "SELECT content, size FROM blob_upload WHERE program = $1 AND id = $2 {for_update}",
      {upload.program, upload.id}, [&](const Row& row) {
        found = {row.Id(0), row.Int(1)};
      }));
  return found;
}

absl::StatusOr<std::optional<Content>> FindBlob(Connection& connection, const BlobKey& blob) {
  std::optional<Content> found;
  PERIGEE_RETURN_IF_ERROR(
      connection.Query("SELECT content, size FROM blob WHERE program = $1 AND digest = $2",
                       {blob.program, blob.digest}, [&](const Row& row) {
                         found = {row.Id(0), row.Int(1)};
                       }));
  return found;
}

absl::Status Ended() { return Error(Reason::kConflict, "the upload has ended: send it again"); }

}  // namespace

absl::StatusOr<std::unique_ptr<Connection>> SqlBlobs::Take(Database::Access access) {
  auto& idle = access == Database::Access::kRead ? idle_readers_ : idle_writers_;
  {
    const std::lock_guard lock(mutex_);
    if (busy_ >= kConnectionsMax) {
      return Overloaded("too many attachments are read or written at the same time",
                        kComeBackAfter);
    }
    ++busy_;
    while (!idle.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle.back());
      idle.pop_back();
      if (!connection->Lost()) {
        return connection;
      }
    }
  }
  auto connection = database_->Connect(access);
  if (!connection.ok()) {
    const std::lock_guard lock(mutex_);
    --busy_;
  }
  return connection;
}

void SqlBlobs::GiveBack(Database::Access access, std::unique_ptr<Connection> connection) {
  const bool lost = connection->Lost();
  const std::lock_guard lock(mutex_);
  --busy_;
  if (!lost) {
    (access == Database::Access::kRead ? idle_readers_ : idle_writers_)
        .push_back(std::move(connection));
  }
}

absl::Status SqlBlobs::InTransaction(Database::Access access, Body body) {
  PERIGEE_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Take(access));
  const absl::Cleanup give_back = [&] { GiveBack(access, std::move(connection)); };
  const bool writes = access == Database::Access::kWrite;
  absl::Status status = writes ? connection->BeginWrite() : connection->BeginRead();
  if (status.ok()) {
    status = body(*connection);
  }
  if (status.ok() && writes) {
    return connection->Commit();
  }
  connection->Rollback();
  return status;
}

absl::StatusOr<std::int64_t> SqlBlobs::Received(const UploadKey& upload) {
  std::int64_t size = 0;
  PERIGEE_RETURN_IF_ERROR(InTransaction(Database::Access::kRead, [&](Connection& connection) {
    return connection.Query("SELECT size FROM blob_upload WHERE program = $1 AND id = $2",
                            {upload.program, upload.id},
                            [&](const Row& row) { size = row.Int(0); });
  }));
  return size;
}

absl::StatusOr<std::int64_t> SqlBlobs::Append(const UploadKey& upload, std::int64_t offset,
                                              std::string_view bytes, Time now) {
  std::int64_t size = 0;
  PERIGEE_RETURN_IF_ERROR(
      InTransaction(Database::Access::kWrite, [&](Connection& connection) -> absl::Status {
        if (offset == 0) {
          PERIGEE_RETURN_IF_ERROR(
              connection.Execute("INSERT INTO blob_upload (program, id, content, size, time) "
                                 "VALUES ($1, $2, $3, 0, $4) ON CONFLICT (program, id) DO NOTHING",
                                 {upload.program, upload.id, ids_.Random(), now}));
        }
        PERIGEE_ASSIGN_OR_RETURN(const std::optional<Content> found,
                                 FindUpload(connection, upload));
        size = found.has_value() ? found->size : 0;
        if (!found.has_value() || size != offset) {
          return absl::OkStatus();
        }
        for (std::size_t at = 0; at < bytes.size(); at += kRowBytes) {
          const std::string_view row = bytes.substr(at, kRowBytes);
          PERIGEE_RETURN_IF_ERROR(connection.Execute(
              "INSERT INTO blob_bytes (content, start, bytes) VALUES ($1, $2, $3)",
              {found->id, size, Value::Blob(row)}));
          size += static_cast<std::int64_t>(row.size());
        }
        return connection.Execute(
            "UPDATE blob_upload SET size = $3, time = $4 WHERE program = $1 AND id = $2",
            {upload.program, upload.id, size, now});
      }));
  return size;
}

absl::StatusOr<KeptBlob> SqlBlobs::Keep(const UploadKey& upload, Time now) {
  std::optional<Content> read;
  Sha256Stream digest;
  KeptBlob blob;
  PERIGEE_RETURN_IF_ERROR(
      InTransaction(Database::Access::kRead, [&](Connection& connection) -> absl::Status {
        PERIGEE_RETURN_IF_ERROR(
            connection.Query("SELECT content, size FROM blob_upload WHERE program = $1 AND id = $2",
                             {upload.program, upload.id}, [&](const Row& row) {
                               read = {row.Id(0), row.Int(1)};
                             }));
        if (!read.has_value()) {
          return Ended();
        }
        return connection.Query("SELECT bytes FROM blob_bytes WHERE content = $1 ORDER BY start",
                                {read->id}, [&](const Row& row) {
                                  digest.Add(row.Bytes(0));
                                  blob.size += static_cast<std::int64_t>(row.Bytes(0).size());
                                });
      }));
  blob.digest = digest.Finish();
  const BlobKey key{upload.program, blob.digest};
  std::optional<Content> present;
  PERIGEE_RETURN_IF_ERROR(
      InTransaction(Database::Access::kWrite, [&](Connection& connection) -> absl::Status {
        PERIGEE_ASSIGN_OR_RETURN(const std::optional<Content> found,
                                 FindUpload(connection, upload));
        if (!found.has_value() || found->id != read->id || found->size != blob.size) {
          return Ended();
        }
        PERIGEE_RETURN_IF_ERROR(connection.Execute(
            "INSERT INTO blob (program, digest, content, size, time) VALUES ($1, $2, $3, $4, $5) "
            "ON CONFLICT (program, digest) DO UPDATE SET time = CASE WHEN blob.time < "
            "EXCLUDED.time THEN EXCLUDED.time ELSE blob.time END",
            {key.program, key.digest, found->id, blob.size, now}));
        PERIGEE_ASSIGN_OR_RETURN(present, FindBlob(connection, key));
        return connection.Execute("DELETE FROM blob_upload WHERE program = $1 AND id = $2",
                                  {upload.program, upload.id});
      }));
  if (present.has_value() && present->id != read->id) {
    // If this is lost, the bytes stay without a name: see DropUploads.
    PERIGEE_RETURN_IF_ERROR(RemoveContent(read->id));
  }
  return blob;
}

absl::Status SqlBlobs::RemoveContent(const Uuid& content) {
  int removed = 0;
  do {
    removed = 0;
    PERIGEE_RETURN_IF_ERROR(
        InTransaction(Database::Access::kWrite, [&](Connection& connection) -> absl::Status {
          std::int64_t first = 0;
          // From the end: DropUploads knows by the first row that bytes are left.
          PERIGEE_RETURN_IF_ERROR(connection.Query(
              "SELECT start FROM blob_bytes WHERE content = $1 ORDER BY start DESC LIMIT $2",
              {content, kRemovedAtOnce}, [&](const Row& row) {
                ++removed;
                first = row.Int(0);
              }));
          return removed == 0 ? absl::OkStatus()
                              : connection.Execute(
                                    "DELETE FROM blob_bytes WHERE content = $1 AND start >= $2",
                                    {content, first});
        }));
  } while (removed == kRemovedAtOnce);
  return absl::OkStatus();
}

absl::Status SqlBlobs::DropUploads(Time before) {
  PERIGEE_RETURN_IF_ERROR(InTransaction(Database::Access::kWrite, [&](Connection& connection) {
    return connection.Execute("DELETE FROM blob_upload WHERE time < $1", {before});
  }));
  // Bytes that nothing names: of those uploads, of removed blobs, and of calls that were cut off.
  // Each row of bytes is written after the row that names it, or together with it.
  std::vector<Uuid> nameless;
  do {
    nameless.clear();
    PERIGEE_RETURN_IF_ERROR(InTransaction(Database::Access::kRead, [&](Connection& connection) {
      return connection.Query(
          "SELECT content FROM blob_bytes c WHERE start = 0 AND "
          "NOT EXISTS (SELECT 1 FROM blob b WHERE b.content = c.content) AND "
          "NOT EXISTS (SELECT 1 FROM blob_upload u WHERE u.content = c.content) LIMIT $1",
          {kUploadsAtOnce}, [&](const Row& row) { nameless.push_back(row.Id(0)); });
    }));
    for (const Uuid& content : nameless) {
      PERIGEE_RETURN_IF_ERROR(RemoveContent(content));
    }
  } while (std::cmp_equal(nameless.size(), kUploadsAtOnce));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::int64_t>> SqlBlobs::Touch(const BlobKey& blob, Time now) {
  std::optional<std::int64_t> size;
  PERIGEE_RETURN_IF_ERROR(
      InTransaction(Database::Access::kWrite, [&](Connection& connection) -> absl::Status {
        return connection.Query(
            "UPDATE blob SET time = CASE WHEN time < $3 THEN $3 ELSE time END "
            "WHERE program = $1 AND digest = $2 RETURNING size",
            {blob.program, blob.digest, now}, [&](const Row& row) { size = row.Int(0); });
      }));
  return size;
}

absl::StatusOr<std::optional<std::string>> SqlBlobs::Read(const BlobKey& blob, std::int64_t offset,
                                                          std::size_t count) {
  std::optional<std::string> bytes;
  const auto end = offset + static_cast<std::int64_t>(std::min(count, ports::kBlobBytesAtOnce));
  PERIGEE_RETURN_IF_ERROR(
      InTransaction(Database::Access::kRead, [&](Connection& connection) -> absl::Status {
        PERIGEE_ASSIGN_OR_RETURN(const std::optional<Content> found, FindBlob(connection, blob));
        if (!found.has_value()) {
          return absl::OkStatus();
        }
        bytes.emplace();
        return connection.Query(
            "SELECT start, bytes FROM blob_bytes WHERE content = $1 AND start > $2 AND start < $3 "
            "ORDER BY start",
            {found->id, offset - static_cast<std::int64_t>(kRowBytes), end}, [&](const Row& row) {
              const std::int64_t start = row.Int(0);
              std::string_view part = row.Bytes(1);
              if (start < offset) {
                part.remove_prefix(std::min(part.size(), static_cast<std::size_t>(offset - start)));
              }
              bytes->append(
                  part.substr(0, static_cast<std::size_t>(end - std::max(start, offset))));
            });
      }));
  return bytes;
}

absl::StatusOr<std::vector<BlobKey>> SqlBlobs::List(const BlobKey& after, int limit) {
  std::vector<BlobKey> keys;
  PERIGEE_RETURN_IF_ERROR(InTransaction(Database::Access::kRead, [&](Connection& connection) {
    return connection.Query(
        "SELECT program, digest FROM blob WHERE (program, digest) > ($1, $2) "
        "ORDER BY program, digest LIMIT $3",
        {after.program, after.digest, limit}, [&](const Row& row) {
          keys.push_back({row.Text(0), row.Digest(1)});
        });
  }));
  return keys;
}

absl::Status SqlBlobs::Remove(const BlobKey& blob, Time before) {
  std::optional<Uuid> content;
  PERIGEE_RETURN_IF_ERROR(InTransaction(Database::Access::kWrite, [&](Connection& connection) {
    return connection.Query(
        "DELETE FROM blob WHERE program = $1 AND digest = $2 AND time < $3 RETURNING content",
        {blob.program, blob.digest, before}, [&](const Row& row) { content = row.Id(0); });
  }));
  return content.has_value() ? RemoveContent(*content) : absl::OkStatus();
}

}  // namespace perigee::sql
