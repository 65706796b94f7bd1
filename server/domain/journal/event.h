#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

struct JournalEntry;

// What other systems are told of a change: that it was, when, and of what. What a resource says
// stays in the server, so an event shows nobody what a gate hides from them.
struct Event {
  std::string type;  // `perigee.appointment.made`
  // Events of one subject arrive in their order. It names nobody.
  std::string subject;
  // The name of the resource, as NameOf makes it: its pattern, and the ids at the stars after the
  // programme's, and the member's if it has one.
  std::string_view pattern;
  MemberKey member;  // Nil: the name has none.
  std::vector<std::string> ids;
  Revision revision = 0;  // Of the entry.
  std::int32_t place = 0;
  Time time{};

  bool operator==(const Event&) const = default;
};

// The type of the event that staff send to try a webhook. No entry gives it.
inline constexpr std::string_view kTestEventType = "perigee.webhook.tested";

// The types of the events of entries, in order. Some types end with `made`, all others with what
// else became of the resource.
std::vector<std::string_view> AllEventTypes();

// The events of an entry: one for each changed record, in the order of the entry. Records of kinds
// that have no type give none, and neither do deleted ones.
std::vector<Event> EventsOf(const JournalEntry& entry);

// The name of the event's resource. `member_id`: of Event::member.
std::string NameOf(const Event& event, std::string_view program, std::string_view member_id);

// The message of an event as it is sent, in JSON. `subject`: the name of its resource.
std::string MessageOf(const Event& event, std::string_view program, std::string_view subject);

// What tells the message from all others, for receivers that get it twice. `entry`: of the event.
std::string MessageId(const JournalEntry& entry, std::int32_t place);

}  // namespace perigee::domain
