#include "server/adapters/sql/working_set.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string_view>

#include "server/adapters/sql/activity/activity_repository.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/change_writer.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/adapters/sql/ledger/account_repository.h"
#include "server/adapters/sql/member/member_repository.h"
#include "server/adapters/sql/program/program_repository.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::sql {
namespace {

// Some 60 MB of members, accounts and caps, for all programmes together.
constexpr std::size_t kRowsMax = 200'000;
// A unit that reads more members at once goes through all of them. Keeping them would push out the
// members that the next units need.
constexpr std::size_t kMembersKeptAtOnce = 50;

// The memory of an entry, roughly: a fixed part, and a multiple of its payload.
constexpr std::size_t kEntryBytes = 1024;
constexpr std::size_t kMemoryOfPayload = 4;

template <class Accounts>
auto PlaceOf(Accounts& accounts, const domain::AccountRef& ref) {
  return std::ranges::lower_bound(
      accounts, ref, {},
      [](const auto& known) -> const domain::AccountRef& { return known.account.ref; });
}

}  // namespace

bool WorkingProgram::Lock(const JournalHead& head) {
  if (!head_.has_value()) {
    head_ = head;
  }
  return *head_ == head;
}

absl::Status WorkingProgram::Ask(std::span<const ports::Lookups* const> lookups) {
  PERIGEE_RETURN_IF_ERROR(AskMembers(lookups));
  PERIGEE_RETURN_IF_ERROR(AskEvents(lookups));
  return AskRecords(lookups);
}

absl::Status WorkingProgram::AskMembers(std::span<const ports::Lookups* const> lookups) {
  std::set<std::string> unknown;
  for (const ports::Lookups* lookup : lookups) {
    for (const std::string& id : lookup->members) {
      const auto key = keys_.find(id);
      if (key == keys_.end() || !accounts_.contains(key->second)) {
        unknown.insert(id);
      }
    }
  }
  return MemberRepository(connection_)
      .AskWithAccounts(
          id_, std::vector(unknown.begin(), unknown.end()),
          [this](domain::Member member, std::string_view text_key) {
            accounts_.try_emplace(member.key);
            SealKey key{};
            if (text_key.size() == key.size()) {
              text_key.copy(reinterpret_cast<char*>(key.data()), key.size());
              text_keys_.emplace(member.key, key);
            }
            Know(std::move(member));
          },
          [this](domain::Account account) { Know(std::move(account)); });
}

absl::Status WorkingProgram::AskEvents(std::span<const ports::Lookups* const> lookups) {
  std::vector<ports::SourceEvent> events;
  for (const ports::Lookups* lookup : lookups) {
    if (lookup->event.has_value() && events_.try_emplace(*lookup->event).second) {
      events.push_back(*lookup->event);
    }
  }
  return ActivityRepository(connection_)
      .AskBySource(id_, events, [this](domain::Activity activity) {
        events_[{activity.source, activity.source_event_id}] = std::move(activity);
      });
}

