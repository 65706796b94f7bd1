#include "server/use_cases/activity/record_activity.h"

#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

// The transfers that rules made. A penalty may also have ended holds and lots on the way.
std::vector<domain::TransferId> GrantsAmong(std::span<const domain::Transfer> transfers) {
  std::vector<domain::TransferId> grants;
  for (const domain::Transfer& transfer : transfers) {
    if (transfer.activity.has_value()) {
      grants.push_back(transfer.id);
    }
  }
  return grants;
}

absl::StatusOr<domain::MemberKey> KeyOf(ports::StoreReader& reader, const std::string& program,
                                        const std::string& member_id, std::string_view field) {
  if (member_id.empty()) {
    return domain::MemberKey{};
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireNamedMember(reader, program, member_id, field));
  return member.key;
}

absl::StatusOr<RecordedActivity> AsRecorded(const std::string& program, domain::Activity recorded,
                                            const domain::Activity& again,
                                            ports::StoreReader& reader) {
  if (!domain::SameContent(recorded, again)) {
    return Error(Reason::kSourceEventReused,
                 "source event " + again.source_event_id + " of " + again.source +
                     " was recorded before with other content",
                 {{"source", again.source},
                  {"source_event_id", again.source_event_id},
                  {"resource_name", ActivityName(program, recorded.revision)}});
  }
  RecordedActivity answer;
  answer.made_at = recorded.revision;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Transfer> transfers,
                           reader.ledger().TransfersOf(program, recorded.revision));
  answer.transfers = GrantsAmong(transfers);
  answer.activity = std::move(recorded);
  return answer;
}

}  // namespace

ports::Lookups LookupsOf(const ActivityDraft& draft) {
  ports::Lookups lookups;
  for (const std::string* member : {&draft.actor, &draft.recipient}) {
    if (!member->empty()) {
      lookups.members.push_back(*member);
    }
  }
  lookups.event = ports::SourceEvent{draft.activity.source, draft.activity.source_event_id};
  return lookups;
}

absl::StatusOr<RecordedActivity> RecordActivity(ports::StoreReader& reader,
                                                const ports::UnitContext& unit,
                                                const std::string& program,
                                                const ActivityDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, program));
  domain::Activity activity = draft.activity;
  PERIGEE_ASSIGN_OR_RETURN(activity.actor, KeyOf(reader, program, draft.actor, "activity.actor"));
  PERIGEE_ASSIGN_OR_RETURN(activity.recipient,
                           KeyOf(reader, program, draft.recipient, "activity.recipient"));
  PERIGEE_ASSIGN_OR_RETURN(
      std::optional<domain::Activity> known,
      reader.activities().FindBySource(program, activity.source, activity.source_event_id));
  if (known.has_value()) {
    return AsRecorded(program, *std::move(known), activity, reader);
  }
  return AddActivity(reader, unit, owner, std::move(activity));
}

absl::StatusOr<RecordedActivity> AddActivity(ports::StoreReader& reader,
                                             const ports::UnitContext& unit,
                                             const domain::Program& program,
                                             domain::Activity activity) {
  PERIGEE_RETURN_IF_ERROR(domain::Complete(activity, unit.now));
  activity.revision = unit.revision;
  PERIGEE_ASSIGN_OR_RETURN(const Zone zone, Zone::Load(program.time_zone));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> rules,
                           reader.programs().Rules(program.id));
  domain::LedgerUnit ledger(reader.ledger().Books(program.id), zone, unit.revision, unit.now);
  RecordedActivity answer;
  std::vector<domain::Edge> edges;
  PERIGEE_RETURN_IF_ERROR(domain::ApplyRules(activity, rules, zone, ledger, edges));
  answer.changes.ledger = ledger.Take();
  answer.transfers = GrantsAmong(answer.changes.ledger.transfers);
  answer.changes.records.Put(activity);
  answer.changes.records.PutAll(std::move(edges));
  answer.activity = std::move(activity);
  return answer;
}

}  // namespace perigee::use_cases
