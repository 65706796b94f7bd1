#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/simulation/calendar.h"
#include "tests/simulation/model_badges.h"
#include "tests/simulation/model_books.h"
#include "tests/simulation/model_champions.h"
#include "tests/simulation/model_tiers.h"
#include "tests/simulation/operation.h"

namespace perigee::simulation {

struct PageRow {
  std::int64_t rank = 0;
  int member = kNobody;
  std::int64_t score = 0;
  Micros reach = 0;
  bool tied = false;
  auto operator<=>(const PageRow&) const = default;
};
std::string Text(const PageRow& row);

struct ModelBoard {
  BoardSpec spec;
  Micros create_time = 0;
  std::int64_t created = 0;
  std::int64_t epoch = 0;
};

struct ModelResult {
  int version = 1;
  std::vector<PageRow> rows;  // Results have no ties.
};

// The right outcome of an operation.
struct Verdict {
  std::optional<Reason> refusal;
  std::string answer;
  bool changed = false;  // The operation made the present head.
  bool replayed = false;
  std::vector<Move> moves;
  std::set<int> names;  // The members whom the change names, besides those of `moves`.
  // Of a replay whose answer was erased: the answer that is there until the erasure has ended.
  std::string erased_answer;
  std::int64_t erased_at = 0;  // The revision of that erasure.
};

// One programme as the documents describe it, without a store or a cache. It keeps nothing that it
// can compute, and shares no rule with the server.
class Model {
 public:
  Model(Micros now, std::int64_t head) : head_(head), last_time_(now) {}

  // Applies one unit of work, with all its effects if it is not refused.
  Verdict Apply(const Operation& operation);
  // Applies a job's unit at `now` that ended these holds and lots of these accounts.
  Verdict Expire(const std::set<TransferName>& holds, const std::set<std::string>& accounts,
                 Micros now);
  // Applies a job's unit at `now` that settled appointments or redemptions, or recorded the next
  // share of a contribution. Refused if that was not due.
  Verdict SettleAppointments(const std::set<std::int64_t>& ids, Micros now);
  Verdict SettleRedemptions(const std::set<std::int64_t>& ids, Micros now);
  Verdict Credit(std::int64_t contribution, Micros now);
  // Applies a follower's or a job's unit at `now` that judged these grants of badges or standings,
  // and applied these rules to everybody. Refused if a rule was not to be applied so.
  Verdict SettleBadges(const std::set<ModelBadges::Name>& judged, const std::set<int>& applied,
                       Micros now);
  Verdict SettleTiers(const std::set<int>& reviewed, bool applied, Micros now);
  // What the followers of badges and tiers, which have caught up, should have changed by `now`;
  // empty if there is nothing.
  std::string Missed(Micros now) const;
  // Applies a unit that made a result.
  Verdict Conclude(const ModelBoard& board, const Span& span, Micros now);

  // All rows of a board at `revision`.
  std::vector<PageRow> Page(const ModelBoard& board, const Span& span, std::int64_t revision) const;

  // nullptr if there is none.
  const ModelBoard* FindBoard(const std::string& id) const;
  const ModelBoard* FindEpoch(const std::string& id, std::int64_t epoch) const;
  const std::vector<ModelResult>* FindResults(std::int64_t created, const std::string& span) const;

  bool IsErased(int member) const;
  People Everybody() const;

  std::int64_t head() const { return head_; }
  Micros last_time() const { return last_time_; }
  const ModelBooks& books() const { return books_; }
  const ModelChampions& champions() const { return champions_; }
  const ModelBadges& badges() const { return badges_; }
  const ModelTiers& tiers() const { return tiers_; }
  // One line for each grant, standing and member.
  std::vector<std::string> LinesOfRecognition() const;
  const std::map<std::string, ModelBoard>& boards() const { return boards_; }
  const std::map<std::pair<std::int64_t, std::string>, std::vector<ModelResult>>& results() const {
    return results_;
  }

 private:
  struct MemberState {
    std::int64_t revision = 0;
    bool suspended = false;
    MemberSpec spec;
    bool erased = false;
  };
  struct Recorded {
    Event event;
    Micros occur = 0;
    bool adjusted = false;
    std::int64_t revision = 0;
  };
  struct Remembered {
    std::string content;
    std::int64_t revision = 0;
    std::string answer;
    std::set<int> names;         // The members whom its change names.
    std::int64_t erased_at = 0;  // The answer, with one of them. 0: not.
  };

  Verdict Decide(const Operation& operation, ModelBooks::Unit& unit);
  Verdict DecideState(Action action);
  Verdict DecideErasure(int member, ModelBooks::Unit& unit);
  Verdict DecideMember(const Operation& operation, std::int64_t revision);
  Verdict DecideBoard(const Operation& operation, const ModelBooks::Unit& unit);
  Verdict DecidePeriod(const Operation& operation, const ModelBooks::Unit& unit);
  Verdict DecideRecord(const Event& event, ModelBooks::Unit& unit);
  Verdict DecidePost(const Operation& operation, ModelBooks::Unit& unit);
  Verdict DecideOnTransfer(const Operation& operation, ModelBooks::Unit& unit);
  Verdict DecideChampions(const Operation& operation, ModelBooks::Unit& unit);
  Verdict DecideRecognition(const Operation& operation, const ModelBooks::Unit& unit);
  // Applies what time alone did, if it was due.
  Verdict Settle(Micros now, const std::function<bool(ModelBooks::Unit& unit)>& settle);
  Verdict DecideRule(RuleVersion rule, const ModelBooks::Unit& unit);
  void ApplyRules(const Event& event, Micros occur, ModelBooks::Unit& unit);
  bool IsThere(int member) const;
  bool Stands(const ModelBoard& board, int member, std::int64_t revision) const;
  // Makes the unit's revision the head, and gathers its transfers.
  void Take(const ModelBooks::Unit& unit, std::size_t moves_before, Verdict& verdict);

  std::int64_t head_;
  Micros last_time_;
  bool closed_ = false;
  ModelBooks books_;
  ModelChampions champions_;
  ModelBadges badges_;
  ModelTiers tiers_;
  std::vector<ModelDeed> deeds_;  // All activities.
  std::map<int, std::vector<MemberState>> members_;
  std::map<std::string, std::vector<RuleVersion>> rules_;  // Each version has its effective time.
  std::map<std::string, Recorded> recorded_;
  std::map<std::int64_t, Remembered> requests_;
  std::map<std::string, ModelBoard> boards_;
  std::map<std::pair<std::string, std::int64_t>, ModelBoard> epochs_;
  std::map<std::pair<std::int64_t, std::string>, std::vector<ModelResult>> results_;
};

}  // namespace perigee::simulation