absl::Status WorkingProgram::AskRecords(std::span<const ports::Lookups* const> lookups) {
  std::map<const domain::RecordType*, std::vector<const void*>> unknown;
  for (const ports::Lookups* lookup : lookups) {
    for (const ports::RecordKey& key : lookup->records) {
      const std::string bytes = RecordTable::Of(*key.type).KeyBytes(key.like.get());
      if (records_[key.type].try_emplace(bytes).second) {
        unknown[key.type].push_back(key.like.get());
      }
    }
  }
  for (const auto& [type, records] : unknown) {
    const RecordTable& table = RecordTable::Of(*type);
    PERIGEE_RETURN_IF_ERROR(
        table.Ask(connection_, id_, records,
                  [&table, &known = records_[type]](std::size_t, std::shared_ptr<void> found) {
                    known[table.KeyBytes(found.get())] = std::move(found);
                  }));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<domain::Program>> WorkingProgram::Definition() {
  if (!definition_.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(definition_, ProgramRepository(connection_).Find(id_));
  }
  return definition_;
}

absl::StatusOr<std::vector<domain::Asset>> WorkingProgram::Assets() {
  if (!assets_.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(assets_, ProgramRepository(connection_).Assets(id_));
  }
  return *assets_;
}

absl::StatusOr<std::optional<domain::Asset>> WorkingProgram::FindAsset(const std::string& asset) {
  if (!assets_.has_value()) {
    PERIGEE_RETURN_IF_ERROR(Assets().status());
  }
  const auto found = std::ranges::find(*assets_, asset, &domain::Asset::id);
  return found == assets_->end() ? std::nullopt : std::optional(*found);
}

absl::StatusOr<std::vector<domain::Rule>> WorkingProgram::Rules() {
  if (!rules_.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(rules_, ProgramRepository(connection_).Rules(id_));
  }
  return *rules_;
}

void WorkingProgram::Know(domain::Member member) {
  keys_[member.id] = member.key;
  const domain::MemberKey key = member.key;
  members_.insert_or_assign(key, std::move(member));
}

WorkingProgram::KnownAccount& WorkingProgram::Know(domain::Account account) {
  KnownAccounts& known = accounts_[account.ref.member];
  auto place = PlaceOf(known, account.ref);
  if (place == known.end() || place->account.ref != account.ref) {
    place = known.insert(place, KnownAccount{});
  }
  place->account = std::move(account);
  return *place;
}

absl::StatusOr<const domain::Member*> WorkingProgram::FindMember(const std::string& member_id) {
  auto key = keys_.find(member_id);
  if (key == keys_.end()) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Member> member,
                             MemberRepository(connection_).Find(id_, member_id));
    if (!member.has_value()) {
      return nullptr;
    }
    Know(*std::move(member));
    key = keys_.find(member_id);
  }
  return &members_.at(key->second);
}

absl::StatusOr<std::vector<domain::Member>> WorkingProgram::FindMembers(
    std::span<const domain::MemberKey> keys) {
  if (keys.size() > kMembersKeptAtOnce) {
    return MemberRepository(connection_).FindByKeys(id_, keys);
  }
  std::vector<domain::MemberKey> unknown;
  std::ranges::copy_if(keys, std::back_inserter(unknown),
                       [&](const domain::MemberKey& key) { return !members_.contains(key); });
  if (!unknown.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> members,
                             MemberRepository(connection_).FindByKeys(id_, unknown));
    for (domain::Member& member : members) {
      Know(std::move(member));
    }
  }
  std::vector<domain::Member> members;
  members.reserve(keys.size());
  for (const domain::MemberKey& key : keys) {
    if (const auto found = members_.find(key); found != members_.end()) {
      members.push_back(found->second);
    }
  }
  return members;
}

absl::StatusOr<const domain::MergedMembers*> WorkingProgram::Merged() {
  if (!merged_.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(merged_, MemberRepository(connection_).Merged(id_));
  }
  return &*merged_;
}

absl::StatusOr<std::optional<domain::Activity>> WorkingProgram::FindActivity(
    const ports::SourceEvent& event) {
  if (const auto found = events_.find(event); found != events_.end()) {
    return found->second;
  }
  return ActivityRepository(connection_).FindBySource(id_, event.source, event.id);
}

absl::StatusOr<std::shared_ptr<void>> WorkingProgram::FindRecord(const domain::RecordType& type,
                                                                 const void* like) {
  const RecordTable& table = RecordTable::Of(type);
  if (const auto kind = records_.find(&type); kind != records_.end()) {
    if (const auto found = kind->second.find(table.KeyBytes(like)); found != kind->second.end()) {
      return found->second == nullptr ? nullptr : type.Clone(found->second.get());
    }
  }
  return table.Find(connection_, id_, like);
}

absl::StatusOr<WorkingProgram::KnownAccounts*> WorkingProgram::KnowAccountsOf(
    const domain::MemberKey& owner) {
  const auto known = accounts_.find(owner);
  if (known != accounts_.end()) {
    return &known->second;
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Account> accounts,
                           AccountRepository(connection_).Of(id_, owner));
  KnownAccounts& read = accounts_[owner];
  for (domain::Account& account : accounts) {
    read.push_back({std::move(account), false});
  }
  return &read;
}

