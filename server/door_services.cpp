#include "server/door_services.h"

#include <set>
#include <string>

#include "server/core/page_token.h"
#include "server/ground.h"
#include "server/senders.h"
#include "server/sign_in.h"

namespace perigee {
namespace {

services::Gatekeeper* GatekeeperOf(SignIn* sign_in) {
  return sign_in == nullptr ? nullptr : &sign_in->gatekeeper();
}

}  // namespace

DoorServices::DoorServices(Ground& ground, Threads& threads, Boards& boards,
                           const PageTokens& tokens, SignIn* sign_in, const Senders& senders)
    : search_(*ground.store),
      call_(*ground.store, ground.clock, threads.readers, ground.metrics, GatekeeperOf(sign_in)),
      internal_call_(*ground.store, ground.clock, threads.internal_readers, ground.metrics,
                     GatekeeperOf(sign_in)),
      members_(call_, ground.ids, boards.projection, tokens),
      facets_(call_, boards.projection, tokens),
      champions_(call_, tokens),
      asks_(call_, tokens),
      thanks_(call_, tokens),
      rewards_(call_, tokens),
      agreements_(call_, tokens),
      seats_(call_, tokens),
      credentials_(call_, ground.ids, tokens),
      contributions_(call_, tokens),
      feedback_(call_, tokens),
      ideas_(call_, tokens),
      orbit_(call_),
      badges_(call_, tokens),
      tiers_(call_, tokens),
      insider_(call_, tokens, ground.metrics),
      attachments_(call_, tokens, *ground.blobs, ground.metrics),
      inbox_(call_, tokens, ground.metrics.Inboxes()),
      devices_(call_, tokens, senders.vapid(), senders.rules),
      explain_(call_, boards.projection),
      capital_(call_, tokens),
      boards_(call_, boards.projection, boards.directory, tokens),
      program_admin_(internal_call_, tokens),
      member_admin_(internal_call_, ground.ids, tokens, search_),
      facet_admin_(internal_call_, boards.projection),
      invitation_admin_(internal_call_, ground.ids, tokens),
      champion_admin_(internal_call_, tokens),
      ask_admin_(internal_call_, tokens),
      thanks_admin_(internal_call_, tokens),
      reward_admin_(internal_call_, tokens),
      agreement_admin_(internal_call_, tokens),
      seat_admin_(internal_call_, tokens),
      credential_admin_(internal_call_),
      contribution_admin_(internal_call_, tokens),
      feedback_admin_(internal_call_, tokens),
      idea_admin_(internal_call_, tokens),
      measurements_(ground.clock),
      leak_admin_(internal_call_, tokens, measurements_),
      orbit_admin_(internal_call_, tokens, measurements_),
      candidate_admin_(internal_call_, tokens, measurements_),
      badge_admin_(internal_call_, tokens),
      tier_admin_(internal_call_, tokens),
      insight_admin_(internal_call_, tokens),
      insider_admin_(internal_call_, tokens),
      attachment_admin_(internal_call_, tokens, *ground.blobs),
      item_read_admin_(internal_call_, tokens),
      webhook_admin_(internal_call_, ground.ids, tokens, senders.rules),
      access_admin_(internal_call_, ground.ids, tokens,
                    sign_in == nullptr ? std::set<std::string>() : sign_in->issuers()),
      audience_admin_(internal_call_, tokens, boards.terms),
      audit_admin_(internal_call_, tokens),
      places_(boards.projection, boards.directory, tokens, threads.internal_readers),
      activity_admin_(internal_call_, tokens, places_),
      capital_admin_(internal_call_, places_),
      board_admin_(internal_call_, boards.projection) {}

std::vector<grpc::Service*> DoorServices::AtThePublicDoor() {
  return {&members_, &facets_,      &champions_, &contributions_, &credentials_, &asks_,
          &thanks_,  &rewards_,     &badges_,    &tiers_,         &orbit_,       &capital_,
          &boards_,  &explain_,     &insider_,   &agreements_,    &seats_,       &feedback_,
          &ideas_,   &attachments_, &inbox_,     &devices_};
}

std::vector<grpc::Service*> DoorServices::AtTheInternalDoor() {
  return {&program_admin_,   &member_admin_,       &facet_admin_,      &invitation_admin_,
          &champion_admin_,  &contribution_admin_, &credential_admin_, &ask_admin_,
          &thanks_admin_,    &reward_admin_,       &badge_admin_,      &tier_admin_,
          &orbit_admin_,     &access_admin_,       &audience_admin_,   &audit_admin_,
          &activity_admin_,  &capital_admin_,      &board_admin_,      &insight_admin_,
          &candidate_admin_, &insider_admin_,      &item_read_admin_,  &agreement_admin_,
          &seat_admin_,      &feedback_admin_,     &idea_admin_,       &attachment_admin_,
          &leak_admin_,      &webhook_admin_};
}

void DoorServices::StopStreams() {
  members_.StopStreams();
  boards_.StopStreams();
  inbox_.StopStreams();
  audit_admin_.StopStreams();
  activity_admin_.StopStreams();
  attachments_.StopStreams();
  attachment_admin_.StopStreams();
  measurements_.Stop();
}

void DoorServices::RecheckStreams() {
  members_.RecheckStreams();
  boards_.RecheckStreams();
  inbox_.RecheckStreams();
  audit_admin_.RecheckStreams();
  activity_admin_.RecheckStreams();
  attachments_.RecheckStreams();
  attachment_admin_.RecheckStreams();
}

}  // namespace perigee
