#include "server/use_cases/insider/agreements.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/insider/gate.h"
#include "server/domain/insider/item.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Acceptance;
using domain::AcceptanceState;
using domain::Agreement;
using domain::AgreementVersion;
using domain::InsiderItem;
using domain::Member;
using domain::MemberKey;

constexpr int kAtOnce = 200;

absl::StatusOr<std::optional<Agreement>> Find(ports::StoreReader& reader,
                                              const std::string& program, const std::string& id) {
  Agreement like;
  like.id = id;
  return reader.records().Find(program, like);
}

absl::StatusOr<AgreementVersion> RequireVersion(ports::StoreReader& reader,
                                                const std::string& program, const std::string& id,
                                                std::int32_t number) {
  AgreementVersion like;
  like.agreement = id;
  like.version = number;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<AgreementVersion> version,
                           reader.records().Find(program, like));
  if (!version.has_value()) {
    return NotFound(FormatName(kAgreementVersionPattern, {program, id, absl::StrCat(number)}));
  }
  return *std::move(version);
}

Decided<Agreement> PutEdited(const ports::UnitContext& unit, Agreement agreement) {
  agreement.edit_revision = unit.revision;
  agreement.revision = unit.revision;
  return Put(std::move(agreement));
}

std::vector<Acceptance> OfAgreement(const std::vector<Acceptance>& all, const std::string& id) {
  std::vector<Acceptance> found;
  std::ranges::copy_if(all, std::back_inserter(found),
                       [&](const Acceptance& one) { return one.agreement == id; });
  return found;
}

// The agreements that a person may know of, or only `wanted` of them, by id. `own`: all of the
// person's acceptances.
absl::StatusOr<std::set<std::string>> KnownTo(ports::StoreReader& reader,
                                              const std::string& program, PersonalGate& gate,
                                              const std::vector<Acceptance>& own,
                                              const std::optional<std::string>& wanted) {
  std::set<std::string> known;
  for (const Acceptance& one : own) {
    if (one.accept_time.has_value()) {
      known.insert(one.agreement);
    }
  }
  InsiderItem last;
  std::vector<InsiderItem> items;
  do {
    PERIGEE_ASSIGN_OR_RETURN(items,
                             reader.records().List<InsiderItem>(program, {}, &last, kAtOnce));
    for (InsiderItem& item : items) {
      last.id = item.id;
      if (item.agreement.empty() || known.contains(item.agreement) ||
          (wanted.has_value() && item.agreement != *wanted)) {
        continue;
      }
      item.seats = 0;  // The gate comes to them after the agreement.
      PERIGEE_ASSIGN_OR_RETURN(const domain::GateOutcome outcome, gate.Ask(item));
      if (outcome == domain::GateOutcome::kNotBound) {
        known.insert(item.agreement);
      }
    }
  } while (std::cmp_equal(items.size(), kAtOnce));
  return known;
}

absl::StatusOr<AcceptanceView> RequireAcceptance(ports::StoreReader& reader,
                                                 const AcceptancePlace& place) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, place.program, place.member));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                           reader.members().Merged(place.program));
  Acceptance like;
  like.id = place.id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Acceptance> found,
                           reader.records().Find(place.program, like));
  if (!found.has_value() || merged.HeadOf(found->member) != member.key) {
    return NotFound(
        FormatName(kAcceptancePattern, {place.program, place.member, absl::StrCat(place.id)}));
  }
  PERIGEE_ASSIGN_OR_RETURN(Agreement agreement,
                           RequireAgreement(reader, place.program, found->agreement));
  return AcceptanceView{*std::move(found), std::move(agreement)};
}

Decided<AcceptanceView> PutMoved(const ports::UnitContext& unit, AcceptanceView view) {
  view.acceptance.revision = unit.revision;
  Decided<AcceptanceView> decided{std::move(view), {}};
  decided.changes.records.Put(decided.value.acceptance);
  return decided;
}

}  // namespace

