#include "tests/simulation/model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace perigee::simulation {
namespace {

// Sorts and ranks rows.
std::vector<PageRow> Ranked(std::vector<PageRow> rows, int scheme) {
  std::ranges::sort(rows, [](const PageRow& a, const PageRow& b) {
    if (a.score != b.score) {
      return a.score > b.score;
    }
    return a.reach != b.reach ? a.reach < b.reach : a.member < b.member;
  });
  for (PageRow& row : rows) {
    std::int64_t higher = 0;
    std::int64_t higher_scores = 0;
    std::optional<std::int64_t> last;
    int equal = 0;
    for (const PageRow& other : rows) {
      if (other.score > row.score) {
        ++higher;
        higher_scores += other.score != last ? 1 : 0;
        last = other.score;
      }
      equal += other.score == row.score && other.reach == row.reach ? 1 : 0;
    }
    row.rank = scheme == 0 ? higher + 1 : scheme == 1 ? higher_scores + 1 : &row - rows.data() + 1;
    row.tied = equal > 1;
  }
  return rows;
}

Verdict Refused(Reason reason) {
  Verdict verdict;
  verdict.refusal = reason;
  return verdict;
}
Verdict Changed() {
  Verdict verdict;
  verdict.changed = true;
  return verdict;
}

}  // namespace

std::string Text(const PageRow& row) {
  return absl::StrCat("#", row.rank, " m", row.member, " ", row.score, " at ", row.reach,
                      row.tied ? " tied" : "");
}

Verdict Model::Apply(const Operation& operation) {
  if (const auto known = requests_.find(operation.request); known != requests_.end()) {
    if (known->second.content != Content(operation)) {
      return Refused(Reason::kRequestIdReused);
    }
    Verdict verdict;
    if (known->second.erased_at != 0) {
      verdict.refusal = Reason::kRequestAnswerErased;
      verdict.erased_answer = known->second.answer;
      verdict.erased_at = known->second.erased_at;
      return verdict;
    }
    verdict.answer = known->second.answer;
    verdict.replayed = true;
    return verdict;
  }
  const bool moves_program =
      operation.action == Action::kCloseProgram || operation.action == Action::kReopenProgram;
  // Time goes on in a closed programme. A period that a job closes has no request.
  const bool by_time = operation.action == Action::kClosePeriod && operation.request == 0;
  if (closed_ && !WorksInClosed(operation.action) && !by_time) {
    return Refused(Reason::kProgramClosed);
  }
  ModelBooks::Unit unit{std::max(operation.now, last_time_), head_ + 1};
  const std::size_t moves_before = books_.moves().size();
  Verdict verdict = moves_program ? DecideState(operation.action) : Decide(operation, unit);
  if (verdict.refusal) {
    return verdict;
  }
  if (!IsOfChampions(operation.action)) {
    verdict.names = {operation.member};
  }
  if (verdict.changed) {
    Take(unit, moves_before, verdict);
  }
  if (operation.request != 0) {
    verdict.answer = absl::StrCat("done ", unit.revision);
    std::set<int> names = verdict.names;
    for (const Move& move : verdict.moves) {
      names.insert({MemberOf(move.debit), MemberOf(move.credit)});
    }
    names.erase(kNobody);
    for (int member = 0; !verdict.changed && member < kMembers; ++member) {
      names.insert(member);  // An answer without a change may name anybody.
    }
    if (operation.action == Action::kEraseMember) {
      for (auto& [id, request] : requests_) {
        if (request.erased_at == 0 && request.names.contains(operation.member)) {
          request.erased_at = head_;
        }
      }
      names.erase(operation.member);  // Its own answer stays.
    }
    requests_[operation.request] = {Content(operation), head_, verdict.answer, std::move(names)};
  }
  return verdict;
}

