#include "server/adapters/memory/member_directory.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::adapters {
namespace {

absl::string_view KeyOf(std::string_view id) { return {id.data(), id.size()}; }

}  // namespace

absl::Status StoreMemberDirectory::Show(const std::string& program,
                                        std::span<const std::string_view> ids, bool at_once,
                                        const ShowMember& show) {
  std::vector<std::string> missing;
  if (ShowKept(program, ids, show, &missing)) {
    return absl::OkStatus();
  }
  if (at_once) {
    return WouldBlock();
  }
  std::vector<domain::Member> found;
  PERIGEE_RETURN_IF_ERROR(store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    for (const std::string& id : missing) {
      PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Member> member,
                               reader.FindMember(program, id));
      if (member) {
        found.push_back(*std::move(member));
      }
    }
    return absl::OkStatus();
  }));
  Keep(program, std::move(found));
  ShowKept(program, ids, show, nullptr);
  return absl::OkStatus();
}

bool StoreMemberDirectory::ShowKept(const std::string& program,
                                    std::span<const std::string_view> ids, const ShowMember& show,
                                    std::vector<std::string>* missing) {
  std::vector<const domain::Member*> found(ids.size());
  const std::shared_lock lock(mutex_);
  if (const auto members = programs_.find(program); members != programs_.end()) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const auto it = members->second.find(KeyOf(ids[i]));
      found[i] = it == members->second.end() ? nullptr : it->second.get();
    }
  }
  if (missing != nullptr) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (found[i] == nullptr) {
        missing->emplace_back(ids[i]);
      }
    }
    if (!missing->empty()) {
      return false;
    }
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    show(i, found[i]);
  }
  return true;
}

absl::Status StoreMemberDirectory::Refresh(const std::string& program,
                                           std::span<const domain::MemberKey> keys) {
  constexpr std::size_t kPortion = 500;
  return store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    for (std::size_t at = 0; at < keys.size(); at += kPortion) {
      const auto portion = keys.subspan(at, std::min(kPortion, keys.size() - at));
      PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> found,
                               reader.FindMembers(program, portion));
      Keep(program, std::move(found));
    }
    return absl::OkStatus();
  });
}

void StoreMemberDirectory::Keep(const std::string& program, std::vector<domain::Member> members) {
  const std::unique_lock lock(mutex_);
  Members& kept = programs_[program];
  for (domain::Member& member : members) {
    const auto it = kept.find(KeyOf(member.id));
    if (it != kept.end()) {
      if (it->second->revision >= member.revision) {
        continue;
      }
      kept.erase(it);  // Its key goes with it.
    }
    auto fresh = std::make_unique<const domain::Member>(std::move(member));
    const absl::string_view key = KeyOf(fresh->id);
    kept.emplace(key, std::move(fresh));
  }
}

}  // namespace perigee::adapters
