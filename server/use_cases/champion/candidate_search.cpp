#include "server/use_cases/champion/candidate_search.h"

#include <algorithm>
#include <set>
#include <span>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "server/core/checked.h"
#include "server/core/status_macros.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/contribution.h"
#include "server/domain/champion/nomination.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/portions.h"
#include "server/ports/store.h"
#include "server/use_cases/champion/candidates.h"
#include "server/use_cases/champion/contribution_authors.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/in_views.h"
#include "server/use_cases/orbit/people.h"

namespace perigee::use_cases {
namespace {

using domain::Appointment;
using domain::CandidateCriterion;
using domain::CandidateMeasure;
using domain::Connection;
using domain::Contribution;
using domain::MemberKey;
using domain::Nomination;

using SumOfPerson = absl::flat_hash_map<MemberKey, std::int64_t, UuidHash>;

struct Ranked {
  MemberKey member;
  std::int64_t value = 0;
  std::vector<std::int64_t> figures;
};

// The best ones among those that are added.
class Best {
 public:
  void Add(Ranked one) {
    ++total_;
    heap_.push_back(std::move(one));
    std::ranges::push_heap(heap_, Before);
    if (heap_.size() > kCandidatesShown) {
      std::ranges::pop_heap(heap_, Before);
      heap_.pop_back();
    }
  }
  std::int64_t total() const { return total_; }
  // In order of their members.
  std::vector<Ranked> Take() {
    std::ranges::sort(heap_, {}, &Ranked::member);
    return std::move(heap_);
  }

 private:
  // Ids are sealed, so among equal values the pseudonym says who is left out.
  static bool Before(const Ranked& a, const Ranked& b) {
    return std::tie(b.value, a.member) < std::tie(a.value, b.member);
  }

  std::vector<Ranked> heap_;  // The worst one on top.
  std::int64_t total_ = 0;
};

class Search {
 public:
  Search(const ports::Store& store, const std::string& program, const domain::Title& title,
         const People& people, Time now, const GoesOn& goes_on)
      : store_(store),
        program_(program),
        title_(title),
        people_(people),
        now_(now),
        today_(people.setting().zone.DayOf(now)),
        goes_on_(goes_on),
        sums_(title.criteria.size()) {}

  absl::StatusOr<Best> Run() {
    PERIGEE_RETURN_IF_ERROR(LoadLeftOut());
    PERIGEE_RETURN_IF_ERROR(LoadEarned());
    PERIGEE_RETURN_IF_ERROR(LoadReach());
    if (std::ranges::any_of(title_.criteria, domain::CountsDeeds, &CandidateCriterion::measure)) {
      PERIGEE_RETURN_IF_ERROR(people_.VisitPresent(
          store_, goes_on_,
          [&](const Person& person, const PersonDeeds& deeds) { Look(person, deeds); }));
    } else {
      for (const Person& person : people_.persons()) {
        Look(person, {});
      }
    }
    return std::move(best_);
  }

 private:
  MemberKey HeadOf(const MemberKey& member) const {
    return people_.setting().merged.HeadOf(member);
  }

  absl::Status LoadLeftOut() {
    PERIGEE_RETURN_IF_ERROR(InViews<Appointment>(
        store_, program_, {}, [&](ports::StoreReader&, const Appointment& one) -> absl::Status {
          if (!domain::IsOver(one, now_)) {
            left_out_.insert(HeadOf(one.member));
          }
          return absl::OkStatus();
        }));
    PERIGEE_RETURN_IF_ERROR(goes_on_());
    return InViews<Nomination>(store_, program_, {},
                               [&](ports::StoreReader&, const Nomination& one) -> absl::Status {
                                 if (one.title == title_.id && domain::IsOpen(one, now_)) {
                                   left_out_.insert(HeadOf(one.member));
                                 }
                                 return absl::OkStatus();
                               });
  }

  // Boards have the same sums in one pass, so there is no question for each member.
  absl::Status LoadEarned() {
    for (std::size_t i = 0; i < title_.criteria.size(); ++i) {
      const CandidateCriterion& criterion = title_.criteria[i];
      if (criterion.measure != CandidateMeasure::kEarned) {
        continue;
      }
      PERIGEE_RETURN_IF_ERROR(goes_on_());
      PERIGEE_RETURN_IF_ERROR(store_.Read([&](ports::StoreReader& reader) {
        return reader.boards().ForEachScore(program_, criterion.asset,
                                            TimeOf(criterion, people_.setting().zone, now_), 0,
                                            [&](const ports::MemberScore& one) {
                                              if (one.score.score >= criterion.at_least) {
                                                sums_[i].emplace(one.member, one.score.score);
                                              }
                                            });
      }));
    }
    return absl::OkStatus();
  }

  absl::Status LoadReach() {
    if (std::ranges::find(title_.criteria, CandidateMeasure::kReach,
                          &CandidateCriterion::measure) == title_.criteria.end()) {
      return absl::OkStatus();
    }
    const auto accepted = static_cast<std::int64_t>(domain::ContributionState::kAccepted);
    return InViews<Contribution>(
        store_, program_, {{"state", accepted}},
        [&](ports::StoreReader& reader, const Contribution& one) -> absl::Status {
          PERIGEE_RETURN_IF_ERROR(goes_on_());
          PERIGEE_ASSIGN_OR_RETURN(const absl::CivilDay day, domain::ParseDay("date", one.date));
          return AddReach(reader, one, day);
        });
  }

