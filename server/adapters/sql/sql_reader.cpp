#include "server/adapters/sql/sql_reader.h"

#include "server/core/status_macros.h"

namespace perigee::sql {

SqlReader::SqlReader(Connection& connection)
    : connection_(connection),
      programs_(connection),
      members_(connection),
      activities_(connection),
      accounts_(connection),
      ledger_(connection),
      lots_(connection),
      scores_(connection),
      boards_(connection),
      journal_(connection) {}

domain::LedgerBooks& SqlReader::Books(const std::string& program) {
  std::unique_ptr<SqlBooks>& books = books_[program];
  if (books == nullptr) {
    books = std::make_unique<SqlBooks>(connection_, program);
  }
  return *books;
}

absl::StatusOr<domain::Revision> SqlReader::Head(const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(const JournalHead head, journal_.Head(program));
  return head.revision;
}

absl::StatusOr<std::optional<domain::Program>> SqlReader::FindProgram(const std::string& program) {
  return programs_.Find(program);
}

absl::StatusOr<std::vector<domain::Program>> SqlReader::ListPrograms(const std::string& after,
                                                                     int limit) {
  return programs_.List(after, limit);
}

absl::StatusOr<std::vector<domain::Asset>> SqlReader::Assets(const std::string& program) {
  return programs_.Assets(program);
}

absl::StatusOr<std::vector<domain::Rule>> SqlReader::Rules(const std::string& program) {
  return programs_.Rules(program);
}

absl::StatusOr<std::optional<domain::Member>> SqlReader::FindMember(const std::string& program,
                                                                    const std::string& member_id) {
  return members_.Find(program, member_id);
}

absl::StatusOr<std::vector<domain::Member>> SqlReader::FindMembers(
    const std::string& program, std::span<const domain::MemberKey> keys) {
  return members_.Find(program, keys);
}

absl::StatusOr<std::vector<domain::Member>> SqlReader::FindMembersById(
    const std::string& program, std::span<const std::string> member_ids) {
  return members_.FindByIds(program, member_ids);
}

absl::StatusOr<std::vector<domain::Member>> SqlReader::ListMembers(const std::string& program,
                                                                   const std::string& after,
                                                                   int limit) {
  return members_.List(program, after, limit);
}

absl::StatusOr<std::optional<domain::Activity>> SqlReader::FindActivity(const std::string& program,
                                                                        domain::Revision revision) {
  return activities_.Find(program, revision);
}

absl::StatusOr<std::optional<domain::Activity>> SqlReader::FindActivityBySource(
    const std::string& program, const std::string& source, const std::string& source_event_id) {
  return activities_.FindBySource(program, source, source_event_id);
}

absl::StatusOr<std::vector<domain::Activity>> SqlReader::ListActivities(
    const std::string& program, const domain::MemberKey& member, domain::Revision before,
    int limit) {
  return activities_.List(program, member, before, limit);
}

absl::StatusOr<std::vector<domain::Account>> SqlReader::MemberAccounts(
    const std::string& program, const domain::MemberKey& member) {
  return accounts_.Of(program, member);
}

absl::StatusOr<std::optional<domain::Account>> SqlReader::AccountAsOf(const std::string& program,
                                                                      const domain::AccountRef& ref,
                                                                      domain::Revision revision,
                                                                      Time time) {
  return accounts_.AsOf(program, ref, revision, time);
}

absl::StatusOr<std::vector<ports::StatementLine>> SqlReader::Statement(
    const std::string& program, const domain::AccountRef& ref, domain::TransferId before,
    int limit) {
  return ledger_.Statement(program, ref, before, limit);
}

absl::StatusOr<std::vector<domain::Transfer>> SqlReader::TransfersOf(const std::string& program,
                                                                     domain::Revision revision) {
  return ledger_.TransfersOf(program, revision);
}

absl::StatusOr<std::vector<domain::TransferId>> SqlReader::DueHolds(const std::string& program,
                                                                    Time now, int limit) {
  return ledger_.DueHolds(program, now, limit);
}

absl::StatusOr<std::vector<domain::AccountRef>> SqlReader::DueLots(const std::string& program,
                                                                   Time now, int limit) {
  return lots_.Due(program, now, limit);
}

absl::StatusOr<std::vector<domain::Board>> SqlReader::Boards(const std::string& program) {
  return boards_.List(program);
}

absl::Status SqlReader::ForEachScore(const std::string& program, const std::string& asset,
                                     Interval interval, domain::Revision revision,
                                     const std::function<void(const ports::MemberScore&)>& visit) {
  return scores_.ForEach(program, asset, interval, revision, visit);
}

absl::StatusOr<std::optional<domain::Score>> SqlReader::FindScore(const std::string& program,
                                                                  const std::string& asset,
                                                                  const domain::MemberKey& member,
                                                                  Interval interval,
                                                                  domain::Revision revision) {
  return scores_.Find(program, asset, member, interval, revision);
}

absl::StatusOr<std::vector<ports::Contribution>> SqlReader::Contributions(
    const std::string& program, const std::string& asset, const domain::MemberKey& member,
    Interval interval, int limit) {
  return scores_.Contributions(program, asset, member, interval, limit);
}

absl::StatusOr<bool> SqlReader::ScoresChangedSince(const std::string& program,
                                                   const std::string& asset, Interval interval,
                                                   domain::Revision revision) {
  return scores_.ChangedSince(program, asset, interval, revision);
}

absl::StatusOr<std::vector<domain::PeriodResult>> SqlReader::Results(const std::string& program,
                                                                     const std::string& board,
                                                                     domain::Revision created,
                                                                     const std::string& period) {
  return boards_.Results(program, board, created, period);
}

absl::StatusOr<std::vector<domain::ResultEntry>> SqlReader::ResultEntries(
    const std::string& program, const domain::PeriodResult& result, std::int64_t after_position,
    int limit) {
  return boards_.Entries(program, result, after_position, limit);
}

absl::StatusOr<std::vector<domain::JournalEntry>> SqlReader::ReadJournal(const std::string& program,
                                                                         domain::Revision after,
                                                                         int limit) {
  return journal_.Read(program, after, limit);
}

absl::StatusOr<std::optional<Sha256Digest>> SqlReader::JournalHashAt(const std::string& program,
                                                                     domain::Revision revision) {
  return journal_.HashAt(program, revision);
}

absl::StatusOr<std::vector<ports::MemberCount>> SqlReader::CountMembers(
    const std::string& program) {
  return members_.Count(program);
}

absl::StatusOr<std::vector<ports::AssetTotals>> SqlReader::TotalAssets(const std::string& program) {
  return accounts_.TotalAssets(program);
}

absl::StatusOr<ports::ActivityCounts> SqlReader::CountActivity(const std::string& program,
                                                               Time since) {
  return activities_.Count(program, since);
}

}  // namespace perigee::sql
