#include "server/services/journal/audit_service.h"

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "perigee/v1/audit.grpc.pb.h"
#include "server/core/error.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/services/journal/audit_search.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"
#include "tests/services/naughty_strings.h"

namespace perigee::tests {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kAcme[] = "programs/acme";
constexpr char kBob[] = "programs/acme/members/bob";

class AuditServiceTest : public testing::Test {
 protected:
  absl::StatusOr<v1::ListAuditEntriesResponse> List(v1::ListAuditEntriesRequest request) {
    if (request.parent().empty()) {
      request.set_parent(kAcme);
    }
    std::string answer;
    const absl::Status status = server.CallWith(
        server.Token("root"), MethodNamed("AuditAdminService/ListAuditEntries"), request, &answer);
    if (!status.ok()) {
      return status;
    }
    v1::ListAuditEntriesResponse response;
    response.ParseFromString(answer);
    return response;
  }
  // All pages; the revisions in their order.
  std::vector<std::int64_t> Revisions(v1::ListAuditEntriesRequest request, int page_size = 2) {
    std::vector<std::int64_t> revisions;
    request.set_page_size(page_size);
    do {
      const auto page = List(request);
      EXPECT_THAT(page, IsOk());
      if (!page.ok()) {
        break;
      }
      EXPECT_LE(page->audit_entries_size(), page_size);
      for (const v1::AuditEntry& entry : page->audit_entries()) {
        revisions.push_back(entry.revision());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return revisions;
  }
  v1::AuditEntry Entry(std::int64_t revision) {
    v1::GetAuditEntryRequest request;
    request.set_name("programs/acme/auditEntries/" + std::to_string(revision));
    return server.Must<v1::AuditEntry>(server.Token("root"), "AuditAdminService/GetAuditEntry",
                                       request);
  }
  std::int64_t Head() {
    std::int64_t head = 0;
    EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
      head = reader.journal().Head("acme").value();
      return absl::OkStatus();
    }),
                IsOk());
    return head;
  }
  absl::Status GetBob(const std::string& subject) {
    v1::GetMemberRequest request;
    request.set_name(kBob);
    return server.CallWith(server.Token(subject), MethodNamed("MemberService/GetMember"), request);
  }
  domain::MemberKey KeyOfBob() {
    domain::MemberKey key;
    EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
      key = reader.members().Find("acme", "bob").value()->key;
      return absl::OkStatus();
    }),
                IsOk());
    return key;
  }
  void EraseBob() {
    ports::Unit unit;
    unit.program = "acme";
    unit.now = server.clock.Now();
    unit.decide = [key = KeyOfBob()](ports::StoreReader&, const ports::UnitContext&) {
      ports::Decision decision;
      decision.changes.erased = {key};
      return absl::StatusOr<ports::Decision>(std::move(decision));
    };
    std::promise<absl::Status> done;
    server.store().Write(std::move(unit),
                         [&](const auto& outcome) { done.set_value(outcome.status()); });
    ASSERT_THAT(done.get_future().get(), IsOk());
  }

  AccessServer server;
};

TEST_F(AuditServiceTest, AnEntrySaysWhoDidWhatToWhomAndWhen) {
  server.clock.Advance(std::chrono::seconds(1));
  server.Suspend(kBob);
  const v1::AuditEntry entry = Entry(Head());
  EXPECT_EQ(entry.name(), "programs/acme/auditEntries/" + std::to_string(entry.revision()));
  EXPECT_EQ(entry.method(), "MemberAdminService/SuspendMember");
  EXPECT_EQ(entry.principal().kind(), v1::AuditPrincipal::KIND_STAFF);
  EXPECT_EQ(entry.principal().pseudonym().size(), 32U);
  EXPECT_EQ(entry.principal().name(), "");  // An operator.
  ASSERT_EQ(entry.changes_size(), 1);
  EXPECT_EQ(entry.changes(0).action(), v1::AuditChange::ACTION_UPDATED);
  EXPECT_EQ(entry.changes(0).kind(), "member");
  EXPECT_EQ(entry.changes(0).resource(), kBob);
  ASSERT_EQ(entry.changes(0).members_size(), 1);
  EXPECT_EQ(entry.changes(0).members(0).name(), kBob);
  EXPECT_EQ(entry.changes(0).members(0).pseudonym(), KeyOfBob().Hex());
  EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
    EXPECT_EQ(entry.hash(), Hex(*reader.journal().HashAt("acme", entry.revision()).value()));
    return absl::OkStatus();
  }),
              IsOk());
  EXPECT_EQ(Entry(entry.revision() + 1).previous_hash(), entry.hash());
}

