#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"

namespace perigee::ports {

// A condition on a record: the column name of a field and the value that it must have. The value is
// a whole number (also for a flag, an enum or a time in microseconds), or bytes.
struct FieldIs {
  std::string_view field;
  std::variant<std::int64_t, std::string> value;
};

// Reads plain records by their descriptions alone, so that a new kind of record needs no reader of
// its own. See StoreReader for the rules of all reads.
class RecordReader {
 public:
  virtual ~RecordReader() = default;

  // The record with the same key as `like`.
  template <class R>
  absl::StatusOr<std::optional<R>> Find(const std::string& program, const R& like) {
    PERIGEE_ASSIGN_OR_RETURN(const std::shared_ptr<void> found,
                             FindAny(program, domain::TypeOf<R>(), &like));
    return found == nullptr ? std::nullopt
                            : std::optional<R>(std::move(*static_cast<R*>(found.get())));
  }

  // The records that meet all conditions of `filter`, in order of their keys, at most `limit`.
  // Starts after the key of `after` (null: at the first). The table must have an index for the
  // filter.
  template <class R>
  absl::StatusOr<std::vector<R>> List(const std::string& program,
                                      const std::vector<FieldIs>& filter, const R* after,
                                      int limit) {
    std::vector<R> records;
    PERIGEE_RETURN_IF_ERROR(
        ListAny(program, domain::TypeOf<R>(), filter, after, limit,
                [&](void* record) { records.push_back(std::move(*static_cast<R*>(record))); }));
    return records;
  }

  // Visits the records of that type that the member owns, in order of their keys, at most `limit`.
  // Starts after the key of `after` (null: at the first).
  virtual absl::Status ListOwned(const std::string& program, const domain::MemberKey& owner,
                                 const domain::RecordType& type, const void* after, int limit,
                                 absl::FunctionRef<void(std::shared_ptr<void> record)> visit) = 0;

 protected:
  virtual absl::StatusOr<std::shared_ptr<void>> FindAny(const std::string& program,
                                                        const domain::RecordType& type,
                                                        const void* like) = 0;
  virtual absl::Status ListAny(const std::string& program, const domain::RecordType& type,
                               const std::vector<FieldIs>& filter, const void* after, int limit,
                               absl::FunctionRef<void(void* record)> visit) = 0;
};

}  // namespace perigee::ports
