#include "server/services/insider/insider_admin_service.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/audit.pb.h"
#include "perigee/v1/insider.pb.h"
#include "perigee/v1/member.pb.h"
#include "server/core/error.h"
#include "server/services/convert.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBike = kAcme + "/items/bike";
constexpr char kAdmin[] = "ROLE_PROGRAM_ADMIN";

// In `acme` ada has the title mvp.
class InsiderAdminServiceTest : public testing::Test {
 protected:
  static std::string Rpc(const std::string& method) { return "InsiderAdminService/" + method; }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(Rpc(method)), request);
  }
  template <class Response>
  Response Must(const std::string& method, const google::protobuf::Message& request) {
    return server.Must<Response>(server.Token(kAdmin), Rpc(method), request);
  }
  // The bike for those with the title, released for everybody on 1 December in Berlin.
  v1::CreateItemRequest CreateOf(const std::string& id = "bike") {
    v1::CreateItemRequest request;
    request.set_parent(kAcme);
    request.set_item_id(id);
    v1::InsiderItem& item = *request.mutable_item();
    item.set_display_name("The next bike");
    item.set_kind(v1::InsiderItem::KIND_PREVIEW);
    item.set_audience("title:mvp");
    v1::ItemRelease& release = *item.add_releases();
    release.set_id("all");
    release.set_display_name("Everybody");
    release.set_local_time("2026-12-01T00:00:00");
    release.set_time_zone("Europe/Berlin");
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::InsiderItem Create() { return Must<v1::InsiderItem>("CreateItem", CreateOf()); }
  // A request that names an item.
  template <class Request>
  Request Named(const std::string& name = kBike) {
    Request request;
    request.set_name(name);
    if constexpr (requires { request.set_request_id(""); }) {
      request.set_request_id(server.NewRequestId());
    }
    return request;
  }
  v1::InsiderItem Open() { return Must<v1::InsiderItem>("OpenItem", Named<v1::OpenItemRequest>()); }
  v1::InsiderItem Get() {
    return Must<v1::InsiderItem>("GetItemForStaff", Named<v1::GetItemForStaffRequest>());
  }
  v1::AddItemVersionRequest BodyOf(const std::string& body) {
    v1::AddItemVersionRequest request;
    request.set_parent(kBike);
    request.set_body(body);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::PreviewItemRequest PreviewOf(const std::string& member) {
    auto request = Named<v1::PreviewItemRequest>();
    request.set_member(kAcme + "/members/" + member);
    return request;
  }
  v1::ItemPreview Preview(const std::string& member) {
    return Must<v1::ItemPreview>("PreviewItem", PreviewOf(member));
  }
  v1::AuditEntry LastEntry() {
    v1::ListAuditEntriesRequest request;
    request.set_parent(kAcme);
    request.set_page_size(1);
    return server
        .Must<v1::ListAuditEntriesResponse>(server.Token("root"),
                                            "AuditAdminService/ListAuditEntries", request)
        .audit_entries(0);
  }

  AccessServer server;
};

TEST_F(InsiderAdminServiceTest, AnItemIsMadeAsADraftThatAdminsAloneSee) {
  const v1::InsiderItem made = Create();
  EXPECT_EQ(made.name(), kBike);
  EXPECT_EQ(made.state(), v1::InsiderItem::STATE_DRAFT);
  EXPECT_EQ(made.kind(), v1::InsiderItem::KIND_PREVIEW);
  EXPECT_EQ(services::FromTimestamp("", made.releases(0).instant()).value(),
            *ParseTime("2026-11-30T23:00:00Z"));
  EXPECT_FALSE(made.has_open_time());
  EXPECT_EQ(Get().SerializeAsString(), made.SerializeAsString());
  EXPECT_THAT(Call(kAdmin, "CreateItem", CreateOf()), HasReason(Reason::kAlreadyExists));
  for (const char* who :
       {"ada", "ROLE_MODERATOR", "ROLE_REVIEWER", "ROLE_ANALYST", "ROLE_INGESTION"}) {
    EXPECT_THAT(Call(who, "CreateItem", CreateOf("other")), HasReason(Reason::kPermissionDenied));
    EXPECT_THAT(Call(who, "GetItemForStaff", Named<v1::GetItemForStaffRequest>()),
                HasReason(Reason::kPermissionDenied));
  }
  const v1::AuditEntry entry = LastEntry();
  EXPECT_EQ(entry.method(), Rpc("CreateItem"));
  EXPECT_EQ(entry.changes(0).resource(), kBike);
  EXPECT_EQ(entry.changes(0).action(), v1::AuditChange::ACTION_CREATED);
}

TEST_F(InsiderAdminServiceTest, WhatIsNoItemIsRefused) {
  v1::CreateItemRequest request = CreateOf();
  v1::InsiderItem& item = *request.mutable_item();
  item.clear_kind();
  EXPECT_THAT(Call(kAdmin, "CreateItem", request), IsInvalidField("item.kind"));
  item.set_kind(static_cast<v1::InsiderItem::Kind>(9));
  EXPECT_THAT(Call(kAdmin, "CreateItem", request), IsInvalidField("item.kind"));
  item.set_kind(v1::InsiderItem::KIND_CALL);
  item.set_agreement("programs/umbrella/agreements/secrecy");
  EXPECT_THAT(Call(kAdmin, "CreateItem", request), IsInvalidField("item.agreement"));
  item.set_agreement(kAcme + "/agreements/secrecy");
  const absl::Status missing = Call(kAdmin, "CreateItem", request);
  EXPECT_THAT(missing, HasReason(Reason::kNotFound));
  EXPECT_EQ(MetadataOf(missing).at("resource_name"), kAcme + "/agreements/secrecy");
  item.clear_agreement();
  item.mutable_releases(0)->set_time_zone("Europe/Atlantis");
  EXPECT_THAT(Call(kAdmin, "CreateItem", request), IsInvalidField("item.releases[0].time_zone"));
  request.set_parent("programs/none");
  EXPECT_THAT(Call("root", "CreateItem", request), IsInvalidField("item.releases[0].time_zone"));
  item.mutable_releases(0)->set_time_zone("UTC");
  EXPECT_THAT(Call("root", "CreateItem", request), HasReason(Reason::kNotFound));
}

TEST_F(InsiderAdminServiceTest, AnUpdateChangesWhatItsMaskNames) {
  const v1::InsiderItem made = Create();
  v1::UpdateItemRequest update;
  v1::InsiderItem& item = *update.mutable_item();
  item.set_name(kBike);
  item.set_etag(made.etag());
  item.set_seats(20);
  item.set_seat_days(30);
  item.set_display_name("");  // Outside the mask.
  update.mutable_update_mask()->add_paths("seats");
  update.mutable_update_mask()->add_paths("seat_days");
  update.set_request_id(server.NewRequestId());
  const auto updated = Must<v1::InsiderItem>("UpdateItem", update);
  EXPECT_EQ(updated.seats(), 20);
  EXPECT_EQ(updated.display_name(), "The next bike");
  EXPECT_EQ(updated.releases_size(), 1);
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call(kAdmin, "UpdateItem", update), HasReason(Reason::kEtagMismatch));
  item.clear_etag();
  update.mutable_update_mask()->add_paths("state");
  EXPECT_THAT(Call(kAdmin, "UpdateItem", update), IsInvalidField("update_mask"));

  Open();
  update.mutable_update_mask()->clear_paths();
  update.mutable_update_mask()->add_paths("releases");
  const absl::Status fixed = Call(kAdmin, "UpdateItem", update);
  EXPECT_THAT(fixed, HasReason(Reason::kItemFixed));
  EXPECT_EQ(MetadataOf(fixed).at("field"), "item.releases");
  item.set_name(kAcme + "/items/none");
  EXPECT_THAT(Call(kAdmin, "UpdateItem", update), HasReason(Reason::kNotFound));
}

