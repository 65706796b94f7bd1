#include "server/services/inbox/inbox_service.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/inbox.pb.h"
#include "perigee/v1/member.pb.h"
#include "perigee/v1/thanks.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

const std::string kAda = "programs/acme/members/ada";
const std::string kBob = "programs/acme/members/bob";

// In `acme`, ada was appointed, was sent an ask and has a badge; bob was thanked and nominated.
class InboxServiceTest : public testing::Test {
 protected:
  InboxServiceTest() { server.Identify(kBob, "bob"); }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed("InboxService/" + method), request);
  }
  v1::ListNotificationsResponse List(const std::string& who, const std::string& member,
                                     v1::ListNotificationsRequest request = {}) {
    request.set_parent(member);
    return server.Must<v1::ListNotificationsResponse>(server.Token(who),
                                                      "InboxService/ListNotifications", request);
  }
  std::vector<v1::Notification::Kind> KindsOf(const v1::ListNotificationsResponse& list) {
    std::vector<v1::Notification::Kind> kinds;
    for (const v1::Notification& one : list.notifications()) {
      kinds.push_back(one.kind());
    }
    return kinds;
  }
  v1::MarkReadRequest ReadOf(const std::string& member) {
    v1::MarkReadRequest request;
    request.set_parent(member);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::UpdateInboxSettingsRequest SettingsOf(const std::string& member) {
    v1::UpdateInboxSettingsRequest request;
    request.mutable_settings()->set_name(member + "/inboxSettings");
    request.set_request_id(server.NewRequestId());
    return request;
  }

  AccessServer server;
};

TEST_F(InboxServiceTest, AMemberSeesTheOwnInboxWithNames) {
  const v1::ListNotificationsResponse adas = List("ada", kAda);
  EXPECT_THAT(KindsOf(adas), testing::UnorderedElementsAre(v1::Notification::KIND_APPOINTED,
                                                           v1::Notification::KIND_ASK_RECEIVED,
                                                           v1::Notification::KIND_BADGE_GRANTED));
  for (const v1::Notification& one : adas.notifications()) {
    EXPECT_TRUE(one.name().starts_with(kAda + "/notifications/r")) << one.name();
    EXPECT_FALSE(one.read());
    if (one.kind() == v1::Notification::KIND_APPOINTED) {
      EXPECT_EQ(one.resource(), kAda + server.acme.appointment);
      EXPECT_EQ(one.of(), "programs/acme/titles/mvp");
      EXPECT_NE(one.display_name(), "");
    } else if (one.kind() == v1::Notification::KIND_ASK_RECEIVED) {
      EXPECT_EQ(one.resource(), kAda + server.acme.ask);
      EXPECT_EQ(one.of(), "");
    } else {
      EXPECT_EQ(one.resource(), kAda + "/badgeGrants/friend");
      EXPECT_EQ(one.of(), "programs/acme/badges/friend");
    }
  }
  const v1::ListNotificationsResponse bobs = List("bob", kBob);
  EXPECT_THAT(KindsOf(bobs), testing::UnorderedElementsAre(v1::Notification::KIND_THANKS_RECEIVED,
                                                           v1::Notification::KIND_NOMINATED));
  v1::ListNotificationsRequest request;
  request.set_parent(kBob);
  EXPECT_THAT(Call("ada", "ListNotifications", request), HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "ListNotifications", request),
              HasReason(Reason::kPermissionDenied));
}

TEST_F(InboxServiceTest, AListIsReadByPagesAndByTopic) {
  v1::ListNotificationsRequest request;
  request.set_page_size(2);
  const v1::ListNotificationsResponse first = List("ada", kAda, request);
  ASSERT_EQ(first.notifications_size(), 2);
  EXPECT_NE(first.cursor(), "");
  request.set_page_token(first.next_page_token());
  const v1::ListNotificationsResponse second = List("ada", kAda, request);
  EXPECT_EQ(second.notifications_size(), 1);
  EXPECT_EQ(second.cursor(), "");
  EXPECT_EQ(second.next_page_token(), "");
  request.set_parent(kAda);
  request.set_unread_only(true);
  EXPECT_THAT(Call("ada", "ListNotifications", request), HasReason(Reason::kPageTokenInvalid));
  request.clear_page_token();
  request.set_page_size(-1);
  EXPECT_THAT(Call("ada", "ListNotifications", request), IsInvalidField("page_size"));
  request.clear_page_size();
  request.set_topic(v1::Notification::TOPIC_ASKS);
  EXPECT_THAT(KindsOf(List("ada", kAda, request)),
              testing::ElementsAre(v1::Notification::KIND_ASK_RECEIVED));
  request.set_topic(static_cast<v1::Notification::Topic>(99));
  EXPECT_THAT(Call("ada", "ListNotifications", request), IsInvalidField("topic"));
}

