#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/ports/insider/item_read_reader.h"

namespace perigee::sql {

class Connection;

class ItemReadRepository final : public ports::ItemReadReader {
 public:
  explicit ItemReadRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::optional<domain::ItemRead>> Newest(const std::string& program,
                                                         const domain::MemberKey& member,
                                                         const domain::ItemPart& part,
                                                         Time since) override;
  absl::StatusOr<std::vector<domain::ItemRead>> List(const std::string& program,
                                                     const ports::ItemReadQuery& query,
                                                     int limit) override;
  absl::StatusOr<std::vector<ports::VersionReader>> Readers(const std::string& program,
                                                            const std::string& item,
                                                            const ports::VersionReader& after,
                                                            int limit) override;

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
