#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/adapters/sql/check/program_check.h"
#include "server/adapters/sql/journal/journal_texts.h"
#include "server/core/status_macros.h"
#include "server/domain/journal/journal.h"

namespace perigee::sql {
namespace {

struct RequestRow {
  Uuid id_hash;
  Sha256Digest content{};
  std::optional<std::string> answer;  // Absent if it was erased.
};

}  // namespace

absl::Status ProgramCheck::CheckRequest(const domain::JournalEntry& entry,
                                        const domain::RequestProof& proof) {
  std::vector<RequestRow> rows;
  PERIGEE_RETURN_IF_ERROR(connection_.Query(
      "SELECT id_hash, content, answer FROM request WHERE program = $1 AND time = $2 AND by_kind = "
      "$3 "
      "AND by_id = $4 AND revision = $5 AND changed = 1",
      {program_, entry.time, static_cast<int>(entry.by.kind), entry.by.id, entry.revision},
      [&](const Row& row) {
        rows.push_back(
            {row.Id(0), row.Digest(1), row.IsNull(2) ? std::nullopt : std::optional(row.Text(2))});
      }));
  requests_ += static_cast<std::int64_t>(rows.size());
  if (entry.revision <= forgotten_) {
    return absl::OkStatus();
  }
  if (rows.empty()) {
    if (!proof.request.empty()) {
      Report(absl::StrCat("the request that made journal entry ", entry.revision,
                          " is not remembered"));
    }
    return absl::OkStatus();
  }
  const RequestRow& row = rows.front();
  const domain::RequestProof shown =
      domain::ProveRequest(row.id_hash, row.content, row.answer.value_or(""));
  if (rows.size() > 1 || shown.request != proof.request ||
      (row.answer.has_value() && shown.answer != proof.answer)) {
    Report(absl::StrCat("the remembered request of journal entry ", entry.revision,
                        " is not the one that made it"));
  }
  CheckAnswer(entry, !row.answer.has_value());
  return absl::OkStatus();
}

// An answer is erased with any member whom its entry names, and only so.
void ProgramCheck::CheckAnswer(const domain::JournalEntry& entry, bool erased) {
  if (!erased && destroyed_.empty()) {
    return;
  }
  std::set<domain::MemberKey> named = NamedMembers(entry.changes);
  if (entry.by.kind == domain::PrincipalKind::kMember) {
    named.insert(entry.by.id);
  }
  // The answer to the erasing request itself stays.
  for (const domain::MemberKey& member : entry.changes.erased) {
    named.erase(member);
  }
  bool may_be = false;
  bool must_be = false;
  for (const domain::MemberKey& member : named) {
    const bool erased_later = destroyed_.contains(member) && !erased_.contains(member);
    may_be = may_be || erased_later;
    must_be = must_be || (erased_later && !erasing_.contains(member));
  }
  if (erased && !may_be) {
    Report(
        absl::StrCat("the answer to the request of journal entry ", entry.revision, " is missing"));
  }
  if (!erased && must_be) {
    Report(absl::StrCat("the answer to the request of journal entry ", entry.revision,
                        " was not erased with a member whom it names"));
  }
}

absl::Status ProgramCheck::CheckRequestCount() {
  return connection_.Query(
      "SELECT COUNT(*) FROM request WHERE program = $1 AND changed = 1", {program_},
      [&](const Row& row) {
        if (row.Int(0) != requests_) {
          Report(absl::StrCat("there are ", row.Int(0), " remembered requests that changed ",
                              "something, the journal makes it ", requests_));
        }
      });
}

}  // namespace perigee::sql
