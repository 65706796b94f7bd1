#include "server/adapters/board/ranking.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <span>
#include <utility>

#include "server/adapters/board/ranked_slice.h"

namespace perigee::adapters {

using domain::Place;
using domain::RankedPlace;
using domain::Scheme;
using domain::Score;

bool Ranking::EntryBefore::operator()(const Entry& a, const Entry& b) const {
  if (a.score != b.score) {
    return a.score > b.score;
  }
  if (a.reached_us != b.reached_us) {
    return a.reached_us < b.reached_us;
  }
  return a.record->Id() < b.record->Id();
}

bool Ranking::EntryBefore::operator()(const Entry& a, const UpTo& b) const {
  const Score& score = b.place.score;
  if (a.score != score.score) {
    return a.score > score.score;
  }
  const std::int64_t reached_us = ToMicros(score.reach_time);
  if (a.reached_us != reached_us) {
    return a.reached_us < reached_us;
  }
  return a.record->Id() <= b.place.member_id;
}

Ranking::RecordPtr Ranking::MakeRecord(std::string_view id, const Score& score) {
  void* const memory = ::operator new(sizeof(Record) + id.size());
  RecordPtr record(new (memory) Record{score.score, ToMicros(score.reach_time),
                                       static_cast<std::uint32_t>(id.size())});
  std::memcpy(record.get() + 1, id.data(), id.size());
  return record;
}

Score Ranking::ScoreOf(const Entry& entry) { return {entry.score, FromMicros(entry.reached_us)}; }

Place Ranking::PlaceOf(const Entry& entry) {
  return {std::string(entry.record->Id()), ScoreOf(entry)};
}

bool Ranking::Fill(std::vector<Place> places) {
  std::ranges::sort(places, domain::StandsBefore);
  members_.reserve(places.size());
  std::vector<Entry> order;
  order.reserve(places.size());
  std::vector<std::int64_t> distinct;
  for (const Place& place : places) {
    const auto [member, added] = members_.insert(MakeRecord(place.member_id, place.score));
    if (!added) {
      return false;
    }
    order.emplace_back(**member);
    if (scheme_ == Scheme::kDense && (distinct.empty() || distinct.back() != place.score.score)) {
      distinct.push_back(place.score.score);
    }
  }
  order_.Assign(order);
  distinct_scores_.Assign(distinct);
  return true;
}

bool Ranking::HasScore(std::int64_t score) const {
  const std::size_t index = order_.CountBefore(score);
  return index < order_.size() && order_.At(index).score == score;
}

void Ranking::Link(const Record& record) {
  if (scheme_ == Scheme::kDense && !HasScore(record.score)) {
    distinct_scores_.Insert(record.score);
  }
  order_.Insert(Entry(record));
}

void Ranking::Unlink(const Record& record) {
  order_.Erase(Entry(record));
  if (scheme_ == Scheme::kDense && !HasScore(record.score)) {
    distinct_scores_.Erase(record.score);
  }
}

void Ranking::Set(std::string_view member_id, const std::optional<Score>& score) {
  const auto member = members_.find(member_id);
  if (member == members_.end()) {
    if (score) {
      Link(**members_.insert(MakeRecord(member_id, *score)).first);
    }
    return;
  }
  Record& record = **member;
  if (score && score->score == record.score && ToMicros(score->reach_time) == record.reached_us) {
    return;
  }
  Unlink(record);
  if (!score) {
    members_.erase(member);
    return;
  }
  record.score = score->score;
  record.reached_us = ToMicros(score->reach_time);
  Link(record);
}

std::optional<std::size_t> Ranking::IndexOf(std::string_view member_id) const {
  const auto member = members_.find(member_id);
  if (member == members_.end()) {
    return std::nullopt;
  }
  return order_.CountBefore(Entry(**member));
}

std::size_t Ranking::IndexAfter(const Place& place) const {
  return order_.CountBefore(UpTo{place});
}

std::int64_t Ranking::RankAt(std::size_t index, std::int64_t score) const {
  switch (scheme_) {
    case Scheme::kDense:
      return static_cast<std::int64_t>(distinct_scores_.CountBefore(score)) + 1;
    case Scheme::kCompetition:
      return static_cast<std::int64_t>(order_.CountBefore(score)) + 1;
    case Scheme::kOrdinal:
      break;
  }
  return static_cast<std::int64_t>(index) + 1;
}

std::vector<RankedPlace> Ranking::Places(std::size_t first, std::size_t count) const {
  if (first >= order_.size() || count == 0) {
    return {};
  }
  count = std::min(count, order_.size() - first);
  const std::size_t lead = first > 0 ? 1 : 0;
  const std::vector<Entry> entries = order_.Slice(first - lead, lead + count + 1);
  // The records lie anywhere in memory. All are prefetched before the first is needed.
  const std::span<const Entry> asked = std::span(entries).subspan(lead, count);
  for (const Entry& entry : asked) {
    __builtin_prefetch(entry.record);
  }
  std::vector<Place> places;
  places.reserve(asked.size());
  for (const Entry& entry : asked) {
    places.push_back(PlaceOf(entry));
  }
  SliceEdges edges;
  if (lead > 0) {
    edges.before = ScoreOf(entries.front());
  }
  if (entries.size() > lead + count) {
    edges.after = ScoreOf(entries.back());
  }
  const std::int64_t first_rank = RankAt(first, asked.front().score);
  return RankSlice(scheme_, first, first_rank, edges, std::move(places));
}

std::vector<Place> Ranking::All() const {
  std::vector<Place> places;
  places.reserve(order_.size());
  order_.ForEach([&](const Entry& entry) { places.push_back(PlaceOf(entry)); });
  return places;
}

domain::PlacesDigest Ranking::Digest() const {
  domain::PlacesDigest digest;
  order_.ForEach([&](const Entry& entry) { digest.Add(PlaceOf(entry)); });
  return digest;
}

}  // namespace perigee::adapters
