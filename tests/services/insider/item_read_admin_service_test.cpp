#include "server/services/insider/item_read_admin_service.h"

#include <chrono>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "perigee/v1/audit.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "tests/services/insider/reader_server.h"

namespace perigee::tests {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

// Ada read the bike, then bob the bike and the car, a minute apart.
class ItemReadAdminServiceTest : public ReaderServerTest {
 protected:
  ItemReadAdminServiceTest() {
    for (const char* id : {"bike", "car"}) {
      Open(id, [](v1::InsiderItem& item) { item.set_audience("everybody"); });
    }
    Get("ada", "bike");
    Go(seconds(60));
    middle_ = server.clock.Now();
    Get("bob", "bike");
    Go(seconds(60));
    Get("bob", "car");
  }

  // `member item` of each.
  std::vector<std::string> Found(const std::function<void(v1::ListItemReadsRequest&)>& change =
                                     [](auto&) {}) {
    std::vector<std::string> found;
    const v1::ListItemReadsResponse response = Reads(ReadsOf(change));
    for (const v1::ItemRead& read : response.item_reads()) {
      found.push_back(read.member().name().substr(read.member().name().rfind('/') + 1) + " " +
                      read.read().item().substr(read.read().item().rfind('/') + 1));
    }
    return found;
  }
  google::protobuf::Timestamp Middle(Duration after = {}) const {
    google::protobuf::Timestamp time;
    const Time at = middle_ + after;
    const auto whole = std::chrono::floor<seconds>(at);
    time.set_seconds(whole.time_since_epoch().count());
    time.set_nanos(static_cast<int>(std::chrono::nanoseconds(at - whole).count()));
    return time;
  }

  Time middle_;
};

TEST_F(ItemReadAdminServiceTest, StaffListReadsByItemMemberAndTime) {
  EXPECT_THAT(Found(), ElementsAre("bob car", "bob bike", "ada bike"));
  EXPECT_THAT(Found([](auto& request) { request.set_item(ItemName("bike")); }),
              ElementsAre("bob bike", "ada bike"));
  EXPECT_THAT(Found([](auto& request) { request.set_member(kBob); }),
              ElementsAre("bob car", "bob bike"));
  EXPECT_THAT(Found([](auto& request) {
                request.set_member(kBob);
                request.set_item(ItemName("car"));
              }),
              ElementsAre("bob car"));
  EXPECT_THAT(Found([&](auto& request) { *request.mutable_start_time() = Middle(); }),
              ElementsAre("bob car", "bob bike"));
  EXPECT_THAT(Found([&](auto& request) { *request.mutable_end_time() = Middle(); }),
              ElementsAre("ada bike"));
  EXPECT_THAT(Found([&](auto& request) {
                *request.mutable_start_time() = Middle();
                *request.mutable_end_time() = Middle(Duration(1));
              }),
              ElementsAre("bob bike"));
  EXPECT_THAT(Found([](auto& request) { request.set_item(ItemName("boat")); }), IsEmpty());
}

TEST_F(ItemReadAdminServiceTest, PagesGoOnWhereTheLastOneEnded) {
  v1::ListItemReadsRequest request = ReadsOf([](auto& asked) { asked.set_page_size(2); });
  const v1::ListItemReadsResponse page = Reads(request);
  ASSERT_EQ(page.item_reads_size(), 2);
  request.set_page_token(page.next_page_token());
  const v1::ListItemReadsResponse rest = Reads(request);
  ASSERT_EQ(rest.item_reads_size(), 1);
  EXPECT_EQ(rest.item_reads(0).member().name(), kAda);
  EXPECT_EQ(rest.next_page_token(), "");
  request.set_item(ItemName("bike"));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "ItemReadAdminService/ListItemReads", request),
              HasReason(Reason::kPageTokenInvalid));
}