TEST_F(AuditServiceTest, AnEntryTellsWhatWasMadeAndMoved) {
  std::map<std::string, std::vector<std::string>> made;
  v1::ListAuditEntriesRequest request;
  request.set_page_size(1000);
  const auto entries = List(request);
  ASSERT_THAT(entries, IsOk());
  for (const v1::AuditEntry& entry : entries->audit_entries()) {
    for (const v1::AuditChange& change : entry.changes()) {
      EXPECT_EQ(change.action(), v1::AuditChange::ACTION_CREATED) << change.DebugString();
      made[change.kind()].push_back(change.resource());
    }
  }
  EXPECT_THAT(made["program"], ElementsAre(kAcme));
  EXPECT_THAT(made["asset"], Contains("programs/acme/assets/reputation"));
  EXPECT_THAT(made["rule"], ElementsAre("programs/acme/rules/talk"));
  EXPECT_THAT(made["board"], ElementsAre("programs/acme/boards/all"));
  const std::string ada = "programs/acme/members/ada";
  EXPECT_THAT(made["member"], ElementsAre(ada, ada, kBob, ada));  // Last first: a badge, a title.
  EXPECT_THAT(made["appointment"], SizeIs(1));
  EXPECT_THAT(made["identity"], ElementsAre("programs/acme/members/ada" + server.acme.identity));
  EXPECT_THAT(made["transfer"],
              ElementsAre(kAcme + server.acme.bobs_transfer, kAcme + server.acme.adas_transfer));
  EXPECT_THAT(made["role_grant"], SizeIs(5));
  EXPECT_THAT(made["activity"], Contains(kAcme + server.acme.activity));
}

TEST_F(AuditServiceTest, StaffIsNamedByItsGrantAndAMemberByName) {
  ASSERT_THAT(GetBob("ROLE_MODERATOR"), IsOk());
  v1::AuditEntry entry = Entry(Head());
  EXPECT_EQ(entry.principal().kind(), v1::AuditPrincipal::KIND_STAFF);
  EXPECT_THAT(entry.principal().name(), testing::StartsWith("programs/acme/roleGrants/"));
  v1::UpdateSelfRequest update;
  update.mutable_member()->set_name("programs/acme/members/ada");
  update.mutable_member()->set_display_name("Ada L");
  update.mutable_update_mask()->add_paths("display_name");
  update.set_request_id(server.NewRequestId());
  server.Must<v1::Member>(server.Token("ada"), "MemberService/UpdateSelf", update);
  entry = Entry(Head());
  EXPECT_EQ(entry.method(), "MemberService/UpdateSelf");
  EXPECT_EQ(entry.principal().kind(), v1::AuditPrincipal::KIND_MEMBER);
  EXPECT_EQ(entry.principal().name(), "programs/acme/members/ada");
  EXPECT_THAT(entry.DebugString(), testing::Not(testing::HasSubstr("Ada L")));
}

TEST_F(AuditServiceTest, AReadOfPersonalDataNamesTheMembersShown) {
  v1::ListMembersRequest request;
  request.set_parent(kAcme);
  request.set_page_size(1);
  std::string answer;
  ASSERT_THAT(server.CallWith(server.Token("ROLE_REVIEWER"),
                              MethodNamed("MemberAdminService/ListMembers"), request, &answer),
              IsOk());
  v1::AuditEntry entry = Entry(Head());
  EXPECT_EQ(entry.method(), "MemberAdminService/ListMembers");
  ASSERT_EQ(entry.changes_size(), 1);
  EXPECT_EQ(entry.changes(0).action(), v1::AuditChange::ACTION_READ);
  EXPECT_EQ(entry.changes(0).kind(), "personal_read");
  ASSERT_EQ(entry.changes(0).members_size(), 1);
  EXPECT_EQ(entry.changes(0).members(0).name(), "programs/acme/members/ada");
  request.clear_page_size();
  ASSERT_THAT(server.CallWith(server.Token("ROLE_REVIEWER"),
                              MethodNamed("MemberAdminService/ListMembers"), request),
              IsOk());
  EXPECT_EQ(Entry(Head()).changes(0).members_size(), 2);
}