absl::StatusOr<std::vector<domain::Account>> WorkingProgram::AccountsOf(
    const domain::MemberKey& owner) {
  PERIGEE_ASSIGN_OR_RETURN(const KnownAccounts* known, KnowAccountsOf(owner));
  std::vector<domain::Account> accounts;
  accounts.reserve(known->size());
  for (const KnownAccount& account : *known) {
    accounts.push_back(account.account);
  }
  return accounts;
}

absl::StatusOr<std::optional<domain::Account>> WorkingProgram::FindAccount(
    const domain::AccountRef& ref) {
  PERIGEE_ASSIGN_OR_RETURN(const KnownAccounts* known, KnowAccountsOf(ref.member));
  const auto found = PlaceOf(*known, ref);
  if (found == known->end() || found->account.ref != ref) {
    return std::nullopt;
  }
  return found->account;
}

absl::StatusOr<WorkingProgram::KnownCap*> WorkingProgram::KnowCap(const domain::CapKey& key) {
  const auto known = caps_.find(key);
  if (known != caps_.end()) {
    return &known->second;
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t used,
                           AccountRepository(connection_).CapUsed(id_, key));
  return &caps_.emplace(key, KnownCap{used, false}).first->second;
}

absl::StatusOr<std::int64_t> WorkingProgram::CapUsed(const domain::CapKey& key) {
  PERIGEE_ASSIGN_OR_RETURN(const KnownCap* known, KnowCap(key));
  return known->used;
}

void WorkingProgram::Forget(const domain::Changes& changes) {
  const domain::RecordChanges& records = changes.records;
  if (records.Last<domain::Program>() != nullptr) {
    definition_.reset();
  }
  if (records.Last<domain::Asset>() != nullptr) {
    assets_.reset();
  }
  if (records.Last<domain::Rule>() != nullptr) {
    rules_.reset();
  }
  const auto forget = [this](const domain::MemberKey& member) {
    if (const auto known = members_.find(member); known != members_.end()) {
      keys_.erase(known->second.id);
      members_.erase(known);
    }
  };
  for (const domain::Member* member : records.Touched<domain::Member>()) {
    forget(member->key);
    if (merged_.has_value()) {
      merged_->Learn(*member);
    }
  }
  for (const domain::MemberKey& member : changes.erased) {
    forget(member);
    text_keys_.erase(member);
  }
  for (const domain::RecordChange& change : records.all()) {
    if (const auto kind = records_.find(change.type); kind != records_.end()) {
      kind->second.erase(RecordTable::Of(*change.type).KeyBytes(change.record.get()));
    }
  }
  if (!changes.erased.empty()) {
    ForgetRows();  // Any of the cached rows may be the erased member's.
    merged_.reset();
  }
  if (const auto* activity = records.Last<domain::Activity>()) {
    events_.erase({activity->source, activity->source_event_id});
  }
}

void WorkingProgram::ForgetRows() {
  events_.clear();
  records_.clear();
}

