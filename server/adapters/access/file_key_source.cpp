#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <tuple>
#include <utility>

#include "server/adapters/access/key_source.h"
#include "server/core/error.h"

namespace perigee::adapters {
namespace {

class Descriptor {
 public:
  // O_NONBLOCK: opening a pipe would wait for its writer.
  explicit Descriptor(const std::string& path)
      : number_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (number_ >= 0) {
      close(number_);
    }
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

class FileKeySource final : public KeySource {
 public:
  explicit FileKeySource(std::string path) : path_(std::move(path)) {}

  absl::StatusOr<std::optional<std::string>> Read(bool anew) override {
    const Descriptor file(path_);
    struct stat found {};
    if (file.number() < 0 || fstat(file.number(), &found) != 0) {
      return Fault();
    }
    if (!S_ISREG(found.st_mode)) {
      return InvalidField(path_, "is not a file");
    }
    const Mark mark(found.st_dev, found.st_ino, found.st_size, found.st_mtim.tv_sec,
                    found.st_mtim.tv_nsec);
    if (!anew && mark == seen_) {
      return std::nullopt;
    }
    std::string text;
    std::array<char, 16384> part{};
    while (true) {
      const ssize_t got = read(file.number(), part.data(), part.size());
      if (got < 0 && errno == EINTR) {
        continue;
      }
      if (got < 0) {
        return Fault();
      }
      if (got == 0) {
        break;
      }
      text.append(part.data(), static_cast<std::size_t>(got));
      if (text.size() > kKeySetBytesMax) {
        return InvalidField(path_, "is longer than 1 MiB");
      }
    }
    // The mark from before the reading: a change meanwhile gives another one.
    seen_ = mark;
    return text;
  }

  bool IsFile() const override { return true; }
  const std::string& name() const override { return path_; }

 private:
  using Mark = std::tuple<dev_t, ino_t, off_t, std::int64_t, std::int64_t>;

  absl::Status Fault() const {
    return InvalidField(path_, "cannot be read: " + std::generic_category().message(errno));
  }

  const std::string path_;
  Mark seen_;
};

}  // namespace

std::unique_ptr<KeySource> MakeFileKeySource(std::string path) {
  return std::make_unique<FileKeySource>(std::move(path));
}

}  // namespace perigee::adapters
