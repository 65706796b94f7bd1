#include "server/services/member/merges.h"

#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

std::string NameOf(const std::string& member) { return "programs/acme/members/" + member; }

// `ada` signs in, and so does `cyd`. Both thanked and gave to each other and to `bob`.
class MergesServiceTest : public testing::Test {
 protected:
  MergesServiceTest() {
    v1::CreateMemberRequest create;
    create.set_parent("programs/acme");
    create.set_member_id("cyd");
    create.mutable_member()->set_display_name("Cyd");
    create.mutable_member()->add_facets("cyclist");
    create.mutable_member()->add_kinds(v1::STAKEHOLDER_KIND_DONOR);
    create.set_request_id(server.NewRequestId());
    server.Must<v1::Member>(root, "MemberAdminService/CreateMember", create);
    server.Identify(NameOf("cyd"), "cyd");
    v1::CreateRuleRequest rule;
    rule.set_parent("programs/acme");
    rule.set_rule_id("thanks");
    rule.mutable_rule()->set_activity_type("thanked");
    rule.mutable_rule()->set_thanks(true);
    v1::Grant& grant = *rule.mutable_rule()->add_grants();
    grant.set_asset("reputation");
    grant.set_beneficiary(v1::Grant::BENEFICIARY_RECIPIENT);
    grant.set_amount(3);
    rule.set_request_id(server.NewRequestId());
    server.Must<v1::Rule>(root, "ProgramAdminService/CreateRule", rule);
    for (const auto& [from, to] : {std::pair{"cyd", "ada"}, {"ada", "bob"}, {"bob", "cyd"}}) {
      Thank(from, to);
    }
    Give("", "cyd", 20);
    Give("", "ada", 10);
    Give("cyd", "ada", 5);
    Give("ada", "bob", 2);
  }

