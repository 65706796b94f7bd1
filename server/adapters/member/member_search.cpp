#include "server/adapters/member/member_search.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/unicode.h"
#include "server/domain/member/member.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/portions.h"
#include "server/ports/program/program_reader.h"

namespace perigee::adapters {
namespace {

constexpr int kMembersAtOnce = 1000;
constexpr int kEntriesAtOnce = 500;
// Reading so many entries takes longer than reading the members of most programmes.
constexpr domain::Revision kEntriesMax = 20'000;

}  // namespace

void StoreMemberSearch::Names::Put(const domain::Member& member) {
  Remove(member.key);
  ids.emplace(member.key, member.id);
  by_id[member.id] = {member.key, SearchKey(member.display_name) + "\n" + SearchKey(member.handle)};
}

void StoreMemberSearch::Names::Remove(const domain::MemberKey& member) {
  if (const auto found = ids.find(member); found != ids.end()) {
    by_id.erase(found->second);
    ids.erase(found);
  }
}

absl::StatusOr<std::vector<std::string>> StoreMemberSearch::Find(const std::string& program,
                                                                 std::string_view key,
                                                                 const std::string& after,
                                                                 int limit) {
  const std::shared_ptr<Names> names = NamesOf(program);
  std::size_t size = 0;
  {
    // The view of the store begins after the lock is taken, so it is never older than the names.
    const std::unique_lock lock(names->mutex);
    const absl::Status read =
        store_.Read([&](ports::StoreReader& reader) { return CatchUp(reader, program, *names); });
    if (!read.ok()) {
      return read;
    }
    size = names->by_id.size();
  }
  MakeRoom(program, size);
  std::vector<std::string> found;
  const std::shared_lock lock(names->mutex);
  for (auto it = names->by_id.upper_bound(after);
       it != names->by_id.end() && std::ssize(found) < limit; ++it) {
    if (it->second.text.find(key) != std::string::npos) {
      found.push_back(it->first);
    }
  }
  return found;
}

std::shared_ptr<StoreMemberSearch::Names> StoreMemberSearch::NamesOf(const std::string& program) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<Names>& names = programs_[program];
  if (names == nullptr) {
    names = std::make_shared<Names>();
  }
  names->searched = ++searches_;
  return names;
}

void StoreMemberSearch::MakeRoom(const std::string& program, std::size_t size) {
  std::vector<std::shared_ptr<Names>> forgotten;  // Freed after the lock, which may take long.
  const std::lock_guard lock(mutex_);
  std::size_t all = 0;
  for (auto& [id, names] : programs_) {
    names->size = id == program ? size : names->size;
    all += names->size;
  }
  while (all > members_max_ && programs_.size() > 1) {
    const auto oldest = std::ranges::min_element(programs_, {}, [&](const auto& kept) {
      return kept.first == program ? searches_ + 1 : kept.second->searched;
    });
    all -= oldest->second->size;
    forgotten.push_back(std::move(oldest->second));
    programs_.erase(oldest);
  }
}

absl::Status StoreMemberSearch::CatchUp(ports::StoreReader& reader, const std::string& program,
                                        Names& names) const {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Program> owner,
                           reader.programs().Find(program));
  if (!owner.has_value()) {
    names.revision = 0;
    names.by_id.clear();
    names.ids.clear();
    return NotFound(ProgramName(program));
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision head, reader.journal().Head(program));
  // The programme may have been deleted and made again: then its journal is another one.
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Sha256Digest> hash,
                           reader.journal().HashAt(program, names.revision));
  const bool is_same = names.revision > 0 && names.revision <= head && hash == names.hash;
  if (is_same && names.revision == head) {
    return absl::OkStatus();
  }
  const absl::Status read = is_same && head - names.revision <= kEntriesMax
                                ? ReadChanges(reader, program, head, names)
                                : ReadAll(reader, program, names);
  if (read.ok()) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<Sha256Digest> now,
                             reader.journal().HashAt(program, head));
    names.hash = now.value_or(Sha256Digest{});
    names.revision = head;
  } else {
    names.revision = 0;
  }
  return read;
}

absl::Status StoreMemberSearch::ReadAll(ports::StoreReader& reader, const std::string& program,
                                        Names& names) {
  names.by_id.clear();
  names.ids.clear();
  domain::MemberKey after;
  for (;;) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                             reader.members().List(program, after, kMembersAtOnce));
    if (members.empty()) {
      return absl::OkStatus();
    }
    for (const domain::Member& member : members) {
      names.Put(member);
    }
    after = members.back().key;
  }
}

absl::Status StoreMemberSearch::ReadChanges(ports::StoreReader& reader, const std::string& program,
                                            domain::Revision head, Names& names) const {
  std::vector<domain::MemberKey> changed;
  const auto look_at = [&](const domain::JournalEntry& entry) {
    if (entry.revision <= head) {
      const std::vector<domain::MemberKey> members = domain::ChangedMembers(entry.changes);
      changed.insert(changed.end(), members.begin(), members.end());
    }
  };
  const auto entries = store_.feed().After(program, names.revision);
  // The view may show a commit of another server that the feed has not heard of yet.
  const bool is_all = entries.has_value() && !entries->empty() && entries->back()->revision >= head;
  if (is_all) {
    for (const ports::JournalEntryPtr& entry : *entries) {
      look_at(*entry);
    }
  } else {
    domain::Revision last = names.revision;
    while (last < head) {
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::JournalEntry> read,
                               reader.journal().Read(program, last, kEntriesAtOnce));
      if (read.empty()) {
        return Error(Reason::kInternal, "the journal ends before its head");
      }
      std::ranges::for_each(read, look_at);
      last = read.back().revision;
    }
  }
  std::ranges::sort(changed);
  changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
  return ports::InPortions(
      std::span<const domain::MemberKey>(changed), [&](auto portion) -> absl::Status {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> found,
                                 reader.members().FindByKeys(program, portion));
        for (const domain::MemberKey& key : portion) {
          names.Remove(key);
        }
        for (const domain::Member& member : found) {
          if (!member.IsMerged()) {
            names.Put(member);
          }
        }
        return absl::OkStatus();
      });
}

}  // namespace perigee::adapters
