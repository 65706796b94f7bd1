#include "server/use_cases/champion/credentials.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/check.h"
#include "server/core/data_integrity.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/status_list.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Appointment;
using domain::CertifiedTitle;
using domain::Credential;
using domain::CredentialMove;
using domain::CredentialState;
using domain::Member;
using domain::MemberKey;
using domain::MergedMembers;

constexpr int kPage = 500;

// All credentials that meet the condition.
absl::StatusOr<std::vector<Credential>> ListAll(ports::StoreReader& reader,
                                                const std::string& program,
                                                const ports::FieldIs& condition) {
  std::vector<Credential> all;
  std::vector<Credential> page;
  do {
    PERIGEE_ASSIGN_OR_RETURN(
        page, reader.records().List<Credential>(program, {condition},
                                                all.empty() ? nullptr : &all.back(), kPage));
    all.insert(all.end(), page.begin(), page.end());
  } while (std::cmp_equal(page.size(), kPage));
  return all;
}

// Whether what credentials say of their holders' appointments is still true.
class Upheld {
 public:
  Upheld(ports::StoreReader& reader, std::string program, MergedMembers merged)
      : reader_(reader), program_(std::move(program)), merged_(std::move(merged)) {}

  static absl::StatusOr<Upheld> Of(ports::StoreReader& reader, const std::string& program) {
    PERIGEE_ASSIGN_OR_RETURN(MergedMembers merged, reader.members().Merged(program));
    return Upheld(reader, program, std::move(merged));
  }

  // Every appointment must still be there for this person: an un-merge may have parted it from the
  // holder.
  absl::StatusOr<bool> operator()(const Credential& credential) {
    const MemberKey head = merged_.HeadOf(credential.member);
    if (!appointments_.contains(head)) {
      PERIGEE_ASSIGN_OR_RETURN(std::vector<Appointment> all,
                               AppointmentsOf(reader_, program_, merged_.AllOf(head)));
      appointments_.emplace(head, std::move(all));
    }
    const std::vector<Appointment>& all = appointments_.at(head);
    return std::ranges::all_of(credential.appointments, [&](const std::string& id) {
      const auto found = std::ranges::find(all, id, &Appointment::id);
      return found != all.end() && domain::Upholds(*found, credential);
    });
  }

 private:
  ports::StoreReader& reader_;
  std::string program_;
  MergedMembers merged_;
  std::map<MemberKey, std::vector<Appointment>> appointments_;  // Of a person, by head.
};

absl::StatusOr<std::vector<CredentialNow>> AllOf(ports::StoreReader& reader,
                                                 const std::string& program,
                                                 const std::vector<MemberKey>& members, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(Upheld upheld, Upheld::Of(reader, program));
  std::vector<CredentialNow> all;
  for (const MemberKey& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<Credential> own,
                             ListAll(reader, program, {"member_key", std::string(member.Raw())}));
    for (Credential& one : own) {
      PERIGEE_ASSIGN_OR_RETURN(const bool is_upheld, upheld(one));
      const CredentialState state = domain::StateOf(one, is_upheld, now);
      all.push_back({std::move(one), state});
    }
  }
  return all;
}

// The titles to certify of these appointments, whose ids the credential gets.
absl::StatusOr<std::vector<CertifiedTitle>> CertifyTitles(ports::StoreReader& reader,
                                                          const std::string& program,
                                                          const CredentialDraft& draft,
                                                          std::vector<Appointment> appointments,
                                                          Credential& credential) {
  std::ranges::sort(appointments, {},
                    [](const Appointment& one) { return std::pair(one.start_time, one.id); });
  std::vector<CertifiedTitle> titles;
  std::set<std::string> wanted(draft.titles.begin(), draft.titles.end());
  for (const Appointment& one : appointments) {
    if (domain::StateOf(one, credential.issue_time) == domain::AppointmentState::kSuspended) {
      return Error(Reason::kAppointmentSuspended, "appointment " + one.id + " is suspended",
                   {{"appointment", one.id}});
    }
    const bool is_wanted =
        draft.titles.empty() || std::ranges::find(draft.titles, one.title) != draft.titles.end();
    if (!is_wanted) {
      continue;
    }
    PERIGEE_ASSIGN_OR_RETURN(const domain::Title title, RequireTitle(reader, program, one.title));
    std::optional<CertifiedTitle> certified =
        domain::Certified(one, title.display_name, credential.issue_time);
    if (certified.has_value()) {
      credential.appointments.push_back(one.id);
      titles.push_back(*std::move(certified));
      wanted.erase(one.title);
    }
  }
  if (titles.empty() || !wanted.empty()) {
    const std::string title = wanted.empty() ? "" : *wanted.begin();
    return Error(Reason::kNoTitleHeld,
                 title.empty() ? "the person has no title and had none"
                               : "the person has not had title " + title,
                 {{"title", title}});
  }
  return titles;
}

absl::StatusOr<Time> ExpireTimeOf(const CredentialDraft& draft, Time now) {
  const Time last = now + std::chrono::hours(24 * domain::kCredentialDaysMax);
  const Time expire =
      draft.expire_time.value_or(now + std::chrono::hours(24 * domain::kCredentialDays));
  if (expire <= now || expire > last) {
    return InvalidField("expire_time", absl::StrCat("must be in the future, and at most ",
                                                    domain::kCredentialDaysMax, " days away"));
  }
  return expire;
}