TEST_F(InsiderAdminServiceTest, EachBodyIsAVersion) {
  Create();
  const auto first = Must<v1::ItemVersion>("AddItemVersion", BodyOf("abc"));
  EXPECT_EQ(first.name(), kBike + "/versions/1");
  EXPECT_EQ(first.digest(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_THAT(Call(kAdmin, "AddItemVersion", BodyOf("")), IsInvalidField("body"));
  EXPECT_THAT(Call(kAdmin, "AddItemVersion", BodyOf(std::string(65'537, 'x'))),
              IsInvalidField("body"));
  EXPECT_EQ(Must<v1::ItemVersion>("AddItemVersion", BodyOf("It folds.")).name(),
            kBike + "/versions/2");
  EXPECT_EQ(Get().version(), 2);

  v1::ListItemVersionsRequest list;
  list.set_parent(kBike);
  list.set_page_size(1);
  std::vector<std::string> names;
  do {
    const auto page = Must<v1::ListItemVersionsResponse>("ListItemVersions", list);
    for (const v1::ItemVersion& version : page.versions()) {
      names.push_back(version.name());
      EXPECT_EQ(version.body(), "");
      EXPECT_NE(version.digest(), "");
    }
    list.set_page_token(page.next_page_token());
  } while (!list.page_token().empty());
  EXPECT_THAT(names, testing::ElementsAre(kBike + "/versions/1", kBike + "/versions/2"));

  EXPECT_EQ(Must<v1::ItemVersion>("GetItemVersion",
                                  Named<v1::GetItemVersionRequest>(kBike + "/versions/1"))
                .body(),
            "abc");
  EXPECT_THAT(
      Call(kAdmin, "GetItemVersion", Named<v1::GetItemVersionRequest>(kBike + "/versions/3")),
      HasReason(Reason::kNotFound));
  EXPECT_THAT(
      Call(kAdmin, "GetItemVersion", Named<v1::GetItemVersionRequest>(kBike + "/versions/x")),
      IsInvalidField("name"));
}

TEST_F(InsiderAdminServiceTest, EachMoveIsOpenInItsStates) {
  Create();
  auto schedule = Named<v1::ScheduleItemRequest>();
  EXPECT_THAT(Call(kAdmin, "ScheduleItem", schedule), IsInvalidField("open_time"));
  *schedule.mutable_open_time() = services::ToTimestamp(server.clock.Now() + std::chrono::hours(1));
  EXPECT_EQ(Must<v1::InsiderItem>("ScheduleItem", schedule).state(),
            v1::InsiderItem::STATE_SCHEDULED);
  EXPECT_THAT(Call(kAdmin, "WithdrawItem", Named<v1::WithdrawItemRequest>()),
              HasReason(Reason::kIllegalMove));
  EXPECT_EQ(Must<v1::InsiderItem>("UnscheduleItem", Named<v1::UnscheduleItemRequest>()).state(),
            v1::InsiderItem::STATE_DRAFT);
  EXPECT_EQ(Open().state(), v1::InsiderItem::STATE_EMBARGOED);
  EXPECT_THAT(Call(kAdmin, "OpenItem", Named<v1::OpenItemRequest>()),
              HasReason(Reason::kIllegalMove));
  auto move = Named<v1::MoveReleaseRequest>();
  move.set_release("none");
  move.set_local_time("2026-12-02T00:00:00");
  move.set_time_zone("UTC");
  EXPECT_THAT(Call(kAdmin, "MoveRelease", move), IsInvalidField("release"));
  move.set_release("all");
  EXPECT_EQ(Must<v1::InsiderItem>("MoveRelease", move).releases(0).time_zone(), "UTC");
  server.clock.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Must<v1::InsiderItem>("WithdrawItem", Named<v1::WithdrawItemRequest>()).state(),
            v1::InsiderItem::STATE_WITHDRAWN);
  EXPECT_EQ(LastEntry().changes(0).action(), v1::AuditChange::ACTION_UPDATED);
  for (const char* method : {"OpenItem", "UnscheduleItem", "WithdrawItem"}) {
    EXPECT_THAT(Call(kAdmin, method, Named<v1::OpenItemRequest>(kAcme + "/items/none")),
                HasReason(Reason::kNotFound));
  }
}

TEST_F(InsiderAdminServiceTest, TimeAloneReleases) {
  Create();
  Open();
  server.clock.Set(*ParseTime("2026-11-30T22:59:59Z"));
  EXPECT_EQ(Get().state(), v1::InsiderItem::STATE_EMBARGOED);
  server.clock.Set(*ParseTime("2026-11-30T23:00:00Z"));
  EXPECT_EQ(Get().state(), v1::InsiderItem::STATE_RELEASED);
  v1::ListAllItemsRequest list;
  list.set_parent(kAcme);
  const auto listed = Must<v1::ListAllItemsResponse>("ListAllItems", list);
  ASSERT_EQ(listed.items_size(), 1);
  EXPECT_EQ(listed.items(0).state(), v1::InsiderItem::STATE_RELEASED);
}

TEST_F(InsiderAdminServiceTest, APreviewSaysWhatAMemberWouldSeeAndWhy) {
  Create();
  Must<v1::ItemVersion>("AddItemVersion", BodyOf("It folds."));
  Open();
  const v1::ItemPreview adas = Preview("ada");
  EXPECT_TRUE(adas.gate().open());
  EXPECT_EQ(adas.gate().outcome(), v1::InsiderGate::OUTCOME_INSIDER);
  EXPECT_EQ(adas.display_name(), "The next bike");
  EXPECT_EQ(adas.version().body(), "It folds.");

  v1::ItemPreview bobs = Preview("bob");
  EXPECT_EQ(bobs.gate().outcome(), v1::InsiderGate::OUTCOME_NOT_IN_AUDIENCE);
  EXPECT_EQ(bobs.gate().cause(), "The member is not in the audience of the insiders.");
  // Nothing else of a closed item.
  bobs.clear_gate();
  bobs.clear_time();
  EXPECT_EQ(bobs.ByteSizeLong(), 0U);

  v1::PreviewItemRequest ahead = PreviewOf("bob");
  *ahead.mutable_time() = services::ToTimestamp(*ParseTime("2026-11-30T23:00:00Z"));
  EXPECT_EQ(Must<v1::ItemPreview>("PreviewItem", ahead).gate().outcome(),
            v1::InsiderGate::OUTCOME_RELEASED);
  *ahead.mutable_time() = services::ToTimestamp(server.clock.Now() - Duration(1));
  EXPECT_THAT(Call(kAdmin, "PreviewItem", ahead), IsInvalidField("time"));
  EXPECT_THAT(Call(kAdmin, "PreviewItem", PreviewOf("none")), HasReason(Reason::kNotFound));

  server.Suspend(kAda);
  EXPECT_EQ(Preview("ada").gate().outcome(), v1::InsiderGate::OUTCOME_SUSPENDED);
}

TEST_F(InsiderAdminServiceTest, APreviewIsOnRecordWithoutItsName) {
  Create();
  Preview("ada");
  const v1::AuditEntry entry = LastEntry();
  EXPECT_EQ(entry.method(), Rpc("PreviewItem"));
  EXPECT_EQ(entry.changes(0).action(), v1::AuditChange::ACTION_READ);
  ASSERT_EQ(entry.changes(0).members_size(), 1);
  EXPECT_EQ(entry.changes(0).members(0).name(), kAda);
  v1::ListPersonalReadsRequest own;
  own.set_parent(kAda);
  const auto reads = server.Must<v1::ListPersonalReadsResponse>(
      server.Token("ada"), "MemberService/ListPersonalReads", own);
  EXPECT_GT(reads.personal_reads_size(), 0);
  EXPECT_THAT(reads.DebugString(), testing::Not(testing::HasSubstr("PreviewItem")));
}

}  // namespace
}  // namespace perigee::tests
