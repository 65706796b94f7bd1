// Erases a member who is everywhere, and looks everywhere afterwards: through the doors, in the
// tables, in Redis, in logs and in metrics.

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/util/time_util.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "perigee/v1/program.grpc.pb.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/programme.h"
#include "tests/faults/writes.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/perigeed.h"
#include "tests/support/postgres_server.h"
#include "tests/support/process.h"
#include "tests/support/redis_server.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using google::protobuf::util::TimeUtil;

constexpr std::chrono::milliseconds kDeadline{20'000};
// All that is personal of the member has one of these.
const std::vector<std::string> kMarks = {"zyxgone", "Qwertz Vergissmein", "geheimwort"};
const std::string kGone = absl::StrCat(kFaultProgram, "/members/zyxgone");
// The same person as another source knows them.
const std::string kGoneToo = absl::StrCat(kGone, "-too");
const std::vector<std::string> kBoards = {"all", "days", "gifts"};

std::string AccountOfGone(const std::string& asset) {
  return absl::StrCat(kGone, "/accounts/", asset);
}

class ErasureTest : public testing::TestWithParam<bool> {
 protected:
  bool IsPostgres() const { return GetParam(); }

  void SetUp() override {
    std::string reason;
    redis_ = RedisServer::Start(reason);
    postgres_ = redis_ == nullptr || !IsPostgres() ? nullptr : PostgresServer::Start(reason);
    if (redis_ == nullptr || (IsPostgres() && postgres_ == nullptr)) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    store_ = IsPostgres() ? postgres_->MakeDatabase()
                          : "sqlite:" + (folder_.path() / "store.db").string();
    ASSERT_EQ(Perigeed::Run("migrate", store_).exit_code, 0);
    servers_.resize(IsPostgres() ? 2 : 1);
    for (auto& server : servers_) {
      server = std::make_unique<Perigeed>(
          Perigeed::Options{.store = store_, .redis = "unix:" + redis_->socket_path()});
      ASSERT_THAT(server->Start(), IsOk());
    }
    if (IsPostgres()) {
      sql_ = std::make_unique<PlainPostgres>(store_);
    } else {
      sql_ = std::make_unique<PlainSqlite>((folder_.path() / "store.db").string());
    }
    ASSERT_TRUE(MakeFaultProgramme(servers_[0]->Channel("internal")).ok());
  }

  template <class Stub, class Request, class Response>
  grpc::Status Call(Stub& stub,
                    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                    const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + kDeadline);
    return (stub.*method)(&context, request, &response);
  }
  static std::string RequestId(int n) {
    return absl::StrCat("0193e5c0-0000-7000-8000-", 100'000'000'000 + n);
  }
  std::string NewRequestId() { return RequestId(++requests_); }
  void Must(const BooksRequest& request) {
    const Answer answer = Send(servers_.front()->Channel("internal"), request, kDeadline);
    ASSERT_TRUE(answer.status.ok()) << answer.status.error_message();
    head_ = std::max(head_, answer.revision);
  }
  v1::PostTransfersRequest Transfer(const std::string& debit, const std::string& credit,
                                    std::int64_t amount, bool holds = false) {
    v1::PostTransfersRequest request;
    request.set_parent(kFaultProgram);
    request.set_request_id(NewRequestId());
    v1::Transfer& transfer = *request.add_transfers();
    transfer.set_debit_account(debit);
    transfer.set_credit_account(credit);
    transfer.set_amount(amount);
    if (debit.starts_with(kGone) || credit.starts_with(kGone)) {
      transfer.set_memo("geheimwort für " + credit);
    }
    if (holds) {
      *transfer.mutable_expire_time() =
          TimeUtil::GetCurrentTime() + TimeUtil::SecondsToDuration(3600);
    }
    return request;
  }
  void Record(const std::string& type, const std::string& actor, const std::string& recipient,
              std::int64_t seconds) {
    v1::RecordActivityRequest request;
    request.set_parent(kFaultProgram);
    v1::Activity& activity = *request.mutable_activity();
    activity.set_type(type);
    activity.set_actor(actor);
    activity.set_recipient(recipient);
    activity.set_object(actor.starts_with(kGone) ? "post with the geheimwort" : "");
    activity.set_quantity(1);
    activity.set_source("test");
    activity.set_source_event_id(absl::StrCat(
        actor.starts_with(kGone) || recipient.starts_with(kGone) ? "geheimwort-" : "event-",
        ++events_));
    activity.mutable_occur_time()->set_seconds(seconds);
    Must(request);
  }

  v1::CreateMemberRequest Create(const std::string& id, const std::string& facet) {
    v1::CreateMemberRequest create;
    create.set_parent(kFaultProgram);
    create.set_member_id(id);
    create.mutable_member()->set_display_name("Qwertz Vergissmein");
    create.mutable_member()->add_facets(facet);
    create.set_request_id(NewRequestId());
    v1::Member member;
    auto members = v1::MemberAdminService::NewStub(servers_[0]->Channel("internal"));
    EXPECT_TRUE(Call(*members, &v1::MemberAdminService::Stub::CreateMember, create, member).ok());
    return create;
  }
  // Merges another member into the member, with what it did, and lets it do more.
  void MergeOther() {
    Create("zyxgone-too", "geheimwort-too");
    Record("kudos", FaultMember(1), kGoneToo, kFirstDaySeconds);
    Record("kudos", kGoneToo, kGone, kFirstDaySeconds);
    Must(Transfer(FaultOwnAccount("points", "issued"), AccountOfGone("points"), 3));
    Must(Transfer(FaultOwnAccount("points", "issued"), kGoneToo + "/accounts/points", 3));
    v1::MergeMembersRequest merge;
    merge.set_name(kGone);
    merge.set_from(kGoneToo);
    merge.set_request_id(NewRequestId());
    v1::Member member;
    auto members = v1::MemberAdminService::NewStub(servers_[0]->Channel("internal"));
    const grpc::Status status =
        Call(*members, &v1::MemberAdminService::Stub::MergeMembers, merge, member);
    ASSERT_TRUE(status.ok()) << status.error_message();
    head_ = std::max<std::int64_t>(head_, member.revision());
    Record("kudos", kGoneToo, FaultMember(2), kFirstDaySeconds);
    Must(Transfer(kGoneToo + "/accounts/points", FaultAccount(1, "points"), 2));
  }

  // Lets the member be in every part of the programme, among others.
  void Live() {
    create_ = Create("zyxgone", "geheimwort");
    for (int n = 0; n < kFaultMembers; ++n) {
      const std::int64_t day = kFirstDaySeconds + n % kDays * kDaySeconds;
      Record("kudos", FaultMember(n), kGone, day);
      Record("kudos", kGone, FaultMember(n), day + 60);
      Record("answer", FaultMember(n), FaultMember((n + 1) % kFaultMembers), day + 120);
      Must(Transfer(FaultOwnAccount("points", "issued"), FaultAccount(n, "points"), 20 + n));
      Must(Transfer(FaultAccount(n, "points"), AccountOfGone("points"), 2));
      Must(Transfer(AccountOfGone("points"), FaultAccount(n, "points"), 1));
    }
    Must(Transfer(FaultOwnAccount("access", "issued"), AccountOfGone("access"), 30));
    Must(Transfer(AccountOfGone("access"), FaultAccount(1, "access"), 4));
    // Holds on either side, with the programme as the other.
    Must(Transfer(AccountOfGone("access"), FaultOwnAccount("access", "spent"), 5, true));
    Must(Transfer(FaultOwnAccount("access", "issued"), AccountOfGone("access"), 6, true));
  }

  v1::ListStatementLinesResponse Statement(int n, const std::string& asset) {
    const auto capital = v1::CapitalService::NewStub(servers_.back()->Channel("public"));
    v1::ListStatementLinesRequest request;
    request.set_parent(FaultAccount(n, asset));
    request.set_page_size(1000);
    v1::ListStatementLinesResponse response;
    EXPECT_TRUE(
        Call(*capital, &v1::CapitalService::Stub::ListStatementLines, request, response).ok());
    return response;
  }
  // The statements of all others. Where the erased member was the other side, the name and the
  // words are left out: they are the member's.
  std::string OthersStatements() {
    std::string all;
    for (int n = 0; n < kFaultMembers; ++n) {
      for (const char* asset : {"reputation", "points", "access"}) {
        v1::ListStatementLinesResponse response = Statement(n, asset);
        for (v1::StatementLine& line : *response.mutable_lines()) {
          v1::Transfer& transfer = *line.mutable_transfer();
          if (transfer.debit_account().starts_with(kGone)) {
            transfer.clear_debit_account();
            transfer.clear_memo();
          }
          if (transfer.credit_account().starts_with(kGone)) {
            transfer.clear_credit_account();
            transfer.clear_memo();
          }
        }
        all += response.SerializeAsString();
      }
    }
    return all;
  }
  // The boards of a server, all in one text.
  std::string Boards(Perigeed& server) {
    const auto boards = v1::BoardService::NewStub(server.Channel("public"));
    std::string all;
    for (const std::string& period : Periods()) {
      v1::ListEntriesRequest request;
      request.set_parent(period);
      request.set_page_size(100);
      request.set_min_revision(head_);
      v1::ListEntriesResponse response;
      EXPECT_TRUE(Call(*boards, &v1::BoardService::Stub::ListEntries, request, response).ok());
      EXPECT_GT(response.entries_size(), 0) << period;
      absl::StrAppend(&all, response.DebugString());
    }
    return all;
  }
  static std::vector<std::string> Periods() {
    std::vector<std::string> periods;
    for (const char* board : {"all", "gifts"}) {
      periods.push_back(absl::StrCat(kFaultProgram, "/boards/", board, "/periods/all-time"));
    }
    for (int day = 0; day < kDays; ++day) {
      periods.push_back(absl::StrCat(kFaultProgram, "/boards/days/periods/2026-01-0", 5 + day));
    }
    return periods;
  }
  void ExpectBoardsRight(Perigeed& server) {
    const auto admin = v1::BoardAdminService::NewStub(server.Channel("internal"));
    for (const std::string& period : Periods()) {
      v1::VerifyBoardRequest request;
      request.set_name(period);
      v1::VerifyBoardResponse response;
      const grpc::Status status =
          Call(*admin, &v1::BoardAdminService::Stub::VerifyBoard, request, response);
      ASSERT_TRUE(status.ok()) << status.error_message();
      EXPECT_GT(response.caches_size(), 0) << period;
      for (const auto& cache : response.caches()) {
        EXPECT_TRUE(cache.equal()) << period << ": " << response.DebugString();
      }
    }
  }
  // A final result of a past day, with the member in it.
  void CloseADay() {
    const auto admin = v1::BoardAdminService::NewStub(servers_[0]->Channel("internal"));
    v1::ClosePeriodRequest request;
    request.set_name(absl::StrCat(kFaultProgram, "/boards/days/periods/2026-01-05"));
    request.set_request_id(NewRequestId());
    v1::Period period;
    const grpc::Status status =
        Call(*admin, &v1::BoardAdminService::Stub::ClosePeriod, request, period);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }

  // The document of the member, from a server.
  std::string Export(Perigeed& server) {
    const auto members = v1::MemberService::NewStub(server.Channel("public"));
    grpc::ClientContext context;
    v1::ExportMemberRequest request;
    request.set_name(kGone);
    const auto stream = members->ExportMember(&context, request);
    std::string document;
    v1::ExportMemberResponse part;
    while (stream->Read(&part)) {
      document += part.json();
    }
    const grpc::Status status = stream->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message();
    return document;
  }

  void Erase(v1::EraseMemberRequest& erase, v1::EraseMemberResponse& erased) {
    const auto members = v1::MemberService::NewStub(servers_.back()->Channel("public"));
    v1::GetMemberRequest get;
    get.set_name(kGone);
    v1::Member member;
    ASSERT_TRUE(Call(*members, &v1::MemberService::Stub::GetMember, get, member).ok());
    erase.set_name(kGone);
    erase.set_etag(member.etag());
    erase.set_request_id(NewRequestId());
    const auto admin = v1::MemberAdminService::NewStub(servers_.back()->Channel("internal"));
    const grpc::Status status =
        Call(*admin, &v1::MemberAdminService::Stub::EraseMember, erase, erased);
    ASSERT_TRUE(status.ok()) << status.error_message();
    head_ = erased.revision();
  }
  // This happens in the background.
  void ExpectRowsCleared() {
    EXPECT_TRUE(Await(
        [&] { return sql_->Query("SELECT count(*) FROM due WHERE kind = 5").front() == "0"; }));
  }
  // Saves the book without its keys, and brings it back.
  void SaveBook() {
    const Outcome saved = RunToEnd(
        IsPostgres() ? absl::StrCat("pg_dump --no-owner -N '*_keys' '", store_, "' > ", Saved())
                     : absl::StrCat("sqlite3 '", Book(), "' \".backup '", Saved(), "'\""));
    ASSERT_EQ(saved.exit_code, 0) << saved.output;
  }
  void RestoreBook() {
    const Outcome restored = RunToEnd(
        IsPostgres()
            ? absl::StrCat("psql -q -v ON_ERROR_STOP=1 '", store_,
                           "' -c 'DROP SCHEMA public CASCADE' -c 'CREATE SCHEMA public' && "
                           "psql -q -v ON_ERROR_STOP=1 '",
                           store_, "' < ", Saved())
            : absl::StrCat("rm -f '", Book(), "-wal' '", Book(), "-shm' && cp '", Saved(), "' '",
                           Book(), "'"));
    ASSERT_EQ(restored.exit_code, 0) << restored.output;
  }
  std::string Book() const { return (folder_.path() / "store.db").string(); }
  std::string Saved() const { return (folder_.path() / "saved").string(); }

  void ExpectNoMark(const std::string& where, const std::string& text) {
    for (const std::string& mark : kMarks) {
      const std::string hex = absl::BytesToHexString(mark);  // As dumps show bytes.
      for (const std::string& shown : {mark, hex, absl::AsciiStrToUpper(hex)}) {
        EXPECT_EQ(text.find(shown), std::string::npos) << where << " shows " << mark;
      }
    }
  }
  std::string Dump() const {
    const Outcome dumped =
        RunToEnd(IsPostgres() ? absl::StrCat("pg_dump --no-owner '", store_, "'")
                              : absl::StrCat("sqlite3 '", (folder_.path() / "store.db").string(),
                                             "' .dump"));
    EXPECT_EQ(dumped.exit_code, 0) << dumped.output;
    EXPECT_NE(dumped.output.find("journal"), std::string::npos);
    return dumped.output;
  }
  std::string RedisDump() {
    EXPECT_EQ(redis_->Send("CONFIG SET rdbcompression no"), "+OK");
    EXPECT_EQ(redis_->Send("SAVE"), "+OK");
    std::ostringstream dump;
    const auto folder = std::filesystem::path(redis_->socket_path()).parent_path();
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
      if (file.path().extension() == ".rdb") {
        dump << std::ifstream(file.path(), std::ios::binary).rdbuf();
      }
    }
    EXPECT_FALSE(dump.str().empty());
    return dump.str();
  }

  TemporaryFolder folder_;
  std::unique_ptr<RedisServer> redis_;
  std::unique_ptr<PostgresServer> postgres_;
  std::string store_;
  std::vector<std::unique_ptr<Perigeed>> servers_;
  std::unique_ptr<PlainSql> sql_;
  v1::CreateMemberRequest create_;
  std::int64_t head_ = 0;
  int requests_ = 0;
  int events_ = 0;
};

