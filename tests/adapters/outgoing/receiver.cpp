#include "tests/adapters/outgoing/receiver.h"

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <fstream>
#include <mutex>
#include <thread>
#include <utility>

#include <httplib.h>

#include "server/core/check.h"
#include "tests/support/certificates.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

struct Receiver::State {
  State() {
    const Issued issued = authority.ForServer();
    std::ofstream(folder.File("receiver.crt")) << issued.certificate;
    std::ofstream(folder.File("receiver.key")) << issued.key;
    server = std::make_unique<httplib::SSLServer>(folder.File("receiver.crt").c_str(),
                                                  folder.File("receiver.key").c_str());
  }

  void Take(const httplib::Request& request, httplib::Response& response) {
    Post post{request.path, {}, request.body};
    for (const auto& [name, value] : request.headers) {
      post.headers.emplace(Lower(name), value);
    }
    std::unique_lock lock(mutex);
    posts.push_back(std::move(post));
    response.status = request.body.find(only) == std::string::npos ? 204 : status;
    if (!retry_after.empty()) {
      response.set_header("Retry-After", retry_after);
    }
    if (request.path == "/moved") {
      response.set_redirect(origin + "/hook", 307);
    }
    if (request.path == "/stuck") {
      over.wait(lock, [this] { return is_over; });
    }
  }

  const TestCa authority{"receivers"};
  TemporaryFolder folder;
  std::unique_ptr<httplib::SSLServer> server;
  std::string origin;
  int port = 0;
  mutable std::mutex mutex;  // Guards all below.
  std::condition_variable over;
  bool is_over = false;
  int status = 204;
  std::string retry_after;
  std::string only;
  std::vector<Post> posts;
  std::thread thread;
};

Receiver::Receiver() : state_(std::make_unique<State>()) {
  state_->server->Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
    state_->Take(request, response);
  });
  state_->port = state_->server->bind_to_any_port("127.0.0.1");
  PERIGEE_CHECK(state_->port > 0, "a port is free");
  state_->origin = "https://localhost:" + std::to_string(state_->port);
  state_->thread = std::thread([this] { state_->server->listen_after_bind(); });
  // A stop before the start would be lost.
  while (!state_->server->is_running()) {
    std::this_thread::yield();
  }
}

Receiver::~Receiver() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_over = true;
    state_->over.notify_all();
  }
  state_->server->stop();
  state_->thread.join();
}

std::string Receiver::Url(const std::string& path) const { return state_->origin + path; }

int Receiver::port() const { return state_->port; }

std::string Receiver::ca() const { return state_->authority.certificate(); }

void Receiver::Answer(int status, const std::string& retry_after, const std::string& only) {
  const std::lock_guard lock(state_->mutex);
  state_->status = status;
  state_->retry_after = retry_after;
  state_->only = only;
}

std::vector<Receiver::Post> Receiver::Posts() const {
  const std::lock_guard lock(state_->mutex);
  return state_->posts;
}

}  // namespace perigee::tests