  void Thank(const std::string& from, const std::string& to) {
    v1::RecordActivityRequest request;
    request.set_parent("programs/acme");
    request.mutable_activity()->set_type("thanked");
    request.mutable_activity()->set_actor(NameOf(from));
    request.mutable_activity()->set_recipient(NameOf(to));
    request.mutable_activity()->set_source("test");
    request.mutable_activity()->set_source_event_id("thank " + from + " " + to);
    server.Must<v1::RecordActivityResponse>(root, "ActivityAdminService/RecordActivity", request);
  }
  // Without `from` the programme gives.
  std::string Give(const std::string& from, const std::string& to, std::int64_t amount) {
    v1::PostTransfersRequest request;
    request.set_parent("programs/acme");
    request.set_request_id(server.NewRequestId());
    v1::Transfer& transfer = *request.add_transfers();
    transfer.set_debit_account(from.empty() ? "programs/acme/assets/access/accounts/issued"
                                            : NameOf(from) + "/accounts/access");
    transfer.set_credit_account(NameOf(to) + "/accounts/access");
    transfer.set_amount(amount);
    return server
        .Must<v1::PostTransfersResponse>(root, "CapitalAdminService/PostTransfers", request)
        .transfers(0)
        .name();
  }
  absl::Status Call(const std::string& subject, const std::string& method,
                    const google::protobuf::Message& request, std::string* answer = nullptr) {
    return server.CallWith(server.Token(subject), MethodNamed(method), request, answer);
  }
  v1::MergeMembersRequest Merging(const std::string& into, const std::string& from) {
    v1::MergeMembersRequest request;
    request.set_name(NameOf(into));
    request.set_from(NameOf(from));
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::UnmergeMemberRequest Parting(const std::string& member) {
    v1::UnmergeMemberRequest request;
    request.set_name(NameOf(member));
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Member Merge(const std::string& into, const std::string& from) {
    return server.Must<v1::Member>(server.Token("ROLE_PROGRAM_ADMIN"),
                                   "MemberAdminService/MergeMembers", Merging(into, from));
  }
  v1::Member Unmerge(const std::string& member) {
    return server.Must<v1::Member>(server.Token("ROLE_PROGRAM_ADMIN"),
                                   "MemberAdminService/UnmergeMember", Parting(member));
  }
  template <class Response, class Request>
  Response Read(const std::string& method, const Request& request) {
    return server.Must<Response>(root, method, request);
  }
  v1::Member Get(const std::string& member) {
    v1::GetMemberRequest request;
    request.set_name(NameOf(member));
    return Read<v1::Member>("MemberService/GetMember", request);
  }
  v1::Self Self(const std::string& subject) {
    v1::GetSelfRequest request;
    request.set_parent("programs/acme");
    return server.Must<v1::Self>(server.Token(subject), "MemberService/GetSelf", request);
  }
  std::vector<std::string> Activities(const std::string& member, int page_size) {
    v1::ListActivitiesRequest request;
    request.set_parent("programs/acme");
    request.set_member(NameOf(member));
    request.set_page_size(page_size);
    std::vector<std::string> events;
    do {
      const auto page =
          Read<v1::ListActivitiesResponse>("ActivityAdminService/ListActivities", request);
      for (const v1::Activity& activity : page.activities()) {
        events.push_back(activity.source_event_id());
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return events;
  }
  json Export(const std::string& subject, const std::string& member) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + server.Token(subject));
    v1::ExportMemberRequest request;
    request.set_name(NameOf(member));
    const auto stub = v1::MemberService::NewStub(server.channel());
    const auto stream = stub->ExportMember(&context, request);
    std::string document;
    v1::ExportMemberResponse part;
    while (stream->Read(&part)) {
      document += part.json();
    }
    EXPECT_THAT(FromWire(stream->Finish()), IsOk());
    return json::parse(document);
  }
  // All that is shown of a member, without what says when the member was last touched or read.
  std::string Seen(const std::string& member) {
    std::string seen;
    v1::Member shown = Get(member);
    shown.clear_etag();
    shown.clear_revision();
    shown.clear_update_time();
    seen += shown.DebugString();
    v1::ListMemberAccountsRequest accounts;
    accounts.set_parent(NameOf(member));
    auto balances =
        Read<v1::ListMemberAccountsResponse>("CapitalService/ListMemberAccounts", accounts);
    for (v1::Account& account : *balances.mutable_accounts()) {
      account.clear_revision();
    }
    seen += balances.DebugString();
    for (const char* asset : {"access", "reputation"}) {
      v1::ListStatementLinesRequest lines;
      lines.set_parent(NameOf(member) + "/accounts/" + asset);
      seen += Read<v1::ListStatementLinesResponse>("CapitalService/ListStatementLines", lines)
                  .DebugString();
      v1::ListLotsRequest lots;
      lots.set_parent(lines.parent());
      seen += Read<v1::ListLotsResponse>("CapitalService/ListLots", lots).DebugString();
    }
    v1::ListFacetsRequest facets;
    facets.set_parent(NameOf(member));
    seen += Read<v1::ListFacetsResponse>("FacetService/ListFacets", facets).DebugString();
    v1::ListKindsRequest kinds;
    kinds.set_parent(NameOf(member));
    seen += Read<v1::ListKindsResponse>("MemberAdminService/ListKinds", kinds).DebugString();
    for (const std::string& event : Activities(member, 50)) {
      seen += event + "\n";
    }
    json document = Export("root", member);
    document.erase("revision");
    document["records"].erase("personal_read");
    for (json& row : document["records"]["member"]) {
      row.erase("revision");
      row.erase("update_time");
    }
    for (json& account : document["accounts"]) {
      account["account"].erase("revision");
    }
    return seen + document.dump(1);
  }
  std::string Board() {
    v1::ListEntriesRequest request;
    request.set_parent("programs/acme/boards/all/periods/all-time");
    request.set_min_revision(Get("ada").revision());
    auto page = Read<v1::ListEntriesResponse>("BoardService/ListEntries", request);
    std::string rows;
    for (const v1::Entry& entry : page.entries()) {
      rows += entry.member() + " " + std::to_string(entry.rank()) + " " +
              std::to_string(entry.score()) + "\n";
    }
    return rows;
  }

  AccessServer server;
  const std::string root = server.Token("root");
};

TEST_F(MergesServiceTest, AnUnmergeLeavesAllAsItWas) {
  std::vector<std::string> before;
  for (const char* member : {"ada", "bob", "cyd"}) {
    before.push_back(Seen(member));
  }
  const std::string board = Board();
  Merge("ada", "cyd");
  EXPECT_EQ(Get("cyd").name(), NameOf("ada"));
  EXPECT_THAT(Get("ada").facets(), ElementsAre("cyclist"));
  EXPECT_THAT(Get("ada").kinds(),
              ElementsAre(v1::STAKEHOLDER_KIND_CUSTOMER, v1::STAKEHOLDER_KIND_DONOR));
  const v1::Member parted = Unmerge("cyd");
  EXPECT_EQ(parted.name(), NameOf("cyd"));
  EXPECT_EQ(parted.merged_into(), "");
  EXPECT_EQ(Seen("ada"), before[0]);
  EXPECT_EQ(Seen("bob"), before[1]);
  EXPECT_EQ(Seen("cyd"), before[2]);
  EXPECT_EQ(Board(), board);
}

TEST_F(MergesServiceTest, AdminsMergeAndSeeWhatIsMerged) {
  for (const char* subject : {"ada", "ROLE_MODERATOR", "ROLE_REVIEWER", "ROLE_INGESTION"}) {
    EXPECT_THAT(Call(subject, "MemberAdminService/MergeMembers", Merging("ada", "cyd")),
                HasReason(Reason::kPermissionDenied));
  }
  const v1::MergeMembersRequest request = Merging("ada", "cyd");
  std::string first;
  std::string again;
  ASSERT_THAT(Call("ROLE_PROGRAM_ADMIN", "MemberAdminService/MergeMembers", request, &first),
              IsOk());
  ASSERT_THAT(Call("ROLE_PROGRAM_ADMIN", "MemberAdminService/MergeMembers", request, &again),
              IsOk());
  EXPECT_EQ(first, again);
  Merge("ada", "bob");
  for (const char* member : {"ada", "bob"}) {
    v1::ListMergedMembersRequest list;
    list.set_parent(NameOf(member));
    list.set_page_size(1);
    std::vector<std::string> names;
    do {
      const auto page =
          Read<v1::ListMergedMembersResponse>("MemberAdminService/ListMergedMembers", list);
      for (const v1::Member& merged : page.members()) {
        names.push_back(merged.name());
        EXPECT_EQ(merged.merged_into(), NameOf("ada"));
      }
      list.set_page_token(page.next_page_token());
    } while (!list.page_token().empty());
    EXPECT_THAT(names, UnorderedElementsAre(NameOf("bob"), NameOf("cyd")));
  }
  v1::MergeMembersRequest foreign = Merging("ada", "cyd");
  foreign.set_from("programs/umbrella/members/bob");
  EXPECT_THAT(Call("root", "MemberAdminService/MergeMembers", foreign), IsInvalidField("from"));
}

TEST_F(MergesServiceTest, ASignInOfAMergedMemberIsThatOfThePerson) {
  EXPECT_EQ(Self("cyd").member().name(), NameOf("cyd"));
  Merge("ada", "cyd");
  EXPECT_EQ(Self("cyd").member().name(), NameOf("ada"));
  for (const char* subject : {"ada", "cyd"}) {
    for (const char* member : {"ada", "cyd"}) {
      v1::GetMemberRequest request;
      request.set_name(NameOf(member));
      EXPECT_EQ(
          server.Must<v1::Member>(server.Token(subject), "MemberService/GetMember", request).name(),
          NameOf("ada"));
    }
  }
  v1::GetTransferRequest transfer;
  transfer.set_name(Give("", "cyd", 1));
  EXPECT_THAT(Call("ada", "CapitalService/GetTransfer", transfer), IsOk());
  server.Suspend(NameOf("ada"));
  v1::UpdateSelfRequest update;
  update.mutable_member()->set_name(NameOf("ada"));
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("cyd", "MemberService/UpdateSelf", update), HasReason(Reason::kMemberSuspended));
  Unmerge("cyd");
  EXPECT_EQ(Self("cyd").member().name(), NameOf("cyd"));
  EXPECT_THAT(Call("ada", "CapitalService/GetTransfer", transfer), HasReason(Reason::kNotFound));
  v1::GetMemberRequest others;
  others.set_name(NameOf("ada"));
  EXPECT_THAT(Call("cyd", "MemberService/GetMember", others), HasReason(Reason::kNotFound));
}

TEST_F(MergesServiceTest, AnOpenStreamOfTheHeadGoesOnWithTheMergedSignIn) {
  Merge("ada", "cyd");
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server.Token("cyd"));
  v1::WatchBoardRequest watch;
  watch.set_name("programs/acme/boards/all/periods/all-time");
  const auto stub = v1::BoardService::NewStub(server.channel());
  const auto stream = stub->WatchBoard(&context, watch);
  v1::WatchBoardResponse message;
  ASSERT_TRUE(stream->Read(&message));
  v1::EraseMemberRequest erase;
  erase.set_name(NameOf("ada"));
  erase.set_etag(Get("ada").etag());
  erase.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call("root", "MemberAdminService/EraseMember", erase), IsOk());
  server.RecheckStreams();
  while (stream->Read(&message)) {
  }
  EXPECT_THAT(FromWire(stream->Finish()), HasReason(Reason::kNotFound));
}