  absl::Status AddReach(ports::StoreReader& reader, const Contribution& contribution,
                        absl::CivilDay day) {
    std::vector<SumOfPerson*> sums;
    for (std::size_t i = 0; i < title_.criteria.size(); ++i) {
      if (title_.criteria[i].measure == CandidateMeasure::kReach &&
          domain::WindowOf(title_.criteria[i], today_).Has(day)) {
        sums.push_back(&sums_[i]);
      }
    }
    if (sums.empty() || contribution.claimed_reach == 0) {
      return absl::OkStatus();
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::ContributionShare> authors,
                             AuthorsIn(reader, program_, contribution.id));
    std::set<MemberKey> persons;
    for (const domain::ContributionShare& author : authors) {
      if (!author.declined && persons.insert(HeadOf(author.member)).second) {
        for (SumOfPerson* sum : sums) {
          std::int64_t& reach = (*sum)[HeadOf(author.member)];
          reach = CheckedAdd(reach, contribution.claimed_reach).value_or(INT64_MAX);
        }
      }
    }
    return absl::OkStatus();
  }

  void Look(const Person& person, const PersonDeeds& deeds) {
    if (person.staff || person.suspended || person.paused || left_out_.contains(person.head)) {
      return;
    }
    Ranked ranked{person.head, 0, {}};
    for (std::size_t i = 0; i < title_.criteria.size(); ++i) {
      ranked.figures.push_back(FigureOf(i, person, deeds));
      if (ranked.figures.back() < title_.criteria[i].at_least) {
        return;
      }
    }
    ranked.value = domain::CandidateValue(title_.criteria, ranked.figures);
    best_.Add(std::move(ranked));
  }

  std::int64_t FigureOf(std::size_t i, const Person& person, const PersonDeeds& deeds) const {
    const CandidateCriterion& criterion = title_.criteria[i];
    if (!domain::CountsDeeds(criterion.measure)) {
      const auto found = sums_[i].find(person.head);
      return found == sums_[i].end() ? 0 : found->second;
    }
    std::vector<domain::CandidateInput> inputs =
        domain::InputsOf(criterion, deeds.acts, deeds.met, domain::WindowOf(criterion, today_));
    if (criterion.measure == CandidateMeasure::kMet) {
      std::erase_if(inputs, [&](const domain::CandidateInput& input) {
        const Person* other = people_.Find(input.other);
        return other == nullptr || other->hidden;
      });
    }
    return domain::FigureOf(criterion, inputs, today_);
  }

  const ports::Store& store_;
  const std::string& program_;
  const domain::Title& title_;
  const People& people_;
  const Time now_;
  const absl::CivilDay today_;
  const GoesOn& goes_on_;
  // Heads of champions, and of those who are nominated for this title.
  absl::flat_hash_set<MemberKey, UuidHash> left_out_;
  // Of kEarned those who meet the criterion; of kReach all who have any. By criterion.
  std::vector<SumOfPerson> sums_;
  Best best_;
};

// The same candidates with the ids of those who are still there, in the order that is shown.
absl::StatusOr<std::vector<RankedCandidate>> WithIds(const ports::Store& store,
                                                     const std::string& program,
                                                     std::vector<Ranked> all) {
  std::vector<RankedCandidate> named;
  PERIGEE_RETURN_IF_ERROR(
      ports::InPortions(std::span(all), [&](std::span<Ranked> some) -> absl::Status {
        std::vector<MemberKey> keys;
        for (const Ranked& one : some) {
          keys.push_back(one.member);
        }
        return store.Read([&](ports::StoreReader& reader) -> absl::Status {
          PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                                   reader.members().FindByKeys(program, keys));
          auto one = some.begin();
          for (const domain::Member& member : members) {
            while (one->member != member.key) {
              ++one;
            }
            named.push_back({member.id, one->value, std::move(one->figures)});
          }
          return absl::OkStatus();
        });
      }));
  std::ranges::sort(named, [](const RankedCandidate& a, const RankedCandidate& b) {
    return std::tie(b.value, a.member_id) < std::tie(a.value, b.member_id);
  });
  return named;
}

}  // namespace

absl::StatusOr<CandidateRanking> RankCandidates(const ports::Store& store,
                                                const std::string& program,
                                                const std::string& title_id, Time now,
                                                const GoesOn& goes_on) {
  CandidateRanking ranking;
  PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(ranking.title, RequireTitle(reader, program, title_id));
    PERIGEE_ASSIGN_OR_RETURN(ranking.decimals, DecimalsOf(reader, program, ranking.title.criteria));
    return absl::OkStatus();
  }));
  if (ranking.title.retired || ranking.title.criteria.empty()) {
    return ranking;
  }
  PERIGEE_ASSIGN_OR_RETURN(const People people, People::Load(store, program, now, goes_on,
                                                             TypesNamedIn(ranking.title.criteria)));
  PERIGEE_ASSIGN_OR_RETURN(Best best,
                           Search(store, program, ranking.title, people, now, goes_on).Run());
  ranking.total = best.total();
  PERIGEE_ASSIGN_OR_RETURN(ranking.best, WithIds(store, program, best.Take()));
  return ranking;
}

}  // namespace perigee::use_cases
