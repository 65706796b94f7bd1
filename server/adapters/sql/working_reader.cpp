#include "server/adapters/sql/working_reader.h"

#include <algorithm>
#include <utility>

#include "server/adapters/sql/activity/activity_repository.h"
#include "server/adapters/sql/ledger/sql_ledger_reader.h"
#include "server/adapters/sql/member/member_repository.h"
#include "server/adapters/sql/program/program_repository.h"
#include "server/core/status_macros.h"
#include "server/domain/rule/rules.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/ledger/ledger_reader.h"

namespace perigee::sql {
namespace {

class WorkingBooks final : public SqlBooks {
 public:
  WorkingBooks(Connection& connection, WorkingProgram& program, const std::string& id)
      : SqlBooks(connection, id), program_(program) {}

  absl::StatusOr<std::optional<domain::Asset>> FindAsset(const std::string& asset) override {
    return program_.FindAsset(asset);
  }
  absl::StatusOr<std::optional<domain::Account>> FindAccount(
      const domain::AccountRef& ref) override {
    return program_.FindAccount(ref);
  }
  absl::StatusOr<std::int64_t> CapUsed(const domain::CapKey& key) override {
    return program_.CapUsed(key);
  }
  absl::StatusOr<std::vector<domain::AccountRef>> SamePerson(
      const domain::AccountRef& ref) override {
    std::vector<domain::AccountRef> others;
    if (!ref.IsMember()) {
      return others;
    }
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers* merged, program_.Merged());
    if (merged->empty()) {
      return others;
    }
    for (const domain::MemberKey& member : merged->AllOf(ref.member)) {
      if (member != ref.member) {
        others.push_back({.asset = ref.asset, .member = member, .account = ""});
      }
    }
    std::ranges::sort(others);
    return others;
  }

 private:
  WorkingProgram& program_;
};

}  // namespace

absl::StatusOr<domain::Revision> WorkingJournal::Head(const std::string& program) {
  const WorkingProgram* known = set_.Find(program);
  return known == nullptr ? JournalRepository::Head(program) : known->head().revision;
}

absl::StatusOr<std::map<std::string, domain::Revision>> WorkingJournal::Heads() {
  PERIGEE_RETURN_IF_ERROR(set_.Flush());
  return JournalRepository::Heads();
}

absl::StatusOr<std::optional<domain::Program>> WorkingPrograms::Find(const std::string& program) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? ProgramRepository::Find(program) : known->Definition();
}

absl::StatusOr<std::vector<domain::Asset>> WorkingPrograms::Assets(const std::string& program) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? ProgramRepository::Assets(program) : known->Assets();
}

absl::StatusOr<std::vector<domain::Rule>> WorkingPrograms::Rules(const std::string& program) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? ProgramRepository::Rules(program) : known->Rules();
}

absl::StatusOr<std::optional<domain::Member>> WorkingMembers::Find(const std::string& program,
                                                                   const std::string& member_id) {
  WorkingProgram* known = set_.Find(program);
  if (known == nullptr) {
    return MemberRepository::Find(program, member_id);
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member* member, known->FindMember(member_id));
  return member == nullptr ? std::nullopt : std::optional(*member);
}

absl::StatusOr<std::vector<domain::Member>> WorkingMembers::FindByKeys(
    const std::string& program, std::span<const domain::MemberKey> keys) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? MemberRepository::FindByKeys(program, keys) : known->FindMembers(keys);
}

absl::StatusOr<domain::MergedMembers> WorkingMembers::Merged(const std::string& program) {
  WorkingProgram* known = set_.Find(program);
  if (known == nullptr) {
    return MemberRepository::Merged(program);
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers* merged, known->Merged());
  return *merged;
}

absl::StatusOr<std::optional<domain::Activity>> WorkingActivities::FindBySource(
    const std::string& program, const std::string& source, const std::string& source_event_id) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? ActivityRepository::FindBySource(program, source, source_event_id)
                          : known->FindActivity({source, source_event_id});
}

absl::StatusOr<std::shared_ptr<void>> WorkingRecords::FindAny(const std::string& program,
                                                              const domain::RecordType& type,
                                                              const void* like) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? SqlRecordReader::FindAny(program, type, like)
                          : known->FindRecord(type, like);
}

std::unique_ptr<domain::LedgerBooks> WorkingLedger::MakeBooks(const std::string& program) {
  WorkingProgram* known = set_.Find(program);
  if (known == nullptr) {
    return SqlLedgerReader::MakeBooks(program);
  }
  return std::make_unique<WorkingBooks>(connection(), *known, program);
}

absl::StatusOr<std::vector<domain::Account>> WorkingLedger::AccountsOf(
    const std::string& program, const domain::MemberKey& member) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? SqlLedgerReader::AccountsOf(program, member)
                          : known->AccountsOf(member);
}

absl::StatusOr<std::vector<domain::Transfer>> WorkingLedger::HoldsOf(
    const std::string& program, const domain::MemberKey& member, int limit) {
  PERIGEE_RETURN_IF_ERROR(set_.Flush());
  return SqlLedgerReader::HoldsOf(program, member, limit);
}

absl::StatusOr<std::optional<domain::Account>> WorkingLedger::AccountAsOf(
    const std::string& program, const domain::AccountRef& ref, domain::Revision revision,
    Time time) {
  PERIGEE_RETURN_IF_ERROR(set_.Flush());
  return SqlLedgerReader::AccountAsOf(program, ref, revision, time);
}

absl::StatusOr<std::vector<ports::AssetTotals>> WorkingLedger::TotalAssets(
    const std::string& program) {
  PERIGEE_RETURN_IF_ERROR(set_.Flush());
  return SqlLedgerReader::TotalAssets(program);
}

absl::StatusOr<ports::ActivityCounts> WorkingActivities::Count(const std::string& program,
                                                               Time since) {
  PERIGEE_RETURN_IF_ERROR(set_.Flush());
  return ActivityRepository::Count(program, since);
}

}  // namespace perigee::sql
