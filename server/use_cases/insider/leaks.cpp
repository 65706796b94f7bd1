#include "server/use_cases/insider/leaks.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/seal.h"
#include "server/core/status_macros.h"
#include "server/domain/insider/canary_trace.h"
#include "server/domain/insider/item.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/insider/item_read_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/insider/copies.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::InsiderItem;
using domain::ItemVersion;
using domain::LeakCase;

constexpr int kItemsAtOnce = 200;
constexpr int kReadersAtOnce = 5000;

// What a trace begins with.
struct Traced {
  SealKey key{};
  std::vector<std::string> items;
};

absl::StatusOr<std::vector<std::string>> AllItems(ports::StoreReader& reader,
                                                  const std::string& program) {
  std::vector<std::string> ids;
  std::vector<InsiderItem> page;
  do {
    PERIGEE_ASSIGN_OR_RETURN(
        page, reader.records().List<InsiderItem>(program, {}, page.empty() ? nullptr : &page.back(),
                                                 kItemsAtOnce));
    for (const InsiderItem& item : page) {
      ids.push_back(item.id);
    }
  } while (std::cmp_equal(page.size(), kItemsAtOnce));
  return ids;
}

absl::StatusOr<Traced> Begin(const ports::Store& store, const std::string& program,
                             const std::string& item) {
  Traced traced;
  const absl::Status read = store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
    PERIGEE_ASSIGN_OR_RETURN(traced.key, CanaryKey(reader, program));
    if (!item.empty()) {
      PERIGEE_RETURN_IF_ERROR(RequireItem(reader, program, item).status());
      traced.items.push_back(item);
      return absl::OkStatus();
    }
    PERIGEE_ASSIGN_OR_RETURN(traced.items, AllItems(reader, program));
    return absl::OkStatus();
  });
  return read.ok() ? absl::StatusOr<Traced>(std::move(traced)) : read;
}

absl::StatusOr<std::vector<ItemVersion>> VersionsOf(const ports::Store& store,
                                                    const std::string& program,
                                                    const std::string& item) {
  std::vector<ItemVersion> versions;
  PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(versions, AllRecords<ItemVersion>(reader, program, {"item", item}));
    return absl::OkStatus();
  }));
  return versions;
}

using Viewers = std::map<std::int32_t, std::vector<std::string>>;  // By version.

absl::StatusOr<Viewers> ViewersOf(const ports::Store& store, const std::string& program,
                                  const std::string& item) {
  Viewers viewers;
  ports::VersionReader last;
  std::vector<ports::VersionReader> page;
  do {
    PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(page,
                               reader.item_reads().Readers(program, item, last, kReadersAtOnce));
      return absl::OkStatus();
    }));
    for (const ports::VersionReader& one : page) {
      viewers[one.version].push_back(CopyOf(item, one.version, one.member).viewer);
      last = one;
    }
  } while (std::cmp_equal(page.size(), kReadersAtOnce));
  return viewers;
}

absl::StatusOr<domain::LeakTrace> TraceIn(const std::string& item, std::string_view key,
                                          const std::vector<ItemVersion>& versions, Viewers viewers,
                                          const std::string& leak,
                                          const std::function<absl::Status()>& goes_on) {
  std::vector<domain::ReadVersion> read;
  for (const ItemVersion& version : versions) {
    read.push_back({version.version, version.body, viewers[version.version]});
  }
  return domain::LeakTracer(key, item, read).Trace(leak, goes_on);
}

// The case, if the judge may move it and has seen it.
absl::StatusOr<LeakCase> RequireMovable(ports::StoreReader& reader, const LeakCaseOrder& order,
                                        const Judge& by) {
  PERIGEE_ASSIGN_OR_RETURN(LeakCase leak, RequireLeakCase(reader, order.program, order.id));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                           reader.members().Merged(order.program));
  if (!leak.suspect.IsNil() && IsThePerson(by, merged, leak.suspect)) {
    return Error(Reason::kInvolved, "the caller is the suspect and may not judge",
                 {{"leak_case", absl::StrCat(order.id)}});
  }
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(order.etag, leak.revision));
  return leak;
}