TEST_F(MergesServiceTest, IdentitiesStayWithTheMemberThatTheyName) {
  Merge("ada", "cyd");
  const v1::Identity later = server.Identify(NameOf("cyd"), "cyd at home");
  v1::ListIdentitiesRequest list;
  list.set_parent(NameOf("ada"));
  list.set_page_size(2);
  std::vector<std::string> subjects;
  do {
    const auto page = Read<v1::ListIdentitiesResponse>("AccessAdminService/ListIdentities", list);
    for (const v1::Identity& identity : page.identities()) {
      subjects.push_back(identity.subject());
    }
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_THAT(subjects, UnorderedElementsAre("ada", "cyd", "cyd at home"));
  Unmerge("cyd");
  EXPECT_EQ(Self("cyd at home").member().name(), NameOf("cyd"));
  v1::DeleteIdentityRequest remove;
  remove.set_name(later.name());
  remove.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("root", "AccessAdminService/DeleteIdentity", remove), IsOk());
}

TEST_F(MergesServiceTest, ActivitiesOfAllMembersAreListedInOneOrder) {
  const std::vector<std::string> adas = Activities("ada", 50);
  Merge("ada", "cyd");
  EXPECT_THAT(Activities("ada", 50),
              ElementsAre("thank bob cyd", "thank ada bob", "thank cyd ada", "ada"));
  EXPECT_EQ(Activities("cyd", 1), Activities("ada", 50));
  Unmerge("cyd");
  EXPECT_EQ(Activities("ada", 50), adas);
}

