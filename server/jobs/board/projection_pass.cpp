#include "server/jobs/board/projection_pass.h"

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/member/member.h"
#include "server/domain/member/trait.h"
#include "server/ports/board/board_copies.h"
#include "server/ports/board/board_reader.h"
#include "server/ports/board/boards.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_directory.h"
#include "server/use_cases/board/standings.h"

namespace perigee::jobs {
namespace {

constexpr int kEntriesPerRead = 1000;

void LearnMerged(const domain::Changes& changes, domain::MergedMembers& merged) {
  for (const domain::MemberKey& member : domain::ChangedMembers(changes)) {
    merged.Set(member, domain::MemberKey());
  }
  for (const domain::Member* member : changes.records.All<domain::Member>()) {
    merged.Learn(*member);
  }
}

template <class R>
void NoteTerms(const domain::Changes& changes, Time& first) {
  for (const R* record : changes.records.All<R>()) {
    first = std::min(first, record->due_time.value_or(kEndOfTime));
  }
}

void Note(const domain::JournalEntry& entry, ProjectionPass& pass) {
  for (ProjectionPass::Part& part : pass.parts) {
    if (entry.revision > part.through) {
      NoteEntry(entry, part.period->definition->board.asset, part.period->period.interval,
                part.touches);
    }
  }
  std::ranges::copy(domain::ChangedMembers(entry.changes),
                    std::back_inserter(pass.changed_members));
  LearnMerged(entry.changes, pass.program->merged);
  NoteTerms<domain::Trait>(entry.changes, pass.first_term);
  NoteTerms<domain::Appointment>(entry.changes, pass.first_term);
  for (const domain::PeriodResult& result : entry.changes.results) {
    pass.finals.emplace(result.board, result.period);
  }
  pass.redefined |= !entry.changes.boards.empty() || !entry.changes.deleted_boards.empty();
}

// Takes entries from memory as far as they are there, then from the journal.
absl::Status NoteEntries(ports::StoreReader& reader, const ports::JournalFeed& feed,
                         ProjectionPass& pass) {
  const std::string& program = pass.program->id;
  domain::Revision at = pass.from;
  const auto note = [&](const domain::JournalEntry& entry) {
    if (entry.revision <= pass.head.revision) {
      Note(entry, pass);
      at = entry.revision;
    }
  };
  if (const auto recent = feed.After(program, at)) {
    for (const ports::JournalEntryPtr& entry : *recent) {
      note(*entry);
    }
  }
  while (at < pass.head.revision) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::JournalEntry> entries,
                             reader.journal().Read(program, at, kEntriesPerRead));
    if (entries.empty()) {
      return absl::InternalError("the journal ends before its head");
    }
    for (const domain::JournalEntry& entry : entries) {
      note(entry);
    }
  }
  return absl::OkStatus();
}

