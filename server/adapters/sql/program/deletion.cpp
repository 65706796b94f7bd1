#include "server/adapters/sql/program/deletion.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/due_repository.h"
#include "server/adapters/sql/base/program_tables.h"
#include "server/adapters/sql/base/row_position.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member_key.h"
#include "server/ports/due.h"
#include "server/ports/store.h"

namespace perigee::sql {
namespace {

using domain::FieldKind;

constexpr int kDeletionKind = static_cast<int>(ports::DueKind::kDeletion);

// A walk over a programme's rows in one table. A position includes its row: on PostgreSQL a removed
// row is in the way of a look from the table's beginning until it is cleaned away.
struct Walk {
  std::vector<FieldKind> kinds;  // Of a position.
  Sql next;                      // $1 is the programme, then come a position and a limit.
  Sql remove;                    // $1 is the programme, then come the first and the last position.
};

FieldKind KindOf(std::string_view word) {
  return word == "int" ? FieldKind::kInt : word == "text" ? FieldKind::kText : FieldKind::kBlob;
}

Walk WalkOver(const ProgramTable& table) {
  std::vector<FieldKind> kinds;
  std::vector<std::string> names;
  for (int i = 1; i < table.key_columns; ++i) {
    const std::vector<std::string> words =
        absl::StrSplit(table.columns[static_cast<std::size_t>(i)], ' ');
    names.push_back(words[0]);
    kinds.push_back(KindOf(words[1]));
  }
  const std::string columns = absl::StrJoin(names, ", ");
  const auto values = [&](std::size_t from) {
    std::vector<std::string> places;
    for (std::size_t i = 0; i < names.size(); ++i) {
      places.push_back(absl::StrCat("$", from + i));
    }
    return absl::StrJoin(places, ", ");
  };
  const std::string where = absl::StrCat(" FROM ", table.name, " WHERE program = $1 AND (", columns,
                                         ") >= (", values(2), ")");
  return {kinds,
          Sql::Built(absl::StrCat("SELECT ", columns, where, " ORDER BY ", columns, " LIMIT $",
                                  2 + names.size())),
          Sql::Built(absl::StrCat("DELETE", where, " AND (", columns, ") <= (",
                                  values(2 + names.size()), ")"))};
}

// The walks of a deletion, one after the other: the keys of texts first, whose rows RemoveKeys
// removes. The due things come after them.
const std::vector<Walk>& Walks() {
  static const auto kWalks = [] {
    std::vector<Walk> walks;
    for (const ProgramTable& table : ProgramTables()) {
      if (table.name == "text_key") {
        walks.insert(walks.begin(), WalkOver(table));
      } else if (table.name != "program" && table.name != "due") {
        walks.push_back(WalkOver(table));
      }
    }
    return walks;
  }();
  return kWalks;
}

const std::vector<FieldKind>& KindsOfDue() {
  static const std::vector<FieldKind> kKinds = {FieldKind::kInt, FieldKind::kText, FieldKind::kInt,
                                                FieldKind::kBlob};
  return kKinds;
}

}  // namespace

// The progress of a deletion. The rest is due under the key of this state.
struct Deletion::State {
  // An index of Walks(). The next index after them stands for the due things.
  std::size_t walk = 0;
  RowPosition position;  // The last row that is done. Empty before the first.

  bool ended() const { return walk > Walks().size(); }

  std::string Key() const {
    std::vector<std::string> parts = {absl::StrCat(walk)};
    parts.insert(parts.end(), position.begin(), position.end());
    return KeyOfParts(parts);
  }

