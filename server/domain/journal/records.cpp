#include "server/domain/journal/records.h"

#include <algorithm>
#include <array>

#include "server/core/check.h"
#include "server/domain/access/personal_read.h"
#include "server/domain/access/policy_refusal.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/activity/activity.h"
#include "server/domain/ask/ask.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/champion/credential.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/champion/title.h"
#include "server/domain/delivery/device.h"
#include "server/domain/delivery/webhook.h"
#include "server/domain/idea/feedback.h"
#include "server/domain/idea/idea.h"
#include "server/domain/inbox/inbox_mark.h"
#include "server/domain/inbox/inbox_settings.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/attachment.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/item_read.h"
#include "server/domain/insider/leak_case.h"
#include "server/domain/insider/seat.h"
#include "server/domain/member/invitation.h"
#include "server/domain/member/member.h"
#include "server/domain/member/trait.h"
#include "server/domain/orbit/activity_type.h"
#include "server/domain/orbit/departure.h"
#include "server/domain/program/program.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/reward/reward.h"
#include "server/domain/rule/rules.h"
#include "server/domain/thanks/promise.h"
#include "server/domain/thanks/thanks.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/domain/tier/tier_standing.h"

namespace perigee::domain {

std::span<const RecordType* const> AllRecords() {
  static const auto kAll = [] {
    const std::array all = {
        &TypeOf<Program>(),
        &TypeOf<Asset>(),
        &TypeOf<Rule>(),
        &TypeOf<Member>(),
        &TypeOf<Activity>(),
        &TypeOf<Edge>(),
        &TypeOf<RoleGrant>(),
        &TypeOf<Identity>(),
        &TypeOf<Trait>(),
        &TypeOf<Invitation>(),
        &TypeOf<FacetType>(),
        &TypeOf<PersonalRead>(),
        &TypeOf<Title>(),
        &TypeOf<Nomination>(),
        &TypeOf<NominationVoice>(),
        &TypeOf<NominationReview>(),
        &TypeOf<Appointment>(),
        &TypeOf<Ask>(),
        &TypeOf<Reward>(),
        &TypeOf<Redemption>(),
        &TypeOf<PolicyRefusal>(),
        &TypeOf<Thanks>(),
        &TypeOf<Promise>(),
        &TypeOf<Contribution>(),
        &TypeOf<ContributionKind>(),
        &TypeOf<ContributionShare>(),
        &TypeOf<ActivityType>(),
        &TypeOf<Departure>(),
        &TypeOf<Credential>(),
        &TypeOf<Badge>(),
        &TypeOf<BadgeGrant>(),
        &TypeOf<TierScheme>(),
        &TypeOf<TierStanding>(),
        &TypeOf<InsiderItem>(),
        &TypeOf<ItemVersion>(),
        &TypeOf<Agreement>(),
        &TypeOf<AgreementVersion>(),
        &TypeOf<Acceptance>(),
        &TypeOf<Seat>(),
        &TypeOf<ItemRead>(),
        &TypeOf<Attachment>(),
        &TypeOf<Feedback>(),
        &TypeOf<Idea>(),
        &TypeOf<IdeaVote>(),
        &TypeOf<LeakCase>(),
        &TypeOf<InboxMark>(),
        &TypeOf<Webhook>(),
        &TypeOf<Device>(),
        &TypeOf<Delivery>(),
        &TypeOf<InboxSettings>(),
        &TypeOf<PushMark>(),
        &TypeOf<PushDelivery>(),
        &TypeOf<WebhookProgress>(),
    };
    PERIGEE_CHECK(std::ranges::is_sorted(all, std::ranges::less_equal(), &RecordType::number) &&
                      std::ranges::adjacent_find(all, {}, &RecordType::number) == all.end(),
                  "two records have one number, or they do not stand in order");
    return all;
  }();
  return kAll;
}

const RecordType* FindRecord(int number) {
  const auto all = AllRecords();
  const auto found = std::ranges::find(all, number, &RecordType::number);
  return found == all.end() ? nullptr : *found;
}

}  // namespace perigee::domain
