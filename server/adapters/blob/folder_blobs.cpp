#include "server/adapters/blob/folder_blobs.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"

namespace perigee::adapters {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUploads = "uploads";
constexpr std::size_t kShardDigits = 2;
constexpr std::size_t kReadBytes = std::size_t{1} << 20U;
constexpr std::int64_t kMicrosPerSecond = 1'000'000;
constexpr std::int64_t kNanosPerMicro = 1'000;

// The path is left out: it names the programme.
absl::Status Fault(int error) {
  std::string text = "the folder of attachments cannot be used: ";
  text += std::generic_category().message(error);
  if (error == ENOSPC || error == EDQUOT) {
    text += ": make room on its disk";
  }
  return Error(Reason::kStoreUnavailable, text);
}

// An open file. -1: none, with the cause in errno.
class File {
 public:
  File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) {
      close(fd_);
    }
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  absl::StatusOr<std::int64_t> Size() const {
    struct stat found {};
    return fstat(fd_, &found) == 0 ? absl::StatusOr<std::int64_t>(found.st_size) : Fault(errno);
  }
  // Waits until no other call changes the file. Until it is closed.
  absl::Status Lock() const { return flock(fd_, LOCK_EX) == 0 ? absl::OkStatus() : Fault(errno); }

  // Whether the file still has that name.
  absl::StatusOr<bool> IsAt(const std::string& path) const {
    struct stat own {};
    struct stat found {};
    if (fstat(fd_, &own) != 0) {
      return Fault(errno);
    }
    if (stat(path.c_str(), &found) != 0) {
      return errno == ENOENT ? absl::StatusOr<bool>(false) : Fault(errno);
    }
    return own.st_dev == found.st_dev && own.st_ino == found.st_ino;
  }

  absl::Status SetTime(Time now) const {
    const std::int64_t micros = ToMicros(now);
    const timespec at{micros / kMicrosPerSecond, micros % kMicrosPerSecond * kNanosPerMicro};
    const timespec times[] = {at, at};
    return futimens(fd_, times) == 0 ? absl::OkStatus() : Fault(errno);
  }

  // Fewer than `count` only at the end of the file.
  absl::StatusOr<std::string> Read(std::int64_t offset, std::size_t count) const {
    std::string bytes(count, '\0');
    std::size_t got = 0;
    while (got < count) {
      const ssize_t n = pread(fd_, bytes.data() + got, count - got,
                              static_cast<off_t>(offset) + static_cast<off_t>(got));
      if (n < 0 && errno == EINTR) {
        continue;
      }
      if (n < 0) {
        return Fault(errno);
      }
      if (n == 0) {
        break;
      }
      got += static_cast<std::size_t>(n);
    }
    bytes.resize(got);
    return bytes;
  }

  absl::Status Write(std::int64_t offset, std::string_view bytes) const {
    while (!bytes.empty()) {
      const ssize_t n = pwrite(fd_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) {
        continue;
      }
      if (n < 0) {
        return Fault(errno);
      }
      offset += n;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return fdatasync(fd_) == 0 ? absl::OkStatus() : Fault(errno);
  }

 private:
  const int fd_;
};

absl::Status SyncFolder(const fs::path& folder) {
  const File file(folder.string(), O_RDONLY | O_DIRECTORY);
  return file.is_open() && fsync(file.fd()) == 0 ? absl::OkStatus() : Fault(errno);
}

// Makes the folder, with those above it, durably.
absl::Status MakeFolder(const fs::path& folder) {
  std::error_code error;
  if (fs::is_directory(folder, error)) {
    return absl::OkStatus();
  }
  if (folder.has_parent_path() && folder.parent_path() != folder) {
    PERIGEE_RETURN_IF_ERROR(MakeFolder(folder.parent_path()));
  }
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return Fault(errno);
  }
  return SyncFolder(folder.has_parent_path() ? folder.parent_path() : fs::path("."));
}

// The time of the last change, or nullopt if there is no such file.
absl::StatusOr<std::optional<Time>> TimeOf(const std::string& path) {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? absl::StatusOr<std::optional<Time>>(std::nullopt) : Fault(errno);
  }
  return FromMicros(static_cast<std::int64_t>(found.st_mtim.tv_sec) * kMicrosPerSecond +
                    found.st_mtim.tv_nsec / kNanosPerMicro);
}

