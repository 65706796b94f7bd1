#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/uuid.h"
#include "server/domain/record/revision.h"
#include "server/ports/access/access_view.h"

namespace perigee::domain {
struct JournalEntry;
}  // namespace perigee::domain

namespace perigee::ports {
class JournalFeed;
class Store;
class StoreReader;
}  // namespace perigee::ports

namespace perigee::adapters {

// AccessView over the store. Keeps the accesses that it was asked for; strangers are never kept, so
// that a programme without the caller costs the same as no programme. It hears of each commit
// before the commit is answered: after the answer to a change on this server, no access that the
// change ended holds any more.
class StoreAccessView final : public ports::AccessView {
 public:
  // So many accesses of a programme are kept. One more, and all are asked for again.
  static constexpr std::size_t kKeptMax = 200'000;

  // Both must outlive it.
  StoreAccessView(const ports::Store& store, ports::JournalFeed& feed,
                  std::size_t kept_max = kKeptMax);

  absl::StatusOr<ports::AccessPtr> Find(const std::string& program, const domain::Subject& subject,
                                        Time now, bool at_once) override;

 private:
  using KeptPtr = std::shared_ptr<ports::Access>;
  struct Found {
    KeptPtr access;
    std::vector<Uuid> known_by;  // The pseudonyms whose changes concern the access.
    domain::Revision head = 0;
  };
  struct Kept {
    domain::Revision seen = 0;  // Every entry up to it was looked at. 0: none yet.
    std::uint64_t changes = 0;  // Grows whenever any access of the programme may have changed.
    std::unordered_map<std::string, KeptPtr> by_subject;  // By SubjectDigest.
    std::shared_ptr<TokenBucket> calls = std::make_shared<TokenBucket>();
    std::unordered_multimap<Uuid, KeptPtr, UuidHash> by_pseudonym;
    std::vector<KeptPtr> without_member;  // Of staff and services.
  };

  absl::StatusOr<Found> Ask(const std::string& program, const std::string& digest, Time now) const;
  static void Keep(Kept& kept, const std::string& digest, const Found& found);
  void Hear(const std::string& program, domain::Revision head);
  static bool LookAt(const domain::JournalEntry& entry, Kept& kept);
  static void Outdate(Kept& kept, const Uuid& pseudonym);
  static void LetStaffGrow(Kept& kept);
  static void OutdateAll(Kept& kept);

  const ports::Store& store_;
  ports::JournalFeed& feed_;
  const std::size_t kept_max_;
  std::mutex mutex_;
  std::map<std::string, Kept> programs_;
  std::shared_ptr<void> listening_;
};

}  // namespace perigee::adapters
