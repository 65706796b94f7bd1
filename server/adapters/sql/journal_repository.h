#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/adapters/sql/driver.h"
#include "server/core/sha256.h"
#include "server/domain/journal.h"
#include "server/ports/store.h"

namespace perigee::sql {

// Where a programme's journal ends. All zero before its first entry.
struct JournalHead {
  domain::Revision revision = 0;
  Time time = kBeginningOfTime;
  Sha256Digest hash{};
};

// What a request id stands for.
struct Remembered {
  Sha256Digest content{};
  domain::Revision revision = 0;
  std::string answer;
};

// The journal, its head, and the memory of request ids.
class JournalRepository {
 public:
  explicit JournalRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<JournalHead> Head(const std::string& program);
  absl::StatusOr<std::vector<domain::JournalEntry>> Read(const std::string& program,
                                                         domain::Revision after, int limit);
  absl::StatusOr<std::optional<Sha256Digest>> HashAt(const std::string& program,
                                                     domain::Revision revision);

  // Appends `changes` at the revision after `head`, counts them, and moves the programme's head
  // there.
  absl::Status Append(const std::string& program, const JournalHead& head, Time time,
                      const domain::Changes& changes);

  absl::StatusOr<std::optional<Remembered>> FindRequest(const std::string& program, const Uuid& id);
  absl::Status Remember(const std::string& program, const ports::RequestKey& request,
                        domain::Revision revision, const std::string& answer, Time now);
  absl::Status Forget(Time before);

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
