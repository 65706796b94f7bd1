#include "server/adapters/sql/blob/all_attachments.h"

#include <memory>

#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/core/status_macros.h"

namespace perigee::sql {

using domain::Attachment;

absl::StatusOr<std::vector<Attachment>> AllAttachments(Connection& connection,
                                                       const std::string& program) {
  std::vector<Attachment> all;
  bool readable = true;
  PERIGEE_RETURN_IF_ERROR(RecordTable::Of(domain::TypeOf<Attachment>())
                              .ForEach(connection, program, [&](std::shared_ptr<void> record) {
                                if (record == nullptr) {
                                  readable = false;
                                } else {
                                  all.push_back(*static_cast<const Attachment*>(record.get()));
                                }
                              }));
  if (!readable) {
    return UnreadableRow();
  }
  return all;
}

}  // namespace perigee::sql
