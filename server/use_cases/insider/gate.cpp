#include "server/use_cases/insider/gate.h"

#include <memory>
#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/audience/audience.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/seat.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/audience/audiences.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::GateOutcome;
using domain::InsiderItem;

absl::StatusOr<std::optional<InsiderItem>> FindItem(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    const std::string& id) {
  InsiderItem like;
  like.id = id;
  return reader.records().Find(program, like);
}

absl::Status NoItem(const std::string& program, const std::string& id) {
  return NotFound(FormatName(kItemPattern, {program, id}));
}

}  // namespace

absl::StatusOr<InsiderItem> RequireItem(ports::StoreReader& reader, const std::string& program,
                                        const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(std::optional<InsiderItem> item, FindItem(reader, program, id));
  if (!item.has_value()) {
    return NoItem(program, id);
  }
  return *std::move(item);
}

absl::StatusOr<const domain::MergedMembers*> GateGround::Merged() {
  if (!merged_.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(merged_, reader_.members().Merged(program_));
  }
  return &*merged_;
}

absl::StatusOr<const domain::Agreement*> GateGround::AgreementOf(const std::string& id) {
  auto known = agreements_.find(id);
  if (known == agreements_.end()) {
    domain::Agreement like;
    like.id = id;
    PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Agreement> found,
                             reader_.records().Find(program_, like));
    known = agreements_.emplace(id, std::move(found)).first;
  }
  return known->second.has_value() ? &*known->second : nullptr;
}

absl::StatusOr<const std::vector<domain::Seat>*> GateGround::ClaimsTo(const std::string& item) {
  auto known = claims_.find(item);
  if (known == claims_.end()) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Seat> claims,
                             AllRecords<domain::Seat>(reader_, program_, {"item", item}));
    known = claims_.emplace(item, std::move(claims)).first;
  }
  return &known->second;
}

PersonalGate::PersonalGate(std::shared_ptr<GateGround> ground, domain::Member member,
                           std::vector<domain::MemberKey> members, Time now)
    : ground_(std::move(ground)),
      member_(std::move(member)),
      members_(std::move(members)),
      now_(now) {}

absl::StatusOr<PersonalGate> PersonalGate::Of(ports::StoreReader& reader,
                                              const std::string& program,
                                              const domain::Member& member, Time now) {
  return Of(std::make_shared<GateGround>(reader, program), member, now);
}

absl::StatusOr<PersonalGate> PersonalGate::Of(std::shared_ptr<GateGround> ground,
                                              const domain::Member& member, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers* merged, ground->Merged());
  PERIGEE_ASSIGN_OR_RETURN(domain::Member at,
                           MemberAt(ground->reader(), ground->program(), *merged, member, now));
  return PersonalGate(std::move(ground), std::move(at), merged->AllOf(member.key), now);
}

absl::StatusOr<bool> PersonalGate::IsIn(const std::string& audience) {
  if (const auto known = is_in_.find(audience); known != is_in_.end()) {
    return known->second;
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Audience compiled,
                           domain::Audience::Compile("audience", audience));
  PERIGEE_ASSIGN_OR_RETURN(
      const domain::Judgement judged,
      JudgeMember(ground_->reader(), ground_->program(), compiled, member_, now_));
  return is_in_.emplace(audience, judged.is_in).first->second;
}

absl::StatusOr<std::span<const domain::Acceptance>> PersonalGate::AcceptancesOf(
    const std::string& agreement) {
  if (!acceptances_.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<domain::Acceptance> all,
        AllRecordsOf<domain::Acceptance>(ground_->reader(), ground_->program(), members_));
    acceptances_.emplace();
    for (domain::Acceptance& one : all) {
      (*acceptances_)[one.agreement].push_back(std::move(one));
    }
  }
  return std::span<const domain::Acceptance>((*acceptances_)[agreement]);
}

// Reads only what the answer depends on, and that only once all before it is open. So of a draft no
// more is read than of what is not there, and of what is hidden by its audience only what tells who
// is in that.
absl::StatusOr<GateOutcome> PersonalGate::Ask(const InsiderItem& item) {
  domain::GateFacts facts;
  facts.members = members_;
  facts.suspended = member_.standing == domain::Standing::kSuspended;
  const auto ask = [&] {
    return domain::AskGate(item, facts, now_,
                           [this](const std::string& audience) { return IsIn(audience); });
  };
  PERIGEE_ASSIGN_OR_RETURN(GateOutcome outcome, ask());
  if (outcome == GateOutcome::kNotBound) {
    PERIGEE_ASSIGN_OR_RETURN(facts.agreement, ground_->AgreementOf(item.agreement));
    PERIGEE_ASSIGN_OR_RETURN(facts.acceptances, AcceptancesOf(item.agreement));
    PERIGEE_ASSIGN_OR_RETURN(outcome, ask());
  }
  if (outcome == GateOutcome::kNoSeat) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Seat>* claims, ground_->ClaimsTo(item.id));
    facts.claims = *claims;
    PERIGEE_ASSIGN_OR_RETURN(outcome, ask());
  }
  return outcome;
}

absl::StatusOr<OpenItem> PersonalGate::Require(const std::string& item) {
  PERIGEE_ASSIGN_OR_RETURN(std::optional<InsiderItem> found,
                           FindItem(ground_->reader(), ground_->program(), item));
  if (!found.has_value()) {
    return NoItem(ground_->program(), item);
  }
  PERIGEE_ASSIGN_OR_RETURN(const GateOutcome outcome, Ask(*found));
  if (!domain::IsOpen(outcome)) {
    return NoItem(ground_->program(), item);
  }
  return OpenItem{*std::move(found), outcome};
}

}  // namespace perigee::use_cases
