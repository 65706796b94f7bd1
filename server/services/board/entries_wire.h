#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include "server/domain/board/board.h"

namespace perigee::services {

// Writes perigee.v1.ListEntriesResponse as wire bytes, without messages in between: making twenty
// entry messages costs as much as the rest of a read. The revision is left out, so that one body
// serves all readers until the page changes. AnswerBytes adds the revision. The same entries always
// give the same bytes.
class EntriesWire {
 public:
  // All members are of `program`, which must outlive this.
  EntriesWire(std::string_view program, std::size_t entries);
  void Add(const domain::RankedPlace& ranked, std::string_view display_name);
  // Writes the fields after the entries. `period` is the resource name.
  grpc::Slice Finish(std::string_view next_page_token, std::int64_t total_size,
                     std::string_view period);

 private:
  // Makes room for `size` more bytes and returns its start.
  char* Room(std::size_t size);

  std::string bytes_;  // Longer than the used part.
  std::size_t used_ = 0;
  const std::string_view program_;
};

// A whole ListEntriesResponse. The body is shared, not copied.
grpc::ByteBuffer AnswerBytes(const grpc::Slice& body, domain::Revision revision);

// A whole WatchBoardResponse with that page, or the heartbeat. The body is shared, not copied.
grpc::ByteBuffer WatchPageBytes(const grpc::Slice& body, domain::Revision revision,
                                std::string_view cursor);
grpc::ByteBuffer HeartbeatBytes(std::string_view cursor);

}  // namespace perigee::services
