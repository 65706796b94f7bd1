#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "server/adapters/board/order_statistics.h"
#include "server/core/by_id.h"
#include "server/domain/board/board.h"

namespace perigee::adapters {

// The places of one period in memory, in the order of domain::StandsBefore. Not for several threads
// while one of them writes.
class Ranking {
 public:
  explicit Ranking(domain::Scheme scheme) : scheme_(scheme) {}

  // Fills an empty ranking. False if a member is named twice.
  bool Fill(std::vector<domain::Place> places);
  // Sets the member's score. Without a score the member leaves.
  void Set(std::string_view member_id, const std::optional<domain::Score>& score);

  std::size_t size() const { return order_.size(); }
  // The member's index, from 0 in order. nullopt if the member is not in the ranking.
  std::optional<std::size_t> IndexOf(std::string_view member_id) const;
  // The index of the first place that comes after `place`, which need not be in the ranking.
  std::size_t IndexAfter(const domain::Place& place) const;
  // Up to `count` places, starting with the one at `first`.
  std::vector<domain::RankedPlace> Places(std::size_t first, std::size_t count) const;
  std::vector<domain::Place> All() const;
  domain::PlacesDigest Digest() const;

 private:
  // A member in one allocation. The bytes of the id follow the struct.
  struct Record {
    std::int64_t score;
    std::int64_t reached_us;
    std::uint32_t id_size;
    std::string_view Id() const { return {reinterpret_cast<const char*>(this + 1), id_size}; }
  };
  struct FreeRecord {
    void operator()(Record* record) const { ::operator delete(record); }
  };
  using RecordPtr = std::unique_ptr<Record, FreeRecord>;

  // Holds score and time beside the pointer. Comparisons then rarely follow the pointer, which
  // would be a cache miss, although many members share a score.
  struct Entry {
    explicit Entry(const Record& of) : score(of.score), reached_us(of.reached_us), record(&of) {}
    std::int64_t score;
    std::int64_t reached_us;
    const Record* record;
  };
  struct UpTo {
    const domain::Place& place;
  };
  struct EntryBefore {
    bool operator()(const Entry& a, const Entry& b) const;
    // Whether `a` comes before `b.place` or is that place.
    bool operator()(const Entry& a, const UpTo& b) const;
    bool operator()(const Entry& a, std::int64_t score) const { return a.score > score; }
  };
  struct Greater {
    bool operator()(std::int64_t a, std::int64_t b) const { return a > b; }
  };

  static RecordPtr MakeRecord(std::string_view id, const domain::Score& score);
  static domain::Score ScoreOf(const Entry& entry);
  static domain::Place PlaceOf(const Entry& entry);
  bool HasScore(std::int64_t score) const;
  void Link(const Record& record);
  void Unlink(const Record& record);
  std::int64_t RankAt(std::size_t index, std::int64_t score) const;

  domain::Scheme scheme_;
  // The standard sets take twice the memory.
  absl::flat_hash_set<RecordPtr, HashById, EqualById> members_;
  OrderStatistics<Entry, EntryBefore> order_;
  OrderStatistics<std::int64_t, Greater> distinct_scores_;  // Of dense boards only.
};

}  // namespace perigee::adapters