absl::Status WorkingProgram::KnowTextKeys(const domain::Changes& changes) {
  TextKeyRepository stored(connection_);
  for (const domain::MemberKey& owner : TextOwners(changes)) {
    if (text_keys_.contains(owner)) {
      continue;
    }
    PERIGEE_ASSIGN_OR_RETURN(std::optional<TextKey> known, stored.Find(id_, owner));
    std::optional<SealKey> key = known.has_value() ? known->key() : std::nullopt;
    if (!known.has_value()) {
      const std::optional<KeyStore::Key> taken = key_store_.Take();
      if (!taken.has_value()) {
        return Error(Reason::kConflict, "more keys must be made first");
      }
      PERIGEE_RETURN_IF_ERROR(stored.Add(id_, owner, taken->slot));
      key = taken->key;
    }
    if (key.has_value()) {
      text_keys_.emplace(owner, *key);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<WrittenEntry> WorkingProgram::Write(const EntryCause& cause, domain::Changes changes,
                                                   Time now) {
  Forget(changes);
  PERIGEE_RETURN_IF_ERROR(KnowTextKeys(changes));
  PERIGEE_RETURN_IF_ERROR(
      WriteChanges(connection_, id_, cause, changes, head_->revision + 1, now, text_keys_));
  for (const domain::Account& account : changes.ledger.accounts) {
    PERIGEE_RETURN_IF_ERROR(KnowAccountsOf(account.ref.member).status());
    if (!std::exchange(Know(account).unwritten, true)) {
      unwritten_accounts_.push_back(account.ref);
    }
  }
  for (const domain::CapUse& cap : changes.ledger.caps) {
    PERIGEE_ASSIGN_OR_RETURN(KnownCap * known, KnowCap(cap.key));
    known->used = cap.used;
    if (!std::exchange(known->unwritten, true)) {
      unwritten_caps_.push_back(cap.key);
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const AppendedEntry appended,
      JournalRepository(connection_).Append(id_, *head_, now, cause, changes, text_keys_));
  const Sha256Digest previous_hash = std::exchange(head_, appended.head)->hash;
  if (const auto* program = changes.records.Last<domain::Program>()) {
    head_->closed = program->state == domain::ProgramState::kClosed;
  }
  head_unwritten_ = true;
  activities_unwritten_ += std::ssize(changes.records.All<domain::Activity>());
  thanks_unwritten_ += std::ranges::count(changes.records.All<domain::Edge>(),
                                          domain::EdgeKind::kThanks, &domain::Edge::kind);
  DropTexts(changes);
  return WrittenEntry{std::make_shared<const domain::JournalEntry>(domain::JournalEntry{
                          head_->revision, head_->time, previous_hash, head_->hash, cause.by,
                          std::move(changes), cause.method}),
                      kEntryBytes + kMemoryOfPayload * appended.payload_bytes};
}

absl::Status WorkingProgram::Flush() {
  AccountRepository accounts(connection_);
  for (const domain::AccountRef& ref : unwritten_accounts_) {
    const auto place = PlaceOf(accounts_.at(ref.member), ref);
    PERIGEE_RETURN_IF_ERROR(accounts.Put(id_, place->account));
    place->unwritten = false;
  }
  unwritten_accounts_.clear();
  for (const domain::CapKey& key : unwritten_caps_) {
    KnownCap& known = caps_.at(key);
    PERIGEE_RETURN_IF_ERROR(accounts.Put(id_, domain::CapUse{key, known.used}));
    known.unwritten = false;
  }
  unwritten_caps_.clear();
  if (std::exchange(head_unwritten_, false)) {
    return JournalRepository(connection_)
        .MoveHead(id_, *head_, std::exchange(activities_unwritten_, 0),
                  std::exchange(thanks_unwritten_, 0));
  }
  return absl::OkStatus();
}

void WorkingSet::Begin(const std::set<std::string>& programs) {
  if (rows_ > kRowsMax) {
    programs_.clear();
    rows_ = 0;
  }
  for (const std::string& id : programs) {
    Kept& kept = programs_.try_emplace(id, Kept{{connection_, key_store_, id}}).first->second;
    rows_ -= kept.program.size();
    kept.in_transaction = true;
    in_transaction_.push_back(id);
  }
}

bool WorkingSet::Lock(const std::string& program, const JournalHead& head) {
  const auto kept = programs_.find(program);
  if (kept->second.program.Lock(head)) {
    return true;
  }
  programs_.erase(kept);
  programs_.try_emplace(program, Kept{{connection_, key_store_, program}, true})
      .first->second.program.Lock(head);
  return false;
}

WorkingProgram* WorkingSet::Find(const std::string& program) {
  const auto found = programs_.find(program);
  return found == programs_.end() || !found->second.in_transaction ? nullptr
                                                                   : &found->second.program;
}

absl::Status WorkingSet::Flush() {
  for (const std::string& id : in_transaction_) {
    PERIGEE_RETURN_IF_ERROR(programs_.at(id).program.Flush());
  }
  return absl::OkStatus();
}

void WorkingSet::End(bool committed) {
  for (const std::string& id : in_transaction_) {
    const auto kept = programs_.find(id);
    if (committed) {
      kept->second.in_transaction = false;
      kept->second.program.EndTransaction();
      rows_ += kept->second.program.size();
    } else {
      programs_.erase(kept);
    }
  }
  in_transaction_.clear();
}

}  // namespace perigee::sql