void Model::Take(const ModelBooks::Unit& unit, std::size_t moves_before, Verdict& verdict) {
  head_ = unit.revision;
  last_time_ = unit.now;
  verdict.moves.assign(books_.moves().begin() + static_cast<std::ptrdiff_t>(moves_before),
                       books_.moves().end());
  for (const Move& move : verdict.moves) {
    if (AssetOf(move.debit) == kTierAsset) {
      tiers_.NoteEarning({MemberOf(move.debit), MemberOf(move.credit)}, unit.now);
    }
  }
}

Verdict Model::Decide(const Operation& operation, ModelBooks::Unit& unit) {
  if (IsOfRecognition(operation.action)) {
    return DecideRecognition(operation, unit);
  }
  switch (operation.action) {
    case Action::kAddMember:
    case Action::kSuspend:
    case Action::kReinstate:
    case Action::kChangeMember:
      return DecideMember(operation, unit.revision);
    case Action::kEraseMember:
      return DecideErasure(operation.member, unit);
    case Action::kPutRule:
      return DecideRule(operation.rule, unit);
    case Action::kRecord:
      return DecideRecord(operation.event, unit);
    case Action::kPost:
      return DecidePost(operation, unit);
    case Action::kCapture:
    case Action::kVoid:
    case Action::kReverse:
      return DecideOnTransfer(operation, unit);
    case Action::kPutBoard:
    case Action::kRedefineBoard:
    case Action::kDeleteBoard:
      return DecideBoard(operation, unit);
    case Action::kClosePeriod:
    case Action::kAmendPeriod:
      return DecidePeriod(operation, unit);
    default:
      return DecideChampions(operation, unit);
  }
}

Verdict Model::DecideState(Action action) {
  const bool closes = action == Action::kCloseProgram;
  if (closed_ == closes) {
    return Refused(closes ? Reason::kProgramClosed : Reason::kProgramNotClosed);
  }
  closed_ = closes;
  return Changed();
}

bool Model::IsErased(int member) const {
  const auto found = members_.find(member);
  return found != members_.end() && found->second.back().erased;
}
bool Model::IsThere(int member) const { return members_.contains(member) && !IsErased(member); }

Verdict Model::DecideErasure(int member, ModelBooks::Unit& unit) {
  if (!IsThere(member)) {
    return Refused(Reason::kNotFound);
  }
  books_.Forfeit(unit, member);
  champions_.Erase(member, unit.now);
  badges_.Erase(member);
  MemberState state = members_[member].back();
  state.revision = unit.revision;
  state.erased = true;
  members_[member].push_back(state);
  return Changed();
}

Verdict Model::DecideMember(const Operation& operation, std::int64_t revision) {
  const bool there = IsThere(operation.member);
  if (operation.action == Action::kAddMember) {
    if (there || IsErased(operation.member)) {
      return Refused(Reason::kAlreadyExists);
    }
    members_[operation.member] = {{revision, false, operation.spec}};
    return Changed();
  }
  if (!there) {
    return Refused(Reason::kNotFound);
  }
  std::vector<MemberState>& states = members_[operation.member];
  MemberState state = states.back();
  state.revision = revision;
  if (operation.action == Action::kSuspend && state.suspended) {
    return Refused(Reason::kMemberSuspended);
  }
  if (operation.action == Action::kReinstate && !state.suspended) {
    return Refused(Reason::kMemberNotSuspended);
  }
  if (operation.action == Action::kChangeMember) {
    state.spec = operation.spec;
  } else {
    state.suspended = operation.action == Action::kSuspend;
  }
  states.push_back(state);
  return Changed();
}

Verdict Model::DecideRule(RuleVersion rule, const ModelBooks::Unit& unit) {
  std::vector<RuleVersion>& versions = rules_[rule.id];
  rule.effective = rule.effective.value_or(versions.empty() ? kEver : unit.now);
  if (!versions.empty() && rule.effective < versions.back().effective) {
    return Refused(Reason::kInvalidField);
  }
  versions.push_back(std::move(rule));
  return Changed();
}

