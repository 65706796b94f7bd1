#include "tests/bench/echo_server.h"

#include <csignal>
#include <filesystem>
#include <fstream>

#include <grpcpp/grpcpp.h>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "perigee/v1/board.grpc.pb.h"

namespace perigee::bench {
namespace {

constexpr int kPageSize = 20;

class EchoBoards final : public v1::BoardService::CallbackService {
 public:
  EchoBoards() {
    for (int i = 0; i < kPageSize; ++i) {
      names_.push_back(absl::StrCat("programs/bench/members/m", 1000000 + i));
      display_names_.push_back(absl::StrCat("Member ", 1000000 + i));
    }
  }

  grpc::ServerUnaryReactor* ListEntries(grpc::CallbackServerContext* context,
                                        const v1::ListEntriesRequest* /*request*/,
                                        v1::ListEntriesResponse* response) override {
    return Fill(context, kPageSize, response);
  }
  grpc::ServerUnaryReactor* ListEntriesAround(grpc::CallbackServerContext* context,
                                              const v1::ListEntriesAroundRequest* /*request*/,
                                              v1::ListEntriesResponse* response) override {
    return Fill(context, kPageSize, response);
  }
  grpc::ServerUnaryReactor* BatchGetEntries(grpc::CallbackServerContext* context,
                                            const v1::BatchGetEntriesRequest* /*request*/,
                                            v1::ListEntriesResponse* response) override {
    return Fill(context, 1, response);
  }

 private:
  grpc::ServerUnaryReactor* Fill(grpc::CallbackServerContext* context, int entries,
                                 v1::ListEntriesResponse* response) {
    for (int i = 0; i < entries; ++i) {
      const auto at = static_cast<std::size_t>(i);
      v1::Entry* entry = response->add_entries();
      entry->set_rank(i + 1);
      entry->set_member(names_[at]);
      entry->set_display_name(display_names_[at]);
      entry->set_score(100000 - i);
      entry->mutable_reach_time()->set_seconds(1'700'000'000 + i);
      entry->mutable_reach_time()->set_nanos(123456000);
    }
    if (entries > 1) {
      response->set_next_page_token(next_page_token_);
    }
    response->set_total_size(100000);
    response->set_revision(1000000);
    response->set_period("all-time");
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

  std::string next_page_token_ = std::string(64, 't');
  std::vector<std::string> names_;
  std::vector<std::string> display_names_;
};

}  // namespace

int ServeEcho(const std::string& ready_file) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);

  EchoBoards boards;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&boards);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr) {
    return 1;
  }
  const std::string draft = ready_file + ".new";
  std::ofstream(draft) << nlohmann::json{{"public", absl::StrCat("127.0.0.1:", port)}}.dump();
  std::filesystem::rename(draft, ready_file);
  int signal = 0;
  sigwait(&stop, &signal);
  server->Shutdown(std::chrono::system_clock::now());
  return 0;
}

}  // namespace perigee::bench
