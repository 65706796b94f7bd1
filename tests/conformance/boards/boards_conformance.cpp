#include "tests/conformance/boards/boards_conformance.h"

#include <algorithm>

namespace perigee::tests {

using domain::Place;
using domain::RankedPlace;
using ports::PeriodKey;
using ports::ScoreChange;
using ports::Slice;
using ::testing::ElementsAreArray;

BoardModel::BoardModel(std::vector<Place> places) {
  for (Place& place : places) {
    scores_[std::move(place.member_id)] = place.score;
  }
}

void BoardModel::Apply(const std::vector<ScoreChange>& changes) {
  for (const ScoreChange& change : changes) {
    if (change.score) {
      scores_[change.member_id] = *change.score;
    } else {
      scores_.erase(change.member_id);
    }
  }
}

std::vector<Place> BoardModel::Places() const {
  std::vector<Place> places;
  places.reserve(scores_.size());
  for (const auto& [id, score] : scores_) {
    places.push_back({id, score});
  }
  return places;
}

std::vector<RankedPlace> BoardModel::Ranked(domain::Scheme scheme) const {
  return domain::RankAll(Places(), scheme);
}

domain::PlacesDigest BoardModel::Digest() const {
  domain::PlacesDigest digest;
  for (const Place& place : Places()) {
    digest.Add(place);
  }
  return digest;
}

void BoardsConformance::SetUp() {
  std::string reason = "no boards were made";
  boards_ = GetParam().make(reason);
  if (boards_ == nullptr) {
    PERIGEE_SKIP_OR_FAIL(reason);
  }
}

void BoardsConformance::Put(const PeriodKey& key, domain::Revision revision,
                            std::vector<Place> places) {
  ASSERT_THAT(boards_->Replace(key, MarkAt(revision), std::move(places)), IsOk());
}

std::vector<RankedPlace> BoardsConformance::ReadByPages(const PeriodKey& key, int page_size) {
  std::vector<RankedPlace> all;
  std::optional<Place> after;
  while (true) {
    absl::StatusOr<Slice> page = boards_->Top(key, after, page_size);
    EXPECT_THAT(page, IsOk());
    if (!page.ok() || page->places.empty()) {
      return all;
    }
    EXPECT_LE(page->places.size(), static_cast<std::size_t>(page_size));
    after = page->places.back().place;
    std::ranges::move(page->places, std::back_inserter(all));
    if (all.size() > static_cast<std::size_t>(page->total)) {
      ADD_FAILURE() << "pages go on past the total";
      return all;
    }
  }
}

std::vector<RankedPlace> AroundIn(const std::vector<RankedPlace>& ranked,
                                  const std::string& member_id, int limit) {
  const auto member = std::ranges::find(
      ranked, member_id, [](const RankedPlace& place) { return place.place.member_id; });
  if (member == ranked.end() || limit < 1) {
    return {};
  }
  const auto index = member - ranked.begin();
  const auto count = std::min<std::ptrdiff_t>(limit, std::ssize(ranked));
  const auto first =
      std::clamp<std::ptrdiff_t>(index - (limit - 1) / 2, 0, std::ssize(ranked) - count);
  return {ranked.begin() + first, ranked.begin() + first + count};
}

void BoardsConformance::ExpectAgrees(const PeriodKey& key, domain::Revision revision,
                                     const BoardModel& model) {
  const std::vector<RankedPlace> ranked = model.Ranked(key.scheme);
  for (const int page_size : {1, 7, 1000}) {
    if (page_size > 1 || ranked.size() <= 50) {
      EXPECT_THAT(ReadByPages(key, page_size), ElementsAreArray(ranked)) << page_size;
    }
  }
  std::vector<std::string> ids = {"nobody"};
  std::vector<RankedPlace> backwards(ranked.rbegin(), ranked.rend());
  for (const RankedPlace& place : backwards) {
    const std::string& id = place.place.member_id;
    ids.push_back(id);
    for (const int limit : {1, 2, 5}) {
      const absl::StatusOr<Slice> around = boards_->Around(key, id, limit);
      ASSERT_THAT(around, IsOk());
      ASSERT_THAT(around->places, ElementsAreArray(AroundIn(ranked, id, limit))) << id;
    }
  }
  const absl::StatusOr<Slice> found = boards_->Find(key, ids);
  ASSERT_THAT(found, IsOk());
  EXPECT_THAT(found->places, ElementsAreArray(backwards));
  EXPECT_EQ(found->total, std::ssize(ranked));
  EXPECT_EQ(found->mark, MarkAt(revision));

  ports::Mark mark;
  const absl::StatusOr<domain::PlacesDigest> digest = boards_->Digest(key, &mark);
  ASSERT_THAT(digest, IsOk());
  EXPECT_EQ(*digest, model.Digest());
  EXPECT_EQ(mark, MarkAt(revision));
}

}  // namespace perigee::tests
