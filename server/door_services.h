#pragma once

#include <vector>

#include "server/adapters/member/member_search.h"
#include "server/services/access/access_service.h"
#include "server/services/activity/activity_service.h"
#include "server/services/ask/ask_admin_service.h"
#include "server/services/ask/ask_service.h"
#include "server/services/audience/audience_service.h"
#include "server/services/badge/badge_admin_service.h"
#include "server/services/badge/badge_service.h"
#include "server/services/board/board_admin_service.h"
#include "server/services/board/board_service.h"
#include "server/services/board/places_after_write.h"
#include "server/services/champion/candidate_admin_service.h"
#include "server/services/champion/champion_admin_service.h"
#include "server/services/champion/champion_service.h"
#include "server/services/champion/contribution_admin_service.h"
#include "server/services/champion/contribution_service.h"
#include "server/services/champion/credential_service.h"
#include "server/services/delivery/device_service.h"
#include "server/services/delivery/webhook_admin_service.h"
#include "server/services/explain/explain_service.h"
#include "server/services/idea/feedback_admin_service.h"
#include "server/services/idea/feedback_service.h"
#include "server/services/idea/idea_admin_service.h"
#include "server/services/idea/idea_service.h"
#include "server/services/inbox/inbox_service.h"
#include "server/services/insider/agreement_admin_service.h"
#include "server/services/insider/agreement_service.h"
#include "server/services/insider/attachment_admin_service.h"
#include "server/services/insider/attachment_service.h"
#include "server/services/insider/insider_admin_service.h"
#include "server/services/insider/insider_service.h"
#include "server/services/insider/item_read_admin_service.h"
#include "server/services/insider/leak_admin_service.h"
#include "server/services/insider/seat_admin_service.h"
#include "server/services/insider/seat_service.h"
#include "server/services/insight/insight_admin_service.h"
#include "server/services/journal/audit_service.h"
#include "server/services/ledger/capital_admin_service.h"
#include "server/services/ledger/capital_service.h"
#include "server/services/measurements.h"
#include "server/services/member/facet_service.h"
#include "server/services/member/invitation_service.h"
#include "server/services/member/member_service.h"
#include "server/services/orbit/orbit_admin_service.h"
#include "server/services/orbit/orbit_service.h"
#include "server/services/program/program_service.h"
#include "server/services/reward/reward_admin_service.h"
#include "server/services/reward/reward_service.h"
#include "server/services/thanks/thanks_admin_service.h"
#include "server/services/thanks/thanks_service.h"
#include "server/services/tier/tier_admin_service.h"
#include "server/services/tier/tier_service.h"

namespace perigee {

class PageTokens;
class SignIn;
struct Boards;
struct Ground;
struct Senders;
struct Threads;

// The services of both doors. All that it is given must outlive it.
class DoorServices {
 public:
  // `sign_in` is null where nobody signs in.
  DoorServices(Ground& ground, Threads& threads, Boards& boards, const PageTokens& tokens,
               SignIn* sign_in, const Senders& senders);

  std::vector<grpc::Service*> AtThePublicDoor();
  std::vector<grpc::Service*> AtTheInternalDoor();

  int OpenAtThePublicDoor() const { return call_.open(); }
  int OpenAtTheInternalDoor() const { return internal_call_.open(); }
  // Ends all streams, so that the doors can drain.
  void StopStreams();
  // Asks again whether the callers of streams may have them.
  void RecheckStreams();

 private:
  adapters::StoreMemberSearch search_;
  services::Call call_;
  services::Call internal_call_;
  services::MemberService members_;
  services::FacetService facets_;
  services::ChampionService champions_;
  services::AskService asks_;
  services::ThanksService thanks_;
  services::RewardService rewards_;
  services::AgreementService agreements_;
  services::SeatService seats_;
  services::CredentialService credentials_;
  services::ContributionService contributions_;
  services::FeedbackService feedback_;
  services::IdeaService ideas_;
  services::OrbitService orbit_;
  services::BadgeService badges_;
  services::TierService tiers_;
  services::InsiderService insider_;
  services::AttachmentService attachments_;
  services::InboxService inbox_;
  services::DeviceService devices_;
  services::ExplainService explain_;
  services::CapitalService capital_;
  services::BoardService boards_;
  services::ProgramAdminService program_admin_;
  services::MemberAdminService member_admin_;
  services::FacetAdminService facet_admin_;
  services::InvitationAdminService invitation_admin_;
  services::ChampionAdminService champion_admin_;
  services::AskAdminService ask_admin_;
  services::ThanksAdminService thanks_admin_;
  services::RewardAdminService reward_admin_;
  services::AgreementAdminService agreement_admin_;
  services::SeatAdminService seat_admin_;
  services::CredentialAdminService credential_admin_;
  services::ContributionAdminService contribution_admin_;
  services::FeedbackAdminService feedback_admin_;
  services::IdeaAdminService idea_admin_;
  services::Measurements measurements_;
  services::LeakAdminService leak_admin_;
  services::OrbitAdminService orbit_admin_;
  services::CandidateAdminService candidate_admin_;
  services::BadgeAdminService badge_admin_;
  services::TierAdminService tier_admin_;
  services::InsightAdminService insight_admin_;
  services::InsiderAdminService insider_admin_;
  services::AttachmentAdminService attachment_admin_;
  services::ItemReadAdminService item_read_admin_;
  services::WebhookAdminService webhook_admin_;
  services::AccessAdminService access_admin_;
  services::AudienceAdminService audience_admin_;
  services::AuditAdminService audit_admin_;
  services::PlacesAfterWrite places_;
  services::ActivityAdminService activity_admin_;
  services::CapitalAdminService capital_admin_;
  services::BoardAdminService board_admin_;
};

}  // namespace perigee
