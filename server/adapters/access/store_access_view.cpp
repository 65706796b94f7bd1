#include "server/adapters/access/store_access_view.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/member/member.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"

namespace perigee::adapters {
namespace {

constexpr int kGrantsMax = 1000;
constexpr int kTriesMax = 3;

// Takes up that the subject signs in as that member: the one that stands for the person enters.
absl::Status Enter(ports::StoreReader& reader, const std::string& program,
                   const domain::MemberKey& member, ports::Access& access,
                   std::vector<Uuid>& known_by) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  const std::vector<domain::MemberKey> person = merged.AllOf(member);
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                           reader.members().FindByKeys(program, person));
  for (const domain::Member& one : members) {
    known_by.push_back(one.key);
    if (one.IsMerged()) {
      access.merged.emplace(one.id, one.key);
    } else {
      access.roles.Add(domain::Role::kMember);
      access.member = {domain::PrincipalKind::kMember, one.key};
      access.member_id = one.id;
      access.suspended = one.standing == domain::Standing::kSuspended;
    }
  }
  return absl::OkStatus();
}

}  // namespace

StoreAccessView::StoreAccessView(const ports::Store& store, ports::JournalFeed& feed,
                                 std::size_t kept_max)
    : store_(store), feed_(feed), kept_max_(kept_max) {
  listening_ = feed_.ListenBeforeAnswers(
      [this](const std::string& program, domain::Revision head) { Hear(program, head); });
}

absl::StatusOr<ports::AccessPtr> StoreAccessView::Find(const std::string& program,
                                                       const domain::Subject& subject, Time now,
                                                       bool at_once) {
  const std::string digest = domain::SubjectDigest(subject);
  KeptPtr access;
  for (int i = 0; i < kTriesMax; ++i) {
    std::uint64_t changes = 0;
    {
      const std::lock_guard lock(mutex_);
      if (const auto programme = programs_.find(program); programme != programs_.end()) {
        Kept& kept = programme->second;
        const auto known = kept.by_subject.find(digest);
        if (known != kept.by_subject.end() && known->second->Holds(now)) {
          return known->second;
        }
        changes = kept.changes;
      }
    }
    if (at_once) {
      return WouldBlock();
    }
    PERIGEE_ASSIGN_OR_RETURN(Found found, Ask(program, digest, now));
    access = found.access;
    if (access->roles.empty()) {
      return access;
    }
    const std::lock_guard lock(mutex_);
    Kept& kept = programs_[program];
    const auto before = kept.by_subject.find(digest);
    access->calls =
        before == kept.by_subject.end() ? std::make_shared<TokenBucket>() : before->second->calls;
    access->program_calls = kept.calls;
    if (kept.seen == 0) {
      // Nobody looked at the entries since the view of the store. The listener does from here on,
      // and the next try reads what it may have missed.
      kept.seen = found.head;
      ++kept.changes;
    } else if (kept.changes == changes) {
      if (kept.by_subject.size() >= kept_max_) {
        OutdateAll(kept);
      }
      Keep(kept, digest, found);
      return access;
    }
  }
  // The accesses of the programme change faster than they can be read.
  access->for_one_call = true;
  access->outdated = true;
  return access;
}

absl::StatusOr<StoreAccessView::Found> StoreAccessView::Ask(const std::string& program,
                                                            const std::string& digest,
                                                            Time now) const {
  Found found;
  const auto access = std::make_shared<ports::Access>();
  const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    const std::vector<ports::FieldIs> of_subject{{"subject_digest", digest}};
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<domain::RoleGrant> grants,
        reader.records().List<domain::RoleGrant>(program, of_subject, nullptr, kGrantsMax));
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<domain::Identity> identities,
        reader.records().List<domain::Identity>(program, of_subject, nullptr, 1));
    std::erase_if(identities, &domain::Identity::link);
    // The oldest grant says whom the journal names, so that a later one changes nothing.
    std::ranges::sort(grants, {}, [](const domain::RoleGrant& grant) {
      return std::tuple(grant.create_time, grant.id);
    });
    for (const domain::RoleGrant& grant : grants) {
      if (access->staff.id.IsNil()) {
        access->staff = {grant.Kind(), grant.principal};
      }
      if (grant.IsLive(now)) {
        access->roles.Add(grant.role);
        access->until = std::min(access->until, grant.expire_time.value_or(kEndOfTime));
        found.known_by.push_back(grant.principal);
      }
    }
    if (!identities.empty()) {
      PERIGEE_RETURN_IF_ERROR(
          Enter(reader, program, identities.front().member, *access, found.known_by));
    }
    if (!access->roles.empty()) {
      PERIGEE_ASSIGN_OR_RETURN(found.head, reader.journal().Head(program));
    }
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  found.access = access;
  return found;
}