TEST_P(ErasureTest, AMemberWhoIsEverywhereIsFoundNowhere) {
  Live();
  CloseADay();
  MergeOther();
  for (const auto& server : servers_) {
    EXPECT_NE(Boards(*server).find("Qwertz Vergissmein"), std::string::npos);
  }
  const std::string statements = OthersStatements();
  for (const auto& server : servers_) {
    const std::string document = Export(*server);
    for (const std::string& mark : kMarks) {
      EXPECT_NE(document.find(mark), std::string::npos) << mark;
    }
    EXPECT_NE(document.find("post with the geheimwort"), std::string::npos);
    EXPECT_NE(document.find("zyxgone-too"), std::string::npos);
    EXPECT_TRUE(document.ends_with("]}\n"));
  }

  v1::GetMemberRequest get;
  get.set_name(kGone);
  v1::Member member;
  auto admin = v1::MemberAdminService::NewStub(servers_.back()->Channel("internal"));
  v1::EraseMemberRequest erase;
  v1::EraseMemberResponse erased;
  ASSERT_NO_FATAL_FAILURE(Erase(erase, erased));

  ExpectRowsCleared();
  for (const auto& server : servers_) {
    const auto asked = v1::MemberService::NewStub(server->Channel("public"));
    EXPECT_EQ(Call(*asked, &v1::MemberService::Stub::GetMember, get, member).error_code(),
              grpc::StatusCode::NOT_FOUND);
    ExpectNoMark("a board", Boards(*server));
    ExpectBoardsRight(*server);
    // A retry of what made the member gets no answer any more; that of the erasure gets its own.
    admin = v1::MemberAdminService::NewStub(server->Channel("internal"));
    const grpc::Status again =
        Call(*admin, &v1::MemberAdminService::Stub::CreateMember, create_, member);
    EXPECT_EQ(again.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
    EXPECT_NE(again.error_details().find("REQUEST_ANSWER_ERASED"), std::string::npos);
    v1::EraseMemberResponse replayed;
    EXPECT_TRUE(Call(*admin, &v1::MemberAdminService::Stub::EraseMember, erase, replayed).ok());
    EXPECT_EQ(replayed.revision(), erased.revision());
  }
  EXPECT_EQ(OthersStatements(), statements);
  for (const auto& server : servers_) {
    httplib::Client metrics(server->Address("metrics"));
    const auto page = metrics.Get("/metrics");
    ASSERT_TRUE(page);
    ExpectNoMark("the metrics", page->body);
    for (const std::string& mark : kMarks) {
      EXPECT_EQ(server->InLog(mark), 0) << mark;
    }
    server->Stop();
  }
  ExpectNoMark("Redis", RedisDump());
  ExpectNoMark("the store", Dump());
  const auto check = Perigeed::Run("check", store_);
  EXPECT_EQ(check.exit_code, 0) << check.output;

  // A server that starts anew builds the same boards from the store alone.
  redis_->Stop();
  Perigeed fresh({.store = store_});
  ASSERT_THAT(fresh.Start(), IsOk());
  ExpectNoMark("a new server", Boards(fresh));
  ExpectBoardsRight(fresh);
}

// The keys stay as they are, as the README says.
TEST_P(ErasureTest, ARestoredBackupErasesAgain) {
  Live();
  ASSERT_NO_FATAL_FAILURE(SaveBook());
  v1::EraseMemberRequest erase;
  v1::EraseMemberResponse erased;
  ASSERT_NO_FATAL_FAILURE(Erase(erase, erased));
  ExpectRowsCleared();
  for (const auto& server : servers_) {
    server->Stop();
  }
  ASSERT_NO_FATAL_FAILURE(RestoreBook());
  const auto unclean = Perigeed::Run("check", store_);
  EXPECT_EQ(unclean.exit_code, 1);
  EXPECT_NE(unclean.output.find("erases them again"), std::string::npos) << unclean.output;

  servers_.resize(1);
  ASSERT_THAT(servers_[0]->Start(), IsOk());
  EXPECT_EQ(servers_[0]->InLog("members_erased_again members=1 programs=0 failed=0"), 1);
  ExpectRowsCleared();
  ExpectNoMark("a board", Boards(*servers_[0]));
  ExpectBoardsRight(*servers_[0]);
  servers_[0]->Stop();
  ExpectNoMark("the store", Dump());
  const auto check = Perigeed::Run("check", store_);
  EXPECT_EQ(check.exit_code, 0) << check.output;
  // The next start has nothing to erase. The log of the first goes on.
  ASSERT_THAT(servers_[0]->Start(), IsOk());
  EXPECT_EQ(servers_[0]->InLog("members_erased_again"), 1);
}

INSTANTIATE_TEST_SUITE_P(Stores, ErasureTest, testing::Values(false, true), [](const auto& store) {
  return std::string(store.param ? "Postgres" : "Sqlite");
});

}  // namespace
}  // namespace perigee::tests