  static std::optional<State> OfKey(std::string_view key) {
    const auto parts = PartsOfKey(key);
    if (!parts.has_value() || parts->empty()) {
      return std::nullopt;
    }
    return State{static_cast<std::size_t>(NumberIn(parts->front())),
                 RowPosition(parts->begin() + 1, parts->end())};
  }
};

absl::Status Deletion::Begin(const std::string& program, std::vector<std::int64_t>& doomed) {
  PERIGEE_RETURN_IF_ERROR(connection_.Execute("DELETE FROM program WHERE program = $1", {program}));
  return Portion(program, {}, doomed);
}

absl::Status Deletion::GoOn(const ports::Due& due, std::vector<std::int64_t>& doomed) {
  std::optional<State> state = State::OfKey(due.key);
  if (!state.has_value() || state->ended()) {
    return Error(Reason::kInternal, "the key of a due thing cannot be read");
  }
  PERIGEE_RETURN_IF_ERROR(DueRepository(connection_).Remove(due));
  return Portion(due.program, *std::move(state), doomed);
}

ports::Due Deletion::AfterItsKeys(const std::string& program) {
  return {kBeginningOfTime, program, ports::DueKind::kDeletion, State{}.Key()};
}

absl::Status Deletion::Portion(const std::string& program, State state,
                               std::vector<std::int64_t>& doomed) {
  int left = ports::kDeletedAtOnce;
  while (left > 0 && !state.ended()) {
    int visited = 0;
    if (state.walk == 0) {
      PERIGEE_RETURN_IF_ERROR(RemoveKeys(program, state, left, visited, doomed));
    } else {
      PERIGEE_RETURN_IF_ERROR(state.walk < Walks().size()
                                  ? RemoveRows(program, state, left, visited)
                                  : RemoveDue(program, state, left, visited));
    }
    if (visited < left) {
      state.position.clear();
      PERIGEE_ASSIGN_OR_RETURN(const bool keys_left,
                               state.walk == 0 ? HasKeys(program) : absl::StatusOr<bool>(false));
      if (keys_left) {
        break;  // The next portion begins with them again, and finds them destroyed.
      }
      ++state.walk;
    }
    left -= visited;
  }
  return state.ended()
             ? absl::OkStatus()
             : DueRepository(connection_)
                   .Put({kBeginningOfTime, program, ports::DueKind::kDeletion, state.Key()});
}

absl::Status Deletion::RemoveKeys(const std::string& program, State& state, int limit, int& visited,
                                  std::vector<std::int64_t>& doomed) {
  const std::vector<FieldKind>& kinds = Walks()[0].kinds;
  if (state.position.empty()) {
    state.position = Beginning(kinds);
  }
  std::vector<Value> values = {program};
  AddValues(state.position, kinds, 0, values);
  values.emplace_back(limit);
  std::vector<domain::MemberKey> done;
  RowPosition last;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT t.owner, CASE WHEN LENGTH(k.key) > 0 THEN t.slot END FROM text_key t "
      "LEFT JOIN sealing_key k ON k.slot = t.slot WHERE t.program = $1 AND t.owner >= $2 "
      "ORDER BY t.owner LIMIT $3",
      values, [&](const Row& row) {
        ++visited;
        last = PositionOf(row, kinds);
        if (row.IsNull(1)) {
          done.push_back(row.Id(0));
        } else {
          doomed.push_back(row.Int(1));
        }
      }));
  for (const domain::MemberKey& owner : done) {
    PERIGEE_RETURN_IF_ERROR(connection_.Execute(
        "DELETE FROM text_key WHERE program = $1 AND owner = $2", {program, owner}));
  }
  if (visited > 0) {
    state.position = std::move(last);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Deletion::HasKeys(const std::string& program) {
  bool has = false;
  PERIGEE_RETURN_IF_ERROR(connection_.Query("SELECT 1 FROM text_key WHERE program = $1 LIMIT 1",
                                            {program}, [&](const Row&) { has = true; }));
  return has;
}

absl::Status Deletion::RemoveRows(const std::string& program, State& state, int limit,
                                  int& visited) {
  const Walk& walk = Walks()[state.walk];
  if (state.position.empty()) {
    state.position = Beginning(walk.kinds);
  }
  std::vector<Value> values = {program};
  AddValues(state.position, walk.kinds, 0, values);
  std::vector<Value> next = values;
  next.emplace_back(limit);
  RowPosition last;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(walk.next, next, [&](const Row& row) {
    ++visited;
    last = PositionOf(row, walk.kinds);
  }));
  if (visited > 0) {
    AddValues(last, walk.kinds, 0, values);
    PERIGEE_RETURN_IF_ERROR(connection_.Execute(walk.remove, values));
    state.position = std::move(last);
  }
  return absl::OkStatus();
}

// The table is in order of time, so the walk goes over the things of all programmes.
absl::Status Deletion::RemoveDue(const std::string& program, State& state, int limit,
                                 int& visited) {
  if (state.position.empty()) {
    state.position = Beginning(KindsOfDue());
  }
  std::vector<Value> values;
  AddValues(state.position, KindsOfDue(), 0, values);
  values.emplace_back(limit);
  RowPosition last;
  std::vector<ports::Due> found;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT time, program, kind, key FROM due WHERE (time, program, kind, key) > "
      "($1, $2, $3, $4) ORDER BY time, program, kind, key LIMIT $5",
      values, [&](const Row& row) {
        ++visited;
        last = PositionOf(row, KindsOfDue());
        if (row.Text(1) == program) {
          found.push_back(
              {row.At(0), program, static_cast<ports::DueKind>(row.Int(2)), row.Text(3)});
        }
      }));
  for (const ports::Due& due : found) {
    PERIGEE_RETURN_IF_ERROR(DueRepository(connection_).Remove(due));
  }
  if (visited > 0) {
    state.position = std::move(last);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Deletion::IsUnended(const std::string& program) {
  bool unended = false;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT 1 FROM due WHERE time = $1 AND program = $2 AND kind = $3",
      {kBeginningOfTime, program, kDeletionKind}, [&](const Row&) { unended = true; }));
  return unended;
}

absl::StatusOr<std::set<std::string>> Deletion::Unended() {
  std::set<std::string> programs;
  PERIGEE_RETURN_IF_ERROR(connection_.Query("SELECT program FROM due WHERE time = $1 AND kind = $2",
                                            {kBeginningOfTime, kDeletionKind},
                                            [&](const Row& row) { programs.insert(row.Text(0)); }));
  return programs;
}

}  // namespace perigee::sql
