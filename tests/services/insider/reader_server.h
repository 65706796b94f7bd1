#pragma once

#include <functional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/insider.pb.h"
#include "perigee/v1/insider_read.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {

inline const std::string kAcme = "programs/acme";
inline const std::string kAda = kAcme + "/members/ada";
inline const std::string kBob = kAcme + "/members/bob";

// In `acme`, ada, who has the title mvp, and bob, who has none, sign in by their names.
class ReaderServerTest : public testing::Test {
 protected:
  ReaderServerTest() { server.Identify(kBob, "bob"); }

  static std::string ItemName(const std::string& id) { return kAcme + "/items/" + id; }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request, std::string* answer = nullptr) {
    return server.CallWith(server.Token(who), MethodNamed(method), request, answer);
  }

  // Drafts an item for the holders of the title.
  void Draft(
      const std::string& id, const std::function<void(v1::InsiderItem&)>& change = [](auto&) {}) {
    v1::CreateItemRequest request;
    request.set_parent(kAcme);
    request.set_item_id(id);
    request.mutable_item()->set_display_name("The " + id);
    request.mutable_item()->set_kind(v1::InsiderItem::KIND_PREVIEW);
    request.mutable_item()->set_audience("title:mvp");
    change(*request.mutable_item());
    request.set_request_id(server.NewRequestId());
    server.Must<v1::InsiderItem>(server.Token("root"), "InsiderAdminService/CreateItem", request);
  }
  void AddVersion(const std::string& id, const std::string& body) {
    v1::AddItemVersionRequest request;
    request.set_parent(ItemName(id));
    request.set_body(body);
    request.set_request_id(server.NewRequestId());
    server.Must<v1::ItemVersion>(server.Token("root"), "InsiderAdminService/AddItemVersion",
                                 request);
  }
  // The same, opened, with a body.
  void Open(
      const std::string& id, const std::function<void(v1::InsiderItem&)>& change = [](auto&) {}) {
    Draft(id, change);
    AddVersion(id, "The next bike folds into a bag that fits under any seat.");
    v1::OpenItemRequest request;
    request.set_name(ItemName(id));
    request.set_request_id(server.NewRequestId());
    server.Must<v1::InsiderItem>(server.Token("root"), "InsiderAdminService/OpenItem", request);
  }
  void Withdraw(const std::string& id) {
    v1::WithdrawItemRequest request;
    request.set_name(ItemName(id));
    request.set_request_id(server.NewRequestId());
    server.Must<v1::InsiderItem>(server.Token("root"), "InsiderAdminService/WithdrawItem", request);
  }
  static void ReleaseForEverybody(v1::InsiderItem& item, const std::string& local_time) {
    v1::ItemRelease& release = *item.add_releases();
    release.set_id("all");
    release.set_display_name("Everybody");
    release.set_local_time(local_time);
    release.set_time_zone("UTC");
  }

  static v1::GetItemRequest GetOf(const std::string& who, const std::string& id) {
    v1::GetItemRequest request;
    request.set_name(ItemName(id));
    request.set_member(kAcme + "/members/" + who);
    return request;
  }
  absl::Status TryGet(const std::string& who, const std::string& id) {
    return Call(who, "InsiderService/GetItem", GetOf(who, id));
  }
  v1::OpenedItem Get(const std::string& who, const std::string& id) {
    return server.Must<v1::OpenedItem>(server.Token(who), "InsiderService/GetItem", GetOf(who, id));
  }
  v1::ListItemsResponse List(const std::string& who, const std::string& query = "") {
    v1::ListItemsRequest request;
    request.set_parent(kAcme + "/members/" + who);
    request.set_query(query);
    return server.Must<v1::ListItemsResponse>(server.Token(who), "InsiderService/ListItems",
                                              request);
  }
  int Count(const std::string& who) {
    v1::CountItemsRequest request;
    request.set_parent(kAcme + "/members/" + who);
    return server
        .Must<v1::CountItemsResponse>(server.Token(who), "InsiderService/CountItems", request)
        .items();
  }
  v1::ListOwnItemReadsResponse OwnReads(const std::string& who) {
    v1::ListOwnItemReadsRequest request;
    request.set_parent(kAcme + "/members/" + who);
    return server.Must<v1::ListOwnItemReadsResponse>(server.Token(who),
                                                     "InsiderService/ListOwnItemReads", request);
  }
  v1::ListItemReadsRequest ReadsOf(const std::function<void(v1::ListItemReadsRequest&)>& change =
                                       [](auto&) {}) {
    v1::ListItemReadsRequest request;
    request.set_parent(kAcme);
    change(request);
    return request;
  }
  v1::ListItemReadsResponse Reads(const v1::ListItemReadsRequest& request) {
    return server.Must<v1::ListItemReadsResponse>(server.Token("ROLE_PROGRAM_ADMIN"),
                                                  "ItemReadAdminService/ListItemReads", request);
  }

  void Go(Duration ahead) { server.clock.Set(server.clock.Now() + ahead); }

  AccessServer server;
};

}  // namespace perigee::tests