// Removes the file, and the folders above it that are empty then, up to `top`, which stays.
absl::Status RemoveFile(const fs::path& path, const fs::path& top) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT) {
    return Fault(errno);
  }
  fs::path folder = path.parent_path();
  PERIGEE_RETURN_IF_ERROR(SyncFolder(folder));
  while (folder != top && rmdir(folder.c_str()) == 0) {
    folder = folder.parent_path();
  }
  return absl::OkStatus();
}

// The names in a folder, sorted. None if there is no such folder.
absl::StatusOr<std::vector<std::string>> NamesIn(const fs::path& folder) {
  std::error_code error;
  std::vector<std::string> names;
  fs::directory_iterator at(folder, error);
  for (; !error && at != fs::directory_iterator(); at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return Fault(error.value());
  }
  std::ranges::sort(names);
  return names;
}

absl::StatusOr<std::vector<std::string>> ProgramsIn(const fs::path& folder) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> names, NamesIn(folder));
  std::erase_if(names, [](const std::string& name) { return !IsValidId(name); });
  return names;
}

absl::StatusOr<ports::KeptBlob> DigestOf(const File& file) {
  Sha256Stream digest;
  ports::KeptBlob blob;
  for (;;) {
    PERIGEE_ASSIGN_OR_RETURN(const std::string bytes, file.Read(blob.size, kReadBytes));
    digest.Add(bytes);
    blob.size += static_cast<std::int64_t>(bytes.size());
    if (bytes.size() < kReadBytes) {
      blob.digest = digest.Finish();
      return blob;
    }
  }
}

}  // namespace

std::string FolderBlobs::PathOf(const ports::UploadKey& upload) const {
  return absl::StrCat(folder_, "/", upload.program, "/",
                      absl::string_view(kUploads.data(), kUploads.size()), "/", upload.id.Hex());
}

std::string FolderBlobs::PathOf(const ports::BlobKey& blob) const {
  const std::string hex = Hex(blob.digest);
  return absl::StrCat(folder_, "/", blob.program, "/", hex.substr(0, kShardDigits), "/",
                      hex.substr(kShardDigits));
}

absl::StatusOr<std::int64_t> FolderBlobs::Received(const ports::UploadKey& upload) {
  const File file(PathOf(upload), O_RDONLY);
  if (!file.is_open()) {
    return errno == ENOENT ? absl::StatusOr<std::int64_t>(0) : Fault(errno);
  }
  return file.Size();
}

absl::StatusOr<std::int64_t> FolderBlobs::Append(const ports::UploadKey& upload,
                                                 std::int64_t offset, std::string_view bytes,
                                                 Time now) {
  const std::string path = PathOf(upload);
  if (offset == 0) {
    const std::lock_guard lock(names_);
    PERIGEE_RETURN_IF_ERROR(MakeFolder(fs::path(path).parent_path()));
    const File made(path, O_WRONLY | O_CREAT);
    if (!made.is_open()) {
      return Fault(errno);
    }
    // Nothing yet says when it began, and DropUploads must spare it.
    PERIGEE_RETURN_IF_ERROR(made.SetTime(now));
    PERIGEE_RETURN_IF_ERROR(SyncFolder(fs::path(path).parent_path()));
  }
  const File file(path, O_RDWR);
  if (!file.is_open()) {
    return errno == ENOENT ? absl::StatusOr<std::int64_t>(0) : Fault(errno);
  }
  PERIGEE_RETURN_IF_ERROR(file.Lock());
  PERIGEE_ASSIGN_OR_RETURN(const bool is_upload, file.IsAt(path));
  if (!is_upload) {
    return 0;  // It became a blob, or was dropped.
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t size, file.Size());
  if (size != offset) {
    return size;
  }
  absl::Status written = file.Write(offset, bytes);
  if (written.ok()) {
    written = file.SetTime(now);
  }
  if (!written.ok()) {
    // What a full disk took of the bytes must not count. If this fails too, the sender asks how far
    // the upload is, and its digest tells.
    [[maybe_unused]] const int cut = ftruncate(file.fd(), static_cast<off_t>(offset));
    return written;
  }
  return offset + static_cast<std::int64_t>(bytes.size());
}