Verdict Model::DecidePost(const Operation& operation, ModelBooks::Unit& unit) {
  ModelBooks books = books_;
  for (const Leg& leg : operation.legs) {
    for (const std::string& account : {leg.debit, leg.credit}) {
      if (MemberOf(account) != kNobody && !IsThere(MemberOf(account))) {
        return Refused(Reason::kNotFound);
      }
    }
    const int debtor = MemberOf(leg.debit);
    if (debtor != kNobody && members_[debtor].back().suspended) {
      return Refused(Reason::kMemberSuspended);
    }
    if (const auto refusal = books.Post(unit, leg)) {
      return Refused(*refusal);
    }
  }
  books_ = std::move(books);
  return Changed();
}

Verdict Model::DecideOnTransfer(const Operation& operation, ModelBooks::Unit& unit) {
  const Move* const target = books_.Find(operation.target);
  if (target == nullptr) {
    return Refused(Reason::kNotFound);
  }
  if (champions_.IsOfRedemption(*target)) {
    return Refused(Reason::kOfRedemption);
  }
  const int debtor = MemberOf(target->debit);
  if (operation.action == Action::kCapture && debtor != kNobody && !IsErased(debtor) &&
      members_[debtor].back().suspended) {
    return Refused(Reason::kMemberSuspended);
  }
  if (operation.action == Action::kReverse &&
      (IsErased(debtor) || IsErased(MemberOf(target->credit)))) {
    return Refused(Reason::kNotReversible);
  }
  ModelBooks books = books_;
  const auto refusal =
      operation.action == Action::kCapture ? books.Capture(unit, operation.target, operation.amount)
      : operation.action == Action::kVoid  ? books.Void(unit, operation.target)
                                          : books.Reverse(unit, operation.target, operation.amount);
  if (refusal) {
    return Refused(*refusal);
  }
  books_ = std::move(books);
  return Changed();
}

People Model::Everybody() const {
  People people;
  for (const auto& [member, states] : members_) {
    if (!states.empty() && !states.back().erased) {
      people[static_cast<std::size_t>(member)] = {true, states.back().suspended,
                                                  states.back().spec.opt_out};
    }
  }
  return people;
}

Verdict Model::DecideChampions(const Operation& operation, ModelBooks::Unit& unit) {
  ModelBooks books = books_;
  ModelChampions champions = champions_;
  const ChampionOutcome outcome = champions.Decide(operation, Everybody(), unit, books);
  if (outcome.refusal) {
    return Refused(*outcome.refusal);
  }
  books_ = std::move(books);
  champions_ = std::move(champions);
  if (outcome.activity) {
    ApplyRules(*outcome.activity, *outcome.activity->occur, unit);
  }
  Verdict verdict;
  verdict.changed = outcome.changed;
  verdict.names = outcome.names;
  return verdict;
}

Verdict Model::Settle(Micros now, const std::function<bool(ModelBooks::Unit& unit)>& settle) {
  ModelBooks::Unit unit{std::max(now, last_time_), head_ + 1};
  const std::size_t before = books_.moves().size();
  if (!settle(unit)) {
    return Refused(Reason::kConflict);
  }
  Verdict verdict = Changed();
  Take(unit, before, verdict);
  return verdict;
}

Verdict Model::SettleAppointments(const std::set<std::int64_t>& ids, Micros now) {
  return Settle(now, [&](const ModelBooks::Unit& unit) {
    return champions_.SettleAppointments(ids, unit.now);
  });
}

Verdict Model::SettleRedemptions(const std::set<std::int64_t>& ids, Micros now) {
  return Settle(now, [&](const ModelBooks::Unit& unit) {
    return champions_.SettleRedemptions(ids, unit.now);
  });
}

Verdict Model::Credit(std::int64_t contribution, Micros now) {
  return Settle(now, [&](ModelBooks::Unit& unit) {
    ChampionOutcome outcome;
    if (!champions_.Credit(contribution, Everybody(), unit, outcome)) {
      return false;
    }
    if (outcome.activity) {
      ApplyRules(*outcome.activity, *outcome.activity->occur, unit);
    }
    return true;
  });
}

