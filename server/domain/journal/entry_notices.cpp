#include "server/domain/journal/entry_notices.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/domain/access/personal_read.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/activity/activity.h"
#include "server/domain/ask/ask.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/delivery/device.h"
#include "server/domain/idea/idea.h"
#include "server/domain/inbox/inbox_mark.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/seat.h"
#include "server/domain/journal/journal.h"
#include "server/domain/member/member.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/thanks/thanks.h"
#include "server/domain/tier/tier_standing.h"

namespace perigee::domain {
namespace {

using Kind = InboxKind;

// The record if it is an R, or null.
template <class R>
const R* As(const RecordChange& change) {
  return change.type == &TypeOf<R>() ? static_cast<const R*>(change.record.get()) : nullptr;
}

// An entry, and whose notifications are wanted. A record tells by its times what the entry did to
// it: they are the entry's own. Where a move leaves no time, the RPC tells.
struct Asked {
  const JournalEntry& entry;
  std::span<const MemberKey> members;

  bool IsOf(const MemberKey& member) const {
    return std::ranges::find(members, member) != members.end();
  }
  bool IsNow(const std::optional<Time>& time) const { return time == entry.time; }
  bool IsBy(std::string_view rpc) const {
    return std::string_view(entry.method).ends_with(rpc) && entry.method.size() > rpc.size() &&
           entry.method[entry.method.size() - rpc.size() - 1] == '/';
  }
};

// What one change tells the person, if anything.
struct News {
  Kind kind{};
  std::string id{};
  std::string about{};
};
using MaybeNews = std::optional<News>;

MaybeNews OfAppointment(const Asked& asked, const RecordChange& change) {
  const auto* one = As<Appointment>(change);
  if (one == nullptr || !asked.IsOf(one->member)) {
    return std::nullopt;
  }
  if (asked.IsNow(one->revoke_time)) {
    return News{Kind::kRevoked, one->id, one->title};
  }
  if (asked.IsNow(one->suspend_time)) {
    return News{Kind::kSuspended, one->id, one->title};
  }
  if (asked.IsBy("ReinstateAppointment")) {
    return News{Kind::kReinstated, one->id, one->title};
  }
  if (one->create_time == asked.entry.time) {
    return News{one->renews.empty() ? Kind::kAppointed : Kind::kRenewed, one->id, one->title};
  }
  return std::nullopt;
}

// A draft is its nominator's alone, and so is who said what.
MaybeNews OfNomination(const Asked& asked, const RecordChange& change) {
  const auto* one = As<Nomination>(change);
  if (one == nullptr || !asked.IsOf(one->member)) {
    return std::nullopt;
  }
  switch (one->state) {
    case NominationState::kSubmitted: {
      // A draft that joins an open nomination is deleted: then that one is not new.
      const bool joins =
          std::ranges::any_of(asked.entry.changes.records.all(), [](const RecordChange& other) {
            return other.deleted && As<Nomination>(other) != nullptr;
          });
      if (one->create_time == asked.entry.time || (asked.IsBy("SubmitNomination") && !joins)) {
        return News{Kind::kNominated, one->id, one->title};
      }
      return std::nullopt;
    }
    case NominationState::kInReview:
      return asked.IsBy("StartReview")
                 ? MaybeNews(News{Kind::kNominationInReview, one->id, one->title})
                 : std::nullopt;
    case NominationState::kAccepted:
    case NominationState::kDeclined:
      if (asked.IsNow(one->decide_time)) {
        return News{one->state == NominationState::kAccepted ? Kind::kNominationAccepted
                                                             : Kind::kNominationDeclined,
                    one->id, one->title};
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

// What became of a contribution by the entry.
MaybeNews MoveOf(const Asked& asked, const Contribution& one) {
  switch (one.state) {
    case ContributionState::kInReview:
      return asked.IsBy("StartContributionReview")
                 ? MaybeNews(News{Kind::kContributionInReview, one.id, one.kind})
                 : std::nullopt;
    case ContributionState::kChangesAsked:
      return asked.IsBy("AskForChanges")
                 ? MaybeNews(News{Kind::kContributionChangesAsked, one.id, one.kind})
                 : std::nullopt;
    case ContributionState::kAccepted:
    case ContributionState::kRejected:
      if (asked.IsNow(one.decide_time)) {
        return News{one.state == ContributionState::kAccepted ? Kind::kContributionAccepted
                                                              : Kind::kContributionRejected,
                    one.id, one.kind};
      }
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

MaybeNews OfContribution(const Asked& asked, const RecordChange& change) {
  const auto* one = As<Contribution>(change);
  return one != nullptr && asked.IsOf(one->member) ? MoveOf(asked, *one) : std::nullopt;
}

MaybeNews OfContributionShare(const Asked& asked, const RecordChange& change) {
  const auto* one = As<ContributionShare>(change);
  // The first author is told by the contribution.
  if (one == nullptr || one->index == 0 || one->declined || !asked.IsOf(one->member)) {
    return std::nullopt;
  }
  for (const Contribution* whole : asked.entry.changes.records.All<Contribution>()) {
    if (whole->id != one->contribution || asked.IsOf(whole->member)) {
      continue;
    }
    if (one->create_time == asked.entry.time) {
      return News{Kind::kNamedAsAuthor, whole->id, whole->kind};
    }
    return MoveOf(asked, *whole);
  }
  return std::nullopt;
}

MaybeNews OfBadgeGrant(const Asked& asked, const RecordChange& change) {
  const auto* one = As<BadgeGrant>(change);
  if (one == nullptr || !asked.IsOf(one->member)) {
    return std::nullopt;
  }
  if (asked.IsNow(one->revoke_time)) {
    return News{Kind::kBadgeRevoked, {}, one->badge};
  }
  if (!one->revoke_time.has_value() && one->grant_time == asked.entry.time) {
    return News{Kind::kBadgeGranted, {}, one->badge};
  }
  return std::nullopt;
}

MaybeNews OfTierStanding(const Asked& asked, const RecordChange& change) {
  const auto* one = As<TierStanding>(change);
  if (one == nullptr || !asked.IsOf(one->member) || one->news_time != asked.entry.time) {
    return std::nullopt;
  }
  constexpr auto kKinds = std::to_array<std::pair<TierNews, Kind>>({
      {TierNews::kPromoted, Kind::kTierPromoted},
      {TierNews::kKept, Kind::kTierKept},
      {TierNews::kNoticed, Kind::kTierNoticed},
      {TierNews::kWithdrawn, Kind::kTierNoticeWithdrawn},
      {TierNews::kDemoted, Kind::kTierDemoted},
      {TierNews::kReplaced, Kind::kTierReplaced},
  });
  const auto* const found = std::ranges::find(kKinds, one->news, &std::pair<TierNews, Kind>::first);
  return found == kKinds.end() ? std::nullopt : MaybeNews(News{found->second, {}, one->scheme});
}

MaybeNews OfThanks(const Asked& asked, const RecordChange& change) {
  const auto* one = As<Thanks>(change);
  if (one == nullptr || !asked.IsOf(one->receiver) || one->id != asked.entry.revision) {
    return std::nullopt;
  }
  return News{Kind::kThanksReceived, absl::StrCat(one->id), {}};
}

MaybeNews OfRedemption(const Asked& asked, const RecordChange& change) {
  const auto* one = As<Redemption>(change);
  if (one == nullptr || !asked.IsOf(one->member)) {
    return std::nullopt;
  }
  const auto news = [&](Kind kind) { return News{kind, one->id, one->reward}; };
  switch (one->state) {
    case RedemptionState::kApproved:
      return asked.IsNow(one->approve_time) ? MaybeNews(news(Kind::kRedemptionApproved))
                                            : std::nullopt;
    case RedemptionState::kFulfilled:
      return asked.IsNow(one->end_time) ? MaybeNews(news(Kind::kRedemptionFulfilled))
                                        : std::nullopt;
    case RedemptionState::kRejected:
      return asked.IsNow(one->end_time) ? MaybeNews(news(Kind::kRedemptionRejected)) : std::nullopt;
    case RedemptionState::kReturned:
      return asked.IsNow(one->return_time) ? MaybeNews(news(Kind::kRedemptionReturned))
                                           : std::nullopt;
    case RedemptionState::kExpired:
      return news(Kind::kRedemptionExpired);  // Nothing touches it afterwards.
    default:
      return std::nullopt;
  }
}

MaybeNews OfAsk(const Asked& asked, const RecordChange& change) {
  const auto* one = As<Ask>(change);
  if (one == nullptr || !asked.IsOf(one->member)) {
    return std::nullopt;
  }
  if (asked.IsNow(one->thank_time)) {
    return News{Kind::kAskThanked, one->id, {}};
  }
  if (asked.IsNow(one->send_time) && !one->answer_time.has_value()) {
    return News{Kind::kAskReceived, one->id, {}};
  }
  return std::nullopt;
}

MaybeNews OfIdea(const Asked& asked, const RecordChange& change) {
  const auto* one = As<Idea>(change);
  // A new one is its author's own.
  if (one == nullptr || !asked.IsOf(one->member) || one->state == IdeaState::kNew) {
    return std::nullopt;
  }
  return News{Kind::kIdeaMoved, absl::StrCat(one->id), one->item};
}

// All kinds of records that make news. A new kind is one more line.
constexpr std::array kSources = {
    &OfAppointment, &OfNomination,   &OfContribution, &OfContributionShare,
    &OfBadgeGrant,  &OfTierStanding, &OfThanks,       &OfRedemption,
    &OfAsk,         &OfIdea,
};

bool IsByOneOf(const JournalEntry& entry, std::span<const MemberKey> members) {
  return entry.by.kind == PrincipalKind::kMember &&
         std::ranges::find(members, entry.by.id) != members.end();
}

// Whether no inbox looks at records of that kind, although members own them.
bool IsNoNews(const RecordType& type) {
  return &type == &TypeOf<Activity>() || &type == &TypeOf<Edge>() ||
         &type == &TypeOf<PersonalRead>() || &type == &TypeOf<RoleGrant>() ||
         &type == &TypeOf<InboxMark>() || &type == &TypeOf<PushMark>() ||
         &type == &TypeOf<PushDelivery>();
}

}  // namespace

std::vector<Notification> NoticesOf(const JournalEntry& entry, std::span<const MemberKey> members) {
  std::vector<Notification> notices;
  if (IsByOneOf(entry, members)) {
    return notices;
  }
  const Asked asked{entry, members};
  for (const RecordChange& change : entry.changes.records.all()) {
    if (change.deleted) {
      continue;
    }
    for (const auto source : kSources) {
      if (MaybeNews news = source(asked, change)) {
        InboxPlace place;
        place.time = entry.time;
        place.revision = entry.revision;
        place.number = static_cast<std::int64_t>(notices.size()) + 1;
        notices.push_back({news->kind, place, std::move(news->id), std::move(news->about)});
      }
    }
  }
  return notices;
}

InboxTouch TouchOf(const JournalEntry& entry) {
  InboxTouch touch;
  touch.members = entry.changes.erased;
  for (const RecordChange& change : entry.changes.records.all()) {
    if (const auto* item = As<InsiderItem>(change)) {
      // A draft is nobody's. What only falls due changes nothing: time alone did.
      touch.everybody |= item->open_time.has_value() && item->edit_revision == entry.revision;
    } else if (As<Agreement>(change) != nullptr) {
      touch.everybody = true;
    } else if (!IsNoNews(*change.type)) {
      if (const auto* seat = As<Seat>(change)) {
        touch.items.push_back(seat->item);
      }
      if (const auto* member = As<Member>(change); member != nullptr && member->IsMerged()) {
        touch.members.push_back(member->merged_into);
      }
      const std::vector<MemberKey> owners = OwnersOf(change);
      touch.members.insert(touch.members.end(), owners.begin(), owners.end());
    }
  }
  return touch;
}

}  // namespace perigee::domain
