#include "server/services/ask/ask_convert.h"

#include <optional>
#include <utility>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/call.h"
#include "server/services/champion/champion_convert.h"
#include "server/services/convert.h"

namespace perigee::services {

v1::Ask ToProto(const std::string& member, const domain::Ask& ask, Time now) {
  v1::Ask out;
  out.set_name(member + "/asks/" + ask.id);
  out.set_team(ask.team);
  out.set_kind(ask.kind);
  out.set_text(ask.text);
  out.set_state(static_cast<v1::Ask::State>(domain::StateOf(ask, now)));
  *out.mutable_expire_time() = ToTimestamp(ask.expire_time);
  *out.mutable_create_time() = ToTimestamp(ask.create_time);
  out.set_reason(ask.reason);
  out.set_revision(ask.revision);
  const auto set = [&](const std::optional<Time>& time, auto mutable_time) {
    if (time.has_value()) {
      *(out.*mutable_time)() = ToTimestamp(*time);
    }
  };
  set(ask.reserve_time, &v1::Ask::mutable_reserve_time);
  set(ask.send_time, &v1::Ask::mutable_send_time);
  set(ask.answer_time, &v1::Ask::mutable_answer_time);
  set(ask.done_time, &v1::Ask::mutable_done_time);
  set(ask.thank_time, &v1::Ask::mutable_thank_time);
  set(ask.cancel_time, &v1::Ask::mutable_cancel_time);
  return out;
}

v1::AskBudget ToProto(const std::string& program, const use_cases::AskOutlook& outlook) {
  const domain::AskBudget& budget = outlook.budget;
  v1::AskBudget out;
  out.set_member(MemberName(program, outlook.member.id));
  out.set_may_be_asked(outlook.may_be_asked);
  out.set_limit(budget.limit.asks);
  out.set_window_days(static_cast<int>(budget.limit.window.count()));
  out.set_used(budget.used);
  out.set_reserved(budget.reserved);
  out.set_free(budget.Free());
  if (budget.next_free_time.has_value()) {
    *out.mutable_next_free_time() = ToTimestamp(*budget.next_free_time);
  }
  return out;
}

absl::StatusOr<use_cases::AskPlace> ParseAskPlace(const std::string& name) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> parts, ParseName("name", name, kAskPattern));
  return use_cases::AskPlace{std::move(parts[0]), std::move(parts[1]), std::move(parts[2])};
}

absl::StatusOr<ports::Decision> AnsweredWith(ports::StoreReader& reader, const std::string& program,
                                             Time now, use_cases::DecidedAsk decided) {
  if (!decided.ok()) {
    return decided.status();
  }
  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                           PersonNames::Of(reader, program, {decided->value.member}));
  return Answered(std::move(decided),
                  [&](const domain::Ask& ask) { return ToProto(names(ask.member), ask, now); });
}

}  // namespace perigee::services