Verdict Model::DecideRecord(const Event& event, ModelBooks::Unit& unit) {
  for (const int member : {event.actor, event.recipient}) {
    if (member != kNobody && !IsThere(member)) {
      return Refused(Reason::kNotFound);
    }
  }
  if (const auto known = recorded_.find(event.id); known != recorded_.end()) {
    const Recorded& first = known->second;
    Event same = event;
    if (!event.occur || first.adjusted || event.occur == first.occur) {
      same.occur = first.event.occur;
    }
    // If the first try had no time, the time of receipt was recorded as its time.
    if (same != first.event) {
      return Refused(Reason::kSourceEventReused);
    }
    Verdict verdict;
    verdict.answer = absl::StrCat("activity ", first.revision, " again");
    verdict.replayed = true;
    return verdict;
  }
  Micros occur = event.occur.value_or(unit.now);
  const bool ahead = occur > unit.now + 2 * kMinute;
  if (ahead && !event.device) {
    return Refused(Reason::kInvalidField);
  }
  const bool adjusted = event.device && (ahead || occur < unit.now - 7 * kDay);
  if (adjusted) {
    occur = unit.now;
  }
  recorded_[event.id] = {event, occur, adjusted, unit.revision};
  ApplyRules(event, occur, unit);
  Verdict verdict = Changed();
  verdict.answer = absl::StrCat("activity ", unit.revision);
  return verdict;
}

void Model::ApplyRules(const Event& event, Micros occur, ModelBooks::Unit& unit) {
  deeds_.push_back({event.type, event.actor, event.quantity, occur, unit.revision});
  for (const auto& [id, versions] : rules_) {
    const RuleVersion* rule = nullptr;
    for (const RuleVersion& version : versions) {
      if (*version.effective <= occur) {
        rule = &version;
      }
    }
    if (rule == nullptr || rule->disabled || rule->type != event.type ||
        (event.actor == event.recipient && !rule->counts_self)) {
      continue;
    }
    for (const RuleGrant& grant : rule->grants) {
      const int member = grant.to_recipient ? event.recipient : event.actor;
      if (member != kNobody) {
        books_.Grant(unit, AccountName(grant.asset, member), grant,
                     grant.amount * (grant.per_quantity ? event.quantity : 1), occur);
      }
    }
  }
}

Verdict Model::DecideBoard(const Operation& operation, const ModelBooks::Unit& unit) {
  const auto found = boards_.find(operation.board.id);
  if (operation.action == Action::kPutBoard) {
    if (found != boards_.end()) {
      return Refused(Reason::kAlreadyExists);
    }
    const ModelBoard board{operation.board, unit.now, unit.revision, unit.revision};
    boards_[board.spec.id] = epochs_[{board.spec.id, board.epoch}] = board;
    return Changed();
  }
  if (found == boards_.end()) {
    return Refused(Reason::kNotFound);
  }
  if (operation.action == Action::kDeleteBoard) {
    boards_.erase(found);
    return Changed();
  }
  BoardSpec& spec = found->second.spec;
  if (spec.scheme == operation.board.scheme && spec.facet == operation.board.facet &&
      spec.kind == operation.board.kind) {
    return Changed();  // The journal changes, but no place does.
  }
  spec.scheme = operation.board.scheme;
  spec.facet = operation.board.facet;
  spec.kind = operation.board.kind;
  found->second.epoch = unit.revision;
  epochs_[{spec.id, unit.revision}] = found->second;
  return Changed();
}