absl::StatusOr<Agreement> RequireAgreement(ports::StoreReader& reader, const std::string& program,
                                           const std::string& id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Agreement> agreement, Find(reader, program, id));
  if (!agreement.has_value()) {
    return NotFound(FormatName(kAgreementPattern, {program, id}));
  }
  return *std::move(agreement);
}

absl::StatusOr<AgreementVersion> RequireAgreementVersion(ports::StoreReader& reader,
                                                         const std::string& program,
                                                         const std::string& agreement,
                                                         std::int32_t version) {
  PERIGEE_RETURN_IF_ERROR(RequireAgreement(reader, program, agreement).status());
  return RequireVersion(reader, program, agreement, version);
}

DecidedAgreement CreateAgreement(ports::StoreReader& reader, const ports::UnitContext& unit,
                                 const std::string& program, Agreement agreement) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Agreement> before,
                           Find(reader, program, agreement.id));
  if (before.has_value()) {
    return AlreadyExists(FormatName(kAgreementPattern, {program, agreement.id}));
  }
  agreement.create_time = unit.now;
  return PutEdited(unit, std::move(agreement));
}

DecidedAgreement UpdateAgreement(ports::StoreReader& reader, const ports::UnitContext& unit,
                                 const std::string& program, const std::string& id,
                                 const Edit<Agreement>& edit) {
  PERIGEE_ASSIGN_OR_RETURN(Agreement agreement, RequireAgreement(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(edit.etag, agreement.edit_revision));
  edit.apply(agreement);
  PERIGEE_RETURN_IF_ERROR(domain::CheckAgreement(agreement));
  return PutEdited(unit, std::move(agreement));
}

absl::StatusOr<Decided<AgreementVersion>> AddAgreementVersion(
    ports::StoreReader& reader, const ports::UnitContext& unit, const std::string& program,
    const std::string& id, const std::string& body, bool required) {
  PERIGEE_ASSIGN_OR_RETURN(Agreement agreement, RequireAgreement(reader, program, id));
  Decided<AgreementVersion> decided;
  PERIGEE_RETURN_IF_ERROR(domain::AddVersion(body, required, unit.now, agreement, decided.value));
  decided.changes = PutEdited(unit, std::move(agreement)).changes;
  decided.value.revision = unit.revision;
  decided.changes.records.Put(decided.value);
  return decided;
}

absl::StatusOr<std::vector<AcceptanceView>> WithAgreements(ports::StoreReader& reader,
                                                           const std::string& program,
                                                           std::vector<Acceptance> acceptances) {
  std::map<std::string, Agreement> agreements;
  std::vector<AcceptanceView> views;
  for (Acceptance& acceptance : acceptances) {
    auto known = agreements.find(acceptance.agreement);
    if (known == agreements.end()) {
      PERIGEE_ASSIGN_OR_RETURN(Agreement agreement,
                               RequireAgreement(reader, program, acceptance.agreement));
      known = agreements.emplace(acceptance.agreement, std::move(agreement)).first;
    }
    views.push_back({std::move(acceptance), known->second});
  }
  return views;
}

absl::StatusOr<std::vector<AcceptanceView>> AcceptancesOf(ports::StoreReader& reader,
                                                          const std::string& program,
                                                          const Member& member) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Acceptance> own,
                           AllRecordsOf<Acceptance>(reader, program, merged.AllOf(member.key)));
  std::ranges::sort(own, {}, &Acceptance::id);
  return WithAgreements(reader, program, std::move(own));
}

