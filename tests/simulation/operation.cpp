#include "tests/simulation/operation.h"

#include "absl/strings/str_cat.h"

namespace perigee::simulation {
namespace {

std::string Text(const std::optional<std::int64_t>& number) {
  return number ? absl::StrCat(*number) : "";
}

std::string TermsOf(const ChampionOrder& order) {
  const TitleSpec& title = order.title;
  const RewardSpec& reward = order.reward;
  const KindSpec& kind = order.kind;
  const LimitSpec& limits = order.limits;
  switch (order.terms) {
    case 0:
      return absl::StrCat(kTitles[order.place], " seats ", title.seats, " reviews ", title.reviews,
                          " renewal ", title.renewal_days, title.retired ? " retired" : "");
    case 1:
      return absl::StrCat(
          kRewards[order.place], " price ", reward.price, " stock ",
          reward.stock ? absl::StrCat(*reward.stock) : "any", " hold ", reward.hold_days,
          reward.needs_approval ? " approval" : "", reward.four_eyes ? " four-eyes" : "",
          reward.for_champions ? " for-champions" : "", reward.retired ? " retired" : "");
    case 2:
      return absl::StrCat(kKinds[order.place], " credit ", kind.credit,
                          kind.trusted ? " trusted" : "", kind.retired ? " retired" : "");
    default:
      return absl::StrCat(limits.asks, " asks in ", limits.ask_days, " days, ", limits.thanks,
                          " thanks a ", limits.thanks_by_month ? "month" : "week");
  }
}

std::string Text(const Operation& operation) {
  const ChampionOrder& order = operation.champion;
  if (operation.action == Action::kSetTerms) {
    return absl::StrCat(" ", TermsOf(order));
  }
  std::string text = absl::StrCat(" no. ", order.place);
  const auto add = [&](const char* name, std::int64_t number, std::int64_t none) {
    if (number != none) {
      absl::StrAppend(&text, " ", name, " ", number);
    }
  };
  add("target", order.target, 0);
  add("deed", static_cast<int>(order.deed), 0);
  add("other", order.other, kNobody);
  add("level", order.level, 0);
  add("verdict", order.verdict, 0);
  add("time", order.time, 0);
  add("limit", order.limit.value_or(-1), -1);
  add("do-not-ask", order.do_not_ask ? 1 : 0, 0);
  add("pause", order.pauses ? 1 : 0, 0);
  add("day", order.day, 0);
  add("link", order.link, 0);
  for (const auto& [member, weight] : order.authors) {
    absl::StrAppend(&text, " ", weight, " for m", member);
  }
  return text;
}

std::string TextOfRecognition(const Operation& operation) {
  const RecognitionOrder& order = operation.recognition;
  const SchemeSpec& scheme = order.scheme;
  switch (operation.action) {
    case Action::kSetBadge:
      return absl::StrCat(" ", kBadges[order.badge], " at least ", order.rule.at_least, " days ",
                          order.rule.days, order.rule.retired ? " retired" : "",
                          order.grandfather ? " grandfather" : "");
    case Action::kSetScheme:
      return absl::StrCat(" silver ", scheme.silver, " gold ", scheme.gold, " low water ",
                          scheme.low_water_percent, " grace ", scheme.grace_days, " notice ",
                          scheme.notice_days, scheme.retired ? " retired" : "");
    case Action::kGrantBadge:
    case Action::kRevokeBadge:
      return absl::StrCat(" ", kBadges[order.badge]);
    default:
      return absl::StrCat(" on '", order.level, "' until ", order.until);
  }
}

}  // namespace

std::string Content(const Operation& op) {
  std::string text = absl::StrCat(NameOf(op.action));
  if (op.member != kNobody) {
    absl::StrAppend(&text, " m", op.member, op.spec.opt_out ? " opted-out" : "",
                    op.spec.facet ? " cyclist" : "", " kind ", op.spec.kind);
  }
  for (const Leg& leg : op.legs) {
    absl::StrAppend(&text, " ", leg.amount, " ", leg.debit, " -> ", leg.credit,
                    leg.expire ? " held until " : "", Text(leg.expire),
                    leg.effective ? " effective " : "", Text(leg.effective));
  }
  if (!op.rule.id.empty()) {
    absl::StrAppend(&text, " ", op.rule.id, " for ", op.rule.type,
                    op.rule.counts_self ? " counts-self" : "", op.rule.disabled ? " disabled" : "",
                    op.rule.effective ? " from " : "", Text(op.rule.effective));
  }
  for (const RuleGrant& grant : op.rule.grants) {
    absl::StrAppend(&text, ", ", grant.amount, " ", grant.asset,
                    grant.to_recipient ? " to-recipient" : "", grant.per_quantity ? " each" : "",
                    grant.capped ? " capped" : "", grant.floor ? " floored" : "");
  }
  if (!op.event.id.empty()) {
    absl::StrAppend(&text, " ", op.event.id, " ", op.event.quantity, " x ", op.event.type, " by m",
                    op.event.actor, " for m", op.event.recipient, op.event.device ? " device" : "",
                    op.event.occur ? " at " : "", Text(op.event.occur));
  }
  if (!op.board.id.empty()) {
    absl::StrAppend(&text, " ", op.board.id, " of ", op.board.asset, " rhythm ",
                    static_cast<int>(op.board.rhythm), " days ", op.board.rolling_days, " in ",
                    op.board.zone, " scheme ", op.board.scheme, op.board.facet ? " cyclists" : "",
                    " kind ", op.board.kind, " grace ", op.board.grace_hours, " ", op.period);
  }
  if (IsOfChampions(op.action)) {
    absl::StrAppend(&text, Text(op));
  }
  if (IsOfRecognition(op.action)) {
    absl::StrAppend(&text, TextOfRecognition(op));
  }
  if (op.target.first != 0) {
    absl::StrAppend(&text, " ", op.target.first, "-", op.target.second);
  }
  return op.amount == 0 ? text : absl::StrCat(text, " amount ", op.amount);
}

}  // namespace perigee::simulation
