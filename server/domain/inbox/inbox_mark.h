#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/domain/inbox/inbox_position.h"
#include "server/domain/inbox/notification.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// What a person has read of the inbox. One for each person; its member is the head.
struct InboxMark {
  MemberKey member;
  // All of an InboxPosition.
  Revision read_revision = 0;
  std::vector<InboxPosition::Told> read_standing{};
  std::vector<std::string> read_besides{};  // Ids of notifications of later entries.
  Revision revision = 0;

  static constexpr int kNumber = 51;
  static constexpr std::string_view kTable = "inbox_mark";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<InboxMark>();

// Up to where a person's inbox was pushed to devices. One for each person; its member is the head.
struct PushMark {
  MemberKey member;
  // All of an InboxPosition.
  Revision pushed_revision = 0;
  std::vector<InboxPosition::Told> pushed_standing{};
  Revision revision = 0;

  static constexpr int kNumber = 57;
  static constexpr std::string_view kTable = "push_mark";
  static constexpr bool kAppendOnly = false;
  static auto Fields();
};
template <>
const RecordType& TypeOf<PushMark>();

// How many may be read besides.
inline constexpr std::size_t kReadBesidesMax = 500;

// What was read without a gap.
InboxPosition PositionOf(const InboxMark& mark);
// What was pushed.
InboxPosition PositionOf(const PushMark& mark);
bool IsRead(const InboxMark& mark, const InboxPosition& position, const InboxPlace& place);
// Notes what was read: all up to `position`, and `besides`, notifications of entries.
// kTooManyReadMarks if more than kReadBesidesMax would be noted besides.
absl::Status Note(const InboxPosition& position, std::vector<InboxPlace> besides, InboxMark& mark);
// Notes what was pushed: all up to `position`.
void Note(const InboxPosition& position, PushMark& mark);

}  // namespace perigee::domain
