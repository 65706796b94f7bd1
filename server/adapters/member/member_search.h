#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/sha256.h"
#include "server/core/uuid.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"
#include "server/ports/member/member_search.h"
#include "server/ports/store.h"

namespace perigee::domain {
struct Member;
}  // namespace perigee::domain

namespace perigee::adapters {

// MemberSearch over the store. A programme's names are read when it is first searched, some 200
// bytes for each member. Each search takes up the changes since the last one, so an idle programme
// costs nothing. A search looks at all names: 13 000 take 0.2 ms.
class StoreMemberSearch final : public ports::MemberSearch {
 public:
  // If more members are kept, the programmes that were not searched for longest are forgotten.
  static constexpr std::size_t kMembersMax = 4'000'000;

  // The store must outlive it.
  explicit StoreMemberSearch(ports::Store& store, std::size_t members_max = kMembersMax)
      : store_(store), members_max_(members_max) {}

  absl::StatusOr<std::vector<std::string>> Find(const std::string& program, std::string_view key,
                                                const std::string& after, int limit) override;

 private:
  struct Name {
    domain::MemberKey key;
    std::string text;  // The SearchKeys of display name and handle, on a line each.
  };
  // The members of one programme, as they are at one revision.
  struct Names {
    std::shared_mutex mutex;
    domain::Revision revision = 0;  // 0: nothing was read yet.
    Sha256Digest hash{};            // Of the journal's entry of that revision.
    std::map<std::string, Name> by_id;
    std::unordered_map<domain::MemberKey, std::string, UuidHash> ids;
    std::uint64_t searched = 0;  // When it was last searched: a count of searches.
    std::size_t size = 0;        // Of by_id, after the last search.

    void Put(const domain::Member& member);
    void Remove(const domain::MemberKey& member);
  };

  std::shared_ptr<Names> NamesOf(const std::string& program);
  // All three are called with the names' mutex held.
  absl::Status CatchUp(ports::StoreReader& reader, const std::string& program, Names& names) const;
  static absl::Status ReadAll(ports::StoreReader& reader, const std::string& program, Names& names);
  absl::Status ReadChanges(ports::StoreReader& reader, const std::string& program,
                           domain::Revision head, Names& names) const;
  void MakeRoom(const std::string& program, std::size_t size);

  ports::Store& store_;
  const std::size_t members_max_;
  std::mutex mutex_;  // Guards programs_ and the last two members of Names.
  std::uint64_t searches_ = 0;
  std::map<std::string, std::shared_ptr<Names>> programs_;
};

}  // namespace perigee::adapters
