#include "server/adapters/sql/working_reader.h"

#include <utility>

#include "server/adapters/sql/ledger/sql_books.h"
#include "server/core/status_macros.h"

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

 private:
  WorkingProgram& program_;
};

}  // namespace

absl::StatusOr<domain::Revision> WorkingReader::Head(const std::string& program) {
  const WorkingProgram* known = set_.Find(program);
  return known == nullptr ? SqlReader::Head(program) : known->head().revision;
}

absl::StatusOr<std::optional<domain::Program>> WorkingReader::FindProgram(
    const std::string& program) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? SqlReader::FindProgram(program) : known->Definition();
}

absl::StatusOr<std::vector<domain::Asset>> WorkingReader::Assets(const std::string& program) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? SqlReader::Assets(program) : known->Assets();
}

absl::StatusOr<std::vector<domain::Rule>> WorkingReader::Rules(const std::string& program) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? SqlReader::Rules(program) : known->Rules();
}

absl::StatusOr<std::optional<domain::Member>> WorkingReader::FindMember(
    const std::string& program, const std::string& member_id) {
  WorkingProgram* known = set_.Find(program);
  if (known == nullptr) {
    return SqlReader::FindMember(program, member_id);
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member* member, known->FindMember(member_id));
  return member == nullptr ? std::nullopt : std::optional(*member);
}

absl::StatusOr<std::vector<domain::Member>> WorkingReader::FindMembers(
    const std::string& program, std::span<const domain::MemberKey> keys) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? SqlReader::FindMembers(program, keys) : known->FindMembers(keys);
}

absl::StatusOr<std::optional<domain::Activity>> WorkingReader::FindActivityBySource(
    const std::string& program, const std::string& source, const std::string& source_event_id) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? SqlReader::FindActivityBySource(program, source, source_event_id)
                          : known->FindActivity({source, source_event_id});
}

domain::LedgerBooks& WorkingReader::Books(const std::string& program) {
  WorkingProgram* known = set_.Find(program);
  if (known == nullptr) {
    return SqlReader::Books(program);
  }
  std::unique_ptr<domain::LedgerBooks>& books = books_[program];
  if (books == nullptr) {
    books = std::make_unique<WorkingBooks>(connection(), *known, program);
  }
  return *books;
}

absl::StatusOr<std::vector<domain::Account>> WorkingReader::MemberAccounts(
    const std::string& program, const domain::MemberKey& member) {
  WorkingProgram* known = set_.Find(program);
  return known == nullptr ? SqlReader::MemberAccounts(program, member) : known->AccountsOf(member);
}

absl::StatusOr<std::optional<domain::Account>> WorkingReader::AccountAsOf(
    const std::string& program, const domain::AccountRef& ref, domain::Revision revision,
    Time time) {
  PERIGEE_RETURN_IF_ERROR(set_.Flush());
  return SqlReader::AccountAsOf(program, ref, revision, time);
}

absl::StatusOr<std::vector<ports::AssetTotals>> WorkingReader::TotalAssets(
    const std::string& program) {
  PERIGEE_RETURN_IF_ERROR(set_.Flush());
  return SqlReader::TotalAssets(program);
}

absl::StatusOr<ports::ActivityCounts> WorkingReader::CountActivity(const std::string& program,
                                                                   Time since) {
  PERIGEE_RETURN_IF_ERROR(set_.Flush());
  return SqlReader::CountActivity(program, since);
}

}  // namespace perigee::sql
