#include "server/adapters/member/member_directory.h"

#include <algorithm>
#include <mutex>
#include <new>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/portions.h"

namespace perigee::adapters {

StoreMemberDirectory::RecordPtr StoreMemberDirectory::MakeRecord(const domain::Member& member) {
  const std::string& id = member.id;
  const std::string& name = member.display_name;
  void* const memory = ::operator new(sizeof(Record) + id.size() + name.size());
  RecordPtr record(new (memory) Record{member.revision, static_cast<std::uint32_t>(id.size()),
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
    // They lie anywhere in memory: all are on their way before the first is needed.
    for (const std::string_view id : ids) {
      members->second.prefetch(id);
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto it = members->second.find(ids[i]);
      found[i] = it == members->second.end() ? nullptr : it->get();
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
    if (members == programs_.end() || !members->second.contains(id)) {
      unknown.emplace_back(id);
    }
  }
  return unknown;
}

void StoreMemberDirectory::Learn(const std::string& program, const domain::Member& member) {
  RecordPtr record = MakeRecord(member);
  const std::unique_lock lock(mutex_);
  Records& known = programs_[program];
  const auto it = known.find(record->Id());
  if (it == known.end()) {
    known.insert(std::move(record));
  } else if ((*it)->revision < record->revision) {
    known.erase(it);
    known.insert(std::move(record));
  }
}

absl::Status StoreMemberDirectory::Load(const std::string& program,
                                        std::span<const std::string_view> ids) {
  const std::vector<std::string> unknown = Unknown(program, ids);
  return ports::InPortions(std::span(unknown), [&](auto portion) {
    return LearnAll(program, [&](ports::StoreReader& reader) {
      return reader.members().FindByIds(program, portion);
    });
  });
}

absl::Status StoreMemberDirectory::Refresh(const std::string& program,
                                           std::span<const domain::MemberKey> keys) {
  return ports::InPortions(keys, [&](auto portion) {
    return LearnAll(program, [&](ports::StoreReader& reader) {
      return reader.members().FindByKeys(program, portion);
    });
  });
}

absl::Status StoreMemberDirectory::LearnAll(const std::string& program, FindThem find) {
  return store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> found, find(reader));
    for (const domain::Member& member : found) {
      Learn(program, member);
    }
    return absl::OkStatus();
  });
}

}  // namespace perigee::adapters