void StoreAccessView::Keep(Kept& kept, const std::string& digest, const Found& found) {
  kept.by_subject[digest] = found.access;
  for (const Uuid& pseudonym : found.known_by) {
    const auto [first, last] = kept.by_pseudonym.equal_range(pseudonym);
    for (auto it = first; it != last;) {
      // One that somebody still holds must hear of its end.
      const bool unheld = it->second->outdated || it->second.use_count() == 1;
      it = unheld ? kept.by_pseudonym.erase(it) : std::next(it);
    }
    kept.by_pseudonym.emplace(pseudonym, found.access);
  }
  if (!found.access->roles.Has(domain::Role::kMember)) {
    std::erase_if(kept.without_member,
                  [](const KeptPtr& one) { return one->outdated.load() || one->may_grow.load(); });
    kept.without_member.push_back(found.access);
  }
}

void StoreAccessView::Hear(const std::string& program, domain::Revision head) {
  const std::lock_guard lock(mutex_);
  const auto programme = programs_.find(program);
  if (programme == programs_.end()) {
    return;
  }
  Kept& kept = programme->second;
  if (head == 0) {
    OutdateAll(kept);
    programs_.erase(programme);
    return;
  }
  const auto entries = feed_.After(program, kept.seen);
  bool changed = !entries.has_value();
  if (changed) {
    OutdateAll(kept);
  } else {
    for (const ports::JournalEntryPtr& entry : *entries) {
      changed |= LookAt(*entry, kept);
    }
  }
  kept.seen = std::max(kept.seen, head);
  kept.changes += changed ? 1 : 0;
}

bool StoreAccessView::LookAt(const domain::JournalEntry& entry, Kept& kept) {
  bool changed = false;
  const auto outdate = [&](const Uuid& pseudonym) {
    Outdate(kept, pseudonym);
    changed = true;
  };
  for (const domain::MemberKey& member : domain::ChangedMembers(entry.changes)) {
    outdate(member);
  }
  for (const domain::RoleGrant* grant : entry.changes.records.Touched<domain::RoleGrant>()) {
    outdate(grant->principal);
  }
  const auto identities = entry.changes.records.Touched<domain::Identity>();
  for (const domain::Identity* identity : identities) {
    outdate(identity->member);
  }
  if (!identities.empty()) {
    LetStaffGrow(kept);  // One of them may have become a member. The entry does not say who.
  }
  return changed;
}

void StoreAccessView::Outdate(Kept& kept, const Uuid& pseudonym) {
  const auto [first, last] = kept.by_pseudonym.equal_range(pseudonym);
  for (auto it = first; it != last; ++it) {
    it->second->outdated = true;
  }
  kept.by_pseudonym.erase(first, last);
}

void StoreAccessView::LetStaffGrow(Kept& kept) {
  for (const KeptPtr& access : kept.without_member) {
    access->may_grow = true;
  }
  kept.without_member.clear();
}

void StoreAccessView::OutdateAll(Kept& kept) {
  // By pseudonym also those are known that a newer one has replaced and a stream still holds.
  for (const auto& [pseudonym, access] : kept.by_pseudonym) {
    access->outdated = true;
  }
  kept.by_subject.clear();
  kept.by_pseudonym.clear();
  kept.without_member.clear();
}

}  // namespace perigee::adapters