// Staff who is a member too reads its own.
TEST_F(AuditServiceTest, ReadsOfOnesOwnLeaveNoEntry) {
  server.Grant("acme", v1::ROLE_MODERATOR, "ada");
  const std::int64_t head = Head();
  v1::GetMemberRequest request;
  request.set_name("programs/acme/members/ada");
  server.Must<v1::Member>(server.Token("ada"), "MemberService/GetMember", request);
  EXPECT_EQ(Head(), head);
  ASSERT_THAT(GetBob("ada"), IsOk());
  EXPECT_EQ(Head(), head + 1);
}

TEST_F(AuditServiceTest, ReadsOfAClosedProgrammeAreRecordedToo) {
  v1::CloseProgramRequest close;
  close.set_name(kAcme);
  close.set_request_id(server.NewRequestId());
  server.Must<v1::Program>(server.Token("root"), "ProgramAdminService/CloseProgram", close);
  const std::int64_t head = Head();
  ASSERT_THAT(GetBob("root"), IsOk());
  EXPECT_EQ(Head(), head + 1);
}

TEST_F(AuditServiceTest, AReadThatCannotBeRecordedIsRefused) {
  server.FailNextWrite();
  EXPECT_EQ(ReasonOf(GetBob("ROLE_MODERATOR")), Reason::kStoreUnavailable);
  v1::GetMemberRequest own;
  own.set_name("programs/acme/members/ada");
  server.Must<v1::Member>(server.Token("ada"), "MemberService/GetMember", own);
  EXPECT_THAT(GetBob("ROLE_MODERATOR"), IsOk());
}

TEST_F(AuditServiceTest, APageHoldsTheNewestAndPagesHoldAllOnce) {
  const std::int64_t head = Head();
  std::vector<std::int64_t> all;
  // Each call adds entries, which do not disturb the pages.
  for (std::int64_t revision = head; revision > 0; --revision) {
    all.push_back(revision);
  }
  v1::ListAuditEntriesRequest request;
  EXPECT_EQ(Revisions(request, 3), all);
  EXPECT_GT(Head(), head);
}

TEST_F(AuditServiceTest, EntriesAreFoundByMember) {
  server.Suspend(kBob);
  const std::int64_t suspended = Head();
  v1::ListAuditEntriesRequest request;
  request.mutable_filter()->set_member(kBob);
  request.mutable_filter()->add_kinds("member");
  EXPECT_THAT(Revisions(request), ElementsAre(suspended, 3));
  request.mutable_filter()->clear_kinds();
  request.mutable_filter()->add_kinds("transfer");
  EXPECT_THAT(Revisions(request), SizeIs(1));
  // The same without the index.
  request.mutable_filter()->clear_member();
  EXPECT_THAT(Revisions(request), SizeIs(2));
}

TEST_F(AuditServiceTest, EntriesAreFoundByPrincipal) {
  ASSERT_THAT(GetBob("ROLE_MODERATOR"), IsOk());
  const v1::AuditEntry read = Entry(Head());
  v1::ListAuditEntriesRequest request;
  request.mutable_filter()->set_principal(read.principal().pseudonym());
  EXPECT_THAT(Revisions(request), ElementsAre(read.revision()));
  request.mutable_filter()->set_principal_kind(v1::AuditPrincipal::KIND_STAFF);  // By the index.
  EXPECT_THAT(Revisions(request), ElementsAre(read.revision()));
  request.mutable_filter()->set_principal_kind(v1::AuditPrincipal::KIND_SERVICE);
  EXPECT_THAT(Revisions(request), IsEmpty());
  request.clear_filter();
  request.mutable_filter()->set_pseudonym(read.principal().pseudonym());
  const std::vector<std::int64_t> concerned = Revisions(request);
  ASSERT_THAT(concerned, SizeIs(2));
  EXPECT_EQ(concerned[0], read.revision());
  EXPECT_EQ(Entry(concerned[1]).method(), "AccessAdminService/CreateRoleGrant");
}

