#include "server/services/insider/insider_service.h"

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <prometheus/registry.h>

#include "perigee/v1/insider_read.grpc.pb.h"
#include "server/core/sha256.h"
#include "server/domain/insider/canary.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/services/insider/reader_server.h"

namespace perigee::tests {
namespace {

using std::chrono::seconds;
using testing::HasSubstr;

class InsiderServiceTest : public ReaderServerTest {
 protected:
  domain::Revision Head() {
    domain::Revision head = 0;
    EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
      head = reader.journal().Head("acme").value();
      return absl::OkStatus();
    }),
                IsOk());
    return head;
  }

  // All that the member sees of a read: code, message, details, trailers and answer, with `as` for
  // the item's id, which is as long.
  std::string Seen(const std::string& who, const std::string& id, const std::string& as) {
    const auto stub = v1::InsiderService::NewStub(server.channel());
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + server.Token(who));
    v1::OpenedItem answer;
    const grpc::Status status = stub->GetItem(&context, GetOf(who, id), &answer);
    std::string seen = std::to_string(status.error_code()) + "\n" + status.error_message() + "\n" +
                       status.error_details() + "\n" + answer.SerializeAsString();
    for (const auto* metadata :
         {&context.GetServerInitialMetadata(), &context.GetServerTrailingMetadata()}) {
      for (const auto& [key, value] : *metadata) {
        seen += "\n" + std::string(key.data(), key.size()) + "=" +
                std::string(value.data(), value.size());
      }
    }
    for (std::size_t at = seen.find(id); at != std::string::npos; at = seen.find(id, at)) {
      seen.replace(at, id.size(), as);
      at += as.size();
    }
    return seen;
  }
  // All that the member sees of the other calls.
  std::string SeenOfLists(const std::string& who) {
    std::string seen;
    v1::ListItemsRequest list;
    list.set_parent(kAcme + "/members/" + who);
    list.set_page_size(1);
    do {
      std::string answer;
      EXPECT_THAT(Call(who, "InsiderService/ListItems", list, &answer), IsOk());
      v1::ListItemsResponse page;
      page.ParseFromString(answer);
      list.set_page_token(page.next_page_token());
      seen += answer;
    } while (!list.page_token().empty());
    for (const char* query : {"", "the"}) {
      v1::CountItemsRequest count;
      count.set_parent(list.parent());
      count.set_query(query);
      std::string answer;
      EXPECT_THAT(Call(who, "InsiderService/CountItems", count, &answer), IsOk());
      seen += answer;
    }
    return seen + List(who, "the").SerializeAsString() + OwnReads(who).SerializeAsString();
  }

  // All counts of the metrics page. A time that was measured is no count.
  std::map<std::string, double> Counts() {
    std::map<std::string, double> counts;
    for (const prometheus::MetricFamily& family : server.metrics.registry().Collect()) {
      for (const prometheus::ClientMetric& metric : family.metric) {
        std::string name = family.name;
        for (const auto& label : metric.label) {
          name += " " + label.name + "=" + label.value;
        }
        counts[name] = family.type == prometheus::MetricType::Histogram
                           ? static_cast<double>(metric.histogram.sample_count)
                           : metric.counter.value + metric.gauge.value;
      }
    }
    return counts;
  }
  // By how much a read moves them.
  std::map<std::string, double> MovedBy(const std::string& who, const std::string& id) {
    const std::map<std::string, double> before = Counts();
    EXPECT_THAT(TryGet(who, id), HasReason(Reason::kNotFound)) << id;
    std::map<std::string, double> moved = Counts();
    for (const auto& [name, count] : before) {
      moved[name] -= count;
    }
    std::erase_if(moved, [](const auto& one) { return one.second == 0; });
    return moved;
  }
};

