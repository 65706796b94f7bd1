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
  // How many may wait, for memory's sake.
  std::size_t places_max = 0;
  // How long one may have to wait.
  std::chrono::nanoseconds patience = std::chrono::nanoseconds::max();
};

// What waits for its turn. It stands in lanes that are served in turn, one item each, so that who
// sends too much keeps only himself waiting. Bounded by count and by time, both as the lane's next
// item would meet them: behind no more than its share of what the other lanes hold. Time is given
// to it. Not for several threads.
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

  // Whether one more of that lane may join. By time an empty lane always has room: else nobody
  // would find out that the work has become faster.
  bool HasRoom(const std::string& lane, TimePoint now) const {
    const std::size_t before = Before(lane);
    return before < limits_.places_max &&
           (!lanes_.contains(lane) || Wait(before, now) <= limits_.patience);
  }

  // Whether or not there is room.
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

  // The next one; there must be one.
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

  // An item took so long, beside whatever is worked at at the same time; `items` were measured.
  void Worked(nanoseconds each, std::size_t items) {
    const double weight = static_cast<double>(items) / (static_cast<double>(items) + kSmoothed);
    const auto measured = static_cast<double>(std::min(each, limits_.patience).count());
    pace_ += weight * (measured - pace_);
  }

  // When who is refused now should come back. Later for each, at the pace of the work, as what was
  // sent away will want to be done as well; and the sooner the longer nobody was refused.
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

  // So many items make half of the smoothed pace.
  static constexpr double kSmoothed = 100;
  static constexpr nanoseconds kComeBackMax = std::chrono::seconds(10);

  // How many would be served before the next one of that lane, at most.
  std::size_t Before(const std::string& lane) const {
    const auto place = lanes_.find(lane);
    const std::size_t own = place == lanes_.end() ? 0 : place->second.size();
    const std::size_t lanes = lanes_.size() + (place == lanes_.end() ? 1 : 0);
    return std::min(size_, (own + 1) * lanes - 1);
  }

  nanoseconds Time(std::size_t items) const {
    return nanoseconds(static_cast<nanoseconds::rep>(pace_ * static_cast<double>(items)));
  }

  // If nobody was served for a while, it will probably take as long again.
  nanoseconds Wait(std::size_t before, TimePoint now) const {
    return std::max<nanoseconds>(Time(before), size_ == 0 ? nanoseconds(0) : now - last_taken_);
  }

  const QueueLimits limits_;
  Lanes lanes_;  // Those where something waits.
  std::deque<typename Lanes::value_type*> turns_;
  std::size_t size_ = 0;
  double pace_ = 0;  // Nanoseconds an item.
  TimePoint last_taken_;
  TimePoint come_back_;
};

}  // namespace perigee