Verdict Model::DecidePeriod(const Operation& operation, const ModelBooks::Unit& unit) {
  const ModelBoard* const board = FindBoard(operation.board.id);
  if (board == nullptr) {
    return Refused(Reason::kNotFound);
  }
  Span span;
  if (!FindSpan(board->spec, operation.period, span)) {
    return Refused(Reason::kInvalidField);
  }
  std::vector<ModelResult>& results = results_[{board->created, span.id}];
  std::vector<PageRow> rows = Page(*board, span, head_);
  if (operation.action == Action::kClosePeriod) {
    if (!results.empty()) {
      return Refused(Reason::kPeriodFinal);
    }
    if (unit.now < span.end + board->spec.grace_hours * kHour) {
      return Refused(Reason::kPeriodNotOver);
    }
  } else if (results.empty()) {
    return Refused(Reason::kPeriodNotFinal);
  } else if (results.back().rows == rows) {
    return Refused(Reason::kNothingToAmend);
  }
  results.push_back({static_cast<int>(results.size()) + 1, std::move(rows)});
  return Changed();
}

Verdict Model::Expire(const std::set<TransferName>& holds, const std::set<std::string>& accounts,
                      Micros now) {
  return Settle(now, [&](ModelBooks::Unit& unit) {
    books_.Expire(unit, holds, accounts);
    return true;
  });
}

Verdict Model::Conclude(const ModelBoard& board, const Span& span, Micros now) {
  Operation operation;
  operation.action = Action::kClosePeriod;
  operation.board = board.spec;
  operation.period = span.id;
  operation.now = now;
  return Apply(operation);
}

bool Model::Stands(const ModelBoard& board, int member, std::int64_t revision) const {
  const MemberState* now = nullptr;
  for (const MemberState& state : members_.at(member)) {
    if (state.revision <= revision) {
      now = &state;
    }
  }
  return now != nullptr && !now->erased && !now->suspended && !now->spec.opt_out &&
         (!board.spec.facet || now->spec.facet) &&
         (board.spec.kind == 0 || board.spec.kind == now->spec.kind);
}

std::vector<PageRow> Model::Page(const ModelBoard& board, const Span& span,
                                 std::int64_t revision) const {
  std::map<TransferName, std::int64_t> reversed;
  for (const Move& move : books_.moves()) {
    if (move.kind == MoveKind::kReversal && move.name.first <= revision) {
      reversed[*move.original] += move.amount;
    }
  }
  std::map<int, PageRow> rows;
  const auto add = [&](int member, std::int64_t score, Micros reach) {
    if (member != kNobody && Stands(board, member, revision)) {
      PageRow& row = rows.try_emplace(member, PageRow{0, member, 0, reach, false}).first->second;
      row.score += score;
      row.reach = std::max(row.reach, reach);
    }
  };
  for (const Move& move : books_.moves()) {
    const bool counts = (move.kind == MoveKind::kPosted || move.kind == MoveKind::kCapture) &&
                        move.name.first <= revision && AssetOf(move.debit) == board.spec.asset &&
                        span.start <= move.effective && move.effective < span.end &&
                        !move.credit.ends_with("/spent") && !move.credit.ends_with("/forfeited");
    const std::int64_t left = counts ? move.amount - reversed[move.name] : 0;
    if (left != 0) {
      add(MemberOf(move.credit), left, move.effective);
      add(MemberOf(move.debit), -left, move.effective);
    }
  }
  std::vector<PageRow> page;
  for (const auto& [member, row] : rows) {
    page.push_back(row);
  }
  return Ranked(std::move(page), board.spec.scheme);
}

const ModelBoard* Model::FindBoard(const std::string& id) const {
  const auto found = boards_.find(id);
  return found == boards_.end() ? nullptr : &found->second;
}
const ModelBoard* Model::FindEpoch(const std::string& id, std::int64_t epoch) const {
  const auto found = epochs_.find({id, epoch});
  return found == epochs_.end() ? nullptr : &found->second;
}
const std::vector<ModelResult>* Model::FindResults(std::int64_t created,
                                                   const std::string& span) const {
  const auto found = results_.find({created, span});
  return found == results_.end() || found->second.empty() ? nullptr : &found->second;
}

}  // namespace perigee::simulation