Decided<LeakCase> PutAt(const ports::UnitContext& unit, LeakCase leak) {
  leak.revision = unit.revision;
  return Put(std::move(leak));
}

}  // namespace

absl::StatusOr<domain::JoinedTraces> TraceLeak(const ports::Store& store,
                                               const std::string& program, const std::string& item,
                                               const std::string& leak,
                                               const std::function<absl::Status()>& goes_on) {
  PERIGEE_ASSIGN_OR_RETURN(const Traced traced, Begin(store, program, item));
  const std::string_view key = BytesOf(traced.key);
  // Says what is wrong with the leak where there are no items.
  PERIGEE_RETURN_IF_ERROR(TraceIn("", key, {}, {}, leak, goes_on).status());
  std::vector<domain::ItemTrace> traces;
  for (const std::string& id : traced.items) {
    PERIGEE_RETURN_IF_ERROR(goes_on());
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<ItemVersion> versions,
                             VersionsOf(store, program, id));
    PERIGEE_ASSIGN_OR_RETURN(domain::LeakTrace trace,
                             TraceIn(id, key, versions, {}, leak, goes_on));
    // Most items have nothing of the leak, so their readers are not looked at.
    if (trace.marks_read > 0) {
      PERIGEE_ASSIGN_OR_RETURN(Viewers viewers, ViewersOf(store, program, id));
      PERIGEE_ASSIGN_OR_RETURN(trace,
                               TraceIn(id, key, versions, std::move(viewers), leak, goes_on));
    }
    traces.push_back({id, std::move(trace)});
  }
  return domain::JoinTraces(traces);
}

absl::StatusOr<LeakCase> RequireLeakCase(ports::StoreReader& reader, const std::string& program,
                                         domain::Revision id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  LeakCase like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<LeakCase> found, reader.records().Find(program, like));
  if (!found.has_value()) {
    return NotFound(FormatName(kLeakCasePattern, {program, absl::StrCat(id)}));
  }
  return *std::move(found);
}

DecidedLeakCase ReportLeak(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const std::string& item,
                           const std::string& summary, const Judge& by) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  if (!item.empty()) {
    PERIGEE_RETURN_IF_ERROR(RequireItem(reader, program, item).status());
  }
  LeakCase leak;
  leak.id = unit.revision;
  leak.item = item;
  leak.summary = summary;
  leak.reported_by = by.id;
  leak.create_time = unit.now;
  return PutAt(unit, std::move(leak));
}

DecidedLeakCase StartTriage(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const LeakCaseOrder& order, const Judge& by) {
  PERIGEE_ASSIGN_OR_RETURN(LeakCase leak, RequireMovable(reader, order, by));
  PERIGEE_RETURN_IF_ERROR(domain::StartTriage(order.reason, leak));
  return PutAt(unit, std::move(leak));
}

DecidedLeakCase NameSuspect(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const LeakCaseOrder& order, const std::string& suspect,
                            const Judge& by) {
  PERIGEE_ASSIGN_OR_RETURN(LeakCase leak, RequireMovable(reader, order, by));
  domain::MemberKey named;
  if (!suspect.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireNamedMember(reader, order.program, suspect, "suspect"));
    named = member.key;
  }
  PERIGEE_RETURN_IF_ERROR(domain::NameSuspect(named, order.reason, by.id, leak));
  return PutAt(unit, std::move(leak));
}

DecidedLeakCase DecideLeakCase(ports::StoreReader& reader, const ports::UnitContext& unit,
                               const LeakCaseOrder& order, bool confirm, const Judge& by) {
  PERIGEE_ASSIGN_OR_RETURN(LeakCase leak, RequireMovable(reader, order, by));
  PERIGEE_RETURN_IF_ERROR(domain::Decide(confirm, order.reason, by.id, unit.now, leak));
  return PutAt(unit, std::move(leak));
}

}  // namespace perigee::use_cases
