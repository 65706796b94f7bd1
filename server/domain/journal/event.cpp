#include "server/domain/journal/event.h"

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/check.h"
#include "server/core/json.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/domain/activity/activity.h"
#include "server/domain/ask/ask.h"
#include "server/domain/badge/badge.h"
#include "server/domain/badge/badge_grant.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/champion/credential.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/champion/title.h"
#include "server/domain/idea/feedback.h"
#include "server/domain/idea/idea.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/attachment.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/seat.h"
#include "server/domain/journal/journal.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/domain/record/wire.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/reward/reward.h"
#include "server/domain/thanks/promise.h"
#include "server/domain/thanks/thanks.h"
#include "server/domain/tier/tier_scheme.h"
#include "server/domain/tier/tier_standing.h"

namespace perigee::domain {
namespace {

// The hash of an entry, so many digits of it.
constexpr std::size_t kIdDigits = 32;
constexpr std::size_t kSubjectDigits = 32;

// What a record says of the event that it gives.
struct Of {
  int verb = 0;  // The index of the verb in EventKind::verbs.
  MemberKey member;
  std::vector<std::string> ids;
};

struct EventKind {
  const RecordType* type;
  std::string_view pattern;
  std::vector<std::string_view> verbs;  // Types of events.
  Of (*of)(const void* record, Time at);
};

// 0 if the record was made at `at`, otherwise 1.
int MadeAt(Time create_time, Time at) { return create_time == at ? 0 : 1; }

Of OfMember(const Member& member, Time at) {
  return {MadeAt(member.create_time, at), member.key, {}};
}
Of OfActivity(const Activity& activity, Time) { return {0, {}, {absl::StrCat(activity.revision)}}; }
Of OfProgram(const Program& program, Time at) { return {MadeAt(program.create_time, at), {}, {}}; }
Of OfTitle(const Title& title, Time at) { return {MadeAt(title.create_time, at), {}, {title.id}}; }
Of OfNomination(const Nomination& nomination, Time at) {
  return {MadeAt(nomination.create_time, at), {}, {nomination.id}};
}
Of OfAppointment(const Appointment& one, Time at) {
  int verb = MadeAt(one.create_time, at);
  if (one.revoke_time == at) {
    verb = 2;
  } else if (one.resign_time == at) {
    verb = 3;
  } else if (one.suspend_time == at) {
    verb = 4;
  }
  return {verb, one.member, {one.id}};
}
Of OfAsk(const Ask& ask, Time at) { return {MadeAt(ask.create_time, at), ask.member, {ask.id}}; }
Of OfReward(const Reward& reward, Time at) {
  return {MadeAt(reward.create_time, at), {}, {reward.id}};
}
Of OfRedemption(const Redemption& one, Time at) {
  return {MadeAt(one.create_time, at), one.member, {one.id}};
}
Of OfThanks(const Thanks& thanks, Time at) {
  return {MadeAt(thanks.create_time, at), {}, {absl::StrCat(thanks.id)}};
}
Of OfPromise(const Promise& promise, Time at) {
  return {MadeAt(promise.create_time, at), {}, {absl::StrCat(promise.id)}};
}
Of OfContribution(const Contribution& one, Time at) {
  return {MadeAt(one.create_time, at), {}, {one.id}};
}
Of OfCredential(const Credential& one, Time at) {
  return {MadeAt(one.issue_time, at), one.member, {one.id}};
}
Of OfBadge(const Badge& badge, Time at) { return {MadeAt(badge.create_time, at), {}, {badge.id}}; }
Of OfBadgeGrant(const BadgeGrant& grant, Time at) {
  const int verb = grant.revoke_time.has_value() ? 2 : MadeAt(grant.grant_time, at);
  return {verb, grant.member, {grant.badge}};
}
Of OfTierScheme(const TierScheme& scheme, Time at) {
  return {MadeAt(scheme.create_time, at), {}, {scheme.id}};
}
Of OfTierStanding(const TierStanding& standing, Time) {
  return {0, standing.member, {standing.scheme}};
}
Of OfItem(const InsiderItem& item, Time at) {
  return {item.withdraw_time == at ? 2 : MadeAt(item.create_time, at), {}, {item.id}};
}
Of OfAgreement(const Agreement& agreement, Time at) {
  return {MadeAt(agreement.create_time, at), {}, {agreement.id}};
}
Of OfItemVersion(const ItemVersion& version, Time) {
  return {0, {}, {version.item, absl::StrCat(version.version)}};
}
Of OfAgreementVersion(const AgreementVersion& version, Time) {
  return {0, {}, {version.agreement, absl::StrCat(version.version)}};
}
Of OfAcceptance(const Acceptance& one, Time at) {
  int verb = MadeAt(one.create_time, at);
  if (one.withdraw_time == at) {
    verb = 3;
  } else if (one.accept_time == at) {
    verb = 2;
  }
  return {verb, one.member, {absl::StrCat(one.id)}};
}
Of OfAttachment(const Attachment& attachment, Time) {
  return {0, {}, {attachment.item, attachment.id}};
}
Of OfFeedback(const Feedback& feedback, Time at) {
  return {MadeAt(feedback.create_time, at), {}, {absl::StrCat(feedback.id)}};
}
Of OfIdea(const Idea& idea, Time at) {
  int verb = MadeAt(idea.create_time, at);
  if (idea.decide_time == at) {
    verb = idea.state == IdeaState::kShipped ? 2 : 3;
  }
  return {verb, {}, {absl::StrCat(idea.id)}};
}
Of OfSeat(const Seat& seat, Time at) {
  return {MadeAt(seat.create_time, at), seat.member, {absl::StrCat(seat.id)}};
}

template <class R, Of (*kOf)(const R&, Time)>
EventKind Kind(std::string_view pattern, std::vector<std::string_view> verbs) {
  return {&TypeOf<R>(), pattern, std::move(verbs),
          [](const void* record, Time at) { return kOf(*static_cast<const R*>(record), at); }};
}

// Only these kinds are told of, so that a new kind of record is not told of before somebody has
// thought about it. Cases of leaks are left out: they are for few people. So are reads, votes and
// what a person set up alone.
std::span<const EventKind> Kinds() {
  static const auto kKinds = std::to_array<EventKind>({
      Kind<Program, OfProgram>(kProgramPattern,
                               {"perigee.program.made", "perigee.program.changed"}),
      Kind<Member, OfMember>(kMemberPattern, {"perigee.member.made", "perigee.member.changed"}),
      Kind<Activity, OfActivity>(kActivityPattern, {"perigee.activity.recorded"}),
      Kind<Title, OfTitle>(kTitlePattern, {"perigee.title.made", "perigee.title.changed"}),
      Kind<Nomination, OfNomination>(kNominationPattern,
                                     {"perigee.nomination.made", "perigee.nomination.changed"}),
      Kind<Appointment, OfAppointment>(
          kAppointmentPattern,
          {"perigee.appointment.made", "perigee.appointment.changed", "perigee.appointment.revoked",
           "perigee.appointment.resigned", "perigee.appointment.suspended"}),
      Kind<Ask, OfAsk>(kAskPattern, {"perigee.ask.made", "perigee.ask.changed"}),
      Kind<Reward, OfReward>(kRewardPattern, {"perigee.reward.made", "perigee.reward.changed"}),
      Kind<Redemption, OfRedemption>(kRedemptionPattern,
                                     {"perigee.redemption.made", "perigee.redemption.changed"}),
      Kind<Thanks, OfThanks>(kThanksPattern, {"perigee.thanks.made", "perigee.thanks.changed"}),
      Kind<Promise, OfPromise>(kPromisePattern,
                               {"perigee.promise.made", "perigee.promise.changed"}),
      Kind<Contribution, OfContribution>(
          kContributionPattern, {"perigee.contribution.made", "perigee.contribution.changed"}),
      Kind<Credential, OfCredential>(kCredentialPattern,
                                     {"perigee.credential.made", "perigee.credential.revoked"}),
      Kind<Badge, OfBadge>(kBadgePattern, {"perigee.badge.made", "perigee.badge.changed"}),
      Kind<BadgeGrant, OfBadgeGrant>(kBadgeGrantPattern,
                                     {"perigee.badge_grant.made", "perigee.badge_grant.changed",
                                      "perigee.badge_grant.revoked"}),
      Kind<TierScheme, OfTierScheme>(kTierSchemePattern,
                                     {"perigee.tier_scheme.made", "perigee.tier_scheme.changed"}),
      Kind<TierStanding, OfTierStanding>(kTierStandingPattern, {"perigee.tier_standing.changed"}),
      Kind<InsiderItem, OfItem>(
          kItemPattern, {"perigee.item.made", "perigee.item.changed", "perigee.item.withdrawn"}),
      Kind<ItemVersion, OfItemVersion>(kItemVersionPattern, {"perigee.item_version.made"}),
      Kind<Agreement, OfAgreement>(kAgreementPattern,
                                   {"perigee.agreement.made", "perigee.agreement.changed"}),
      Kind<AgreementVersion, OfAgreementVersion>(kAgreementVersionPattern,
                                                 {"perigee.agreement_version.made"}),
      Kind<Acceptance, OfAcceptance>(
          kAcceptancePattern, {"perigee.acceptance.made", "perigee.acceptance.changed",
                               "perigee.acceptance.accepted", "perigee.acceptance.withdrawn"}),
      Kind<Seat, OfSeat>(kSeatPattern, {"perigee.seat.made", "perigee.seat.changed"}),
      Kind<Attachment, OfAttachment>(kAttachmentPattern, {"perigee.attachment.made"}),
      Kind<Feedback, OfFeedback>(kFeedbackPattern,
                                 {"perigee.feedback.made", "perigee.feedback.changed"}),
      Kind<Idea, OfIdea>(kIdeaPattern, {"perigee.idea.made", "perigee.idea.changed",
                                        "perigee.idea.shipped", "perigee.idea.declined"}),
  });
  return kKinds;
}

constexpr std::string_view kTransferType = "perigee.transfer.made";
constexpr std::string_view kResultType = "perigee.board_period.made";

// Says nothing of the record to whoever lacks it.
std::string SubjectOf(const RecordType& type, const void* record) {
  const std::string key = EncodeRecord(type, record, WireSink::Part::kKey);
  return absl::StrCat(std::string(type.table()), ":", Hex(Sha256(key)).substr(0, kSubjectDigits));
}

std::optional<Event> EventOf(const RecordChange& change, const JournalEntry& entry) {
  const auto kinds = Kinds();
  const auto kind = std::ranges::find(kinds, change.type, &EventKind::type);
  if (kind == kinds.end() || change.deleted) {
    return std::nullopt;
  }
  Of of = kind->of(change.record.get(), entry.time);
  Event event;
  event.type = kind->verbs.at(static_cast<std::size_t>(of.verb));
  event.pattern = kind->pattern;
  event.member = of.member;
  event.ids = std::move(of.ids);
  // An append-only record is no other record's successor.
  event.subject = change.type->append_only() ? absl::StrCat("activity:", entry.revision)
                                             : SubjectOf(*change.type, change.record.get());
  return event;
}

}  // namespace

std::vector<std::string_view> AllEventTypes() {
  std::vector<std::string_view> types;
  for (const EventKind& kind : Kinds()) {
    types.insert(types.end(), kind.verbs.begin(), kind.verbs.end());
  }
  types.push_back(kTransferType);
  types.push_back(kResultType);
  return types;
}

std::vector<Event> EventsOf(const JournalEntry& entry) {
  std::vector<Event> events;
  for (const RecordChange& change : entry.changes.records.all()) {
    if (std::optional<Event> event = EventOf(change, entry); event.has_value()) {
      events.push_back(*std::move(event));
    }
  }
  for (const Transfer& transfer : entry.changes.ledger.transfers) {
    Event event;
    event.type = kTransferType;
    event.pattern = kTransferPattern;
    event.ids = {FormatTransferId(transfer.id)};
    event.subject = absl::StrCat("transfer:", event.ids[0]);
    events.push_back(std::move(event));
  }
  for (const PeriodResult& result : entry.changes.results) {
    Event event;
    event.type = kResultType;
    event.pattern = kPeriodPattern;
    event.ids = {result.board, result.period};
    event.subject = absl::StrCat("board:", result.board);
    events.push_back(std::move(event));
  }
  for (std::size_t i = 0; i < events.size(); ++i) {
    events[i].revision = entry.revision;
    events[i].place = static_cast<std::int32_t>(i);
    events[i].time = entry.time;
  }
  return events;
}

std::string NameOf(const Event& event, std::string_view program, std::string_view member_id) {
  std::vector<std::string_view> parts = {program};
  if (!event.member.IsNil()) {
    parts.push_back(member_id);
  }
  parts.insert(parts.end(), event.ids.begin(), event.ids.end());
  std::string name;
  std::size_t next = 0;
  for (const char c : event.pattern) {
    if (c == '*') {
      name.append(parts.at(next++));
    } else {
      name.push_back(c);
    }
  }
  return name;
}

std::string MessageOf(const Event& event, std::string_view program, std::string_view subject) {
  const std::optional<std::string> text = CanonicalJson(Json::Object{
      {"type", event.type},
      {"timestamp", FormatTime(event.time)},
      {"data", Json::Object{{"program", ProgramName(program)},
                            {"revision", static_cast<double>(event.revision)},
                            {"subject", subject}}},
  });
  PERIGEE_CHECK(text.has_value(), "an event is UTF-8");
  return *text;
}

std::string MessageId(const JournalEntry& entry, std::int32_t place) {
  return absl::StrCat("evt_", Hex(entry.hash).substr(0, kIdDigits), "_", place);
}

}  // namespace perigee::domain
