// Compares reads of insider items with an echo of the same answers.

#include <cstdint>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "perigee/v1/insider.grpc.pb.h"
#include "perigee/v1/insider_read.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/insider_items.h"
#include "tests/bench/parts.h"
#include "tests/bench/sample.h"

namespace perigee::bench {
namespace {

constexpr int kChannels = 4;
constexpr int kInFlight = 64;
// So few that the reads of a run are nearly all warm.
constexpr std::uint64_t kReaders = 64;
constexpr const char* kEchoIs = "callback echo that fills the same answer, 64 in flight";
// A read asks one view of the store on a thread of the executor, and marks a body of 300 words.
constexpr double kGetTarget = 0.1;
// It asks the gate for each of 200 items.
constexpr double kListTarget = 0.05;

// Calls the items' service for staff and answers kInternal if that is refused.
template <class Request, class Response>
absl::Status Do(v1::InsiderAdminService::Stub& stub,
                grpc::Status (v1::InsiderAdminService::Stub::*method)(grpc::ClientContext*,
                                                                      const Request&, Response*),
                Request request, std::uint32_t run, std::uint64_t& n) {
  request.set_request_id(load::RequestId(run, ++n));
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  return status.ok() ? absl::OkStatus() : absl::InternalError("an item: " + status.error_message());
}

// Of every five items one is open for everybody, two are drafts, and two are for nobody.
absl::Status MakeItems(const load::Target& target, const std::string& internal_address) {
  const auto stub = v1::InsiderAdminService::NewStub(load::Connect(internal_address, 1).front());
  const std::uint32_t run = NewRun();
  std::uint64_t n = 0;
  for (int i = 0; i < kItems; ++i) {
    const int every = kItems / kVisibleItems;
    const std::string id =
        i % every == 0 ? BenchItemId(i / every) : absl::StrCat("hidden-", 1000 + i);
    v1::CreateItemRequest create;
    create.set_parent(target.program);
    create.set_item_id(id);
    create.mutable_item()->set_display_name(absl::StrCat("Item ", i / every));
    create.mutable_item()->set_kind(v1::InsiderItem::KIND_BRIEFING);
    create.mutable_item()->set_audience(i % every == 0 ? "everybody" : "not everybody");
    PERIGEE_RETURN_IF_ERROR(Do(*stub, &v1::InsiderAdminService::Stub::CreateItem, create, run, n));
    v1::AddItemVersionRequest body;
    body.set_parent(absl::StrCat(target.program, "/items/", id));
    body.set_body(BenchBody());
    PERIGEE_RETURN_IF_ERROR(
        Do(*stub, &v1::InsiderAdminService::Stub::AddItemVersion, body, run, n));
    if (i % every < 3) {
      v1::OpenItemRequest open;
      open.set_name(body.parent());
      PERIGEE_RETURN_IF_ERROR(Do(*stub, &v1::InsiderAdminService::Stub::OpenItem, open, run, n));
    }
  }
  return absl::OkStatus();
}

load::Call GetCall(const load::Target& target) {
  load::Call call;
  call.name = "insider item";
  call.method = "/perigee.v1.InsiderService/GetItem";
  std::vector<grpc::ByteBuffer> requests;
  for (std::uint64_t n = 0; n < kReaders; ++n) {
    v1::GetItemRequest request;
    request.set_name(absl::StrCat(target.program, "/items/", BenchItemId(0)));
    request.set_member(target.members[n % target.members.size()]);
    requests.push_back(load::ToBytes(request));
  }
  call.request = [requests](std::uint64_t n) { return requests[n % requests.size()]; };
  return call;
}

load::Call ListCall(const load::Target& target) {
  load::Call call;
  call.name = "insider items";
  call.method = "/perigee.v1.InsiderService/ListItems";
  call.request = [&target](std::uint64_t n) {
    v1::ListItemsRequest request;
    request.set_parent(target.Member(n));
    request.set_page_size(kItems);
    return load::ToBytes(request);
  };
  return call;
}

absl::Status Measure(const Bench& bench, const std::vector<load::Target>& targets,
                     const tests::ServerProcess& server, const std::string& work,
                     const CallMaker& make, double target) {
  std::cerr << "measuring " << work << "\n";
  const load::Load floor = LoadOn(targets, make, bench.echo.Address("public"), kChannels);
  const load::Load ours = LoadOn(targets, make, server.Address("public"), kChannels);
  Rounds rate;
  Rounds cpu;
  for (int round = -1; round < bench.size.rounds; ++round) {
    // The first round is the warm-up. It puts the reads on record.
    PERIGEE_ASSIGN_OR_RETURN(const Sample a,
                             TakeSample(bench.echo, {}, floor, kInFlight, bench.size.seconds));
    PERIGEE_ASSIGN_OR_RETURN(const Sample b,
                             TakeSample(server, {}, ours, kInFlight, bench.size.seconds));
    if (round >= 0) {
      rate.Add(a.rate, b.rate);
      cpu.Add(a.cpu_us, b.cpu_us);
    }
  }
  bench.Add({.work = work + ": rate",
             .floor_is = kEchoIs,
             .unit = "calls/s",
             .target = {Target::Bound::kAtLeast, target}},
            rate);
  bench.Add({.work = work + ": server CPU",
             .floor_is = kEchoIs,
             .unit = "us/call",
             .target = {Target::Bound::kAtMost, 1 / target}},
            cpu);
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureInsider(const Bench& bench) {
  PERIGEE_RETURN_IF_ERROR(bench.site.Stop());
  const Communities communities = MakeCommunities(1, bench.size.boards_members);
  PERIGEE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Site> site,
      Site::Open(bench.site.workshop(), bench.site.engine(), communities, "insider"));
  PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, site->Serve());
  const load::Target& target = site->targets().front();
  PERIGEE_RETURN_IF_ERROR(MakeItems(target, server->Address("internal")));
  PERIGEE_RETURN_IF_ERROR(Measure(bench, site->targets(), *server,
                                  "insider item of 300 words, read again", GetCall, kGetTarget));
  PERIGEE_RETURN_IF_ERROR(Measure(bench, site->targets(), *server, "insider items, 40 of 200 open",
                                  ListCall, kListTarget));
  return site->Stop();
}

}  // namespace perigee::bench
