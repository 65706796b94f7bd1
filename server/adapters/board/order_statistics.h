#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>
#include <vector>

namespace perigee::adapters {

// A sorted set that knows how many of its elements come before any point. It keeps sorted chunks of
// a few hundred elements with a Fenwick tree over their sizes. T is small and cheap to copy.
// `Before` is a strict total order, with one more overload before(T, Probe) for each kind of probe.
// Not for several threads while one of them writes.
template <class T, class Before>
class OrderStatistics {
 public:
  // The most elements in a chunk before it is split. With random inserts chunks are about 70 %
  // full.
  static constexpr std::size_t kChunkMax = 512;

  std::size_t size() const { return size_; }

  // Replaces all elements. `sorted` is in order, without doubles.
  void Assign(const std::vector<T>& sorted) {
    constexpr std::size_t kFill = kChunkMax * 3 / 4;
    chunks_.clear();
    chunks_.reserve(sorted.size() / kFill + 1);
    for (std::size_t first = 0; first < sorted.size(); first += kFill) {
      const std::size_t count = std::min(kFill, sorted.size() - first);
      chunks_.push_back(MakeChunk(sorted.data() + first, count));
    }
    size_ = sorted.size();
    Index();
  }

  // `value` must not be in the set yet.
  void Insert(const T& value) {
    ++size_;
    if (chunks_.empty()) {
      chunks_.push_back(MakeChunk(&value, 1));
      Index();
      return;
    }
    std::size_t index = ChunkOf(value);
    if (chunks_[index].size() == kChunkMax) {
      Split(index);
      index = ChunkOf(value);
    }
    std::vector<T>& chunk = chunks_[index];
    chunk.insert(chunk.begin() + static_cast<std::ptrdiff_t>(PositionIn(chunk, value)), value);
    firsts_[index] = chunk.front();
    AddToCount(index, 1);
  }

  // `value` must be in the set.
  void Erase(const T& value) {
    std::size_t index = ChunkOf(value);
    std::size_t position = PositionIn(chunks_[index], value);
    if (position == chunks_[index].size()) {
      ++index;
      position = 0;
    }
    chunks_[index].erase(chunks_[index].begin() + static_cast<std::ptrdiff_t>(position));
    --size_;
    if (!MergeIfSmall(index)) {
      firsts_[index] = chunks_[index].front();
      AddToCount(index, static_cast<std::size_t>(-1));
    }
  }

  // How many elements come before `probe`. This is the index of `probe` if it is in the set.
  template <class Probe>
  std::size_t CountBefore(const Probe& probe) const {
    if (chunks_.empty()) {
      return 0;
    }
    const std::size_t index = ChunkOf(probe);
    std::size_t before = PositionIn(chunks_[index], probe);
    for (std::size_t node = index; node > 0; node &= node - 1) {
      before += counts_[node];
    }
    return before;
  }

  // The element at `index` < size().
  const T& At(std::size_t index) const {
    const auto [chunk, offset] = Locate(index);
    return chunks_[chunk][offset];
  }

  // Up to `count` elements from `first` on, in order.
  std::vector<T> Slice(std::size_t first, std::size_t count) const {
    std::vector<T> slice;
    if (first >= size_) {
      return slice;
    }
    count = std::min(count, size_ - first);
    slice.reserve(count);
    for (auto [chunk, offset] = Locate(first); slice.size() < count; ++chunk, offset = 0) {
      const std::vector<T>& from = chunks_[chunk];
      const std::size_t some = std::min(count - slice.size(), from.size() - offset);
      const auto begin = from.begin() + static_cast<std::ptrdiff_t>(offset);
      slice.insert(slice.end(), begin, begin + static_cast<std::ptrdiff_t>(some));
    }
    return slice;
  }

  template <class Visit>
  void ForEach(const Visit& visit) const {
    for (const std::vector<T>& chunk : chunks_) {
      for (const T& value : chunk) {
        visit(value);
      }
    }
  }

 private:
  using Chunks = std::vector<std::vector<T>>;

  // The last chunk whose first element comes before `probe`, or the first chunk.
  template <class Probe>
  std::size_t ChunkOf(const Probe& probe) const {
    const auto next = std::partition_point(firsts_.begin() + 1, firsts_.end(),
                                           [&](const T& first) { return Before()(first, probe); });
    return static_cast<std::size_t>(next - firsts_.begin()) - 1;
  }

  template <class Probe>
  std::size_t PositionIn(const std::vector<T>& chunk, const Probe& probe) const {
    const auto at = std::partition_point(chunk.begin(), chunk.end(),
                                         [&](const T& value) { return Before()(value, probe); });
    return static_cast<std::size_t>(at - chunk.begin());
  }

  static std::vector<T> MakeChunk(const T* values, std::size_t count) {
    std::vector<T> chunk;
    chunk.reserve(kChunkMax);
    chunk.assign(values, values + count);
    return chunk;
  }

  void Split(std::size_t index) {
    constexpr std::size_t kHalf = kChunkMax / 2;
    std::vector<T>& lower = chunks_[index];
    std::vector<T> upper = MakeChunk(lower.data() + kHalf, kChunkMax - kHalf);
    lower.erase(lower.begin() + kHalf, lower.end());
    chunks_.insert(chunks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
    Index();
  }

  // Merges the chunk if it is empty or small. Returns whether it changed and re-indexed the chunks.
  bool MergeIfSmall(std::size_t index) {
    if (chunks_[index].size() >= kChunkMax / 4) {
      return false;
    }
    if (chunks_.size() == 1) {
      if (!chunks_.front().empty()) {
        return false;
      }
      chunks_.clear();
    } else {
      const std::size_t left = index + 1 < chunks_.size() ? index : index - 1;
      const std::vector<T>& right = chunks_[left + 1];
      if (!chunks_[index].empty() && chunks_[left].size() + right.size() > kChunkMax / 2) {
        return false;
      }
      chunks_[left].insert(chunks_[left].end(), right.begin(), right.end());
      chunks_.erase(chunks_.begin() + static_cast<std::ptrdiff_t>(left) + 1);
    }
    Index();
    return true;
  }

  void Index() {
    firsts_.clear();
    for (const std::vector<T>& chunk : chunks_) {
      firsts_.push_back(chunk.front());
    }
    counts_.assign(chunks_.size() + 1, 0);
    for (std::size_t node = 1; node < counts_.size(); ++node) {
      counts_[node] += chunks_[node - 1].size();
      const std::size_t parent = node + (node & -node);
      if (parent < counts_.size()) {
        counts_[parent] += counts_[node];
      }
    }
  }

  void AddToCount(std::size_t index, std::size_t change) {
    for (std::size_t node = index + 1; node < counts_.size(); node += node & -node) {
      counts_[node] += change;
    }
  }

  // The chunk of the element at `index` < size(), and its position in that chunk.
  std::pair<std::size_t, std::size_t> Locate(std::size_t index) const {
    std::size_t node = 0;
    for (std::size_t step = std::bit_floor(chunks_.size()); step > 0; step /= 2) {
      if (node + step < counts_.size() && counts_[node + step] <= index) {
        node += step;
        index -= counts_[node];
      }
    }
    return {node, index};
  }

  Chunks chunks_;          // None is empty.
  std::vector<T> firsts_;  // Of each chunk, in one array so that a search stays in the cache.
  // The Fenwick tree: counts_[n] is the total size of the chunks from n − (n & −n) up to, but
  // without, n.
  std::vector<std::size_t> counts_{0};
  std::size_t size_ = 0;
};

}  // namespace perigee::adapters
