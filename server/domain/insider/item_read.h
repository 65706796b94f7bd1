#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/record.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// What is shown of an item at a time.
struct ItemPart {
  std::string item;
  std::int32_t version = 0;  // Of the body, also if an attachment is shown: the newest then.
  std::string attachment;    // Its id. Empty: the body.
  bool operator==(const ItemPart&) const = default;
};

// An entry of the access log: a member was shown a part of an item. It stands for all reads of the
// same part by the same member from its create_time until its until_time, so that a client which
// reads again and again does not write again and again. It never changes, and its revision is its
// id.
struct ItemRead {
  MemberKey member;  // The head of those that are the person at that time.
  std::string item;
  std::int32_t version = 0;
  std::string attachment;  // See ItemPart.
  Time create_time{};      // Of the first read that it stands for.
  Time until_time{};       // From then on a read has another entry.
  Revision revision = 0;

  static constexpr int kNumber = 44;
  static constexpr std::string_view kTable = "insider_item_read";
  static constexpr bool kAppendOnly = true;
  static auto Fields();
};
template <>
const RecordType& TypeOf<ItemRead>();

inline constexpr std::chrono::seconds kItemReadShared{60};

// The entry of a read at `now`.
ItemRead ReadAt(const MemberKey& member, const ItemPart& part, Time now, Revision revision);

// Whether the entry, of the same member and part, also stands for a read at `now`. An entry of
// another server, whose clock may be a little ahead, counts; one that is further ahead than an
// entry lasts does not.
bool StandsFor(const ItemRead& entry, Time now);

}  // namespace perigee::domain
