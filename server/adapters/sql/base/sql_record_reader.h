#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/ports/record_reader.h"

namespace perigee::sql {

class Connection;

class SqlRecordReader : public ports::RecordReader {
 public:
  explicit SqlRecordReader(Connection& connection) : connection_(connection) {}

  absl::Status ListOwned(const std::string& program, const domain::MemberKey& owner,
                         const domain::RecordType& type, const void* after, int limit,
                         absl::FunctionRef<void(std::shared_ptr<void> record)> visit) override;

 protected:
  absl::StatusOr<std::shared_ptr<void>> FindAny(const std::string& program,
                                                const domain::RecordType& type,
                                                const void* like) override;
  absl::Status ListAny(const std::string& program, const domain::RecordType& type,
                       const std::vector<ports::FieldIs>& filter, const void* after, int limit,
                       absl::FunctionRef<void(void* record)> visit) override;

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
