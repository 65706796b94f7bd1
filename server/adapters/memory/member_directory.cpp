#include "server/adapters/memory/member_directory.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <utility>

#include "server/core/status_macros.h"

namespace perigee::adapters {

absl::StatusOr<std::shared_ptr<const domain::Member>> StoreMemberDirectory::ByKey(
    const std::string& program, const domain::MemberKey& key) {
  {
    const std::shared_lock lock(mutex_);
    if (const auto members = programs_.find(program); members != programs_.end()) {
      if (const auto it = members->second.by_key.find(key); it != members->second.by_key.end()) {
        return it->second;
      }
    }
  }
  std::vector<domain::Member> found;
  const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(found, reader.FindMembers(program, std::span(&key, 1)));
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return found.empty() ? nullptr : Keep(program, std::move(found.front()));
}

absl::StatusOr<std::vector<std::shared_ptr<const domain::Member>>> StoreMemberDirectory::ByIds(
    const std::string& program, std::span<const std::string> ids) {
  std::vector<Kept> answer(ids.size());
  std::vector<std::size_t> missing;
  {
    const std::shared_lock lock(mutex_);
    const auto members = programs_.find(program);
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (members != programs_.end()) {
        if (const auto it = members->second.by_id.find(ids[i]); it != members->second.by_id.end()) {
          answer[i] = it->second;
          continue;
        }
      }
      missing.push_back(i);
    }
  }
  if (missing.empty()) {
    return answer;
  }
  const absl::Status read = store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    for (const std::size_t i : missing) {
      PERIGEE_ASSIGN_OR_RETURN(std::optional<domain::Member> member,
                               reader.FindMember(program, ids[i]));
      if (member) {
        answer[i] = Keep(program, *std::move(member));
      }
    }
    return absl::OkStatus();
  });
  PERIGEE_RETURN_IF_ERROR(read);
  return answer;
}

absl::Status StoreMemberDirectory::Refresh(const std::string& program,
                                           std::span<const domain::MemberKey> keys) {
  constexpr std::size_t kPortion = 500;
  return store_.Read([&](ports::StoreReader& reader) -> absl::Status {
    for (std::size_t at = 0; at < keys.size(); at += kPortion) {
      const auto portion = keys.subspan(at, std::min(kPortion, keys.size() - at));
      PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Member> found,
                               reader.FindMembers(program, portion));
      for (domain::Member& member : found) {
        Keep(program, std::move(member));
      }
    }
    return absl::OkStatus();
  });
}

StoreMemberDirectory::Kept StoreMemberDirectory::Keep(const std::string& program,
                                                      domain::Member member) {
  auto fresh = std::make_shared<const domain::Member>(std::move(member));
  const std::unique_lock lock(mutex_);
  Members& members = programs_[program];
  Kept& kept = members.by_key[fresh->key];
  if (kept == nullptr || kept->revision < fresh->revision) {
    kept = fresh;
    members.by_id[fresh->id] = fresh;
  }
  return kept;
}

}  // namespace perigee::adapters