TEST_F(AuditServiceTest, EntriesAreFoundByTime) {
  const std::int64_t before = Head();
  server.clock.Advance(std::chrono::minutes(1));
  const Time start = server.clock.Now();
  server.Suspend(kBob);
  server.clock.Advance(std::chrono::minutes(1));
  ASSERT_THAT(GetBob("root"), IsOk());
  v1::ListAuditEntriesRequest request;
  const auto set = [](google::protobuf::Timestamp& to, Time time) {
    to.set_seconds(ToMicros(time) / 1'000'000);
    to.set_nanos(static_cast<int>(ToMicros(time) % 1'000'000) * 1000);
  };
  set(*request.mutable_start_time(), start);
  set(*request.mutable_end_time(), start + std::chrono::minutes(1));
  EXPECT_THAT(Revisions(request), ElementsAre(before + 1));
  set(*request.mutable_end_time(), start);
  EXPECT_EQ(MetadataOf(List(request).status()).at("field"), "end_time");
  request.clear_start_time();
  EXPECT_THAT(Revisions(request, 1000), SizeIs(static_cast<std::size_t>(before)));
}

TEST_F(AuditServiceTest, AnErasedMemberIsShownAsErasedAndIsFoundByPseudonym) {
  ASSERT_THAT(GetBob("ROLE_MODERATOR"), IsOk());
  const std::string pseudonym = KeyOfBob().Hex();
  v1::ListAuditEntriesRequest request;
  request.mutable_filter()->set_member(kBob);
  request.set_page_size(1000);
  const auto before = List(request);
  ASSERT_THAT(before, IsOk());
  EraseBob();
  EXPECT_EQ(ReasonOf(List(request).status()), Reason::kNotFound);
  request.mutable_filter()->clear_member();
  request.mutable_filter()->set_pseudonym(pseudonym);
  const auto after = List(request);
  ASSERT_THAT(after, IsOk());
  // The erasure, and the read of the list before it.
  EXPECT_EQ(after->audit_entries_size(), before->audit_entries_size() + 2);
  EXPECT_EQ(after->audit_entries(0).changes(0).action(), v1::AuditChange::ACTION_ERASED);
  for (const v1::AuditEntry& entry : after->audit_entries()) {
    EXPECT_THAT(entry.DebugString(), testing::Not(testing::HasSubstr("bob")));
    for (const v1::AuditChange& change : entry.changes()) {
      for (const v1::AuditMember& member : change.members()) {
        EXPECT_EQ(member.erased(), member.pseudonym() == pseudonym);
        EXPECT_EQ(member.erased(), member.name().empty());
      }
    }
  }
}

TEST_F(AuditServiceTest, BadRequestsAreRefused) {
  const auto field = [&](const v1::ListAuditEntriesRequest& request) {
    const absl::Status status = List(request).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidField) << request.DebugString();
    const ErrorMetadata metadata = MetadataOf(status);
    return metadata.contains("field") ? metadata.at("field") : "";
  };
  for (const std::string& naughty : NaughtyStrings()) {
    if (naughty.empty()) {
      continue;
    }
    v1::ListAuditEntriesRequest request;
    request.mutable_filter()->set_member(naughty);
    EXPECT_EQ(field(request), "filter.member") << naughty;
    request.clear_filter();
    request.mutable_filter()->set_pseudonym(naughty);
    EXPECT_EQ(field(request), "filter.pseudonym") << naughty;
    request.clear_filter();
    request.mutable_filter()->set_principal(naughty);
    EXPECT_EQ(field(request), "filter.principal") << naughty;
    request.clear_filter();
    request.mutable_filter()->add_kinds(naughty);
    EXPECT_EQ(field(request), "filter.kinds") << naughty;
  }
  v1::ListAuditEntriesRequest request;
  request.mutable_filter()->set_principal_kind(static_cast<v1::AuditPrincipal::Kind>(9));
  EXPECT_EQ(field(request), "filter.principal_kind");
  request.clear_filter();
  request.mutable_filter()->set_member(kBob);
  request.mutable_filter()->set_pseudonym(KeyOfBob().Hex());
  EXPECT_EQ(field(request), "filter.pseudonym");
  request.clear_filter();
  request.mutable_filter()->set_member("programs/umbrella/members/bob");
  EXPECT_EQ(field(request), "filter.member");
  request.clear_filter();
  request.set_page_size(-1);
  EXPECT_EQ(field(request), "page_size");
  request.set_page_size(1);
  const auto page = List(request);
  ASSERT_THAT(page, IsOk());
  request.set_page_token(page->next_page_token());
  request.mutable_filter()->add_kinds("member");
  EXPECT_EQ(ReasonOf(List(request).status()), Reason::kPageTokenInvalid);
  v1::GetAuditEntryRequest get;
  for (const auto& [name, reason] : std::map<std::string, Reason>{
           {"programs/acme/auditEntries/0", Reason::kInvalidField},
           {"programs/acme/auditEntries/x", Reason::kInvalidField},
           {"programs/acme/auditEntries/9223372036854775807", Reason::kNotFound},
           {"programs/nosuch/auditEntries/1", Reason::kNotFound}}) {
    get.set_name(name);
    EXPECT_EQ(ReasonOf(server.CallWith(server.Token("root"),
                                       MethodNamed("AuditAdminService/GetAuditEntry"), get)),
              reason)
        << name;
  }
}