TEST_F(MergesServiceTest, AnExportHasTheDataOfAllMembers) {
  Merge("ada", "cyd");
  const json document = Export("cyd", "cyd");
  EXPECT_EQ(document["member"], NameOf("ada"));
  ASSERT_EQ(document["merged_members"].size(), 1U);
  EXPECT_EQ(document["merged_members"][0]["member"], NameOf("cyd"));
  EXPECT_EQ(document["merged_members"][0]["display_name"], "Cyd");
  EXPECT_EQ(document["records"]["member"].size(), 2U);
  EXPECT_EQ(document["records"]["identity"].size(), 2U);
  std::multiset<std::string> events;
  for (const json& activity : document["records"]["activity"]) {
    events.insert(activity["source_event_id"]);
  }
  EXPECT_THAT(events,
              UnorderedElementsAre("ada", "thank cyd ada", "thank ada bob", "thank bob cyd"));
  EXPECT_EQ(document["records"]["edge"].size(), 3U);
  std::multiset<std::string> accounts;
  for (const json& statement : document["statements"]) {
    accounts.insert(statement["account"]);
    EXPECT_FALSE(statement["lines"].empty());
  }
  EXPECT_THAT(accounts, UnorderedElementsAre(NameOf("ada") + "/accounts/access",
                                             NameOf("cyd") + "/accounts/access",
                                             NameOf("ada") + "/accounts/reputation",
                                             NameOf("cyd") + "/accounts/reputation"));
}

TEST_F(MergesServiceTest, AMemberErasesThePersonByEitherSignIn) {
  Merge("ada", "cyd");
  v1::EraseMemberRequest erase;
  erase.set_name(NameOf("cyd"));
  erase.set_etag(Get("ada").etag());
  erase.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call("cyd", "MemberService/EraseMember", erase), IsOk());
  v1::GetSelfRequest self;
  self.set_parent("programs/acme");
  for (const char* member : {"ada", "cyd"}) {
    v1::GetMemberRequest get;
    get.set_name(NameOf(member));
    EXPECT_THAT(Call("root", "MemberService/GetMember", get), HasReason(Reason::kNotFound));
    EXPECT_THAT(Call(member, "MemberService/GetSelf", self), HasReason(Reason::kNotFound));
  }
}

TEST_F(MergesServiceTest, TheJournalIsSearchedByAllMembersOfThePerson) {
  const auto revisions = [&](const std::string& member) {
    v1::ListAuditEntriesRequest request;
    request.set_parent("programs/acme");
    request.mutable_filter()->set_member(NameOf(member));
    request.mutable_filter()->add_kinds("activity");
    request.set_page_size(2);
    std::vector<std::int64_t> found;
    do {
      const auto page =
          Read<v1::ListAuditEntriesResponse>("AuditAdminService/ListAuditEntries", request);
      for (const v1::AuditEntry& entry : page.audit_entries()) {
        found.push_back(entry.revision());
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return found;
  };
  EXPECT_EQ(revisions("cyd").size(), 2U);
  Merge("ada", "cyd");
  EXPECT_EQ(revisions("ada").size(), 4U);
  EXPECT_EQ(revisions("cyd"), revisions("ada"));
  Unmerge("cyd");
  EXPECT_EQ(revisions("cyd").size(), 2U);
}

TEST_F(MergesServiceTest, AReadOfThePersonIsOneOfEachMember) {
  Merge("ada", "cyd");
  v1::GetMemberRequest get;
  get.set_name(NameOf("ada"));
  ASSERT_THAT(Call("ROLE_REVIEWER", "MemberService/GetMember", get), IsOk());
  Unmerge("cyd");
  for (const char* member : {"ada", "cyd"}) {
    v1::ListPersonalReadsRequest list;
    list.set_parent(NameOf(member));
    std::string bytes;
    ASSERT_THAT(Call(member, "MemberService/ListPersonalReads", list, &bytes), IsOk());
    v1::ListPersonalReadsResponse reads;
    ASSERT_TRUE(reads.ParseFromString(bytes));
    EXPECT_EQ(reads.personal_reads_size(), 1) << member;
  }
}

}  // namespace
}  // namespace perigee::tests
