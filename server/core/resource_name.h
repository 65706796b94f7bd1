#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee {

// Ids are 1 to 63 of a-z, 0-9 and '-', and start and end with a letter or digit (AIP-122).
inline constexpr std::size_t kIdLengthMax = 63;
bool IsValidId(std::string_view id);
// kInvalidField, naming `field`, if `id` is not a valid id.
absl::Status CheckId(std::string_view field, std::string_view id);

// Matches a resource name against a pattern such as `programs/*/members/*` and returns the parts at
// the stars, in order. Each part is checked with IsValidId. Otherwise kInvalidField, naming `field`
// and the form that it wants, or the part that is no id, which is in the metadata as `id`.
absl::StatusOr<std::vector<std::string>> ParseName(std::string_view field, std::string_view name,
                                                   std::string_view pattern);

// The same without copies: fills `parts`, one for each star, with views of `name`.
absl::Status MatchName(std::string_view field, std::string_view name, std::string_view pattern,
                       std::span<std::string_view> parts);

// The inverse: fills the stars of `pattern`.
std::string FormatName(std::string_view pattern, std::initializer_list<std::string_view> parts);

// The programme in a name `programs/{program}…`. nullopt if it is none.
std::optional<std::string_view> ProgramIn(std::string_view name);
// The member in a name `programs/{program}/members/{member}…` of that programme, which it names.
std::optional<std::string_view> MemberIn(std::string_view name, std::string_view program);

inline constexpr std::string_view kProgramPattern = "programs/*";
inline constexpr std::string_view kAssetPattern = "programs/*/assets/*";
inline constexpr std::string_view kRulePattern = "programs/*/rules/*";
inline constexpr std::string_view kMemberPattern = "programs/*/members/*";
inline constexpr std::string_view kRoleGrantPattern = "programs/*/roleGrants/*";
inline constexpr std::string_view kIdentityPattern = "programs/*/members/*/identities/*";
inline constexpr std::string_view kFacetPattern = "programs/*/members/*/facets/*";
inline constexpr std::string_view kFacetTypePattern = "programs/*/facetTypes/*";
inline constexpr std::string_view kInvitationPattern = "programs/*/invitations/*";
inline constexpr std::string_view kTitlePattern = "programs/*/titles/*";
inline constexpr std::string_view kCandidatePattern = "programs/*/titles/*/candidates/*";
inline constexpr std::string_view kNominationPattern = "programs/*/nominations/*";
inline constexpr std::string_view kAppointmentPattern = "programs/*/members/*/appointments/*";
inline constexpr std::string_view kAskPattern = "programs/*/members/*/asks/*";
inline constexpr std::string_view kThanksPattern = "programs/*/thanks/*";
inline constexpr std::string_view kPromisePattern = "programs/*/promises/*";
inline constexpr std::string_view kRewardPattern = "programs/*/rewards/*";
inline constexpr std::string_view kRedemptionPattern = "programs/*/members/*/redemptions/*";
inline constexpr std::string_view kCredentialPattern = "programs/*/members/*/credentials/*";
inline constexpr std::string_view kStatusListPattern = "programs/*/statusLists/*";
inline constexpr std::string_view kContributionKindPattern = "programs/*/contributionKinds/*";
inline constexpr std::string_view kContributionPattern = "programs/*/contributions/*";
inline constexpr std::string_view kActivityTypePattern = "programs/*/activityTypes/*";
inline constexpr std::string_view kOrbitPattern = "programs/*/members/*/orbit";
inline constexpr std::string_view kBadgePattern = "programs/*/badges/*";
inline constexpr std::string_view kBadgeGrantPattern = "programs/*/members/*/badgeGrants/*";
inline constexpr std::string_view kBadgeProgressPattern = "programs/*/members/*/badgeProgress/*";
inline constexpr std::string_view kTierSchemePattern = "programs/*/tierSchemes/*";
inline constexpr std::string_view kTierStandingPattern = "programs/*/members/*/tierStandings/*";
inline constexpr std::string_view kItemPattern = "programs/*/items/*";
inline constexpr std::string_view kItemVersionPattern = "programs/*/items/*/versions/*";
inline constexpr std::string_view kAttachmentPattern = "programs/*/items/*/attachments/*";
inline constexpr std::string_view kSeatPattern = "programs/*/members/*/seats/*";
inline constexpr std::string_view kAgreementPattern = "programs/*/agreements/*";
inline constexpr std::string_view kAgreementVersionPattern = "programs/*/agreements/*/versions/*";
inline constexpr std::string_view kAcceptancePattern = "programs/*/members/*/acceptances/*";
inline constexpr std::string_view kFeedbackPattern = "programs/*/feedback/*";
inline constexpr std::string_view kIdeaPattern = "programs/*/ideas/*";
inline constexpr std::string_view kLeakCasePattern = "programs/*/leakCases/*";
inline constexpr std::string_view kWebhookPattern = "programs/*/webhooks/*";
inline constexpr std::string_view kDeliveryPattern = "programs/*/webhooks/*/deliveries/*";
inline constexpr std::string_view kDevicePattern = "programs/*/members/*/devices/*";
inline constexpr std::string_view kNotificationPattern = "programs/*/members/*/notifications/*";
inline constexpr std::string_view kInboxSettingsPattern = "programs/*/members/*/inboxSettings";
inline constexpr std::string_view kActivityPattern = "programs/*/activities/*";
inline constexpr std::string_view kMemberAccountPattern = "programs/*/members/*/accounts/*";
inline constexpr std::string_view kProgramAccountPattern = "programs/*/assets/*/accounts/*";
inline constexpr std::string_view kTransferPattern = "programs/*/transfers/*";
inline constexpr std::string_view kBoardPattern = "programs/*/boards/*";
inline constexpr std::string_view kPeriodPattern = "programs/*/boards/*/periods/*";

std::string ProgramName(std::string_view program);
std::string AssetName(std::string_view program, std::string_view asset);
std::string RuleName(std::string_view program, std::string_view rule);
std::string MemberName(std::string_view program, std::string_view member);
std::string ActivityName(std::string_view program, std::int64_t revision);
std::string BoardName(std::string_view program, std::string_view board);
std::string PeriodName(std::string_view program, std::string_view board, std::string_view period);

}  // namespace perigee