// A search looks at so many entries, and then says where it goes on.
TEST(AuditSearchTest, ASearchIsBounded) {
  AccessServer server;
  EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
    services::AuditSearch search;
    search.program = "acme";
    search.before = reader.journal().Head("acme").value() + 1;
    search.matches = [](const domain::JournalEntry&) { return true; };
    search.size = 4;
    std::vector<std::int64_t> found;
    for (;;) {
      const auto page = services::Search(reader, search);
      EXPECT_THAT(page, IsOk());
      for (const domain::JournalEntry& entry : page->entries) {
        found.push_back(entry.revision);
      }
      if (!page->next.has_value()) {
        break;
      }
      search.before = *page->next;
    }
    EXPECT_EQ(found.size(), static_cast<std::size_t>(reader.journal().Head("acme").value()));
    EXPECT_TRUE(std::is_sorted(found.rbegin(), found.rend()));
    search.after = search.before = 3;
    EXPECT_FALSE(services::Search(reader, search)->next.has_value());
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_F(AuditServiceTest, AMemberSeesWhoReadTheirData) {
  server.Identify(kBob, "bob");
  ASSERT_THAT(GetBob("ROLE_MODERATOR"), IsOk());
  server.clock.Advance(std::chrono::minutes(1));
  ASSERT_THAT(GetBob("root"), IsOk());
  ASSERT_THAT(GetBob("bob"), IsOk());
  v1::ListPersonalReadsRequest request;
  request.set_parent(kBob);
  const auto reads = server.Must<v1::ListPersonalReadsResponse>(
      server.Token("bob"), "MemberService/ListPersonalReads", request);
  ASSERT_EQ(reads.personal_reads_size(), 2);
  for (const v1::PersonalRead& read : reads.personal_reads()) {
    EXPECT_EQ(read.method(), "MemberService/GetMember");
    EXPECT_FALSE(read.by_system());
  }
  EXPECT_GT(reads.personal_reads(0).time().seconds(), reads.personal_reads(1).time().seconds());
  EXPECT_EQ(ReasonOf(server.CallWith(server.Token("ada"),
                                     MethodNamed("MemberService/ListPersonalReads"), request)),
            Reason::kNotFound);
}

// A stream of audit entries.
class Watch {
 public:
  Watch(AccessServer& server, const std::string& subject, v1::WatchAuditEntriesRequest request)
      : stub_(v1::AuditAdminService::NewStub(server.channel())) {
    request.set_parent(kAcme);
    context_.AddMetadata("authorization", "Bearer " + server.Token(subject));
    stream_ = stub_->WatchAuditEntries(&context_, request);
  }
  // The next message; empty at the end of the stream.
  v1::WatchAuditEntriesResponse Next() {
    v1::WatchAuditEntriesResponse message;
    return stream_->Read(&message) ? message : v1::WatchAuditEntriesResponse();
  }
  // Skips heartbeats.
  v1::AuditEntry NextEntry() {
    v1::WatchAuditEntriesResponse message = Next();
    while (message.heartbeat()) {
      message = Next();
    }
    EXPECT_EQ(message.revision(), message.audit_entry().revision());
    return message.audit_entry();
  }
  absl::Status End() {
    v1::WatchAuditEntriesResponse message;
    while (stream_->Read(&message)) {
    }
    return FromWire(stream_->Finish());
  }
  ~Watch() { context_.TryCancel(); }

 private:
  std::unique_ptr<v1::AuditAdminService::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchAuditEntriesResponse>> stream_;
};

TEST_F(AuditServiceTest, AWatchTellsEachEntryOnceAndResumes) {
  Watch watch(server, "ROLE_PROGRAM_ADMIN", {});
  const v1::WatchAuditEntriesResponse first = watch.Next();
  EXPECT_TRUE(first.heartbeat());
  EXPECT_EQ(first.revision(), Head());
  // The stream itself is on record.
  const v1::AuditEntry opened = Entry(first.revision());
  EXPECT_EQ(opened.method(), "AuditAdminService/WatchAuditEntries");
  EXPECT_EQ(opened.changes(0).action(), v1::AuditChange::ACTION_READ);
  server.Suspend(kBob);
  v1::AuditEntry entry;
  do {
    entry = watch.NextEntry();
  } while (entry.method() == "AuditAdminService/GetAuditEntry");
  EXPECT_EQ(entry.method(), "MemberAdminService/SuspendMember");
  EXPECT_EQ(entry.changes(0).members(0).name(), kBob);
  // From the first entry on, and from there on: no gap and no double.
  v1::WatchAuditEntriesRequest request;
  request.set_after_revision(0);
  std::int64_t last = 0;
  while (last < entry.revision()) {
    Watch some(server, "ROLE_PROGRAM_ADMIN", request);
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(some.NextEntry().revision(), ++last);
    }
    request.set_after_revision(last);
  }
}

