#include "server/adapters/sql/member/erasure.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/base/record_table.h"
#include "server/adapters/sql/base/row_position.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/records.h"
#include "server/domain/record/wire.h"
#include "server/ports/due.h"
#include "server/ports/store.h"

namespace perigee::sql {
namespace {

using domain::FieldKind;

// The walks of an erasure, one after the other. The answers come after them.
const std::vector<EraseWalk>& Walks() {
  static const auto kWalks = [] {
    std::vector<EraseWalk> walks;
    for (const domain::RecordType* type : domain::AllRecords()) {
      if (const auto& walk = RecordTable::Of(*type).erase(); walk.has_value()) {
        walks.push_back(*walk);
      }
    }
    walks.push_back(
        {"SELECT asset, account, revision, idx FROM posting WHERE program = $1 "
         "AND member_key = $2 AND (asset, account, revision, idx) > ($3, $4, $5, $6) "
         "ORDER BY asset, account, revision, idx LIMIT $7",
         {FieldKind::kText, FieldKind::kText, FieldKind::kInt, FieldKind::kInt},
         "DELETE FROM memo WHERE program = $1 AND revision = $2 AND idx = $3",
         2});
    return walks;
  }();
  return kWalks;
}

const std::vector<FieldKind>& KindsOfRequests() {
  static const std::vector<FieldKind> kKinds = {FieldKind::kInt, FieldKind::kInt, FieldKind::kBlob,
                                                FieldKind::kBlob};
  return kKinds;
}

// The answer to a request, and whether it may name the member.
struct Answered {
  RowPosition position;
  bool named = false;
};

// An entry that cannot be read may name anybody.
bool EntryNames(std::string_view payload, domain::Revision revision,
                const domain::MemberKey& member) {
  const absl::StatusOr<DecodedEntry> entry = DecodeEntry(payload, revision);
  return !entry.ok() || NamedMembers(entry->changes).contains(member);
}

}  // namespace

// The progress of an erasure. The rest is due under the key of this state.
struct Erasure::State {
  domain::MemberKey member;
  domain::Revision revision = 0;  // At which the member was erased.
  Time until{};                   // The time of the last request before that.
  // An index of Walks(). The next index after them stands for the answers.
  std::size_t walk = 0;
  RowPosition position;  // The last row that is done. Empty before the first.

  // Nothing is left but to see that the key is destroyed.
  bool ended() const { return walk > Walks().size(); }

  std::string Key() const {
    std::vector<std::string> parts = {std::string(member.Raw()), absl::StrCat(revision),
                                      absl::StrCat(ToMicros(until)), absl::StrCat(walk)};
    parts.insert(parts.end(), position.begin(), position.end());
    return KeyOfParts(parts);
  }

  static std::optional<State> OfKey(std::string_view key) {
    const auto parts = PartsOfKey(key);
    if (!parts.has_value() || parts->size() < 4 ||
        parts->front().size() != domain::MemberKey().Raw().size()) {
      return std::nullopt;
    }
    return State{Uuid::FromRaw(parts->at(0)), NumberIn(parts->at(1)),
                 FromMicros(NumberIn(parts->at(2))),
                 static_cast<std::size_t>(NumberIn(parts->at(3))),
                 RowPosition(parts->begin() + 4, parts->end())};
  }
};

absl::Status Erasure::Begin(const std::string& program, const domain::MemberKey& member,
                            domain::Revision revision, Time now) {
  PERIGEE_RETURN_IF_ERROR(TextKeyRepository(connection_).Destroy(program, member));
  State state{member, revision, kBeginningOfTime, 0, {}};
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT time FROM request WHERE program = $1 ORDER BY time DESC LIMIT 1",
                        {program}, [&](const Row& row) { state.until = row.At(0); }));
  return Portion(program, now, std::move(state));
}

absl::Status Erasure::GoOn(const ports::Due& due) {
  std::optional<State> state = State::OfKey(due.key);
  if (!state.has_value()) {
    return Error(Reason::kInternal, "the key of a due thing cannot be read");
  }
  PERIGEE_RETURN_IF_ERROR(DueRepository(connection_).Remove(due));
  return Portion(due.program, due.time, *std::move(state));
}

