#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include "server/domain/board/board.h"

namespace perigee::services {

// Writes perigee.v1.ListEntriesResponse as it goes over the wire, straight from what is at hand: to
// make messages of twenty entries first costs as much as all the rest of a read. The revision is
// left out, so that one body serves whoever asks while nothing moves; AnswerBytes adds it. The same
// entries always give the same bytes.
class EntriesWire {
 public:
  // Of members of `program`, which must outlive this.
  EntriesWire(std::string_view program, std::size_t entries);
  void Add(const domain::RankedPlace& ranked, std::string_view display_name);
  // What follows the entries; `period` is the resource name.
  grpc::Slice Finish(std::string_view next_page_token, std::int64_t total_size,
                     std::string_view period);

 private:
  // Where `size` more bytes may be written.
  char* Room(std::size_t size);

  std::string bytes_;  // Longer than what is used of it.
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
