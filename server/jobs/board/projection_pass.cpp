#include "server/jobs/board/projection_pass.h"

#include <algorithm>
#include <memory>
#include <optional>

#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/board/standings.h"
#include "server/ports/journal/journal_reader.h"

namespace perigee::jobs {
namespace {

constexpr int kEntriesPerRead = 1000;

void Note(const domain::JournalEntry& entry, ProjectionPass& pass) {
  for (ProjectionPass::Part& part : pass.parts) {
    if (entry.revision > part.through) {
      NoteEntry(entry, part.period->definition->board.asset, part.period->period.interval,
                part.touches);
    }
  }
  for (const domain::Member* member : entry.changes.records.All<domain::Member>()) {
    pass.changed_members.push_back(member->key);
  }
  for (const domain::PeriodResult& result : entry.changes.results) {
    pass.finals.emplace(result.board, result.period);
  }
  pass.redefined |= !entry.changes.boards.empty() || !entry.changes.deleted_boards.empty();
}

absl::Status NoteEntries(ports::StoreReader& reader, ProjectionPass& pass) {
  domain::Revision at = pass.from;
  while (at < pass.head.revision) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::JournalEntry> entries,
                             reader.journal().Read(pass.program->id, at, kEntriesPerRead));
    if (entries.empty()) {
      return absl::InternalError("the journal ends before its head");
    }
    for (const domain::JournalEntry& entry : entries) {
      Note(entry, pass);
    }
    at = entries.back().revision;
  }
  return absl::OkStatus();
}

absl::StatusOr<ports::MembersByKey> ReadTouched(ports::StoreReader& reader,
                                                const ProjectionPass& pass) {
  std::set<domain::MemberKey> keys;
  for (const ProjectionPass::Part& part : pass.parts) {
    for (const auto& [member, touch] : part.touches) {
      keys.insert(member);
    }
  }
  return ports::ReadMembers(reader, pass.program->id,
                            std::vector<domain::MemberKey>(keys.begin(), keys.end()));
}

}  // namespace

absl::StatusOr<std::map<std::string, DefinitionPtr>> ReadDefinitions(ports::StoreReader& reader,
                                                                     const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Board> boards, reader.boards().List(program));
  std::map<std::string, DefinitionPtr> definitions;
  for (domain::Board& board : boards) {
    absl::StatusOr<Zone> zone = Zone::Load(board.time_zone);
    if (zone.ok()) {
      const std::string id = board.id;
      definitions.emplace(id, std::make_shared<const BoardDefinition>(
                                  BoardDefinition{std::move(board), *std::move(zone)}));
    }
  }
  return definitions;
}

absl::StatusOr<ports::Mark> ReadMark(ports::StoreReader& reader, const std::string& program) {
  ports::Mark mark;
  PERIGEE_ASSIGN_OR_RETURN(mark.revision, reader.journal().Head(program));
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Sha256Digest> hash,
                           reader.journal().HashAt(program, mark.revision));
  if (!hash) {
    return absl::InternalError("the journal lacks its head");
  }
  mark.hash = *hash;
  return mark;
}

absl::StatusOr<std::vector<domain::Place>> ReadPlaces(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const HeldPeriod& period,
                                                      domain::Revision revision,
                                                      ports::MemberDirectory& directory) {
  std::vector<domain::Place> places;
  PERIGEE_RETURN_IF_ERROR(
      ports::ForEachPlace(reader, program, period.definition->board, period.period.interval,
                          revision, [&](const domain::Member& member, const domain::Score& score) {
                            directory.Learn(program, member);
                            places.push_back({member.id, score});
                          }));
  return places;
}

void BeginPass(const ProgramPtr& program, ProjectionPass& pass) {
  pass.program = program;
  const std::lock_guard lock(program->mutex);
  pass.from = program->projected;
  for (const auto& [key, period] : program->periods) {
    if (period->state == HeldPeriod::State::kReady ||
        period->state == HeldPeriod::State::kCatchingUp) {
      pass.parts.push_back({period, period->mark, period->through, {}, {}, false, false});
      pass.from = std::min(pass.from, period->through);
    }
  }
}

absl::Status ReadPass(ports::StoreReader& reader, ports::Boards& memory, ProjectionPass& pass) {
  const std::string& program = pass.program->id;
  PERIGEE_ASSIGN_OR_RETURN(pass.head, ReadMark(reader, program));
  PERIGEE_RETURN_IF_ERROR(NoteEntries(reader, pass));
  if (pass.redefined) {
    PERIGEE_ASSIGN_OR_RETURN(pass.boards, ReadDefinitions(reader, program));
  }
  PERIGEE_ASSIGN_OR_RETURN(const ports::MembersByKey members, ReadTouched(reader, pass));
  for (ProjectionPass::Part& part : pass.parts) {
    const HeldPeriod& period = *part.period;
    absl::StatusOr<PeriodChanges> changes =
        Settle(reader, memory, period.key, period.definition->board, period.period.interval,
               part.touches, members, pass.head.revision);
    if (absl::IsNotFound(changes.status())) {
      part.lost = true;  // Let go meanwhile.
      continue;
    }
    PERIGEE_RETURN_IF_ERROR(changes.status());
    part.changes = *std::move(changes);
  }
  // Nothing is applied before everything is known, so that a failing store leaves no pass half
  // done.
  const auto moves = [](const ProjectionPass::Part& part) {
    return !part.lost && !part.changes.scores.empty();
  };
  {
    const std::lock_guard lock(pass.program->mutex);
    for (const ProjectionPass::Part& part : pass.parts) {
      part.period->moving = moves(part) && part.changes.scores_changed;
    }
  }
  for (ProjectionPass::Part& part : pass.parts) {
    if (moves(part)) {
      part.moved = memory.Apply(part.period->key, part.mark, pass.head, part.changes.scores).ok();
      part.lost = !part.moved;
    }
  }
  return absl::OkStatus();
}

}  // namespace perigee::jobs
