#include "server/services/journal/audit_convert.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_join.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/domain/access/personal_read.h"
#include "server/domain/access/policy_refusal.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/activity/activity.h"
#include "server/domain/board/board.h"
#include "server/domain/idea/feedback.h"
#include "server/domain/idea/idea.h"
#include "server/domain/inbox/inbox_settings.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/item_read.h"
#include "server/domain/insider/leak_case.h"
#include "server/domain/insider/seat.h"
#include "server/domain/journal/records.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/program/program.h"
#include "server/domain/reward/redemption.h"
#include "server/domain/reward/reward.h"
#include "server/domain/rule/rules.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"

namespace perigee::services {
namespace {

using domain::MemberKey;
using domain::Principal;
using domain::PrincipalKind;
using v1::AuditChange;

// The kinds of what is no plain record.
constexpr const char* kTransfer = "transfer";
constexpr const char* kBoard = "board";
constexpr const char* kResult = "result";
constexpr const char* kAccount = "account";

// More than one subject has in practice.
constexpr int kGrantsMax = 100;
constexpr int kKindsMax = 100;

std::string KindOf(const domain::RecordType& type) { return std::string(type.table()); }

std::set<std::string> AllKinds() {
  std::set<std::string> kinds = {kTransfer, kBoard, kResult, kAccount};
  for (const domain::RecordType* type : domain::AllRecords()) {
    kinds.insert(KindOf(*type));
  }
  return kinds;
}

std::set<std::string> KindsOf(const domain::Changes& changes) {
  std::set<std::string> kinds;
  for (const domain::RecordChange& change : changes.records.all()) {
    kinds.insert(KindOf(*change.type));
  }
  if (!changes.erased.empty()) {
    kinds.insert(KindOf(domain::TypeOf<domain::Member>()));
  }
  if (!changes.ledger.transfers.empty()) {
    kinds.insert(kTransfer);
  }
  if (!changes.boards.empty() || !changes.deleted_boards.empty()) {
    kinds.insert(kBoard);
  }
  if (!changes.results.empty()) {
    kinds.insert(kResult);
  }
  if (!changes.ledger.budgets.empty()) {
    kinds.insert(kAccount);
  }
  return kinds;
}

// Picks the time at which a record was made.
class CreateTimeSink final : public domain::FieldSink {
 public:
  explicit CreateTimeSink(const std::vector<domain::Field>& fields) : fields_(fields) {}
  void Null() override { ++next_; }
  void Int(std::int64_t value) override {
    // What is granted again is made again.
    const std::string_view name = fields_[next_++].name;
    if (name == "create_time" || name == "grant_time") {
      create_time = FromMicros(value);
    }
  }
  void Bytes(std::string_view) override { ++next_; }
  void Made(std::string) override { ++next_; }

  std::optional<Time> create_time;

