#include "tests/e2e/board_model.h"

#include <algorithm>

#include <google/protobuf/util/time_util.h>

namespace perigee::tests {
namespace {

using google::protobuf::util::TimeUtil;

}  // namespace

BoardModel::BoardModel(const v1::ListEntriesResponse& whole)
    : period_(whole.period()), revision_(whole.revision()) {
  for (const v1::Entry& entry : whole.entries()) {
    display_names_[entry.member()] = entry.display_name();
    scores_[entry.member()] = {entry.score(),
                               FromMicros(TimeUtil::TimestampToMicroseconds(entry.reach_time()))};
  }
}

void BoardModel::Earn(const std::string& member, std::int64_t amount, Time time) {
  scores_.at(member) = {scores_.at(member).score + amount, time};
  ranked_.clear();
}

const std::vector<domain::RankedPlace>& BoardModel::Ranked() {
  if (ranked_.empty()) {
    std::vector<domain::Place> places;
    for (const auto& [member, score] : scores_) {
      places.push_back({member, score});
    }
    ranked_ = domain::RankAll(std::move(places), domain::Scheme::kCompetition);
  }
  return ranked_;
}

v1::ListEntriesResponse BoardModel::Expected(const v1::ListEntriesRequest& request) {
  v1::ListEntriesResponse page = Page();
  const auto size = std::min(static_cast<std::size_t>(request.page_size()), Ranked().size());
  for (std::size_t i = 0; i < size; ++i) {
    *page.add_entries() = Entry(Ranked()[i]);
  }
  return page;
}

v1::ListEntriesResponse BoardModel::Expected(const v1::ListEntriesAroundRequest& request) {
  v1::ListEntriesResponse page = Page();
  const auto size = std::min(static_cast<std::size_t>(request.page_size()), Ranked().size());
  const std::size_t position = PositionOf(request.member());
  const std::size_t before = std::min(position, (size - 1) / 2);
  const std::size_t first = std::min(position - before, Ranked().size() - size);
  for (std::size_t i = first; i < first + size; ++i) {
    *page.add_entries() = Entry(Ranked()[i]);
  }
  return page;
}

v1::ListEntriesResponse BoardModel::Expected(const v1::BatchGetEntriesRequest& request) {
  v1::ListEntriesResponse page = Page();
  for (const std::string& member : request.members()) {
    *page.add_entries() = Entry(Ranked()[PositionOf(member)]);
  }
  return page;
}

v1::ListEntriesResponse BoardModel::Page() const {
  v1::ListEntriesResponse page;
  page.set_total_size(static_cast<std::int64_t>(scores_.size()));
  page.set_revision(revision_);
  page.set_period(period_);
  return page;
}

v1::Entry BoardModel::Entry(const domain::RankedPlace& ranked) const {
  v1::Entry entry;
  entry.set_rank(ranked.rank);
  entry.set_member(ranked.place.member_id);
  entry.set_display_name(display_names_.at(ranked.place.member_id));
  entry.set_score(ranked.place.score.score);
  *entry.mutable_reach_time() =
      TimeUtil::MicrosecondsToTimestamp(ToMicros(ranked.place.score.reach_time));
  entry.set_tied(ranked.tied);
  return entry;
}

std::size_t BoardModel::PositionOf(const std::string& member) {
  const auto it = std::ranges::find(
      Ranked(), member, [](const domain::RankedPlace& ranked) { return ranked.place.member_id; });
  return static_cast<std::size_t>(it - Ranked().begin());
}

}  // namespace perigee::tests