absl::Status Erasure::Portion(const std::string& program, Time time, State state) {
  int left = ports::kErasedAtOnce;
  while (left > 0 && !state.ended()) {
    int visited = 0;
    PERIGEE_RETURN_IF_ERROR(state.walk < Walks().size()
                                ? EraseRows(program, state, left, visited)
                                : EraseAnswers(program, state, left, visited));
    if (visited < left) {
      ++state.walk;
      state.position.clear();
    }
    left -= visited;
  }
  if (state.ended()) {
    // The key is destroyed after a commit. A later unit sees that it was.
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> doomed,
                             TextKeyRepository(connection_).Doomed(program, state.member));
    if (!doomed.has_value()) {
      return absl::OkStatus();
    }
  }
  return DueRepository(connection_).Put({time, program, ports::DueKind::kErasure, state.Key()});
}

absl::Status Erasure::EraseRows(const std::string& program, State& state, int limit, int& visited) {
  const EraseWalk& walk = Walks()[state.walk];
  if (state.position.empty()) {
    state.position = Beginning(walk.position);
  }
  std::vector<Value> values = {program, state.member};
  AddValues(state.position, walk.position, 0, values);
  values.emplace_back(limit);
  std::vector<RowPosition> rows;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      walk.next, values, [&](const Row& row) { rows.push_back(PositionOf(row, walk.position)); }));
  for (const RowPosition& row : rows) {
    std::vector<Value> place = {program};
    AddValues(row, walk.position, row.size() - walk.erase_by, place);
    PERIGEE_RETURN_IF_ERROR(connection_.Execute(walk.erase, place));
  }
  visited = static_cast<int>(rows.size());
  if (!rows.empty()) {
    state.position = std::move(rows.back());
  }
  return absl::OkStatus();
}

absl::Status Erasure::EraseAnswers(const std::string& program, State& state, int limit,
                                   int& visited) {
  const std::vector<FieldKind>& kinds = KindsOfRequests();
  if (state.position.empty()) {
    state.position = Beginning(kinds);
  }
  std::vector<Value> values = {program};
  AddValues(state.position, kinds, 0, values);
  values.insert(values.end(), {state.until, limit});
  std::vector<Answered> rows;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT r.time, r.by_kind, r.by_id, r.id_hash, r.revision, r.changed, j.payload "
      "FROM request r LEFT JOIN journal j ON j.program = r.program AND j.revision = r.revision "
      "WHERE r.program = $1 AND (r.time, r.by_kind, r.by_id, r.id_hash) > ($2, $3, $4, $5) "
      "AND r.time <= $6 ORDER BY r.time, r.by_kind, r.by_id, r.id_hash LIMIT $7",
      values, [&](const Row& row) {
        Answered& answered = rows.emplace_back(Answered{PositionOf(row, kinds)});
        const auto kind = static_cast<domain::PrincipalKind>(row.Int(1));
        const bool is_theirs = kind == domain::PrincipalKind::kMember && row.Id(2) == state.member;
        // No answer after the erasure can name the member.
        answered.named =
            row.Int(4) < state.revision &&
            (is_theirs || !row.Flag(5) || EntryNames(row.Bytes(6), row.Int(4), state.member));
      }));
  for (const Answered& row : rows) {
    if (row.named) {
      std::vector<Value> place = {program};
      AddValues(row.position, kinds, 0, place);
      PERIGEE_RETURN_IF_ERROR(connection_.Execute(
          "UPDATE request SET answer = NULL WHERE program = $1 AND time = $2 AND by_kind = $3 "
          "AND by_id = $4 AND id_hash = $5",
          place));
    }
  }
  visited = static_cast<int>(rows.size());
  if (!rows.empty()) {
    state.position = std::move(rows.back().position);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::set<domain::MemberKey>> Erasure::Unended(const std::string& program) {
  std::set<domain::MemberKey> members;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::Due> all,
                           DueRepository(connection_).OfProgram(program));
  for (const ports::Due& due : all) {
    if (due.kind == ports::DueKind::kErasure) {
      if (const std::optional<domain::MemberKey> member = MemberOfErasureKey(due.key)) {
        members.insert(*member);
      }
    }
  }
  return members;
}

std::optional<domain::MemberKey> MemberOfErasureKey(std::string_view key) {
  const std::optional<std::string_view> member = domain::TakeSized(key);
  return member.has_value() && member->size() == domain::MemberKey().Raw().size()
             ? std::optional(Uuid::FromRaw(*member))
             : std::nullopt;
}

}  // namespace perigee::sql