TEST_F(InsiderServiceTest, AMemberReadsTheirCopyAndTheReadIsOnRecord) {
  Open("bike", [](v1::InsiderItem& item) { ReleaseForEverybody(item, "2026-12-01T00:00:00"); });
  const domain::Revision before = Head();
  const v1::OpenedItem opened = Get("ada", "bike");
  EXPECT_EQ(Head(), before + 1);
  EXPECT_EQ(opened.item().name(), ItemName("bike"));
  EXPECT_EQ(opened.item().display_name(), "The bike");
  EXPECT_EQ(opened.item().kind(), v1::InsiderItem::KIND_PREVIEW);
  EXPECT_EQ(opened.item().state(), v1::InsiderItem::STATE_EMBARGOED);
  EXPECT_EQ(opened.item().version(), 1);
  EXPECT_EQ(opened.item().agreement(), "");
  EXPECT_EQ(opened.item().revision(), before);
  EXPECT_EQ(
      opened.item().release_time().seconds(),
      std::chrono::floor<seconds>(*ParseTime("2026-12-01T00:00:00Z")).time_since_epoch().count());
  const std::string text = domain::WithoutMarks(opened.body());
  EXPECT_EQ(text, "The next bike folds into a bag that fits under any seat.");
  EXPECT_NE(opened.body(), text);
  EXPECT_EQ(opened.digest(), Hex(Sha256(text)));

  EXPECT_EQ(opened.read().item(), ItemName("bike"));
  EXPECT_EQ(opened.read().version(), 1);
  EXPECT_EQ(opened.read().attachment(), "");
  EXPECT_EQ(opened.read().until_time().seconds() - opened.read().create_time().seconds(), 60);
  const v1::ListOwnItemReadsResponse own = OwnReads("ada");
  ASSERT_EQ(own.reads_size(), 1);
  EXPECT_EQ(own.reads(0).SerializeAsString(), opened.read().SerializeAsString());
  EXPECT_EQ(OwnReads("bob").reads_size(), 0);
}

TEST_F(InsiderServiceTest, AWarmReadWritesNothingAndShowsTheEntryThatItShares) {
  Open("bike");
  const v1::OpenedItem first = Get("ada", "bike");
  const domain::Revision head = Head();
  Go(seconds(60) - Duration(1));
  EXPECT_EQ(Get("ada", "bike").SerializeAsString(), first.SerializeAsString());
  EXPECT_EQ(Head(), head);
  Go(Duration(1));
  const v1::OpenedItem later = Get("ada", "bike");
  EXPECT_EQ(Head(), head + 1);
  EXPECT_EQ(later.body(), first.body());
  EXPECT_GT(later.read().create_time().seconds(), first.read().create_time().seconds());
  const std::map<std::string, double> counts = Counts();
  EXPECT_EQ(counts.at("perigee_item_reads_total entry=new"), 2);
  EXPECT_EQ(counts.at("perigee_item_reads_total entry=shared"), 1);
  EXPECT_EQ(counts.at("perigee_gate_decisions_total outcome=insider"), 3);
}

