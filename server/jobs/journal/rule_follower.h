#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/serial_worker.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/changes.h"
#include "server/domain/journal/journal.h"
#include "server/jobs/journal/stored_projection.h"
#include "server/jobs/programs.h"
#include "server/ports/store.h"

namespace perigee::jobs {

// Whether members that were one person until this entry are so no more: the records of its members
// look like any others.
inline bool PartsMembers(const domain::JournalEntry& entry) {
  return entry.method == "MemberAdminService/UnmergeMember";
}

// Follows the journal and applies the rules of each programme to the persons whom its entries
// concern. `Rule` is a record that may be retired, `Finding` what a rule changes for a person. A
// rule that is made or changed later is applied to all that was before by ApplyToEverybody (see
// due_records.h). Each entry counts once, also with several servers. Writers never wait for it.
template <class Rule, class Finding>
class RuleFollower {
 public:
  using Parts = StoredProjection::Parts;
  struct Options {
    std::string_view projection;
    // All rules of a programme.
    absl::StatusOr<std::vector<Rule>> (*all)(ports::StoreReader& reader,
                                             const std::string& program);
    // What the rules that are not retired change for the persons whom the entries concern. Called
    // on the worker, and only if there is a rule. What it sees may be older than the unit.
    std::function<absl::StatusOr<std::vector<Finding>>(
        const std::string& program, std::span<const ports::JournalEntryPtr> entries,
        const std::vector<Rule>& rules)>
        find;
    // Applies findings to the programme as it is at the unit.
    absl::Status (*settle)(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, std::span<const Finding> findings,
                           domain::Changes& changes);
    std::shared_ptr<Worker> worker = nullptr;  // Absent: a thread of its own.
  };

  // All parts must outlive it.
  RuleFollower(Parts parts, Options options)
      : parts_(parts),
        options_(std::move(options)),
        projection_(
            parts, ProjectionOptions(options_),
            StoredProjection::Prepare([this](const std::string& program,
                                             std::span<const ports::JournalEntryPtr> entries) {
              return Prepare(program, entries);
            })) {}

  // Makes it look at programmes that moved on before it existed.
  absl::Status Start() {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> programs, AllPrograms(parts_.store));
    for (const std::string& program : programs) {
      projection_.Look(program, kEndOfJournal);
    }
    return absl::OkStatus();
  }
  void Stop() { projection_.Stop(); }

 private:
  // Few enough that their persons are looked at quickly.
  static constexpr int kEntriesMax = 200;

  static StoredProjection::Options ProjectionOptions(const Options& options) {
    StoredProjection::Options projection;
    projection.follower.name = options.projection;
    projection.follower.worker = options.worker;
    projection.entries_max = kEntriesMax;
    projection.skips_past = [all = options.all](
                                ports::StoreReader& reader,
                                const std::string& program) -> absl::StatusOr<bool> {
      PERIGEE_ASSIGN_OR_RETURN(const std::vector<Rule> rules, all(reader, program));
      return rules.empty();
    };
    return projection;
  }

  absl::StatusOr<const std::vector<Rule>*> RulesOf(
      const std::string& program, std::span<const ports::JournalEntryPtr> entries) {
    const bool changed = std::ranges::any_of(entries, [](const ports::JournalEntryPtr& entry) {
      // A programme that begins may have had a namesake before.
      return entry->revision == 1 || !entry->changes.records.template Touched<Rule>().empty();
    });
    if (changed) {
      rules_.erase(program);
    }
    auto known = rules_.find(program);
    if (known == rules_.end()) {
      std::vector<Rule> rules;
      PERIGEE_RETURN_IF_ERROR(parts_.store.Read([&](ports::StoreReader& reader) -> absl::Status {
        PERIGEE_ASSIGN_OR_RETURN(rules, options_.all(reader, program));
        return absl::OkStatus();
      }));
      std::erase_if(rules, [](const Rule& rule) { return rule.retired; });
      known = rules_.emplace(program, std::move(rules)).first;
    }
    return &known->second;
  }

  absl::StatusOr<std::optional<StoredProjection::Apply>> Prepare(
      const std::string& program, std::span<const ports::JournalEntryPtr> entries) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Rule>* rules, RulesOf(program, entries));
    std::vector<Finding> findings;
    if (!rules->empty()) {
      PERIGEE_ASSIGN_OR_RETURN(findings, options_.find(program, entries, *rules));
    }
    if (findings.empty()) {
      return std::nullopt;
    }
    return StoredProjection::Apply(
        [program, findings = std::move(findings), settle = options_.settle](
            ports::StoreReader& reader, const ports::UnitContext& unit,
            std::span<const ports::JournalEntryPtr>) -> absl::StatusOr<domain::Changes> {
          domain::Changes changes;
          PERIGEE_RETURN_IF_ERROR(settle(reader, unit, program, findings, changes));
          return changes;
        });
  }

  const Parts parts_;
  const Options options_;
  std::map<std::string, std::vector<Rule>> rules_;  // By programme. Used on the worker only.
  StoredProjection projection_;
};

}  // namespace perigee::jobs
