#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"

namespace perigee::cli {

// One `<row …/>` of a data dump. Refusals name the file and the line.
class XmlRow {
 public:
  using Attributes = std::vector<std::pair<std::string, std::string>>;
  XmlRow(const std::string& file, std::uint64_t line, const Attributes& attributes)
      : file_(file), line_(line), attributes_(attributes) {}

  std::optional<std::string_view> Text(std::string_view name) const;
  // nullopt if the attribute is missing; refused if it is not a whole number.
  absl::StatusOr<std::optional<std::int64_t>> Whole(std::string_view name) const;
  // These are refused if the attribute is missing.
  absl::StatusOr<std::int64_t> RequiredWhole(std::string_view name) const;
  absl::StatusOr<Time> RequiredTime(std::string_view name) const;

  absl::Status Refuse(std::string_view what) const;
  // `Posts.xml:17`
  std::string Place() const;

 private:
  const std::string& file_;
  std::uint64_t line_;
  const Attributes& attributes_;
};

// How far a file has been read.
struct XmlProgress {
  std::uint64_t bytes = 0;
  std::uint64_t of = 0;
};

// Calls `visit` with each row of a file of any size, which is read piece by piece. Stops at the
// first refusal. Characters that XML forbids, which real dumps have, are read as U+FFFD. A file
// that is not XML, or is cut off, is refused with the file, the line and the reason.
absl::Status ForEachXmlRow(const std::string& path,
                           const std::function<absl::Status(const XmlRow&)>& visit,
                           const std::function<void(const XmlProgress&)>& progress);

}  // namespace perigee::cli
