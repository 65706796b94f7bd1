// Measures how soon downloads end whose item is withdrawn.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/load/community.h"
#include "clients/load/target.h"
#include "perigee/v1/attachment.grpc.pb.h"
#include "perigee/v1/insider.grpc.pb.h"
#include "perigee/v1/seat.grpc.pb.h"
#include "server/core/status_macros.h"
#include "tests/bench/parts.h"
#include "tests/bench/requests.h"

namespace perigee::bench {
namespace {

using std::chrono::steady_clock;

constexpr int kDownloads = 1000;
constexpr int kConnections = 20;
constexpr std::size_t kSeats = 20;
constexpr std::size_t kPiece = std::size_t{256} * 1024;
constexpr std::int64_t kFileBytes = std::int64_t{64} * 1024 * 1024;
constexpr double kEndedLimitMs = 1000;
constexpr std::chrono::seconds kPatience{60};

absl::Status Failed(const std::string& what, const grpc::Status& status) {
  return absl::InternalError(absl::StrCat(what, ": ", status.error_message()));
}

template <class Stub, class Request>
absl::Status Move(Stub& stub,
                  grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                               v1::InsiderItem*),
                  Request request) {
  request.set_request_id(load::RequestId(NewRun(), 1));
  grpc::ClientContext context;
  v1::InsiderItem item;
  const grpc::Status status = (stub.*method)(&context, request, &item);
  return status.ok() ? absl::OkStatus() : Failed("a move of an item", status);
}

// An open item with seats and with one file. Answers the file's name.
absl::StatusOr<std::string> MakeFile(const std::string& program, const std::string& item,
                                     const std::shared_ptr<grpc::Channel>& channel) {
  const auto items = v1::InsiderAdminService::NewStub(channel);
  v1::CreateItemRequest create;
  create.set_parent(program);
  create.set_item_id(item);
  create.mutable_item()->set_display_name("Of a measurement");
  create.mutable_item()->set_kind(v1::InsiderItem::KIND_PREVIEW);
  create.mutable_item()->set_seats(kSeats);
  PERIGEE_RETURN_IF_ERROR(Move(*items, &v1::InsiderAdminService::Stub::CreateItem, create));
  v1::OpenItemRequest open;
  open.set_name(program + "/items/" + item);
  PERIGEE_RETURN_IF_ERROR(Move(*items, &v1::InsiderAdminService::Stub::OpenItem, open));
  const auto stub = v1::AttachmentAdminService::NewStub(channel);
  grpc::ClientContext context;
  v1::Attachment added;
  const auto stream = stub->UploadAttachment(&context, &added);
  v1::UploadAttachmentRequest message;
  message.set_parent(open.name());
  message.set_attachment_id("film");
  message.set_display_name("film.bin");
  message.set_media_type("application/octet-stream");
  message.set_size(kFileBytes);
  message.set_request_id(load::RequestId(NewRun(), 2));
  for (std::int64_t at = 0; at < kFileBytes; at += static_cast<std::int64_t>(kPiece)) {
    message.set_data(std::string(kPiece, 'f'));
    if (!stream->Write(message)) {
      break;
    }
    message.Clear();
  }
  stream->WritesDone();
  const grpc::Status status = stream->Finish();
  return status.ok() ? absl::StatusOr<std::string>(added.name()) : Failed("an upload", status);
}

// The requests of the first members, each of whom takes a seat.
absl::StatusOr<std::vector<v1::DownloadAttachmentRequest>> RequestsOf(const load::Target& target,
                                                                      const std::string& item,
                                                                      const std::string& file) {
  const auto stub = v1::SeatService::NewStub(
      grpc::CreateChannel(target.public_address, grpc::InsecureChannelCredentials()));
  std::vector<v1::DownloadAttachmentRequest> requests;
  for (std::size_t i = 0; i < std::min(kSeats, target.members.size()); ++i) {
    v1::ClaimSeatRequest claim;
    claim.set_parent(target.members[i]);
    claim.set_item(target.program + "/items/" + item);
    claim.set_request_id(load::RequestId(NewRun(), 3));
    grpc::ClientContext context;
    v1::InsiderSeat seat;
    const grpc::Status status = stub->ClaimSeat(&context, claim, &seat);
    if (!status.ok()) {
      return Failed("a claim to a seat", status);
    }
    requests.emplace_back().set_name(file);
    requests.back().set_member(target.members[i]);
  }
  return requests;
}

// Many downloads by callback, without a thread each. Each reads again as soon as it has read.
class Downloads {
 public:
  class One final : public grpc::ClientReadReactor<v1::DownloadAttachmentResponse> {
   public:
    One(Downloads& all, v1::AttachmentService::Stub& stub,
        const v1::DownloadAttachmentRequest& request)
        : all_(all), request_(request) {
      stub.async()->DownloadAttachment(&context_, &request_, this);
      StartRead(&part_);
      StartCall();
    }
    void OnReadDone(bool ok) override {
      if (!ok) {
        return;
      }
      if (!begun_) {
        begun_ = true;
        ++all_.begun_;
      }
      all_.Came();
      StartRead(&part_);
    }
    void OnDone(const grpc::Status& status) override {
      all_.missing_ += status.error_code() == grpc::StatusCode::NOT_FOUND ? 1 : 0;
      ++all_.ended_;
    }

