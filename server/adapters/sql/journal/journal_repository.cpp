#include "server/adapters/sql/journal/journal_repository.h"

#include <algorithm>
#include <utility>

#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/journal/journal_codec.h"
#include "server/adapters/sql/journal/journal_parties.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"

namespace perigee::sql {
namespace {

// The name of the cursor that says how far the memory of requests may have holes.
constexpr const char* kForgotten = "forgotten requests";

// From the columns head_revision, head_time, head_hash and state.
JournalHead ReadHead(const Row& row, int from) {
  return {row.Int(from), row.At(from + 1), row.Digest(from + 2),
          static_cast<domain::ProgramState>(row.Int(from + 3)) == domain::ProgramState::kClosed};
}

}  // namespace

absl::StatusOr<JournalHead> JournalRepository::FindHead(const std::string& program) {
  JournalHead head;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT head_revision, head_time, head_hash, state FROM program WHERE program = $1",
      {program}, [&](const Row& row) { head = ReadHead(row, 0); }));
  return head;
}

absl::StatusOr<domain::Revision> JournalRepository::Head(const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(const JournalHead head, FindHead(program));
  return head.revision;
}

absl::StatusOr<std::map<std::string, domain::Revision>> JournalRepository::Heads() {
  std::map<std::string, domain::Revision> heads;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT program, head_revision FROM program", {},
                        [&](const Row& row) { heads[row.Text(0)] = row.Int(1); }));
  return heads;
}

absl::Status JournalRepository::CheckEnds() {
  PERIGEE_ASSIGN_OR_RETURN(const auto heads, Heads());
  for (const auto& [program, revision] : heads) {
    const auto fault = [&program = program](std::string_view what) {
      return Error(
          Reason::kInternal,
          std::string("the journal of programme ").append(program).append(" ").append(what));
    };
    PERIGEE_ASSIGN_OR_RETURN(const JournalHead head, FindHead(program));
    PERIGEE_ASSIGN_OR_RETURN(const auto newest, HashAt(program, revision));
    domain::Revision last = 0;
    PERIGEE_RETURN_IF_ERROR(
        connection_.Query("SELECT COALESCE(MAX(revision), 0) FROM journal WHERE program = $1",
                          {program}, [&](const Row& row) { last = row.Int(0); }));
    if (last != revision || (revision > 0 && newest != head.hash)) {
      return fault("does not end at its head");
    }
    // Steps of a twentieth find any gap that is not much smaller than its distance from the end.
    for (domain::Revision back = 1; back < revision; back += 1 + back / 20) {
      PERIGEE_ASSIGN_OR_RETURN(const auto entry, HashAt(program, revision - back));
      if (!entry.has_value()) {
        return fault("has a gap");
      }
    }
  }
  return absl::OkStatus();
}

absl::Status JournalRepository::LockHeads(const std::set<std::string>& programs,
                                          std::map<std::string, JournalHead>& heads) {
  const std::vector<Value> values(programs.begin(), programs.end());
  for (const std::string& program : programs) {
    heads[program] = {};
  }
  return connection_.Ask(
      "SELECT program, head_revision, head_time, head_hash, state FROM program "
      "WHERE program = $1 {for_update}",
      values, 1, [&heads](std::size_t, const Row& row) { heads[row.Text(0)] = ReadHead(row, 1); });
}

absl::StatusOr<std::vector<domain::JournalEntry>> JournalRepository::Read(
    const std::string& program, domain::Revision after, int limit) {
  std::vector<domain::JournalEntry> entries;
  absl::Status decoded;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT revision, time, previous_hash, hash, payload FROM journal "
      "WHERE program = $1 AND revision > $2 ORDER BY revision LIMIT $3",
      {program, after, limit}, [&](const Row& row) {
        absl::StatusOr<DecodedEntry> entry = DecodeEntry(row.Bytes(4), row.Int(0));
        if (!entry.ok()) {
          decoded = entry.status();
          return;
        }
        entries.push_back({row.Int(0), row.At(1), row.Digest(2), row.Digest(3), entry->cause.by,
                           std::move(entry->changes), std::move(entry->cause.method)});
      }));
  PERIGEE_RETURN_IF_ERROR(decoded);
  return entries;
}

absl::StatusOr<std::optional<Sha256Digest>> JournalRepository::HashAt(const std::string& program,
                                                                      domain::Revision revision) {
  std::optional<Sha256Digest> hash;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT hash FROM journal WHERE program = $1 AND revision = $2",
                        {program, revision}, [&](const Row& row) { hash = row.Digest(0); }));
  return hash;
}

absl::StatusOr<domain::Revision> JournalRepository::RevisionAt(const std::string& program,
                                                               Time time) {
  domain::Revision not_after = 0;
  PERIGEE_ASSIGN_OR_RETURN(domain::Revision after, Head(program));
  ++after;
  while (after - not_after > 1) {
    const domain::Revision middle = not_after + (after - not_after) / 2;
    std::optional<Time> at;
    PERIGEE_RETURN_IF_ERROR(
        connection_.Query("SELECT time FROM journal WHERE program = $1 AND revision = $2",
                          {program, middle}, [&](const Row& row) { at = row.At(0); }));
    if (!at.has_value()) {
      return Error(Reason::kInternal, "the journal of programme " + program + " has a gap");
    }
    (*at <= time ? not_after : after) = middle;
  }
  return not_after;
}

