#include "server/adapters/member/member_directory.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/portions.h"
#include "server/ports/program/program_reader.h"

namespace perigee::adapters {

StoreMemberDirectory::RecordPtr StoreMemberDirectory::MakeRecord(const domain::Member& member) {
  const std::string& id = member.id;
  const std::string& name = member.display_name;
  void* const memory = ::operator new(sizeof(Record) + id.size() + name.size());
  RecordPtr record(new (memory)
                       Record{member.revision, member.key, static_cast<std::uint32_t>(id.size()),
                              static_cast<std::uint32_t>(name.size())});
  char* const bytes = reinterpret_cast<char*>(record.get() + 1);
  std::ranges::copy(name, std::ranges::copy(id, bytes).out);
  return record;
}

absl::Status StoreMemberDirectory::Show(const std::string& program,
                                        std::span<const std::string_view> ids, bool at_once,
                                        ShowName show) {
  if (ShowKnown(program, ids, false, show)) {
    return absl::OkStatus();
  }
  if (at_once) {
    return WouldBlock();
  }
  PERIGEE_RETURN_IF_ERROR(Load(program, ids));
  ShowKnown(program, ids, true, show);
  return absl::OkStatus();
}

bool StoreMemberDirectory::ShowKnown(const std::string& program,
                                     std::span<const std::string_view> ids, bool gaps,
                                     ShowName show) {
  std::vector<const Record*> found(ids.size());
  const std::shared_lock lock(mutex_);
  if (const auto members = programs_.find(program); members != programs_.end()) {
    // The records lie anywhere in memory. All are prefetched before the first is needed.
    for (const std::string_view id : ids) {
      members->second.by_id.prefetch(id);
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto it = members->second.by_id.find(ids[i]);
      found[i] = it == members->second.by_id.end() ? nullptr : it->get();
    }
  }
  if (!gaps && std::ranges::find(found, nullptr) != found.end()) {
    return false;
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    show(i, found[i] == nullptr ? std::string_view() : found[i]->Name());
  }
  return true;
}

std::vector<std::string> StoreMemberDirectory::Unknown(const std::string& program,
                                                       std::span<const std::string_view> ids) {
  std::vector<std::string> unknown;
  const std::shared_lock lock(mutex_);
  const auto members = programs_.find(program);
  for (const std::string_view id : ids) {
    if (members == programs_.end() || !members->second.by_id.contains(id)) {
      unknown.emplace_back(id);
    }
  }
  return unknown;
}

absl::StatusOr<std::vector<std::string>> StoreMemberDirectory::HeadsOf(
    const std::string& program, std::span<const std::string> ids, bool at_once) {
  KnownHeads heads = FindHeads(program, ids);
  if (!heads.all && at_once) {
    return WouldBlock();
  }
  if (!heads.all) {
    PERIGEE_RETURN_IF_ERROR(Load(program, std::vector<std::string_view>(ids.begin(), ids.end())));
    heads = FindHeads(program, ids);
  }
  if (!heads.unknown.empty()) {
    PERIGEE_RETURN_IF_ERROR(Refresh(program, heads.unknown));
    heads = FindHeads(program, ids);
  }
  return std::move(heads.ids);
}

StoreMemberDirectory::KnownHeads StoreMemberDirectory::FindHeads(
    const std::string& program, std::span<const std::string> ids) const {
  KnownHeads found;
  absl::flat_hash_set<std::string_view> added;
  const auto add = [&](std::string_view id) {
    if (added.insert(id).second) {
      found.ids.emplace_back(id);
    }
  };
  const std::shared_lock lock(mutex_);
  const auto members = programs_.find(program);
  for (const std::string_view id : ids) {
    const Record* record = nullptr;
    if (members != programs_.end()) {
      const auto it = members->second.by_id.find(id);
      record = it == members->second.by_id.end() ? nullptr : it->get();
    }
    if (record == nullptr) {
      found.all = false;
      add(id);
      continue;
    }
    const auto merged = members->second.heads.find(record->key);
    if (merged == members->second.heads.end()) {
      add(id);
      continue;
    }
    const auto head = members->second.by_key.find(merged->second);
    if (head == members->second.by_key.end()) {
      found.all = false;
      found.unknown.push_back(merged->second);
      add(id);
    } else {
      add((*head)->Id());
    }
  }
  return found;
}

void StoreMemberDirectory::Members::Learn(RecordPtr record, const domain::MemberKey& head) {
  if (const auto before = by_id.find(record->Id()); before != by_id.end()) {
    if ((*before)->revision >= record->revision) {
      return;
    }
    Remove(before->get());
  }
  if (!head.IsNil()) {
    heads.emplace(record->key, head);
  }
  by_key.insert(record.get());
  by_id.insert(std::move(record));
}

void StoreMemberDirectory::Members::Remove(const Record* record) {
  by_key.erase(record);
  heads.erase(record->key);
  by_id.erase(by_id.find(record->Id()));
}

void StoreMemberDirectory::Learn(const std::string& program, const domain::Member& member) {
  RecordPtr record = MakeRecord(member);
  const std::unique_lock lock(mutex_);
  programs_[program].Learn(std::move(record), member.merged_into);
}

std::optional<std::string> StoreMemberDirectory::FindId(const std::string& program,
                                                        const domain::MemberKey& key) const {
  const std::shared_lock lock(mutex_);
  const auto members = programs_.find(program);
  if (members == programs_.end()) {
    return std::nullopt;
  }
  const auto found = members->second.by_key.find(key);
  return found == members->second.by_key.end() ? std::nullopt
                                               : std::optional(std::string((*found)->Id()));
}

void StoreMemberDirectory::Forget(const std::string& program, const domain::MemberKey& key) {
  const std::unique_lock lock(mutex_);
  const auto members = programs_.find(program);
  if (members == programs_.end()) {
    return;
  }
  const auto found = members->second.by_key.find(key);
  if (found != members->second.by_key.end()) {
    members->second.Remove(*found);
  }
}

void StoreMemberDirectory::ForgetProgram(const std::string& program) {
  Members forgotten;  // Freed after the lock, because that may take long.
  const std::unique_lock lock(mutex_);
  ++deletions_;
  if (const auto members = programs_.find(program); members != programs_.end()) {
    forgotten = std::move(members->second);
    programs_.erase(members);
  }
}

absl::Status StoreMemberDirectory::Load(const std::string& program,
                                        std::span<const std::string_view> ids) {
  const std::vector<std::string> unknown = Unknown(program, ids);
  return ports::InPortions(std::span(unknown), [&](auto portion) {
    return LearnAll(program,
                    [&](ports::StoreReader& reader) {
                      return reader.members().FindByIds(program, portion);
                    })
        .status();
  });
}

absl::Status StoreMemberDirectory::Refresh(const std::string& program,
                                           std::span<const domain::MemberKey> keys) {
  return ports::InPortions(keys, [&](auto portion) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> found,
                             LearnAll(program, [&](ports::StoreReader& reader) {
                               return reader.members().FindByKeys(program, portion);
                             }));
    for (const domain::MemberKey& key : portion) {
      if (!std::ranges::binary_search(found, key, {}, &domain::Member::key)) {
        Forget(program, key);
      }
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<domain::Member>> StoreMemberDirectory::LearnAll(
    const std::string& program, FindThem find) {
  for (;;) {
    std::uint64_t deletions = 0;
    {
      const std::shared_lock lock(mutex_);
      deletions = deletions_;
    }
    std::vector<domain::Member> found;
    const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const auto owner, reader.programs().Find(program));
      if (owner.has_value()) {
        PERIGEE_ASSIGN_OR_RETURN(found, find(reader));
      }
      return absl::OkStatus();
    });
    PERIGEE_RETURN_IF_ERROR(read);
    std::vector<RecordPtr> records;
    records.reserve(found.size());
    for (const domain::Member& member : found) {
      records.push_back(MakeRecord(member));
    }
    const std::unique_lock lock(mutex_);
    if (deletions == deletions_) {
      for (std::size_t i = 0; i < records.size(); ++i) {
        programs_[program].Learn(std::move(records[i]), found[i].merged_into);
      }
      return found;
    }
    // The view of the store may be from before the deletion.
  }
}

}  // namespace perigee::adapters
