#include "server/services/convert.h"

#include <charconv>
#include <chrono>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/timestamp_range.h"
#include "server/domain/thanks/thanks.h"

namespace perigee::services {
namespace {

using std::chrono::floor;
using std::chrono::seconds;

constexpr std::int32_t kNanosPerSecond = 1'000'000'000;

std::string NameOf(const MemberNames& names, const domain::MemberKey& key) {
  const auto found = names.find(key);
  return found == names.end() ? std::string() : found->second;
}

v1::Grant ToProto(const domain::Grant& grant) {
  v1::Grant out;
  out.set_asset(grant.asset);
  out.set_beneficiary(static_cast<v1::Grant::Beneficiary>(grant.beneficiary));
  out.set_amount(grant.amount);
  out.set_per_quantity(grant.per_quantity);
  if (grant.cap.has_value()) {
    out.mutable_cap()->set_id(grant.cap->id);
    out.mutable_cap()->set_limit(grant.cap->limit);
    out.mutable_cap()->set_window(static_cast<v1::Cap::Window>(grant.cap->window));
    out.mutable_cap()->set_net(grant.cap->net);
  }
  if (grant.floor.has_value()) {
    out.set_floor(*grant.floor);
  }
  return out;
}

}  // namespace

google::protobuf::Timestamp ToTimestamp(Time time) {
  google::protobuf::Timestamp timestamp;
  const auto whole = floor<seconds>(time);
  timestamp.set_seconds(whole.time_since_epoch().count());
  timestamp.set_nanos(static_cast<std::int32_t>((time - whole).count() * 1000));
  return timestamp;
}

absl::StatusOr<Time> FromTimestamp(std::string_view field,
                                   const google::protobuf::Timestamp& timestamp) {
  const seconds whole(timestamp.seconds());
  if (whole < kTimestampMin.time_since_epoch() || whole > kTimestampMax.time_since_epoch() ||
      timestamp.nanos() < 0 || timestamp.nanos() >= kNanosPerSecond) {
    return InvalidField(field, "is not a valid Timestamp");
  }
  return Time{whole} + Duration(timestamp.nanos() / 1000);
}

v1::Program ToProto(const domain::Program& program) {
  v1::Program out;
  out.set_name(ProgramName(program.id));
  out.set_display_name(program.display_name);
  out.set_time_zone(program.time_zone);
  *out.mutable_create_time() = ToTimestamp(program.create_time);
  *out.mutable_update_time() = ToTimestamp(program.update_time);
  out.set_etag(domain::Etag(program.revision));
  out.set_revision(program.revision);
  out.set_state(static_cast<v1::Program::State>(program.state));
  out.set_ask_limit(program.ask_limit.value_or(domain::kAskLimitDefault));
  out.set_ask_window_days(program.ask_window_days.value_or(domain::kAskWindowDaysDefault));
  out.set_thanks_limit(domain::ThanksLimitOf(program));
  out.set_thanks_period(program.thanks_period == domain::ThanksPeriod::kMonth
                            ? v1::Program::THANKS_PERIOD_MONTH
                            : v1::Program::THANKS_PERIOD_WEEK);
  out.set_orbit_review_months(program.OrbitReviewMonths());
  return out;
}

v1::Asset ToProto(const std::string& program, const domain::Asset& asset) {
  v1::Asset out;
  out.set_name(AssetName(program, asset.id));
  out.set_display_name(asset.display_name);
  out.set_decimals(asset.decimals);
  out.set_spendable(asset.spendable);
  out.set_overdraft(asset.overdraft);
  out.set_lot_lifetime_months(asset.lot_lifetime_months);
  *out.mutable_create_time() = ToTimestamp(asset.create_time);
  out.set_revision(asset.revision);
  return out;
}

v1::Rule ToProto(const std::string& program, const domain::Rule& rule) {
  v1::Rule out;
  out.set_name(RuleName(program, rule.id));
  out.set_activity_type(rule.activity_type);
  for (const domain::Grant& grant : rule.grants) {
    *out.add_grants() = ToProto(grant);
  }
  out.set_thanks(rule.thanks);
  out.set_counts_self(rule.counts_self);
  if (rule.effective_time != kBeginningOfTime) {
    *out.mutable_effective_time() = ToTimestamp(rule.effective_time);
  }
  out.set_disabled(rule.disabled);
  out.set_version(rule.version);
  *out.mutable_create_time() = ToTimestamp(rule.create_time);
  out.set_etag(domain::Etag(rule.revision));
  out.set_revision(rule.revision);
  return out;
}

v1::Member ToProto(const std::string& program, const domain::Member& member) {
  v1::Member out;
  out.set_name(MemberName(program, member.id));
  out.set_display_name(member.display_name);
  for (const domain::StakeholderKind kind : member.kinds) {
    out.add_kinds(static_cast<v1::StakeholderKind>(kind));
  }
  for (const std::string& facet : member.facets) {
    out.add_facets(facet);
  }
  out.set_type(static_cast<v1::Member::Type>(member.type));
  out.set_standing(static_cast<v1::Member::Standing>(member.standing));
  out.set_board_opt_out(member.board_opt_out);
  *out.mutable_join_time() = ToTimestamp(member.join_time);
  *out.mutable_create_time() = ToTimestamp(member.create_time);
  *out.mutable_update_time() = ToTimestamp(member.update_time);
  out.set_etag(domain::Etag(member.revision));
  out.set_revision(member.revision);
  out.set_handle(member.handle);
  for (const domain::Motive motive : member.motives) {
    out.add_motives(static_cast<v1::Motive>(motive));
  }
  if (member.ask_limit.has_value()) {
    out.set_ask_limit(*member.ask_limit);
  }
  out.set_do_not_ask(member.do_not_ask);
  if (member.pause_time.has_value()) {
    *out.mutable_pause()->mutable_start_time() = ToTimestamp(*member.pause_time);
    if (member.pause_end_time.has_value()) {
      *out.mutable_pause()->mutable_end_time() = ToTimestamp(*member.pause_end_time);
    }
  }
  return out;
}

v1::Activity ToProto(const std::string& program, const domain::Activity& activity,
                     const MemberNames& names) {
  v1::Activity out;
  out.set_name(ActivityName(program, activity.revision));
  out.set_type(activity.type);
  out.set_actor(NameOf(names, activity.actor));
  out.set_recipient(NameOf(names, activity.recipient));
  out.set_object(activity.object);
  out.set_quantity(activity.quantity);
  out.set_source(activity.source);
  out.set_source_event_id(activity.source_event_id);
  *out.mutable_occur_time() = ToTimestamp(activity.occur_time);
  out.set_time_source(static_cast<v1::Activity::TimeSource>(activity.time_source));
  out.set_imported(activity.imported);
  out.set_time_adjusted(activity.time_adjusted);
  *out.mutable_receive_time() = ToTimestamp(activity.receive_time);
  out.set_revision(activity.revision);
  return out;
}

absl::StatusOr<domain::Revision> ParseRevision(std::string_view field, std::string_view id) {
  domain::Revision revision = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), revision);
  if (error != std::errc() || end != id.data() + id.size() || revision < 1 || id.front() == '0') {
    return InvalidField(field, "must end with a whole number above 0");
  }
  return revision;
}

}  // namespace perigee::services
