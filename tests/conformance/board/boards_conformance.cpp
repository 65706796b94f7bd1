#include "tests/conformance/board/boards_conformance.h"

#include <algorithm>
#include <atomic>
#include <thread>

namespace perigee::tests {

using domain::Place;
using domain::RankedPlace;
using ports::PeriodKey;
using ports::ScoreChange;
using ports::Slice;

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

void BoardCopiesConformance::SetUp() {
  std::string reason = "nothing was made";
  copies_ = GetParam().make(reason);
  if (copies_ == nullptr) {
    PERIGEE_SKIP_OR_FAIL(reason);
  }
  boards_ = dynamic_cast<ports::Boards*>(copies_.get());
}

void BoardsConformance::SetUp() {
  BoardCopiesConformance::SetUp();
  ASSERT_NE(boards_, nullptr);
}

void BoardCopiesConformance::Put(const PeriodKey& key, domain::Revision revision,
                                 std::vector<Place> places) {
  ASSERT_THAT(copies_->Replace(key, MarkAt(revision), std::move(places)), IsOk());
}

std::vector<RankedPlace> BoardCopiesConformance::ReadByPages(const PeriodKey& key, int page_size) {
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

void BoardCopiesConformance::ExpectAgrees(const PeriodKey& key, domain::Revision revision,
                                          const BoardModel& model) {
  ExpectHolds(key, revision, model);
  if (boards_ != nullptr) {
    ExpectRanks(key, revision, model);
  }
}

void BoardCopiesConformance::ExpectHolds(const PeriodKey& key, domain::Revision revision,
                                         const BoardModel& model) {
  const absl::StatusOr<ports::Mark> mark = copies_->Marked(key);
  ASSERT_THAT(mark, IsOk());
  EXPECT_EQ(*mark, MarkAt(revision));
  absl::StatusOr<ports::PeriodCopy> copy = copies_->ReadAll(key);
  ASSERT_THAT(copy, IsOk());
  EXPECT_EQ(copy->mark, MarkAt(revision));
  std::ranges::sort(copy->places, {}, &Place::member_id);
  EXPECT_EQ(copy->places, model.Places());
}

void BoardCopiesConformance::ExpectRanks(const PeriodKey& key, domain::Revision revision,
                                         const BoardModel& model) {
  const std::vector<RankedPlace> ranked = model.Ranked(key.scheme);
  for (const int page_size : {1, 7, 1000}) {
    if (page_size > 1 || ranked.size() <= 50) {
      EXPECT_EQ(ReadByPages(key, page_size), ranked) << page_size;
    }
  }
  std::vector<std::string> ids = {"nobody"};
  std::vector<RankedPlace> backwards(ranked.rbegin(), ranked.rend());
  const std::size_t step = 1 + ranked.size() / 100;
  for (std::size_t i = 0; i < backwards.size(); ++i) {
    const std::string& id = backwards[i].place.member_id;
    ids.push_back(id);
    for (const int limit : {1, 2, 5, 9}) {
      if (i % step == 0) {
        const absl::StatusOr<Slice> around = boards_->Around(key, id, limit);
        ASSERT_THAT(around, IsOk());
        ASSERT_EQ(around->places, AroundIn(ranked, id, limit)) << id;
      }
    }
  }
  const absl::StatusOr<Slice> found = boards_->PlacesOf(key, ids);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->places, backwards);
  EXPECT_EQ(found->total, std::ssize(ranked));
  EXPECT_EQ(found->mark, MarkAt(revision));

  ports::Mark mark;
  const absl::StatusOr<domain::PlacesDigest> digest = boards_->Digest(key, &mark);
  ASSERT_THAT(digest, IsOk());
  EXPECT_EQ(*digest, domain::DigestOf(model.Places()));
  EXPECT_EQ(mark, MarkAt(revision));
}

std::vector<Place> StateAt(domain::Revision revision) {
  std::vector<Place> places;
  for (int i = 0; i < 500 + revision % 7; ++i) {
    places.push_back(MakePlace("m" + std::to_string(i), revision));
  }
  return places;
}

void BoardCopiesConformance::MoveWhileRead(const PeriodKey& key, domain::Revision until,
                                           const std::function<void()>& read) {
  Put(key, 0, StateAt(0));
  std::atomic<bool> done = false;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      while (!done && !HasFailure()) {
        read();
      }
    });
  }
  for (domain::Revision revision = 1; revision < until && !HasFailure(); ++revision) {
    if (revision % 2 == 1) {
      Put(key, revision, StateAt(revision));
      continue;
    }
    std::vector<ScoreChange> changes;
    for (const Place& place : StateAt(revision - 1)) {
      changes.push_back(Leave(place.member_id));
    }
    for (const Place& place : StateAt(revision)) {
      changes.push_back({place.member_id, place.score});
    }
    EXPECT_THAT(copies_->Apply(key, MarkAt(revision - 1), MarkAt(revision), changes), IsOk());
  }
  done = true;
  for (std::thread& reader : readers) {
    reader.join();
  }
}

}  // namespace perigee::tests
