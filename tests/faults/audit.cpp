#include "tests/faults/audit.h"

#include <algorithm>
#include <limits>
#include <set>

#include <google/protobuf/util/time_util.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "tests/faults/programme.h"
#include "tests/faults/sealed_rows.h"

namespace perigee::tests {
namespace {

using google::protobuf::util::TimeUtil;

constexpr int kWholeBoard = 1000;
constexpr std::chrono::seconds kPatience{30};
constexpr std::int64_t kMicros = 1'000'000;
constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();

std::string After(std::int64_t revision) {
  return absl::StrCat(" program = 'fault' AND revision > ", revision);
}

// The row of a transfer as the query of CompareTransfers gives it, without the name.
std::string RowOf(const BooksModel::Transfer& transfer) {
  return absl::StrJoin(
      {transfer.debit.asset, transfer.debit.member, transfer.debit.account, transfer.credit.member,
       transfer.credit.account, std::to_string(transfer.amount), std::to_string(transfer.kind),
       transfer.original.empty() ? "-" : transfer.original, std::to_string(transfer.cut)},
      "|");
}

std::int64_t HeadOf(const PlainSql& sql) {
  const SqlRows rows = sql.Query("SELECT head_revision FROM program WHERE program = 'fault'");
  return rows.empty() ? -1 : NumberIn(rows.front());
}

// Asks again until the board has reached the revision.
grpc::Status AskBoard(const std::shared_ptr<grpc::Channel>& door,
                      const v1::ListEntriesRequest& request, v1::ListEntriesResponse& response) {
  const auto stub = v1::BoardService::NewStub(door);
  const auto end = std::chrono::system_clock::now() + kPatience;
  grpc::Status status;
  do {
    grpc::ClientContext context;
    context.set_deadline(end);
    status = stub->ListEntries(&context, request, &response);
  } while (status.error_code() == grpc::StatusCode::UNAVAILABLE &&
           std::chrono::system_clock::now() < end);
  return status;
}

}  // namespace

void Audit::Look(const std::vector<std::unique_ptr<Writer>>& writers,
                 const std::shared_ptr<grpc::Channel>& door, const std::deque<BoardRead>& reads) {
  now_ = sql_.Snapshot();
  members_ = ReadMembers(*now_);
  Take(writers);
  ApplyAndJudge(reads);
  own_ = champions_.Follow(*now_, looked_at_);
  CompareJournal();
  CompareTransfers();
  CompareRequests();
  CompareTotals();
  champions_.Compare(*now_, members_, findings_);
  looked_at_ = HeadOf(*now_);
  now_.reset();
  CompareAccounts(door);
  CompareBoard(door, "all/periods/all-time", model_.Board(0, kEver));
  CompareBoard(door, "days/periods/2026-01-06",
               model_.Board((kFirstDaySeconds + kDaySeconds) * kMicros,
                            (kFirstDaySeconds + 2 * kDaySeconds) * kMicros));
}

void Audit::Take(const std::vector<std::unique_ptr<Writer>>& writers) {
  latest_.clear();
  taken_.resize(writers.size());
  for (std::size_t i = 0; i < writers.size(); ++i) {
    const std::deque<Write>& writes = writers[i]->writes();
    for (; taken_[i] < writes.size(); ++taken_[i]) {
      const Write& write = writes[taken_[i]];
      if (write.state == Write::State::kRefused) {
        ChampionAudit::Judge(write, findings_);
        continue;
      }
      ++acknowledged_;
      if (!latest_.emplace(write.answer.revision, &write).second ||
          write.answer.revision <= looked_at_) {
        findings_.Report(
            absl::StrCat("revision ", write.answer.revision, " was acknowledged twice"));
        ++lost_;
      }
    }
  }
}

void Audit::Apply(const Write& write) {
  champions_.Apply(write);
  if (const auto* const books = std::get_if<BooksRequest>(&write.request)) {
    model_.Apply(write.answer.revision, *books);
  }
}

void Audit::ApplyAndJudge(const std::deque<BoardRead>& reads) {
  std::vector<const BoardRead*> by_revision;
  for (const BoardRead& read : reads) {
    ++reads_;
    if (!read.status.ok()) {
      ++reads_refused_;
      findings_.Report("a read was refused: " + read.status.error_message());
    } else {
      by_revision.push_back(&read);
    }
  }
  std::ranges::stable_sort(by_revision, {},
                           [](const BoardRead* read) { return read->response.revision(); });
  auto write = latest_.begin();
  std::vector<BooksModel::Place> board = model_.Board(0, kEver);
  for (const BoardRead* const read : by_revision) {
    const auto before = write;
    for (; write != latest_.end() && write->first <= read->response.revision(); ++write) {
      Apply(*write->second);
    }
    if (write != before) {
      board = model_.Board(0, kEver);
    }
    Judge(*read, board);
  }
  for (; write != latest_.end(); ++write) {
    Apply(*write->second);
  }
}

// Display names do not belong to a revision, so they are not compared.
void Audit::Judge(const BoardRead& read, const std::vector<BooksModel::Place>& board) {
  const v1::ListEntriesResponse& page = read.response;
  const auto asked =
      static_cast<std::size_t>(std::get<v1::ListEntriesRequest>(read.request).page_size());
  bool right = read.response.revision() >= read.seen_before &&
               page.total_size() == static_cast<std::int64_t>(board.size()) &&
               page.entries_size() == static_cast<int>(std::min(asked, board.size()));
  for (std::size_t i = 0; right && i < static_cast<std::size_t>(page.entries_size()); ++i) {
    const v1::Entry& entry = page.entries(static_cast<int>(i));
    right = entry.rank() == board[i].rank &&
            entry.member() == absl::StrCat(kFaultProgram, "/members/", board[i].member) &&
            entry.score() == board[i].score &&
            TimeUtil::TimestampToMicroseconds(entry.reach_time()) == board[i].reach_us;
  }
  if (!right) {
    ++reads_wrong_;
    findings_.Report(absl::StrCat("a page of revision ", page.revision(),
                                  " is not what the board was then, or older than revision ",
                                  read.seen_before, ", which was seen before it was asked for"));
  }
}

void Audit::CompareJournal() {
  std::set<std::int64_t> rows;
  for (const std::string& row :
       now_->Query("SELECT revision FROM journal WHERE" + After(looked_at_))) {
    rows.insert(NumberIn(row));
  }
  for (const auto& [revision, write] : latest_) {
    if (rows.erase(revision) == 0) {
      ++lost_;
      findings_.Report(absl::StrCat("acknowledged revision ", revision, " is not in the journal"));
    }
  }
  for (const std::int64_t revision : own_) {
    rows.erase(revision);
  }
  for (const std::int64_t revision : rows) {
    ++doubled_;
    findings_.Report(absl::StrCat("revision ", revision, " of the journal is of nobody's write"));
  }
}

void Audit::CompareTransfers() {
  std::map<std::string, std::string> rows;
  for (const std::string& row : WithIds(
           members_,
           now_->Query("SELECT t.revision || '-' || t.idx, t.asset, t.debit_member,"
                       " t.debit_account, t.credit_member, t.credit_account, t.amount, t.kind,"
                       " COALESCE(t.original_revision || '-' || t.original_idx, '-'), t.cut_amount"
                       " FROM transfer t WHERE t.program = 'fault' AND t.revision > " +
                       std::to_string(looked_at_)))) {
    const std::size_t end = row.find('|');
    rows[row.substr(0, end)] = row.substr(end + 1);
  }
  std::set<std::int64_t> revisions = own_;
  for (const auto& [revision, write] : latest_) {
    revisions.insert(revision);
  }
  for (const std::int64_t revision : revisions) {
    bool whole = true;
    for (const std::string& name : model_.MadeAt(revision)) {
      const auto row = rows.find(name);
      const std::string expected = RowOf(model_.transfers().at(name));
      if (row == rows.end() || row->second != expected) {
        whole = false;
        findings_.Report(absl::StrCat("transfer ", name, " is ",
                                      row == rows.end() ? "missing" : row->second, ", expected ",
                                      expected));
      }
      if (row != rows.end()) {
        rows.erase(row);
      }
    }
    half_done_ += whole ? 0 : 1;
  }
  for (const auto& [name, row] : rows) {
    ++half_done_;
    findings_.Report(absl::StrCat("nobody asked for transfer ", name, ": ", row));
  }
}

// The remembered requests must be the acknowledged ones, each id once, and no refused one.
void Audit::CompareRequests() {
  SqlRows ids;
  SqlRows events = champions_.Activities(members_, looked_at_);
  for (const auto& [revision, write] : latest_) {
    if (const std::string id = RequestIdOf(write->request); !id.empty()) {
      ids.push_back(absl::StrCat(HashOfRequestId(id), "|", revision));
    } else {
      const auto& record =
          std::get<v1::RecordActivityRequest>(std::get<BooksRequest>(write->request));
      events.push_back(absl::StrCat(record.activity().source(), "|",
                                    record.activity().source_event_id(), "|", revision));
    }
  }
  findings_.Compare("request",
                    now_->Query("SELECT id_hash, revision FROM request WHERE" + After(looked_at_)),
                    ids);
  SqlRows rows;
  for (const domain::Activity& activity : ReadActivities(*now_, looked_at_)) {
    rows.push_back(
        absl::StrCat(activity.source, "|", activity.source_event_id, "|", activity.revision));
  }
  findings_.Compare("activity", rows, events);
}

void Audit::CompareTotals() {
  SqlRows accounts;
  for (const auto& [account, totals] : model_.accounts()) {
    accounts.push_back(
        absl::StrJoin(std::tuple(account.member, account.asset, account.account, totals.balance,
                                 totals.credits_pending, totals.debits_pending),
                      "|"));
  }
  findings_.Compare("account",
                    WithIds(members_, now_->Query("SELECT member_key, asset, account, balance,"
                                                  " credits_pending, debits_pending FROM account"
                                                  " WHERE program = 'fault'")),
                    accounts);
  SqlRows caps;
  for (const auto& [key, used] : model_.caps()) {
    caps.push_back(absl::StrCat(key.first, "|", key.second * kDaySeconds * kMicros, "|", used));
  }
  findings_.Compare(
      "cap_use",
      WithIds(members_, now_->Query("SELECT member_key, window_start, used FROM cap_use"
                                    " WHERE program = 'fault'")),
      caps);
  findings_.Compare("program",
                    now_->Query("SELECT activities, thanks FROM program WHERE program = 'fault'"),
                    {absl::StrCat(model_.activities(), "|", model_.thanks())});
  for (const auto& [id, member] : model_.members()) {
    SqlRows rows;
    for (const auto& [key, row] : members_) {
      if (row.id == id) {
        rows.push_back(absl::StrCat(row.display_name, "|", row.board_opt_out ? 1 : 0));
      }
    }
    findings_.Compare("member", rows,
                      {absl::StrCat(member.display_name, "|", member.opted_out ? 1 : 0)});
  }
}

void Audit::CompareAccounts(const std::shared_ptr<grpc::Channel>& door) {
  const auto stub = v1::CapitalService::NewStub(door);
  for (const auto& [account, totals] : model_.accounts()) {
    v1::GetAccountRequest request;
    request.set_name(account.member.empty()
                         ? FaultOwnAccount(account.asset, account.account)
                         : absl::StrCat(kFaultProgram, "/members/", account.member, "/accounts/",
                                        account.asset));
    grpc::ClientContext context;
    v1::Account response;
    const grpc::Status status = stub->GetAccount(&context, request, &response);
    const bool equal = status.ok() && response.balance() == totals.balance &&
                       response.credits_pending() == totals.credits_pending &&
                       response.debits_pending() == totals.debits_pending;
    // If the server has credited a share meanwhile, the next look compares.
    if (!equal && HeadOf(sql_) == looked_at_) {
      findings_.Report(absl::StrCat(request.name(), " reads ", response.ShortDebugString(), " ",
                                    status.error_message()));
    }
  }
}

void Audit::CompareBoard(const std::shared_ptr<grpc::Channel>& door, const std::string& period,
                         const std::vector<BooksModel::Place>& expected) {
  v1::ListEntriesRequest request;
  request.set_parent(absl::StrCat(kFaultProgram, "/boards/", period));
  request.set_page_size(kWholeBoard);
  request.set_min_revision(looked_at_);
  v1::ListEntriesResponse response;
  const grpc::Status status = AskBoard(door, request, response);
  SqlRows rows;
  for (const v1::Entry& entry : response.entries()) {
    rows.push_back(
        absl::StrJoin(std::tuple(entry.rank(), entry.member(), entry.display_name(), entry.score(),
                                 TimeUtil::TimestampToMicroseconds(entry.reach_time())),
                      "|"));
  }
  SqlRows places;
  for (const BooksModel::Place& place : expected) {
    const auto member = model_.members().find(place.member);
    places.push_back(absl::StrJoin(
        std::tuple(place.rank, absl::StrCat(kFaultProgram, "/members/", place.member),
                   member == model_.members().end() ? place.member : member->second.display_name,
                   place.score, place.reach_us),
        "|"));
  }
  if (!status.ok()) {
    findings_.Report(absl::StrCat(period, ": ", status.error_message()));
  }
  if (rows != places) {
    findings_.Report(absl::StrCat(period, " is\n  ", absl::StrJoin(rows, "\n  "), "\nexpected\n  ",
                                  absl::StrJoin(places, "\n  ")));
  }
}

void Audit::Replay(const DoorChannels& doors, std::size_t count) {
  const std::size_t step = std::max<std::size_t>(1, latest_.size() / count);
  std::size_t n = 0;
  for (const auto& [revision, write] : latest_) {
    if (n++ % step != 0) {
      continue;
    }
    const Answer again = Send(doors, write->request, kPatience);
    if (!again.status.ok() || !again.replayed || again.revision != revision ||
        again.bytes != write->answer.bytes) {
      ++doubled_;
      findings_.Report(absl::StrCat("revision ", revision,
                                    ", sent again, is answered otherwise: revision ",
                                    again.revision, " ", again.status.error_message()));
    }
  }
}

}  // namespace perigee::tests
