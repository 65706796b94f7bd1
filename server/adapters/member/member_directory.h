#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "server/core/by_id.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_directory.h"
#include "server/ports/store.h"

namespace perigee::adapters {

// MemberDirectory over the store. Keeps the members that it was asked for or told of, each in some
// 90 to 120 bytes.
class StoreMemberDirectory final : public ports::MemberDirectory {
 public:
  explicit StoreMemberDirectory(const ports::Store& store) : store_(store) {}

  absl::Status Show(const std::string& program, std::span<const std::string_view> ids, bool at_once,
                    ShowName show) override;
  void Learn(const std::string& program, const domain::Member& member) override;
  absl::Status Load(const std::string& program, std::span<const std::string_view> ids) override;
  absl::StatusOr<std::vector<std::string>> HeadsOf(const std::string& program,
                                                   std::span<const std::string> ids,
                                                   bool at_once) override;
  std::optional<std::string> FindId(const std::string& program,
                                    const domain::MemberKey& key) const override;
  absl::Status Refresh(const std::string& program,
                       std::span<const domain::MemberKey> keys) override;
  void ForgetProgram(const std::string& program) override;

 private:
  // A member in one allocation. The bytes of id and name follow the struct.
  struct Record {
    domain::Revision revision;
    domain::MemberKey key;
    std::uint32_t id_size;
    std::uint32_t name_size;
    const char* bytes() const { return reinterpret_cast<const char*>(this + 1); }
    std::string_view Id() const { return {bytes(), id_size}; }
    std::string_view Name() const { return {bytes() + id_size, name_size}; }
  };
  struct FreeRecord {
    void operator()(Record* record) const { ::operator delete(record); }
  };
  using RecordPtr = std::unique_ptr<Record, FreeRecord>;

  struct HashByKey {
    using is_transparent = void;
    std::size_t operator()(const domain::MemberKey& key) const { return UuidHash()(key); }
    std::size_t operator()(const Record* record) const { return UuidHash()(record->key); }
  };
  struct EqualByKey {
    using is_transparent = void;
    bool operator()(const Record* a, const Record* b) const { return a->key == b->key; }
    bool operator()(const Record* a, const domain::MemberKey& key) const { return a->key == key; }
  };

  // The members of one programme.
  struct Members {
    absl::flat_hash_set<RecordPtr, HashById, EqualById> by_id;
    absl::flat_hash_set<const Record*, HashByKey, EqualByKey> by_key;  // The same members.
    // The heads of those that are merged.
    absl::flat_hash_map<domain::MemberKey, domain::MemberKey, UuidHash> heads;

    // Of two readings of a member the newer stays.
    void Learn(RecordPtr record, const domain::MemberKey& head);
    void Remove(const Record* record);
  };

  using FindThem =
      absl::FunctionRef<absl::StatusOr<std::vector<domain::Member>>(ports::StoreReader& reader)>;

  static RecordPtr MakeRecord(const domain::Member& member);
  std::vector<std::string> Unknown(const std::string& program,
                                   std::span<const std::string_view> ids);
  // The answer of HeadsOf as far as members are known, and what is not known.
  struct KnownHeads {
    std::vector<std::string> ids;
    bool all = true;
    std::vector<domain::MemberKey> unknown;  // Heads of known members.
  };
  KnownHeads FindHeads(const std::string& program, std::span<const std::string> ids) const;
  // Shows the names of `ids` under one lock. Without `gaps`: if any id is unknown, shows nothing
  // and returns false.
  bool ShowKnown(const std::string& program, std::span<const std::string_view> ids, bool gaps,
                 ShowName show);

  // Learns and returns the members that `find` gives; none of a deleted programme.
  absl::StatusOr<std::vector<domain::Member>> LearnAll(const std::string& program, FindThem find);
  void Forget(const std::string& program, const domain::MemberKey& key);

  const ports::Store& store_;
  mutable std::shared_mutex mutex_;
  std::map<std::string, Members, std::less<>> programs_;
  std::uint64_t deletions_ = 0;  // Counts the calls of ForgetProgram.
};

}  // namespace perigee::adapters