TEST_F(ItemReadAdminServiceTest, RequestsThatMakeNoSenseAreRefused) {
  const auto refused = [&](const std::function<void(v1::ListItemReadsRequest&)>& change) {
    return Call("ROLE_PROGRAM_ADMIN", "ItemReadAdminService/ListItemReads", ReadsOf(change));
  };
  EXPECT_THAT(refused([](auto& request) { request.set_item("programs/umbrella/items/bike"); }),
              IsInvalidField("item"));
  EXPECT_THAT(refused([](auto& request) { request.set_member("programs/umbrella/members/ada"); }),
              IsInvalidField("member"));
  EXPECT_THAT(refused([](auto& request) { request.set_member(kAcme + "/members/cyd"); }),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(refused([](auto& request) {
                request.set_member(kBob);
                request.set_pseudonym(std::string(32, 'a'));
              }),
              IsInvalidField("pseudonym"));
  EXPECT_THAT(refused([](auto& request) { request.set_pseudonym("bob"); }),
              IsInvalidField("pseudonym"));
  EXPECT_THAT(refused([&](auto& request) {
                *request.mutable_start_time() = Middle();
                *request.mutable_end_time() = Middle();
              }),
              IsInvalidField("end_time"));
  EXPECT_THAT(Call("ROLE_MODERATOR", "ItemReadAdminService/ListItemReads", ReadsOf()),
              HasReason(Reason::kPermissionDenied));
}

TEST_F(ItemReadAdminServiceTest, WhoLooksAtTheLogIsOnRecordToo) {
  Reads(ReadsOf([](auto& request) { request.set_item(ItemName("car")); }));
  // Members learn that they were shown, and not that somebody looked for a leak.
  v1::ListPersonalReadsRequest own;
  own.set_parent(kBob);
  const auto shown = server.Must<v1::ListPersonalReadsResponse>(
      server.Token("bob"), "MemberService/ListPersonalReads", own);
  ASSERT_GE(shown.personal_reads_size(), 1);
  EXPECT_EQ(shown.personal_reads(0).method(), "");
  v1::ListAuditEntriesRequest request;
  request.set_parent(kAcme);
  request.mutable_filter()->add_kinds("personal_read");
  const auto entries = server.Must<v1::ListAuditEntriesResponse>(
      server.Token("root"), "AuditAdminService/ListAuditEntries", request);
  ASSERT_GE(entries.audit_entries_size(), 1);
  const v1::AuditEntry& entry = entries.audit_entries(0);
  EXPECT_EQ(entry.method(), "ItemReadAdminService/ListItemReads");
  ASSERT_EQ(entry.changes(0).members_size(), 1);
  EXPECT_EQ(entry.changes(0).members(0).name(), kBob);
}

TEST_F(ItemReadAdminServiceTest, AReadIsInTheAuditWithItsItem) {
  v1::ListAuditEntriesRequest request;
  request.set_parent(kAcme);
  request.mutable_filter()->add_kinds("insider_item_read");
  const auto entries = server.Must<v1::ListAuditEntriesResponse>(
      server.Token("root"), "AuditAdminService/ListAuditEntries", request);
  ASSERT_EQ(entries.audit_entries_size(), 3);
  const v1::AuditEntry& entry = entries.audit_entries(0);
  EXPECT_EQ(entry.method(), "InsiderService/GetItem");
  EXPECT_EQ(entry.principal().name(), kBob);
  EXPECT_EQ(entry.changes(0).resource(), ItemName("car"));
  EXPECT_EQ(entry.changes(0).members(0).name(), kBob);
}

TEST_F(ItemReadAdminServiceTest, AnExportHasAMembersReads) {
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer " + server.Token("bob"));
  const auto stub = v1::MemberService::NewStub(server.channel());
  v1::ExportMemberRequest request;
  request.set_name(kBob);
  const auto stream = stub->ExportMember(&context, request);
  std::string document;
  for (v1::ExportMemberResponse part; stream->Read(&part);) {
    document += part.json();
  }
  ASSERT_THAT(FromWire(stream->Finish()), IsOk());
  const auto reads = nlohmann::json::parse(document)["records"]["insider_item_read"];
  ASSERT_EQ(reads.size(), 2U) << document;
  EXPECT_EQ(reads[1]["item"], "car");
}

TEST_F(ItemReadAdminServiceTest, AnErasedMemberIsFoundByThePseudonymAlone) {
  const std::string pseudonym = Reads(ReadsOf([](auto& request) { request.set_member(kBob); }))
                                    .item_reads(0)
                                    .member()
                                    .pseudonym();
  v1::EraseMemberRequest erase;
  erase.set_name(kBob);
  v1::GetMemberRequest get;
  get.set_name(kBob);
  erase.set_etag(
      server.Must<v1::Member>(server.Token("root"), "MemberService/GetMember", get).etag());
  erase.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("root", "MemberAdminService/EraseMember", erase), IsOk());
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "ItemReadAdminService/ListItemReads",
                   ReadsOf([](auto& request) { request.set_member(kBob); })),
              HasReason(Reason::kNotFound));
  const v1::ListItemReadsResponse reads =
      Reads(ReadsOf([&](auto& request) { request.set_pseudonym(pseudonym); }));
  ASSERT_EQ(reads.item_reads_size(), 2);
  EXPECT_TRUE(reads.item_reads(0).member().erased());
  EXPECT_EQ(reads.item_reads(0).member().name(), "");
}

}  // namespace
}  // namespace perigee::tests
