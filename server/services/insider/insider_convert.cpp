#include "server/services/insider/insider_convert.h"

#include <string_view>

#include "server/core/resource_name.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

using Outcome = domain::GateOutcome;

std::string_view CauseOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kReleased:
      return "The item is released for the member.";
    case Outcome::kInsider:
      return "The member is an insider: nothing that the item asks for is missing.";
    case Outcome::kNotOpen:
      return "The item is not open yet, so no member sees it.";
    case Outcome::kWithdrawn:
      return "The item is withdrawn from everybody.";
    case Outcome::kSuspended:
      return "The member is suspended.";
    case Outcome::kClosed:
      return "The time of the insiders is over, and the item is not released for the member.";
    case Outcome::kNotInAudience:
      return "The member is not in the audience of the insiders.";
    case Outcome::kNotBound:
      return "The member is not bound by the agreement: no acceptance of a required version "
             "counts.";
    case Outcome::kNoSeat:
      return "The member has no seat, and misses nothing else.";
  }
  return {};
}

v1::ItemRelease ToProto(const domain::ItemRelease& release) {
  v1::ItemRelease out;
  out.set_id(release.id);
  out.set_display_name(release.display_name);
  out.set_audience(release.audience);
  out.set_local_time(release.local_time);
  out.set_time_zone(release.time_zone);
  *out.mutable_instant() = ToTimestamp(release.time);
  return out;
}

}  // namespace

v1::InsiderItem ToProto(const std::string& program, const domain::InsiderItem& item, Time now) {
  v1::InsiderItem out;
  out.set_name(FormatName(kItemPattern, {program, item.id}));
  out.set_display_name(item.display_name);
  out.set_kind(static_cast<v1::InsiderItem::Kind>(item.kind));
  out.set_state(static_cast<v1::InsiderItem::State>(domain::StateOf(item, now)));
  out.set_audience(item.audience);
  out.set_allow_demographic(item.allow_demographic);
  if (!item.agreement.empty()) {
    out.set_agreement(FormatName(kAgreementPattern, {program, item.agreement}));
  }
  out.set_seats(item.seats);
  out.set_seat_days(item.seat_days);
  out.set_seat_price(item.seat_price);
  for (const domain::ItemRelease& release : item.releases) {
    *out.add_releases() = ToProto(release);
  }
  if (item.open_time.has_value()) {
    *out.mutable_open_time() = ToTimestamp(*item.open_time);
  }
  if (item.close_time.has_value()) {
    *out.mutable_close_time() = ToTimestamp(*item.close_time);
  }
  if (item.withdraw_time.has_value()) {
    *out.mutable_withdraw_time() = ToTimestamp(*item.withdraw_time);
  }
  out.set_version(item.version);
  *out.mutable_create_time() = ToTimestamp(item.create_time);
  out.set_etag(domain::Etag(item.edit_revision));
  out.set_revision(item.revision);
  return out;
}

v1::ItemVersion ToProto(const std::string& program, const domain::ItemVersion& version) {
  v1::ItemVersion out;
  out.set_name(
      FormatName(kItemVersionPattern, {program, version.item, std::to_string(version.version)}));
  out.set_body(version.body);
  out.set_digest(version.digest);
  *out.mutable_create_time() = ToTimestamp(version.create_time);
  out.set_revision(version.revision);
  return out;
}

v1::InsiderGate ToProto(domain::GateOutcome outcome) {
  v1::InsiderGate out;
  out.set_outcome(static_cast<v1::InsiderGate::Outcome>(outcome));
  out.set_open(domain::IsOpen(outcome));
  out.set_cause(std::string(CauseOf(outcome)));
  return out;
}

}  // namespace perigee::services