 private:
  const std::vector<domain::Field>& fields_;
  std::size_t next_ = 0;
};

// The record if it is an R, or null.
template <class R>
const R* As(const domain::RecordChange& change) {
  return change.type == &domain::TypeOf<R>() ? static_cast<const R*>(change.record.get()) : nullptr;
}

AuditChange::Action ActionOf(const domain::RecordChange& change, Time at) {
  if (change.deleted) {
    return AuditChange::ACTION_DELETED;
  }
  if (As<domain::PersonalRead>(change) != nullptr) {
    return AuditChange::ACTION_READ;
  }
  if (As<domain::PolicyRefusal>(change) != nullptr) {
    return AuditChange::ACTION_REFUSED;
  }
  CreateTimeSink sink(change.type->fields());
  change.type->Write(change.record.get(), sink);
  const bool made = change.type->append_only() || sink.create_time == at;
  return made ? AuditChange::ACTION_CREATED : AuditChange::ACTION_UPDATED;
}

// The names that entries are shown with.
struct Names {
  MemberNames members;
  std::map<Principal, std::string> grants;
};

absl::StatusOr<std::string> GrantOf(ports::StoreReader& reader, const std::string& program,
                                    const Principal& principal) {
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<domain::RoleGrant> grants,
      reader.records().List<domain::RoleGrant>(
          program, {{"principal", std::string(principal.id.Raw())}}, nullptr, kGrantsMax));
  const auto first = std::ranges::min_element(grants, {}, &domain::RoleGrant::revision);
  return first == grants.end() ? std::string()
                               : FormatName(kRoleGrantPattern, {program, first->id});
}

absl::StatusOr<Names> NamesFor(ports::StoreReader& reader, const std::string& program,
                               std::span<const domain::JournalEntry> entries) {
  Names names;
  std::set<MemberKey> members;
  for (const domain::JournalEntry& entry : entries) {
    members.merge(domain::ConcernedMembers(entry.changes));
    if (entry.by.id.IsNil()) {
      continue;
    }
    if (entry.by.kind == PrincipalKind::kMember) {
      members.insert(entry.by.id);
    } else if (!names.grants.contains(entry.by)) {
      PERIGEE_ASSIGN_OR_RETURN(names.grants[entry.by], GrantOf(reader, program, entry.by));
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(
      names.members,
      NamesOf(reader, program, std::vector<MemberKey>(members.begin(), members.end())));
  return names;
}

std::string NameOf(const MemberNames& names, const MemberKey& member) {
  const auto known = names.find(member);
  return known == names.end() ? std::string() : known->second;
}

// Names that a record has without its texts. Other kinds of records have none here.
std::string ResourceOf(const std::string& program, const domain::RecordChange& change,
                       const MemberNames& names) {
  if (As<domain::Program>(change) != nullptr) {
    return ProgramName(program);
  }
  if (const auto* asset = As<domain::Asset>(change)) {
    return AssetName(program, asset->id);
  }
  if (const auto* rule = As<domain::Rule>(change)) {
    return RuleName(program, rule->id);
  }
  if (const auto* member = As<domain::Member>(change)) {
    return NameOf(names, member->key);
  }
  if (const auto* activity = As<domain::Activity>(change)) {
    return ActivityName(program, activity->revision);
  }
  if (const auto* grant = As<domain::RoleGrant>(change)) {
    return FormatName(kRoleGrantPattern, {program, grant->id});
  }
  if (const auto* identity = As<domain::Identity>(change)) {
    const std::string member = NameOf(names, identity->member);
    return member.empty() ? member : member + "/identities/" + identity->id;
  }
  if (const auto* reward = As<domain::Reward>(change)) {
    return FormatName(kRewardPattern, {program, reward->id});
  }
  if (const auto* redemption = As<domain::Redemption>(change)) {
    const std::string member = NameOf(names, redemption->member);
    return member.empty() ? member : member + "/redemptions/" + redemption->id;
  }
  if (const auto* item = As<domain::InsiderItem>(change)) {
    return FormatName(kItemPattern, {program, item->id});
  }
  if (const auto* version = As<domain::ItemVersion>(change)) {
    return FormatName(kItemVersionPattern,
                      {program, version->item, std::to_string(version->version)});
  }
  if (const auto* read = As<domain::ItemRead>(change)) {
    return FormatName(kItemPattern, {program, read->item});
  }
  if (const auto* agreement = As<domain::Agreement>(change)) {
    return FormatName(kAgreementPattern, {program, agreement->id});
  }
  if (const auto* version = As<domain::AgreementVersion>(change)) {
    return FormatName(kAgreementVersionPattern,
                      {program, version->agreement, std::to_string(version->version)});
  }
  if (const auto* acceptance = As<domain::Acceptance>(change)) {
    const std::string member = NameOf(names, acceptance->member);
    return member.empty() ? member : member + "/acceptances/" + std::to_string(acceptance->id);
  }
  if (const auto* seat = As<domain::Seat>(change)) {
    const std::string member = NameOf(names, seat->member);
    return member.empty() ? member : member + "/seats/" + std::to_string(seat->id);
  }
  if (const auto* idea = As<domain::Idea>(change)) {
    return FormatName(kIdeaPattern, {program, std::to_string(idea->id)});
  }
  if (const auto* leak = As<domain::LeakCase>(change)) {
    return FormatName(kLeakCasePattern, {program, std::to_string(leak->id)});
  }
  if (const auto* vote = As<domain::IdeaVote>(change)) {
    return FormatName(kIdeaPattern, {program, std::to_string(vote->idea)});
  }
  if (const auto* feedback = As<domain::Feedback>(change)) {
    return FormatName(kFeedbackPattern, {program, std::to_string(feedback->id)});
  }
  if (const auto* settings = As<domain::InboxSettings>(change)) {
    const std::string member = NameOf(names, settings->member);
    return member.empty() ? member : member + "/inboxSettings";
  }
  return {};
}

// What policy refused, if the change says so.
std::string RefusedBy(const domain::RecordChange& change) {
  const auto* refusal = As<domain::PolicyRefusal>(change);
  return refusal == nullptr ? std::string() : refusal->policy + " " + refusal->subject;
}

// Fills an entry up to its bounds.
class Writer {
 public:
  Writer(const Names& names, AuditBounds bounds, v1::AuditEntry& out)
      : names_(names), bounds_(bounds), out_(out) {}

  void Add(AuditChange::Action action, const std::string& kind, std::string resource,
           const std::vector<MemberKey>& members, std::string refused = {}) {
    if (static_cast<std::size_t>(out_.changes_size()) >= bounds_.changes) {
      out_.set_more_changes(out_.more_changes() + 1);
      return;
    }
    AuditChange& change = *out_.add_changes();
    change.set_action(action);
    change.set_kind(kind);
    change.set_resource(std::move(resource));
    change.set_refused(std::move(refused));
    const std::size_t shown = std::min(members.size(), bounds_.members);
    for (std::size_t i = 0; i < shown; ++i) {
      v1::AuditMember& member = *change.add_members();
      member.set_name(NameOf(names_.members, members[i]));
      member.set_pseudonym(members[i].Hex());
      member.set_erased(member.name().empty());
    }
    change.set_more_members(static_cast<int>(members.size() - shown));
  }

 private:
  const Names& names_;
  const AuditBounds bounds_;
  v1::AuditEntry& out_;
};

// The members whom a change concerns.
std::vector<MemberKey> MembersOf(const domain::RecordChange& change, const MemberNames& names) {
  if (const auto* read = As<domain::PersonalRead>(change)) {
    return read->members;
  }
  std::vector<MemberKey> owners = domain::OwnersOf(change);
  if (As<domain::RoleGrant>(change) != nullptr) {
    // As a rule the principal never was a member.
    std::erase_if(owners, [&](const MemberKey& owner) { return !names.contains(owner); });
  }
  return owners;
}

void AddChanges(const std::string& program, const domain::JournalEntry& entry, const Names& names,
                Writer& writer) {
  const domain::Changes& changes = entry.changes;
  for (const domain::RecordChange& change : changes.records.all()) {
    writer.Add(ActionOf(change, entry.time), KindOf(*change.type),
               ResourceOf(program, change, names.members), MembersOf(change, names.members),
               RefusedBy(change));
  }
  for (const MemberKey& member : changes.erased) {
    writer.Add(AuditChange::ACTION_ERASED, KindOf(domain::TypeOf<domain::Member>()), "", {member});
  }
  for (const domain::AccountRef& budget : changes.ledger.budgets) {
    writer.Add(AuditChange::ACTION_CREATED, kAccount,
               FormatName(kProgramAccountPattern, {program, budget.asset, budget.account}), {});
  }
  for (const domain::Transfer& transfer : changes.ledger.transfers) {
    std::vector<MemberKey> sides = {transfer.debit.member};
    if (transfer.credit.member != transfer.debit.member) {
      sides.push_back(transfer.credit.member);
    }
    std::erase(sides, MemberKey());
    writer.Add(AuditChange::ACTION_CREATED, kTransfer,
               FormatName(kTransferPattern, {program, domain::FormatTransferId(transfer.id)}),
               sides);
  }
  for (const domain::Board& board : changes.boards) {
    writer.Add(
        board.created == entry.revision ? AuditChange::ACTION_CREATED : AuditChange::ACTION_UPDATED,
        kBoard, BoardName(program, board.id), {});
  }
  for (const std::string& board : changes.deleted_boards) {
    writer.Add(AuditChange::ACTION_DELETED, kBoard, BoardName(program, board), {});
  }
  for (const domain::PeriodResult& result : changes.results) {
    writer.Add(AuditChange::ACTION_CREATED, kResult,
               PeriodName(program, result.board, result.period), {});
  }
}

v1::AuditEntry ToProto(const std::string& program, const domain::JournalEntry& entry,
                       const Names& names, AuditBounds bounds) {
  v1::AuditEntry out;
  out.set_name(FormatName(kAuditEntryPattern, {program, std::to_string(entry.revision)}));
  out.set_revision(entry.revision);
  *out.mutable_time() = ToTimestamp(entry.time);
  v1::AuditPrincipal& by = *out.mutable_principal();
  by.set_kind(static_cast<v1::AuditPrincipal::Kind>(entry.by.kind));
  if (!entry.by.id.IsNil()) {
    by.set_pseudonym(entry.by.id.Hex());
    const bool is_member = entry.by.kind == PrincipalKind::kMember;
    by.set_name(is_member ? NameOf(names.members, entry.by.id) : names.grants.at(entry.by));
    by.set_erased(is_member && by.name().empty());
  }
  out.set_method(entry.method);
  Writer writer(names, bounds, out);
  AddChanges(program, entry, names, writer);
  out.set_hash(Hex(entry.hash));
  out.set_previous_hash(Hex(entry.previous_hash));
  return out;
}

absl::StatusOr<std::optional<Uuid>> ParsePseudonym(std::string_view field,
                                                   const std::string& text) {
  if (text.empty()) {
    return std::optional<Uuid>();
  }
  PERIGEE_ASSIGN_OR_RETURN(const Uuid id, ParseUuid(text, field));
  return std::optional(id);
}

}  // namespace

bool AuditQuery::Matches(const domain::JournalEntry& entry) const {
  if ((principal_kind.has_value() && entry.by.kind != *principal_kind) ||
      (principal.has_value() && entry.by.id != *principal)) {
    return false;
  }
  if (!kinds.empty() && std::ranges::none_of(KindsOf(entry.changes), [&](const auto& kind) {
        return kinds.contains(kind);
      })) {
    return false;
  }
  if (parties.empty()) {
    return true;
  }
  const std::set<MemberKey> concerned = domain::ConcernedMembers(entry.changes);
  return std::ranges::any_of(parties, [&](const Uuid& party) {
    return entry.by.id == party || concerned.contains(party);
  });
}

std::vector<Uuid> AuditQuery::ListedParties() const {
  const bool is_listed =
      principal_kind == PrincipalKind::kMember || principal_kind == PrincipalKind::kStaff;
  return parties.empty() && is_listed && principal.has_value() ? std::vector<Uuid>{*principal}
                                                               : parties;
}

absl::StatusOr<AuditQuery> ParseFilter(ports::StoreReader& reader, const std::string& program,
                                       const v1::AuditFilter& filter) {
  AuditQuery query;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Uuid> pseudonym,
                           ParsePseudonym("filter.pseudonym", filter.pseudonym()));
  if (pseudonym.has_value()) {
    query.parties.push_back(*pseudonym);
  }
  if (!filter.member().empty()) {
    if (pseudonym.has_value()) {
      return InvalidField("filter.pseudonym", "must be empty if member is set");
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::string id,
                             ParseMemberRef("filter.member", filter.member(), program));
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member, RequireMember(reader, program, id));
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
    query.parties = merged.AllOf(member.key);
  }
  if (!v1::AuditPrincipal::Kind_IsValid(filter.principal_kind())) {
    return InvalidField("filter.principal_kind", "must be MEMBER, STAFF, SERVICE or JOB");
  }
  if (filter.principal_kind() != v1::AuditPrincipal::KIND_UNSPECIFIED) {
    query.principal_kind = static_cast<PrincipalKind>(filter.principal_kind());
  }
  PERIGEE_ASSIGN_OR_RETURN(query.principal, ParsePseudonym("filter.principal", filter.principal()));
  if (filter.kinds_size() > kKindsMax) {
    return InvalidField("filter.kinds", "must be at most 100");
  }
  query.kinds = {filter.kinds().begin(), filter.kinds().end()};
  static const std::set<std::string> kAll = AllKinds();
  if (!std::ranges::includes(kAll, query.kinds)) {
    return InvalidField("filter.kinds", "must be among " + absl::StrJoin(kAll, ", "));
  }
  return query;
}

absl::StatusOr<std::vector<v1::AuditEntry>> ToProto(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    std::span<const domain::JournalEntry> entries,
                                                    AuditBounds bounds) {
  PERIGEE_ASSIGN_OR_RETURN(const Names names, NamesFor(reader, program, entries));
  std::vector<v1::AuditEntry> out;
  for (const domain::JournalEntry& entry : entries) {
    out.push_back(ToProto(program, entry, names, bounds));
  }
  return out;
}

}  // namespace perigee::services