TEST_F(InboxServiceTest, ReadMarksStayAndRepeat) {
  const v1::ListNotificationsResponse all = List("ada", kAda);
  v1::MarkReadRequest read = ReadOf(kAda);
  EXPECT_THAT(Call("ada", "MarkRead", read), IsInvalidField("names"));
  read.add_names(all.notifications(0).name());
  EXPECT_THAT(Call("ada", "MarkRead", read), IsOk());
  EXPECT_THAT(Call("ada", "MarkRead", read), IsOk());  // A retry.
  EXPECT_TRUE(List("ada", kAda).notifications(0).read());
  v1::ListNotificationsRequest unread;
  unread.set_unread_only(true);
  EXPECT_EQ(List("ada", kAda, unread).notifications_size(), all.notifications_size() - 1);

  v1::MarkReadRequest rest = ReadOf(kAda);
  rest.set_up_to(all.notifications(0).name());
  EXPECT_THAT(Call("ada", "MarkRead", rest), IsOk());
  EXPECT_EQ(List("ada", kAda, unread).notifications_size(), 0);

  v1::MarkReadRequest wrong = ReadOf(kAda);
  wrong.set_up_to(kAda + "/notifications/none");
  EXPECT_THAT(Call("ada", "MarkRead", wrong), HasReason(Reason::kNotFound));
  wrong.set_up_to(kBob + "/notifications/r1-1");
  EXPECT_THAT(Call("ada", "MarkRead", wrong), IsInvalidField("up_to"));
  wrong.add_names(all.notifications(0).name());
  EXPECT_THAT(Call("ada", "MarkRead", wrong), IsInvalidField("names"));
  v1::MarkReadRequest many = ReadOf(kAda);
  for (int i = 0; i < 501; ++i) {
    many.add_names(all.notifications(0).name());
  }
  EXPECT_THAT(Call("ada", "MarkRead", many), IsInvalidField("names"));
}

TEST_F(InboxServiceTest, SettingsChangeByMaskAndEtag) {
  v1::GetInboxSettingsRequest get;
  get.set_name(kAda + "/inboxSettings");
  const auto at_first =
      server.Must<v1::InboxSettings>(server.Token("ada"), "InboxService/GetInboxSettings", get);
  EXPECT_EQ(at_first.name(), get.name());
  EXPECT_EQ(at_first.digest(), v1::InboxSettings::DIGEST_NONE);
  EXPECT_EQ(at_first.etag(), "");

  v1::UpdateInboxSettingsRequest update = SettingsOf(kAda);
  update.mutable_settings()->set_digest(v1::InboxSettings::DIGEST_WEEKLY);
  update.mutable_settings()->add_muted_topics(v1::Notification::TOPIC_BADGES);
  update.mutable_settings()->set_time_zone("Europe/Vienna");
  const auto set = server.Must<v1::InboxSettings>(server.Token("ada"),
                                                  "InboxService/UpdateInboxSettings", update);
  EXPECT_NE(set.etag(), "");
  update = SettingsOf(kAda);
  update.mutable_settings()->set_etag(set.etag());
  update.mutable_settings()->set_quiet_end_minute(420);
  update.mutable_update_mask()->add_paths("quiet_end_minute");
  const auto again = server.Must<v1::InboxSettings>(server.Token("ada"),
                                                    "InboxService/UpdateInboxSettings", update);
  EXPECT_EQ(again.quiet_end_minute(), 420);
  EXPECT_EQ(again.time_zone(), "Europe/Vienna");
  EXPECT_EQ(again.muted_topics_size(), 1);
  update.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ada", "UpdateInboxSettings", update), HasReason(Reason::kEtagMismatch));

  update = SettingsOf(kAda);
  update.mutable_settings()->set_quiet_begin_minute(1440);
  EXPECT_THAT(Call("ada", "UpdateInboxSettings", update),
              IsInvalidField("settings.quiet_begin_minute"));
  update = SettingsOf(kAda);
  update.mutable_settings()->set_time_zone("Nowhere");
  EXPECT_THAT(Call("ada", "UpdateInboxSettings", update), IsInvalidField("settings.time_zone"));
  update = SettingsOf(kAda);
  update.mutable_settings()->add_muted_topics(v1::Notification::TOPIC_UNSPECIFIED);
  EXPECT_THAT(Call("ada", "UpdateInboxSettings", update), IsInvalidField("settings.muted_topics"));
  update = SettingsOf(kAda);
  update.mutable_settings()->set_digest(static_cast<v1::InboxSettings::Digest>(9));
  EXPECT_THAT(Call("ada", "UpdateInboxSettings", update), IsInvalidField("settings.digest"));
  update = SettingsOf(kAda);
  update.mutable_update_mask()->add_paths("revision");
  EXPECT_THAT(Call("ada", "UpdateInboxSettings", update), IsInvalidField("update_mask"));
}

TEST_F(InboxServiceTest, ADigestSumsUpByTopic) {
  v1::GetDigestRequest request;
  request.set_parent(kAda);
  const auto digest =
      server.Must<v1::InboxDigest>(server.Token("ada"), "InboxService/GetDigest", request);
  ASSERT_EQ(digest.topics_size(), 3);
  EXPECT_EQ(digest.topics(0).topic(), v1::Notification::TOPIC_APPOINTMENTS);
  EXPECT_EQ(digest.topics(0).count(), 1);
  EXPECT_EQ(digest.topics(0).newest_size(), 1);
  request.set_complete(true);
  EXPECT_EQ(server.Must<v1::InboxDigest>(server.Token("ada"), "InboxService/GetDigest", request)
                .topics_size(),
            0);
}

TEST_F(InboxServiceTest, AnErasedMemberHasNoInbox) {
  v1::UpdateInboxSettingsRequest update = SettingsOf(kBob);
  update.mutable_settings()->set_quiet_end_minute(7);
  EXPECT_THAT(Call("bob", "UpdateInboxSettings", update), IsOk());
  v1::GetMemberRequest get;
  get.set_name(kBob);
  v1::EraseMemberRequest erase;
  erase.set_name(kBob);
  erase.set_etag(
      server.Must<v1::Member>(server.Token("root"), "MemberService/GetMember", get).etag());
  erase.set_request_id(server.NewRequestId());
  std::string answer;
  ASSERT_THAT(server.CallWith(server.Token("root"), MethodNamed("MemberAdminService/EraseMember"),
                              erase, &answer),
              IsOk());
  v1::ListNotificationsRequest list;
  list.set_parent(kBob);
  EXPECT_THAT(Call("root", "ListNotifications", list), HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