TEST_F(InsiderServiceTest, NoBodyGoesOutThatCannotBePutOnRecord) {
  Open("bike");
  Open("car");
  server.FailNextWrite();
  std::string answer;
  EXPECT_THAT(Call("ada", "InsiderService/GetItem", GetOf("ada", "bike"), &answer),
              HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(answer, "");
  EXPECT_EQ(OwnReads("ada").reads_size(), 0);
  Get("ada", "bike");
  EXPECT_EQ(OwnReads("ada").reads_size(), 1);
  // A read that is on record already needs no write.
  server.FailNextWrite();
  EXPECT_THAT(TryGet("ada", "bike"), IsOk());
  EXPECT_THAT(TryGet("ada", "car"), HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(TryGet("ada", "car"), IsOk());
}

TEST_F(InsiderServiceTest, WhatIsHiddenIsMissingByteForByte) {
  Open("bike", [](v1::InsiderItem& item) { item.set_audience("everybody"); });
  const std::string lists = SeenOfLists("bob");
  const std::string missing = Seen("bob", "none", "none");
  EXPECT_THAT(missing, HasSubstr("none was not found"));
  const std::map<std::string, double> moved = MovedBy("bob", "none");
  EXPECT_EQ(moved.at("perigee_gate_decisions_total outcome=missing"), 1);

  Draft("drat");
  Open("wait", [](v1::InsiderItem& item) { item.set_audience("title:mvp"); });
  Open("seat", [](v1::InsiderItem& item) {
    item.set_audience("everybody");
    item.set_seats(1);
  });
  Open("gone", [](v1::InsiderItem& item) { item.set_audience("everybody"); });
  Withdraw("gone");
  Open("shut", [this](v1::InsiderItem& item) {
    item.set_audience("everybody");
    item.mutable_close_time()->set_seconds(
        std::chrono::floor<seconds>(server.clock.Now()).time_since_epoch().count() + 1);
  });
  Go(seconds(1));
  for (const std::string id : {"drat", "wait", "seat", "gone", "shut"}) {
    EXPECT_EQ(Seen("bob", id, "none"), missing) << id;
    EXPECT_EQ(MovedBy("bob", id), moved) << id;
  }
  EXPECT_EQ(SeenOfLists("bob"), lists);
}

TEST_F(InsiderServiceTest, AnEmbargoIsLiftedAtItsInstantInEveryCall) {
  Open("bike", [](v1::InsiderItem& item) { ReleaseForEverybody(item, "2026-11-21T12:30:00"); });
  const Time instant = *ParseTime("2026-11-21T12:30:00Z");
  const std::string lists = SeenOfLists("bob");
  const std::string missing = Seen("bob", "none", "none");
  for (const Duration before : {Duration(seconds(1)), Duration(1)}) {
    server.clock.Set(instant - before);
    EXPECT_EQ(Seen("bob", "bike", "none"), missing);
    EXPECT_EQ(SeenOfLists("bob"), lists);
    EXPECT_EQ(Count("bob"), 0);
    EXPECT_EQ(Get("ada", "bike").item().state(), v1::InsiderItem::STATE_EMBARGOED);
  }
  server.clock.Set(instant);
  EXPECT_EQ(Count("bob"), 1);
  ASSERT_EQ(List("bob").items_size(), 1);
  const v1::OpenedItem released = Get("bob", "bike");
  EXPECT_EQ(released.item().SerializeAsString(), List("bob").items(0).SerializeAsString());
  EXPECT_EQ(released.item().state(), v1::InsiderItem::STATE_RELEASED);
  EXPECT_FALSE(released.item().has_release_time());
  EXPECT_EQ(Get("ada", "bike").item().state(), v1::InsiderItem::STATE_RELEASED);
  server.clock.Set(instant + Duration(1));
  EXPECT_EQ(Count("bob"), 1);
}

TEST_F(InsiderServiceTest, NothingTellsOfReleasesForOthers) {
  Open("bike", [](v1::InsiderItem& item) {
    ReleaseForEverybody(item, "2026-11-21T12:30:00");
    v1::ItemRelease& later = *item.add_releases();
    later = item.releases(0);
    later.set_id("press");
    later.set_local_time("2027-01-01T00:00:00");
    later.set_audience("title:mvp");
  });
  EXPECT_EQ(
      Get("ada", "bike").item().release_time().seconds(),
      std::chrono::floor<seconds>(*ParseTime("2027-01-01T00:00:00Z")).time_since_epoch().count());
  server.clock.Set(*ParseTime("2026-11-21T12:30:00Z"));
  const v1::OpenedItem released = Get("bob", "bike");
  EXPECT_EQ(released.item().state(), v1::InsiderItem::STATE_RELEASED);
  EXPECT_FALSE(released.item().has_release_time());
}

TEST_F(InsiderServiceTest, OnlyTheMemberGetsACopy) {
  Open("bike");
  // A copy names its reader, so that nobody reads in another one's name.
  EXPECT_THAT(Call("root", "InsiderService/GetItem", GetOf("ada", "bike")),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("ROLE_PROGRAM_ADMIN", "InsiderService/GetItem", GetOf("ada", "bike")),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Call("bob", "InsiderService/GetItem", GetOf("ada", "bike")),
              HasReason(Reason::kNotFound));
  EXPECT_EQ(OwnReads("ada").reads_size(), 0);
  v1::GetItemRequest foreign = GetOf("ada", "bike");
  foreign.set_name("programs/umbrella/items/bike");
  EXPECT_THAT(Call("ada", "InsiderService/GetItem", foreign), HasReason(Reason::kNotFound));
}

TEST_F(InsiderServiceTest, ASuspendedMemberFindsNothing) {
  Open("bike");
  const std::string missing = Seen("ada", "none", "none");
  server.Suspend(kAda);
  EXPECT_EQ(Seen("ada", "bike", "none"), missing);
  EXPECT_EQ(Count("ada"), 0);
}

TEST_F(InsiderServiceTest, PagesAreFullAndBelongToTheirQuery) {
  for (int i = 0; i < 7; ++i) {
    Open("i" + std::to_string(i),
         [i](v1::InsiderItem& item) { item.set_audience(i % 2 == 0 ? "everybody" : "title:mvp"); });
  }
  v1::ListItemsRequest request;
  request.set_parent(kBob);
  request.set_page_size(2);
  const auto page =
      server.Must<v1::ListItemsResponse>(server.Token("bob"), "InsiderService/ListItems", request);
  ASSERT_EQ(page.items_size(), 2);
  EXPECT_EQ(page.items(1).name(), ItemName("i2"));
  request.set_page_token(page.next_page_token());
  const auto rest =
      server.Must<v1::ListItemsResponse>(server.Token("bob"), "InsiderService/ListItems", request);
  ASSERT_EQ(rest.items_size(), 2);
  EXPECT_EQ(rest.items(0).name(), ItemName("i4"));
  EXPECT_EQ(rest.next_page_token(), "");
  request.set_query("the");
  EXPECT_THAT(Call("bob", "InsiderService/ListItems", request),
              HasReason(Reason::kPageTokenInvalid));
  request.set_page_token("");
  request.set_query(std::string(201, 'a'));
  EXPECT_THAT(Call("bob", "InsiderService/ListItems", request), IsInvalidField("query"));
  request.set_query("\u200b");
  EXPECT_THAT(Call("bob", "InsiderService/ListItems", request), IsInvalidField("query"));
}

TEST_F(InsiderServiceTest, ASearchIsWithoutRegardToCaseAndFindsOpenItemsAlone) {
  Open("bike", [](v1::InsiderItem& item) { item.set_audience("everybody"); });
  Open("boat");
  ASSERT_EQ(List("bob", "THE").items_size(), 1);
  EXPECT_EQ(List("bob", "boat").items_size(), 0);
  EXPECT_EQ(List("ada", "b").items_size(), 2);
  EXPECT_EQ(List("ada", "bo").items_size(), 1);
}

TEST_F(InsiderServiceTest, OwnReadsStayAndArePagedNewestFirst) {
  Open("bike");
  Get("ada", "bike");
  Go(seconds(60));
  Get("ada", "bike");
  Open("car");
  Get("ada", "car");
  Withdraw("car");
  v1::ListOwnItemReadsRequest request;
  request.set_parent(kAda);
  request.set_page_size(2);
  const auto page = server.Must<v1::ListOwnItemReadsResponse>(
      server.Token("ada"), "InsiderService/ListOwnItemReads", request);
  ASSERT_EQ(page.reads_size(), 2);
  EXPECT_EQ(page.reads(0).item(), ItemName("car"));
  EXPECT_EQ(page.reads(1).item(), ItemName("bike"));
  request.set_page_token(page.next_page_token());
  const auto rest = server.Must<v1::ListOwnItemReadsResponse>(
      server.Token("ada"), "InsiderService/ListOwnItemReads", request);
  ASSERT_EQ(rest.reads_size(), 1);
  EXPECT_EQ(rest.next_page_token(), "");
  EXPECT_THAT(Call("bob", "InsiderService/ListOwnItemReads", request),
              HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
