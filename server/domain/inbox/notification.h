#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "server/core/time.h"
#include "server/domain/record/revision.h"

namespace perigee::domain {

// What a notification is about. Values are those of perigee.v1.Notification.Topic.
enum class InboxTopic : std::uint8_t {
  kInsider = 1,
  kSeats,
  kAgreements,
  kAppointments,
  kNominations,
  kContributions,
  kBadges,
  kTiers,
  kThanks,
  kRewards,
  kAsks,
  kIdeas
};
std::span<const InboxTopic> AllTopics();
// Lower case.
std::string_view NameOf(InboxTopic topic);
// A sentence for a message that leaves the programme, such as a push. It is the same for everybody
// and names nothing.
std::string_view SentenceOf(InboxTopic topic);

// What happened. Values are those of perigee.v1.Notification.Kind, ten for each topic.
enum class InboxKind : std::uint8_t {
  kItemOpened = 11,
  kItemReleased,
  kItemVersion,
  kSeatGranted = 21,
  kSeatEnded,
  kAgreementNeeded = 31,
  kAppointed = 41,
  kTermBegan,
  kTermEnding,
  kTermEnded,
  kRenewed,
  kSuspended,
  kReinstated,
  kRevoked,
  kNominated = 51,
  kNominationInReview,
  kNominationAccepted,
  kNominationDeclined,
  kContributionInReview = 61,
  kContributionChangesAsked,
  kContributionAccepted,
  kContributionRejected,
  kNamedAsAuthor,
  kBadgeGranted = 71,
  kBadgeRevoked,
  kTierPromoted = 81,
  kTierKept,
  kTierNoticed,
  kTierNoticeWithdrawn,
  kTierDemoted,
  kTierReplaced,
  kThanksReceived = 91,
  kRedemptionApproved = 101,
  kRedemptionFulfilled,
  kRedemptionRejected,
  kRedemptionReturned,
  kRedemptionExpired,
  kAskReceived = 111,
  kAskThanked,
  kIdeaMoved = 121
};
InboxTopic TopicOf(InboxKind kind);

// Where a notification stands in an inbox, and which one it is. A notification is made by an entry
// of the journal, or stands by facts and the time: then `revision` is 0, `standing` says of what,
// and `stage` how far that has come.
struct InboxPlace {
  Time time{};  // Since when it is there.
  Revision revision = 0;
  std::int64_t number = 0;     // Among those of the entry, from 1 on.
  std::uint64_t standing = 0;  // See StandingKey.
  std::int64_t stage = 0;
  auto operator<=>(const InboxPlace&) const = default;
};

// The last part of a notification's name, such as `r12-1` or `s0123456789abcdef-2`.
std::string FormatInboxId(const InboxPlace& place);
// The place without its time. nullopt if the text is no such id.
std::optional<InboxPlace> ParseInboxId(std::string_view id);

// A number for what a standing notification is of, such as `items/roadmap`.
std::uint64_t StandingKey(std::string_view what);

// One notification of a person. It holds ids alone: what they stand for, the inbox's reader gets
// where the reader may.
struct Notification {
  InboxKind kind{};
  InboxPlace place;
  std::string id{};  // Of the appointment, the ask and so on. Empty: `about` is all.
  std::string
      about{};  // Of the item, title, badge, reward, scheme, agreement or kind that it is of.
  std::int64_t version = 0;  // Of an item's body or of an agreement. 0: none.
};

}  // namespace perigee::domain