// The touched members that are in the store. Notes those that are gone.
absl::StatusOr<use_cases::MembersByKey> ReadTouched(ports::StoreReader& reader,
                                                    ports::MemberDirectory& directory,
                                                    ProjectionPass& pass) {
  const std::string& program = pass.program->id;
  std::set<domain::MemberKey> keys;
  for (const ProjectionPass::Part& part : pass.parts) {
    for (const auto& [member, touch] : part.touches) {
      keys.insert(member);
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::MembersByKey members,
      use_cases::ReadMembers(reader, program,
                             std::vector<domain::MemberKey>(keys.begin(), keys.end())));
  for (const domain::MemberKey& key : keys) {
    const bool known = directory.FindId(program, key).has_value();
    if (const auto member = members.find(key); member == members.end()) {
      pass.changed_members.push_back(key);
      pass.stranger_gone |= !known;
    } else if (!known) {
      directory.Learn(program, member->second);
    }
  }
  return members;
}

bool Moves(const ProjectionPass::Part& part) { return !part.lost && !part.changes.scores.empty(); }

void ApplyPass(ports::Boards& memory, ProjectionPass& pass) {
  {
    const std::lock_guard lock(pass.program->mutex);
    for (const ProjectionPass::Part& part : pass.parts) {
      part.period->moving = Moves(part) && part.changes.scores_changed;
    }
  }
  for (ProjectionPass::Part& part : pass.parts) {
    if (Moves(part)) {
      part.moved = memory.Apply(part.period->key, part.mark, pass.head, part.changes.scores).ok();
      part.lost = !part.moved;
    }
  }
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
  if (mark.revision == 0) {
    return NotFound(ProgramName(program));
  }
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
  PERIGEE_RETURN_IF_ERROR(use_cases::ForEachPlace(
      reader, program, period.definition->board, period.period.interval, revision,
      [&](const domain::Member& member, const domain::Score& score) {
        directory.Learn(program, member);
        places.push_back({member.id, score});
      }));
  return places;
}

ProjectionPass BeginPass(const ProgramPtr& program,
                         absl::FunctionRef<bool(const HeldPeriod&)> looked_at,
                         domain::Revision rest_max) {
  using State = HeldPeriod::State;
  ProjectionPass pass;
  pass.program = program;
  const std::lock_guard lock(program->mutex);
  pass.from = pass.projected = program->projected;
  for (const auto& [key, period] : program->periods) {
    if (period->state == State::kReady && !looked_at(*period)) {
      period->state = State::kResting;
    }
    if (period->state == State::kResting && pass.projected - period->through > rest_max) {
      period->state = State::kGone;
    }
    if (period->state == State::kReady || period->state == State::kCatchingUp) {
      ProjectionPass::Part part;
      part.period = period;
      part.mark = period->mark;
      part.through = period->through;
      pass.parts.push_back(std::move(part));
      pass.from = std::min(pass.from, period->through);
    }
  }
  program->looked_at = !pass.parts.empty();
  return pass;
}

bool FeedPass(const PassTools& tools, domain::Revision head, ProjectionPass& pass) {
  const auto entries = tools.feed.After(pass.program->id, pass.from);
  if (!entries || entries->empty() || entries->back()->revision < std::max(head, pass.projected)) {
    return false;
  }
  pass.head = {entries->back()->revision, entries->back()->hash};
  for (const ports::JournalEntryPtr& entry : *entries) {
    Note(*entry, pass);
  }
  if (pass.redefined) {
    return false;
  }
  for (ProjectionPass::Part& part : pass.parts) {
    NoteHeads(pass.program->merged, part.touches);
    auto changes = PlainChanges(tools.memory, tools.directory, part.period->key, part.touches);
    if (!changes) {
      return false;
    }
    part.changes = *std::move(changes);
  }
  ApplyPass(tools.memory, pass);
  return true;
}

absl::Status ReadPass(ports::StoreReader& reader, const PassTools& tools, ProjectionPass& pass) {
  const std::string& program = pass.program->id;
  PERIGEE_ASSIGN_OR_RETURN(pass.head, ReadMark(reader, program));
  PERIGEE_RETURN_IF_ERROR(NoteEntries(reader, tools.feed, pass));
  for (ProjectionPass::Part& part : pass.parts) {
    NoteHeads(pass.program->merged, part.touches);
  }
  if (pass.redefined) {
    PERIGEE_ASSIGN_OR_RETURN(pass.boards, ReadDefinitions(reader, program));
  }
  PERIGEE_ASSIGN_OR_RETURN(const use_cases::MembersByKey members,
                           ReadTouched(reader, tools.directory, pass));
  for (ProjectionPass::Part& part : pass.parts) {
    const HeldPeriod& period = *part.period;
    // Any period may name the member: the names were read from a newer view of the store than the
    // period was, and the member was gone there.
    part.lost = pass.stranger_gone;
    if (part.lost) {
      continue;
    }
    absl::StatusOr<PeriodChanges> changes = StoredChanges(
        {reader, tools.memory, tools.directory, members}, period.key, period.definition->board,
        period.period.interval, part.touches, pass.head.revision);
    if (absl::IsNotFound(changes.status())) {
      part.lost = true;  // Dropped meanwhile.
      continue;
    }
    PERIGEE_RETURN_IF_ERROR(changes.status());
    part.changes = *std::move(changes);
  }
  // All changes are computed before any is applied, so that a failing store leaves no pass half
  // done.
  ApplyPass(tools.memory, pass);
  return absl::OkStatus();
}

}  // namespace perigee::jobs