   private:
    Downloads& all_;
    const v1::DownloadAttachmentRequest request_;
    grpc::ClientContext context_;
    v1::DownloadAttachmentResponse part_;
    bool begun_ = false;
  };

  // Of each of the requests in turn.
  Downloads(const std::string& address, const std::vector<v1::DownloadAttachmentRequest>& requests,
            int count) {
    for (int i = 0; i < kConnections; ++i) {
      grpc::ChannelArguments arguments;
      arguments.SetInt("connection", i);  // Each has a connection of its own.
      stubs_.push_back(v1::AttachmentService::NewStub(
          grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments)));
    }
    for (int i = 0; i < count; ++i) {
      open_.push_back(
          std::make_unique<One>(*this, *stubs_[static_cast<std::size_t>(i) % stubs_.size()],
                                requests[static_cast<std::size_t>(i) % requests.size()]));
    }
  }

  int begun() const { return begun_; }
  int ended() const { return ended_; }
  int missing() const { return missing_; }
  // When the last bytes of any came.
  steady_clock::time_point last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

 private:
  void Came() {
    const std::lock_guard lock(mutex_);
    last_ = steady_clock::now();
  }

  std::vector<std::unique_ptr<v1::AttachmentService::Stub>> stubs_;
  std::vector<std::unique_ptr<One>> open_;
  std::atomic<int> begun_{0};
  std::atomic<int> ended_{0};
  std::atomic<int> missing_{0};
  std::mutex mutex_;
  steady_clock::time_point last_;
};

// Waits until so many are counted.
absl::Status Reach(const std::function<int()>& count, int wanted, const std::string& what) {
  const auto until = steady_clock::now() + kPatience;
  while (count() < wanted) {
    if (steady_clock::now() > until) {
      return absl::InternalError(absl::StrCat(count(), " of ", wanted, " downloads ", what));
    }
    std::this_thread::yield();
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MeasureDownloads(const Bench& bench) {
  const int count = bench.size.name == "smoke" ? 20 : kDownloads;
  std::cerr << "measuring " << count << " downloads of an item that is withdrawn\n";
  load::Target target = bench.site.targets().front();
  Rounds last;
  std::vector<double> ended;
  for (int round = 0; round < bench.size.rounds; ++round) {
    PERIGEE_ASSIGN_OR_RETURN(const tests::ServerProcess* server, bench.site.ServeAnew());
    target.public_address = server->Address("public");
    PERIGEE_RETURN_IF_ERROR(load::Explore(target));
    const auto channel =
        grpc::CreateChannel(server->Address("internal"), grpc::InsecureChannelCredentials());
    const std::string item = absl::StrCat("film-", NewRun());
    PERIGEE_ASSIGN_OR_RETURN(const std::string file, MakeFile(target.program, item, channel));
    PERIGEE_ASSIGN_OR_RETURN(const auto requests, RequestsOf(target, item, file));
    Downloads downloads(server->Address("public"), requests, count);
    PERIGEE_RETURN_IF_ERROR(Reach([&] { return downloads.begun(); }, count, "began"));
    const auto items = v1::InsiderAdminService::NewStub(channel);
    v1::WithdrawItemRequest withdraw;
    withdraw.set_name(target.program + "/items/" + item);
    PERIGEE_RETURN_IF_ERROR(Move(*items, &v1::InsiderAdminService::Stub::WithdrawItem, withdraw));
    const auto withdrawn = steady_clock::now();
    PERIGEE_RETURN_IF_ERROR(Reach([&] { return downloads.ended(); }, count, "ended"));
    const auto millis = [&](steady_clock::time_point at) {
      return std::chrono::duration<double, std::milli>(at - withdrawn).count();
    };
    ended.push_back(millis(steady_clock::now()));
    last.Add(kEndedLimitMs, std::max(0.0, millis(downloads.last())));
    if (downloads.missing() == 0) {
      return absl::InternalError("all downloads were whole before the withdrawal");
    }
  }
  const std::string downloads =
      absl::StrCat(count, " downloads of a withdrawn item with ", kSeats, " seats");
  bench.Add({.work = downloads + ": last byte after the answer",
             .floor_is = "1 s, as it stands",
             .unit = "ms",
             .target = {Target::Bound::kAtMost, 1}},
            last);
  bench.Add({.what = downloads + ": last stream ended after the answer",
             .unit = "ms",
             .value = Median(ended)});
  return absl::OkStatus();
}

}  // namespace perigee::bench
