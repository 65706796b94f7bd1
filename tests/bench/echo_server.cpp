#include "tests/bench/echo_server.h"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "clients/load/community.h"
#include "clients/load/engine.h"
#include "perigee/v1/board.grpc.pb.h"
#include "perigee/v1/insider_read.grpc.pb.h"
#include "tests/bench/insider_items.h"

namespace perigee::bench {
namespace {

constexpr int kPageSize = 20;
constexpr std::size_t kTokenSize = 118;

// The answers, of the same size as those of a filled store.
class Answers {
 public:
  Answers() {
    for (int i = 0; i < kPageSize; ++i) {
      names_.push_back(community_.Member(static_cast<std::uint64_t>(i)));
      display_names_.push_back(absl::StrCat("Member ", 1000000 + i));
    }
  }

  void Fill(int entries, v1::ListEntriesResponse& response) const {
    for (int i = 0; i < entries; ++i) {
      const auto at = static_cast<std::size_t>(i);
      v1::Entry* entry = response.add_entries();
      entry->set_rank(i + 1);
      entry->set_member(names_[at]);
      entry->set_display_name(display_names_[at]);
      entry->set_score(100000 - i);
      entry->mutable_reach_time()->set_seconds(1'700'000'000 + i);
      entry->mutable_reach_time()->set_nanos(123456000);
    }
    if (entries > 1) {
      response.set_next_page_token(next_page_token_);
    }
    response.set_total_size(100000);
    response.set_revision(1000000);
    response.set_period(period_);
  }

 private:
  const load::Community community_{"programs/bench", kPageSize};
  const std::string period_ = community_.Period();
  const std::string next_page_token_ = std::string(kTokenSize, 't');
  std::vector<std::string> names_;
  std::vector<std::string> display_names_;
};

grpc::ServerUnaryReactor* Finish(grpc::CallbackServerContext* context) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

// Fills a message for each call.
class FilledEcho final : public v1::BoardService::CallbackService {
 public:
  explicit FilledEcho(const Answers& answers) : answers_(answers) {}

  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const v1::ListEntriesRequest* /*request*/,
                                        v1::ListEntriesResponse* response) override {
    answers_.Fill(kPageSize, *response);
    return Finish(context);
  }
  grpc::ServerUnaryReactor* ListEntriesAround(grpc::CallbackServerContext* context,
                                              const v1::ListEntriesAroundRequest* /*request*/,
                                              v1::ListEntriesResponse* response) override {
    answers_.Fill(kPageSize, *response);
    return Finish(context);
  }
  grpc::ServerUnaryReactor* BatchGetEntries(grpc::CallbackServerContext* context,
                                            const v1::BatchGetEntriesRequest* /*request*/,
                                            v1::ListEntriesResponse* response) override {
    answers_.Fill(1, *response);
    return Finish(context);
  }

 private:
  const Answers& answers_;
};

// The answers about insider items, of the same size as those that the part `insider` gets.
class InsiderEcho final : public v1::InsiderService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetItem(grpc::CallbackServerContext* context,
                                    const v1::GetItemRequest* /*request*/,
                                    v1::OpenedItem* response) override {
    Fill(0, *response->mutable_item());
    response->set_body(body_);
    response->set_digest(digest_);
    v1::OwnItemRead& read = *response->mutable_read();
    read.set_item(response->item().name());
    read.set_version(1);
    for (auto* time : {read.mutable_create_time(), read.mutable_until_time()}) {
      time->set_seconds(1'700'000'000);
      time->set_nanos(123456000);
    }
    return Finish(context);
  }
  grpc::ServerUnaryReactor* ListItems(grpc::CallbackServerContext* context,
                                      const v1::ListItemsRequest* /*request*/,
                                      v1::ListItemsResponse* response) override {
    for (int i = 0; i < kVisibleItems; ++i) {
      Fill(i, *response->add_items());
    }
    return Finish(context);
  }

 private:
  static void Fill(int n, v1::ItemOverview& item) {
    item.set_name(absl::StrCat("programs/bench/items/", BenchItemId(n)));
    item.set_display_name(absl::StrCat("Item ", n));
    item.set_kind(v1::InsiderItem::KIND_BRIEFING);
    item.set_state(v1::InsiderItem::STATE_EMBARGOED);
    item.set_version(1);
    item.set_revision(1'000'000);
  }

  const std::string body_ = BenchBodyWithMarks();
  const std::string digest_ = std::string(64, 'd');
};

// Answers the same bytes to each call, and reads no request.
class RawEcho final
    : public v1::BoardService::WithRawCallbackMethod_ListEntries<v1::BoardService::Service> {
 public:
  explicit RawEcho(const Answers& answers) {
    v1::ListEntriesResponse response;
    answers.Fill(kPageSize, response);
    page_ = load::ToBytes(response);
  }

  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const grpc::ByteBuffer* /*request*/,
                                        grpc::ByteBuffer* response) override {
    *response = page_;
    return Finish(context);
  }

 private:
  grpc::ByteBuffer page_;
};

std::unique_ptr<grpc::Server> Serve(std::initializer_list<grpc::Service*> services, int& port) {
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  for (grpc::Service* service : services) {
    builder.RegisterService(service);
  }
  return builder.BuildAndStart();
}

}  // namespace

int ServeEcho(const std::string& ready_file) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  const Answers answers;
  FilledEcho filled(answers);
  InsiderEcho insider;
  RawEcho raw(answers);
  int filled_port = 0;
  int raw_port = 0;
  const std::unique_ptr<grpc::Server> filled_server = Serve({&filled, &insider}, filled_port);
  const std::unique_ptr<grpc::Server> raw_server = Serve({&raw}, raw_port);
  if (filled_server == nullptr || raw_server == nullptr) {
    return 1;
  }
  const std::string draft = ready_file + ".new";
  std::ofstream(draft) << nlohmann::json{{"public", absl::StrCat("127.0.0.1:", filled_port)},
                                         {"raw", absl::StrCat("127.0.0.1:", raw_port)}}
                              .dump();
  std::filesystem::rename(draft, ready_file);
  int signal = 0;
  sigwait(&stop, &signal);
  filled_server->Shutdown(std::chrono::system_clock::now());
  raw_server->Shutdown(std::chrono::system_clock::now());
  return 0;
}

}  // namespace perigee::bench
