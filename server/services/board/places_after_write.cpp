#include "server/services/board/places_after_write.h"

#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"

namespace perigee::services {
namespace {

constexpr int kBoardsMax = 10;

}  // namespace

absl::StatusOr<PlacesAfterWrite::Asked> PlacesAfterWrite::Parse(
    const std::string& program, const google::protobuf::RepeatedPtrField<std::string>& boards,
    std::vector<std::string> members) {
  if (boards.size() > kBoardsMax) {
    return InvalidField("boards", "must be at most " + std::to_string(kBoardsMax));
  }
  Asked asked{program, {}, std::move(members)};
  for (int i = 0; i < boards.size(); ++i) {
    const std::string field = "boards[" + std::to_string(i) + "]";
    PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> parts,
                             ParseName(field, boards[i], kBoardPattern));
    if (parts[0] != program) {
      return InvalidField(field, "is of another programme");
    }
    asked.boards.push_back(std::move(parts[1]));
  }
  return asked;
}

void PlacesAfterWrite::Find(Time now, domain::Revision revision, Asked asked,
                            std::function<void(const Places&)> then) {
  const std::string program = asked.program;
  view_.WhenReached(program, revision, [this, now, revision, asked = std::move(asked), then] {
    absl::StatusOr<Places> places = Read(now, revision, asked, true);
    if (places.ok()) {
      then(*places);
      return;
    }
    const absl::Status queued = executor_.Submit([this, now, revision, asked, then] {
      then(Read(now, revision, asked, false).value_or(Places{}));
    });
    if (!queued.ok()) {
      then({});  // The change is made, so a crowd of readers is no reason to refuse.
    }
  });
}

absl::StatusOr<PlacesAfterWrite::Places> PlacesAfterWrite::Read(Time now, domain::Revision revision,
                                                                const Asked& asked, bool at_once) {
  Places places;
  for (const std::string& board : asked.boards) {
    const ports::BoardView::Query query{asked.program, board, "current", now, revision, at_once};
    const absl::StatusOr<ports::ViewSlice> slice = view_.PlacesOf(query, asked.members);
    const absl::StatusOr<grpc::ByteBuffer> bytes =
        slice.ok() ? pages_.Whole(query, *slice) : slice.status();
    if (IsWouldBlock(bytes.status())) {
      return bytes.status();
    }
    v1::ListEntriesResponse message;
    if (bytes.ok() && ParseBytes(*bytes, message).ok()) {
      places.push_back(std::move(message));
    }
  }
  return places;
}

}  // namespace perigee::services
