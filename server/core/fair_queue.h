#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace perigee {

struct QueueLimits {
  // How many items may wait. Bounds the memory.
  std::size_t places_max = 0;
  // How long an item may have to wait.
  std::chrono::nanoseconds patience = std::chrono::nanoseconds::max();
};

// A queue of waiting items in lanes. The lanes are served in turn, one item each, so that a caller
// that sends too much delays only itself. Count and waiting time are bounded, both as the lane's
// next item would meet them: other lanes count no more than their share before it. The caller gives
// the time. Not for several threads.
template <class Item>
class FairQueue {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  using nanoseconds = std::chrono::nanoseconds;
  struct Taken {
    Item item;
    nanoseconds waited;
  };

  explicit FairQueue(QueueLimits limits) : limits_(limits) {}

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Whether the lane may take one more item. The time limit never closes an empty lane: otherwise
  // nobody would find out that the work has become faster.
  bool HasRoom(const std::string& lane, TimePoint now) const {
    const std::size_t before = Before(lane);
    return before < limits_.places_max &&
           (!lanes_.contains(lane) || Wait(before, now) <= limits_.patience);
  }

  // Adds an item, whether or not there is room.
  void Push(const std::string& lane, Item item, TimePoint now) {
    if (size_ == 0) {
      last_taken_ = now;
    }
    auto [place, made] = lanes_.try_emplace(lane);
    if (made) {
      turns_.push_back(&*place);
    }
    place->second.push_back({std::move(item), now});
    ++size_;
  }

  // The next item. The queue must not be empty.
  Taken Take(TimePoint now) {
    auto* lane = turns_.front();
    turns_.pop_front();
    Waiting next = std::move(lane->second.front());
    lane->second.pop_front();
    if (lane->second.empty()) {
      lanes_.erase(lanes_.find(lane->first));
    } else {
      turns_.push_back(lane);
    }
    --size_;
    last_taken_ = now;
    return {std::move(next.item), now - next.since};
  }

  // Notes the pace of the work: one item takes `each`, with other work at the same time taken into
  // account. `items` were measured.
  void Worked(nanoseconds each, std::size_t items) {
    const double weight = static_cast<double>(items) / (static_cast<double>(items) + kSmoothed);
    const auto measured = static_cast<double>(std::min(each, limits_.patience).count());
    pace_ += weight * (measured - pace_);
  }

  // When a caller that is refused now should come back. Each refused caller gets a later time,
  // spaced by the pace of the work, because earlier refused callers will come back too. The longer
  // nobody was refused, the sooner the time.
  nanoseconds ComeBackAfter(TimePoint now) {
    const nanoseconds half_empty = Wait(size_, now) / 2;
    come_back_ = std::max(come_back_, now + half_empty) + Time(1);
    come_back_ = std::min(come_back_, now + kComeBackMax);
    return come_back_ - now;
  }

 private:
  struct Waiting {
    Item item;
    TimePoint since;
  };
  using Lanes = std::unordered_map<std::string, std::deque<Waiting>>;

  // A batch of kSmoothed items makes half of the new pace.
  static constexpr double kSmoothed = 100;
  static constexpr nanoseconds kComeBackMax = std::chrono::seconds(10);

  // How many items, at most, would be served before the lane's next one.
  std::size_t Before(const std::string& lane) const {
    const auto place = lanes_.find(lane);
    const std::size_t own = place == lanes_.end() ? 0 : place->second.size();
    const std::size_t lanes = lanes_.size() + (place == lanes_.end() ? 1 : 0);
    return std::min(size_, (own + 1) * lanes - 1);
  }

  nanoseconds Time(std::size_t items) const {
    return nanoseconds(static_cast<nanoseconds::rep>(pace_ * static_cast<double>(items)));
  }

  // If no item was served for a while, the next one will probably take as long again.
  nanoseconds Wait(std::size_t before, TimePoint now) const {
    return std::max<nanoseconds>(Time(before), size_ == 0 ? nanoseconds(0) : now - last_taken_);
  }

  const QueueLimits limits_;
  Lanes lanes_;  // Only lanes with a waiting item.
  std::deque<typename Lanes::value_type*> turns_;
  std::size_t size_ = 0;
  double pace_ = 0;  // Nanoseconds for each item.
  TimePoint last_taken_;
  TimePoint come_back_;
};

}  // namespace perigee