absl::StatusOr<ports::KeptBlob> FolderBlobs::Keep(const ports::UploadKey& upload, Time now) {
  const std::string from = PathOf(upload);
  const File file(from, O_RDWR);
  if (!file.is_open()) {
    return errno == ENOENT ? Error(Reason::kConflict, "the upload has ended: send it again")
                           : Fault(errno);
  }
  PERIGEE_ASSIGN_OR_RETURN(const ports::KeptBlob blob, DigestOf(file));
  const ports::BlobKey key{upload.program, blob.digest};
  const std::string to = PathOf(key);
  PERIGEE_RETURN_IF_ERROR(file.Lock());
  const std::lock_guard lock(names_);
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t size, file.Size());
  PERIGEE_ASSIGN_OR_RETURN(const bool is_upload, file.IsAt(from));
  if (size != blob.size || !is_upload) {
    return Error(Reason::kConflict, "the upload changed meanwhile: send it again");
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Time> kept, TimeOf(to));
  if (kept.has_value()) {
    const File present(to, O_RDONLY);
    if (!present.is_open()) {
      return Fault(errno);
    }
    PERIGEE_RETURN_IF_ERROR(present.SetTime(std::max(now, *kept)));
    PERIGEE_RETURN_IF_ERROR(RemoveFile(from, folder_));
    return blob;
  }
  PERIGEE_RETURN_IF_ERROR(file.SetTime(now));
  if (fsync(file.fd()) != 0) {
    return Fault(errno);
  }
  PERIGEE_RETURN_IF_ERROR(MakeFolder(fs::path(to).parent_path()));
  if (rename(from.c_str(), to.c_str()) != 0) {
    return Fault(errno);
  }
  PERIGEE_RETURN_IF_ERROR(SyncFolder(fs::path(to).parent_path()));
  PERIGEE_RETURN_IF_ERROR(RemoveFile(from, folder_));  // Its empty folder.
  return blob;
}

absl::Status FolderBlobs::DropUploads(Time before) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, ProgramsIn(folder_));
  for (const std::string& program : programs) {
    const fs::path uploads = fs::path(folder_) / program / kUploads;
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(uploads));
    for (const std::string& name : names) {
      const std::string path = (uploads / name).string();
      const std::lock_guard lock(names_);
      PERIGEE_ASSIGN_OR_RETURN(const std::optional<Time> time, TimeOf(path));
      if (time.has_value() && *time < before) {
        PERIGEE_RETURN_IF_ERROR(RemoveFile(path, folder_));
      }
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::int64_t>> FolderBlobs::Touch(const ports::BlobKey& blob,
                                                               Time now) {
  const std::string path = PathOf(blob);
  const std::lock_guard lock(names_);
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Time> kept, TimeOf(path));
  if (!kept.has_value()) {
    return std::nullopt;
  }
  const File file(path, O_RDONLY);
  if (!file.is_open()) {
    return Fault(errno);
  }
  PERIGEE_RETURN_IF_ERROR(file.SetTime(std::max(now, *kept)));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t size, file.Size());
  return size;
}

absl::StatusOr<std::optional<std::string>> FolderBlobs::Read(const ports::BlobKey& blob,
                                                             std::int64_t offset,
                                                             std::size_t count) {
  const File file(PathOf(blob), O_RDONLY);
  if (!file.is_open()) {
    return errno == ENOENT ? absl::StatusOr<std::optional<std::string>>(std::nullopt)
                           : Fault(errno);
  }
  PERIGEE_ASSIGN_OR_RETURN(std::string bytes,
                           file.Read(offset, std::min(count, ports::kBlobBytesAtOnce)));
  return bytes;
}

absl::StatusOr<std::vector<ports::BlobKey>> FolderBlobs::List(const ports::BlobKey& after,
                                                              int limit) {
  const auto enough = [limit](const auto& keys) {
    return std::cmp_greater_equal(keys.size(), limit);
  };
  std::vector<ports::BlobKey> keys;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, ProgramsIn(folder_));
  for (const std::string& program : programs) {
    if (program < after.program || enough(keys)) {
      continue;
    }
    const std::string from =
        program == after.program ? Hex(after.digest).substr(0, kShardDigits) : "";
    const fs::path folder = fs::path(folder_) / program;
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> shards, NamesIn(folder));
    for (const std::string& shard : shards) {
      if (shard.size() != kShardDigits || shard < from || enough(keys)) {
        continue;
      }
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(folder / shard));
      for (const std::string& name : names) {
        const std::optional<Sha256Digest> digest = ParseSha256(shard + name);
        if (digest.has_value() && after < ports::BlobKey{program, *digest} && !enough(keys)) {
          keys.push_back({program, *digest});
        }
      }
    }
  }
  return keys;
}

absl::Status FolderBlobs::Remove(const ports::BlobKey& blob, Time before) {
  const std::string path = PathOf(blob);
  const std::lock_guard lock(names_);
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Time> kept, TimeOf(path));
  return kept.has_value() && *kept < before ? RemoveFile(path, folder_) : absl::OkStatus();
}

}  // namespace perigee::adapters