// The key that signs the programme's credentials. It is never stored.
absl::StatusOr<Ed25519Seed> SeedOf(ports::StoreReader& reader, const std::string& program) {
  return reader.programs().Secret(program, "credentials 1");
}

std::string Text(const Json& document) {
  std::optional<std::string> text = CanonicalJson(document);
  PERIGEE_CHECK(text.has_value(), "a document without a canonical form");
  return *std::move(text);
}

}  // namespace

absl::StatusOr<Decided<IssuedCredential>> IssueCredential(ports::StoreReader& reader,
                                                          const ports::UnitContext& unit,
                                                          const std::string& program,
                                                          const CredentialDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(const Member member, RequireMember(reader, program, draft.member));
  if (member.standing == domain::Standing::kSuspended) {
    return Error(Reason::kMemberSuspended, "member " + member.id + " is suspended",
                 {{"member", member.id}});
  }
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  const std::vector<MemberKey> keys = merged.AllOf(member.key);
  Credential credential = domain::IssuedAt(unit.revision);
  credential.member = member.key;
  credential.named = draft.include_name;
  credential.subject = draft.subject;
  credential.issue_time = unit.now;
  PERIGEE_ASSIGN_OR_RETURN(credential.expire_time, ExpireTimeOf(draft, unit.now));
  domain::CredentialFacts facts;
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Appointment> appointments,
                           AppointmentsOf(reader, program, keys));
  PERIGEE_ASSIGN_OR_RETURN(
      facts.titles, CertifyTitles(reader, program, draft, std::move(appointments), credential));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<CredentialNow> others,
                           AllOf(reader, program, keys, unit.now));
  if (std::cmp_greater_equal(
          std::ranges::count(others, CredentialState::kValid, &CredentialNow::state),
          domain::kCredentialsMax)) {
    return Error(Reason::kTooManyCredentials,
                 absl::StrCat("the person has ", domain::kCredentialsMax, " valid credentials"),
                 {{"credentials", absl::StrCat(domain::kCredentialsMax)}});
  }
  PERIGEE_ASSIGN_OR_RETURN(const Ed25519Seed seed, SeedOf(reader, program));
  facts.issuer = Ed25519KeyOf(seed);
  facts.program_name = owner.display_name;
  facts.display_name = draft.include_name ? member.display_name : "";
  Decided<IssuedCredential> decided;
  decided.value.document = Text(WithProof(domain::DocumentOf(credential, facts), seed, unit.now));
  decided.value.credential = credential;
  decided.changes.records.Put(std::move(credential));
  return decided;
}

absl::StatusOr<Decided<Credential>> RevokeCredential(ports::StoreReader& reader,
                                                     const ports::UnitContext& unit,
                                                     const CredentialPlace& place) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<CredentialNow> all,
                           CredentialsOf(reader, place.program, place.member, unit.now));
  const auto found =
      std::ranges::find(all, place.id, [](const CredentialNow& one) { return one.credential.id; });
  if (found == all.end()) {
    return NotFound(FormatName(kCredentialPattern, {place.program, place.member, place.id}));
  }
  PERIGEE_RETURN_IF_ERROR(After(domain::CredentialMoves(), found->state, CredentialMove::kRevoke,
                                "credential " + place.id)
                              .status());
  Credential revoked = found->credential;
  revoked.revoke_time = unit.now;
  revoked.revision = unit.revision;
  return Put(std::move(revoked));
}

absl::StatusOr<std::vector<CredentialNow>> CredentialsOf(ports::StoreReader& reader,
                                                         const std::string& program,
                                                         const std::string& member, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const Member head, RequireMember(reader, program, member));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  return AllOf(reader, program, merged.AllOf(head.key), now);
}

absl::StatusOr<Ed25519Key> IssuerOf(ports::StoreReader& reader, const std::string& program) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const Ed25519Seed seed, SeedOf(reader, program));
  return Ed25519KeyOf(seed);
}

absl::StatusOr<std::string> StatusListOf(ports::StoreReader& reader, const std::string& program,
                                         std::int64_t list, Time now) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision head, reader.journal().Head(program));
  if (list < 0 || list > head / domain::kStatusListBits) {
    return NotFound(FormatName(kStatusListPattern, {program, absl::StrCat(list)}));
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Credential> all,
                           ListAll(reader, program, {"list", list}));
  std::vector<MemberKey> keys;
  for (const Credential& one : all) {
    keys.push_back(one.member);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> members,
                           reader.members().FindByKeys(program, keys));
  std::set<MemberKey> present;
  for (const Member& member : members) {
    present.insert(member.key);
  }
  PERIGEE_ASSIGN_OR_RETURN(Upheld upheld, Upheld::Of(reader, program));
  domain::StatusBits bits;
  for (const Credential& one : all) {
    PERIGEE_ASSIGN_OR_RETURN(const bool is_upheld, upheld(one));
    // An erased member's credentials are void, and nothing else remains of them.
    const bool is_true = is_upheld && present.contains(one.member);
    if (domain::StateOf(one, is_true, now) == CredentialState::kRevoked) {
      bits.Set(one.list_index);
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(const Ed25519Seed seed, SeedOf(reader, program));
  return Text(
      WithProof(domain::StatusListDocument(Ed25519KeyOf(seed), list, bits, now), seed, now));
}

}  // namespace perigee::use_cases
