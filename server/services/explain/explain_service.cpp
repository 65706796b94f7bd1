#include "server/services/explain/explain_service.h"

#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/convert.h"
#include "server/services/explain/explain_entry.h"
#include "server/services/lookup.h"
#include "server/use_cases/explain/explain_badge.h"
#include "server/use_cases/explain/explain_balance.h"
#include "server/use_cases/explain/explain_candidate.h"
#include "server/use_cases/explain/explain_orbit.h"
#include "server/use_cases/explain/explain_tier.h"
#include "server/use_cases/ledger/accounts.h"

namespace perigee::services {
namespace {

using domain::Explanation;

constexpr std::string_view kNames =
    "must be the name of a member's account, orbit, badge grant or tier standing, of a board's "
    "period, or of a candidate";

v1::Explanation ToProto(const Explanation& explanation) {
  v1::Explanation out;
  out.set_name(explanation.name);
  out.set_member(explanation.member);
  out.set_value(explanation.value);
  out.set_unit(explanation.unit);
  out.set_text(explanation.text);
  if (explanation.since.has_value()) {
    *out.mutable_since_time() = ToTimestamp(*explanation.since);
  }
  for (const domain::ExplanationPart& part : explanation.parts) {
    v1::Explanation::Part& to = *out.add_parts();
    to.set_amount(part.amount);
    to.set_text(part.text);
    to.set_source(part.source);
    if (part.time.has_value()) {
      *to.mutable_time() = ToTimestamp(*part.time);
    }
  }
  if (explanation.left_out > 0 || explanation.left_out_amount != 0) {
    out.mutable_parts_left_out()->set_count(static_cast<int>(explanation.left_out));
    out.mutable_parts_left_out()->set_amount(explanation.left_out_amount);
  }
  for (const domain::ExplanationStep& step : explanation.next) {
    v1::Explanation::Step& to = *out.add_next();
    to.set_text(step.text);
    to.set_amount(step.amount);
    to.set_unit(step.unit);
    if (step.until.has_value()) {
      *to.mutable_until_time() = ToTimestamp(*step.until);
    }
  }
  return out;
}

}  // namespace

ExplainService::ExplainService(Call& call, ports::BoardView& view)
    : Service(call, "perigee.v1.ExplainService") {
  kinds_.push_back({kMemberAccountPattern, Whose::kNamed,
                    [this](const CallContext& context, const auto&, const auto& parts) {
                      return ReadFrom(store(), [&](ports::StoreReader& reader) {
                        return use_cases::ExplainBalance(
                            reader, {.program = parts[0], .asset = parts[2], .member_id = parts[1]},
                            context.now);
                      });
                    }});
  kinds_.push_back({kOrbitPattern, Whose::kNamed,
                    [this](const CallContext& context, const auto&, const auto& parts) {
                      return ReadFrom(store(), [&](ports::StoreReader& reader) {
                        return use_cases::ExplainOrbit(reader, parts[0], parts[1], context.now);
                      });
                    }});
  kinds_.push_back({kBadgeGrantPattern, Whose::kNamed,
                    [this](const CallContext& context, const auto&, const auto& parts) {
                      return ReadFrom(store(), [&](ports::StoreReader& reader) {
                        return use_cases::ExplainBadge(reader, parts[0], parts[1], parts[2],
                                                       context.now);
                      });
                    }});
  kinds_.push_back({kTierStandingPattern, Whose::kNamed,
                    [this](const CallContext& context, const auto&, const auto& parts) {
                      return ReadFrom(store(), [&](ports::StoreReader& reader) {
                        return use_cases::ExplainTier(reader, parts[0], parts[1], parts[2],
                                                      context.now);
                      });
                    }});
  kinds_.push_back({kPeriodPattern, Whose::kAsked,
                    [this, &view](const CallContext& context, const auto& asked, const auto&) {
                      return ExplainBoardEntry(store(), view, asked.name(), asked.member(),
                                               context.now);
                    }});
  kinds_.push_back({kCandidatePattern, Whose::kStaffOnly,
                    [this](const CallContext& context, const auto&, const auto& parts) {
                      return ReadFrom(store(), [&](ports::StoreReader& reader) {
                        return use_cases::ExplainCandidate(reader, parts[0], parts[1], parts[2],
                                                           context.now);
                      });
                    }});
  Read<v1::ExplainRequest>("Explain", [this](const CallContext& context, const auto& asked) {
    return Explain(context, asked);
  });
}

absl::StatusOr<v1::Explanation> ExplainService::Explain(const CallContext& call,
                                                        const v1::ExplainRequest& asked) const {
  for (const Kind& kind : kinds_) {
    const absl::StatusOr<std::vector<std::string>> parts =
        ParseName("name", asked.name(), kind.pattern);
    if (!parts.ok()) {
      continue;
    }
    std::string member = kind.whose == Whose::kAsked ? "" : parts->at(1);
    if (kind.whose == Whose::kAsked) {
      PERIGEE_ASSIGN_OR_RETURN(member, ParseMemberRef("member", asked.member(), parts->front()));
    }
    // First of all, so that what is hidden answers as what is missing.
    if (call.caller.only_own && kind.whose == Whose::kStaffOnly) {
      return NotFound(asked.name());
    }
    if (call.caller.only_own && !call.caller.access->IsMember(member)) {
      return NotFound(MemberName(parts->front(), member));
    }
    if (kind.whose != Whose::kAsked && !asked.member().empty()) {
      return InvalidField("member", "is only for a board's period");
    }
    PERIGEE_ASSIGN_OR_RETURN(const Explanation explanation, kind.explain(call, asked, *parts));
    return ToProto(explanation);
  }
  return InvalidField("name", kNames);
}

}  // namespace perigee::services