absl::StatusOr<std::vector<domain::Revision>> JournalRepository::Of(const std::string& program,
                                                                    const Uuid& party,
                                                                    domain::Revision before,
                                                                    int limit) {
  return JournalParties(connection_).Of(program, party, before, limit);
}

absl::StatusOr<std::vector<domain::Revision>> JournalRepository::Naming(
    const std::string& program, const Uuid& party, domain::Revision after, domain::Revision before,
    bool newest_first, int limit) {
  return JournalParties(connection_).Naming(program, party, after, before, newest_first, limit);
}

absl::StatusOr<domain::Revision> JournalRepository::Cursor(const std::string& program,
                                                           const std::string& projection) {
  domain::Revision revision = 0;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("SELECT revision FROM cursor WHERE program = $1 AND projection = $2",
                        {program, projection}, [&](const Row& row) { revision = row.Int(0); }));
  return revision;
}

absl::Status JournalRepository::CheckCursor(const std::string& program,
                                            const ports::CursorMove& move, domain::Revision head) {
  if (move.to < move.from || move.to > head) {
    return Error(Reason::kInternal, "a cursor is to move to where the journal has no entry");
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision at, Cursor(program, move.projection));
  if (at != move.from) {
    return Error(Reason::kConflict, "the projection's cursor stands elsewhere");
  }
  return absl::OkStatus();
}

absl::Status JournalRepository::Put(const std::string& program, const ports::CursorMove& move) {
  return connection_.Execute(
      "INSERT INTO cursor (program, projection, revision) VALUES ($1, $2, $3) "
      "ON CONFLICT (program, projection) DO UPDATE SET revision = $3",
      {program, move.projection, move.to});
}

absl::StatusOr<AppendedEntry> JournalRepository::Append(const std::string& program,
                                                        const JournalHead& head, Time time,
                                                        const EntryCause& cause,
                                                        const domain::Changes& changes,
                                                        const TextKeys& keys) {
  const domain::Revision revision = head.revision + 1;
  const std::string texts = SealTexts(program, revision, changes, keys);
  const std::string payload = EncodeEntry(cause, changes, texts);
  const Sha256Digest hash = domain::JournalHash(head.hash, program, revision, time, payload);
  PERIGEE_RETURN_IF_ERROR(connection_.Execute(
      "INSERT INTO journal (program, revision, time, previous_hash, hash, payload, texts) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7)",
      {program, revision, time, head.hash, hash, Value::Blob(payload), Value::Blob(texts)}));
  return AppendedEntry{{revision, time, hash, head.closed}, payload.size()};
}

absl::Status JournalRepository::MoveHead(const std::string& program, const JournalHead& head,
                                         std::int64_t activities, std::int64_t thanks) {
  return connection_.Execute(
      "UPDATE program SET head_revision = $2, head_time = $3, head_hash = $4, "
      "activities = activities + $5, thanks = thanks + $6 WHERE program = $1",
      {program, head.revision, head.time, head.hash, activities, thanks});
}

absl::Status JournalRepository::AskRequests(std::span<const RequestName> requests,
                                            std::map<RequestName, Remembered>& found) {
  std::vector<Value> values;
  values.reserve(4 * requests.size());
  for (const RequestName& request : requests) {
    values.insert(values.end(), {request.program, static_cast<int>(request.by.kind), request.by.id,
                                 request.id_hash});
  }
  return connection_.Ask(
      "SELECT content, revision, answer FROM request "
      "WHERE program = $1 AND by_kind = $2 AND by_id = $3 AND id_hash = $4",
      values, 4, [requests, &found](std::size_t i, const Row& row) {
        found[requests[i]] = {row.Digest(0), row.Int(1),
                              row.IsNull(2) ? std::nullopt : std::optional(row.Text(2))};
      });
}

absl::Status JournalRepository::Remember(const RequestName& request, const Remembered& remembered,
                                         bool changed, Time now) {
  return connection_.Execute(
      "INSERT INTO request (program, by_kind, by_id, id_hash, content, revision, changed, answer, "
      "time) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
      {request.program, static_cast<int>(request.by.kind), request.by.id, request.id_hash,
       remembered.content, remembered.revision, changed, Value::Blob(*remembered.answer), now});
}

absl::StatusOr<int> JournalRepository::Forget(Time before, int most) {
  int forgotten = 0;
  std::map<std::string, domain::Revision> newest;
  PERIGEE_RETURN_IF_ERROR(
      connection_.Query("DELETE FROM request WHERE (program, time, by_kind, by_id, id_hash) IN "
                        "(SELECT r.program, r.time, r.by_kind, r.by_id, r.id_hash FROM program p "
                        "JOIN request r ON r.program = p.program "
                        "WHERE r.time < $1 LIMIT $2) RETURNING program, revision",
                        {before, most}, [&](const Row& row) {
                          ++forgotten;
                          domain::Revision& revision = newest[row.Text(0)];
                          revision = std::max(revision, row.Int(1));
                        }));
  for (const auto& [program, revision] : newest) {
    PERIGEE_RETURN_IF_ERROR(connection_.Execute(
        "INSERT INTO cursor (program, projection, revision) VALUES ($1, $2, $3) "
        "ON CONFLICT (program, projection) DO UPDATE SET revision = $3 WHERE cursor.revision < $3",
        {program, kForgotten, revision}));
  }
  return forgotten;
}

absl::StatusOr<domain::Revision> JournalRepository::ForgottenUpTo(const std::string& program) {
  return Cursor(program, kForgotten);
}

}  // namespace perigee::sql