absl::StatusOr<std::vector<KnownAgreement>> KnownAgreements(ports::StoreReader& reader,
                                                            const std::string& program,
                                                            const Member& member, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(reader, program, member, now));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Acceptance> own,
                           AllRecordsOf<Acceptance>(reader, program, gate.members()));
  PERIGEE_ASSIGN_OR_RETURN(const std::set<std::string> ids,
                           KnownTo(reader, program, gate, own, std::nullopt));
  std::vector<KnownAgreement> known;
  for (const std::string& id : ids) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<Agreement> agreement, Find(reader, program, id));
    if (agreement.has_value() && agreement->version > 0) {
      const bool bound = domain::IsBound(*agreement, OfAgreement(own, id), now);
      known.push_back({*std::move(agreement), bound});
    }
  }
  return known;
}

absl::StatusOr<Decided<PresentedAgreement>> PresentAgreement(ports::StoreReader& reader,
                                                             const ports::UnitContext& unit,
                                                             const std::string& program,
                                                             const std::string& member_id,
                                                             const std::string& agreement_id) {
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(reader, program, member, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Acceptance> own,
                           AllRecordsOf<Acceptance>(reader, program, gate.members()));
  PERIGEE_ASSIGN_OR_RETURN(const std::set<std::string> known,
                           KnownTo(reader, program, gate, own, agreement_id));
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Agreement> agreement, Find(reader, program, agreement_id));
  if (!known.contains(agreement_id) || !agreement.has_value() || agreement->version == 0) {
    return NotFound(FormatName(kAgreementPattern, {program, agreement_id}));
  }
  Decided<PresentedAgreement> decided;
  PresentedAgreement& presented = decided.value;
  PERIGEE_ASSIGN_OR_RETURN(presented.version,
                           RequireVersion(reader, program, agreement_id, agreement->version));
  const auto open = std::ranges::find_if(own, [&](const Acceptance& one) {
    return one.agreement == agreement_id && one.version == agreement->version &&
           domain::StateOf(one, *agreement, unit.now) == AcceptanceState::kPresented;
  });
  if (open != own.end()) {
    presented.acceptance.acceptance = *open;
  } else {
    presented.acceptance.acceptance =
        domain::Present(presented.version, member.key, unit.revision, unit.now);
    decided.changes.records.Put(presented.acceptance.acceptance);
  }
  presented.acceptance.agreement = *std::move(agreement);
  return decided;
}

DecidedAcceptance AcceptAgreement(ports::StoreReader& reader, const ports::UnitContext& unit,
                                  const AcceptancePlace& place, std::string_view digest,
                                  const std::string& device) {
  PERIGEE_ASSIGN_OR_RETURN(AcceptanceView view, RequireAcceptance(reader, place));
  PERIGEE_RETURN_IF_ERROR(
      domain::Accept(digest, device, view.agreement, unit.now, view.acceptance));
  return PutMoved(unit, std::move(view));
}

DecidedAcceptance WithdrawAcceptance(ports::StoreReader& reader, const ports::UnitContext& unit,
                                     const AcceptancePlace& place) {
  PERIGEE_ASSIGN_OR_RETURN(AcceptanceView view, RequireAcceptance(reader, place));
  PERIGEE_RETURN_IF_ERROR(domain::Withdraw(view.agreement, unit.now, view.acceptance));
  return PutMoved(unit, std::move(view));
}

absl::Status EndAcceptancesOfErased(ports::StoreReader& reader, const ports::UnitContext& unit,
                                    const std::string& program,
                                    const std::vector<MemberKey>& members,
                                    domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Acceptance> own,
                           AllRecordsOf<Acceptance>(reader, program, members));
  for (Acceptance& acceptance : own) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<Agreement> agreement,
                             Find(reader, program, acceptance.agreement));
    // Nothing that is amiss in the store keeps a member from being erased.
    if (agreement.has_value() &&
        domain::StateOf(acceptance, *agreement, unit.now) == AcceptanceState::kAccepted) {
      PERIGEE_RETURN_IF_ERROR(domain::Withdraw(*agreement, unit.now, acceptance));
      acceptance.revision = unit.revision;
      changes.records.Put(std::move(acceptance));
    }
  }
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