TEST_F(AuditServiceTest, AWatchTellsOnlyWhatItsFilterMeets) {
  v1::WatchAuditEntriesRequest request;
  request.set_after_revision(0);
  request.mutable_filter()->set_member(kBob);
  request.mutable_filter()->add_kinds("member");
  Watch watch(server, "ROLE_PROGRAM_ADMIN", request);
  EXPECT_EQ(watch.NextEntry().changes(0).resource(), kBob);
  ASSERT_THAT(GetBob("root"), IsOk());
  server.Suspend("programs/acme/members/ada");
  server.Suspend(kBob);
  const v1::AuditEntry entry = watch.NextEntry();
  EXPECT_EQ(entry.method(), "MemberAdminService/SuspendMember");
  EXPECT_EQ(entry.changes(0).resource(), kBob);
}

TEST_F(AuditServiceTest, AWatchEndsWithItsRightOrItsProgramme) {
  server.Grant("acme", v1::ROLE_PROGRAM_ADMIN, "kim");
  const v1::RoleGrant grant = server.Grant("acme", v1::ROLE_ANALYST, "lee");
  v1::WatchAuditEntriesRequest request;
  EXPECT_EQ(ReasonOf(Watch(server, "lee", request).End()), Reason::kPermissionDenied);
  request.set_after_revision(Head() + 10);
  EXPECT_EQ(ReasonOf(Watch(server, "kim", request).End()), Reason::kCursorOutOfRange);
  request.set_after_revision(-1);
  EXPECT_EQ(ReasonOf(Watch(server, "kim", request).End()), Reason::kInvalidField);
  request.clear_after_revision();
  request.mutable_filter()->add_kinds("nonsense");
  EXPECT_EQ(ReasonOf(Watch(server, "kim", request).End()), Reason::kInvalidField);
  request.clear_filter();
  Watch watch(server, "kim", request);
  EXPECT_TRUE(watch.Next().heartbeat());
  server.clock.Advance(std::chrono::hours(2));
  server.RecheckStreams();
  EXPECT_EQ(ReasonOf(watch.End()), Reason::kUnauthenticated);
}

}  // namespace
}  // namespace perigee::tests
