#include <csignal>
#include <ctime>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <httplib.h>
#include <nlohmann/json.hpp>

#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/ids.h"
#include "clients/cli/session.h"
#include "perigee/v1/delivery.grpc.pb.h"
#include "server/core/status_macros.h"
#include "server/core/webhook_signature.h"

namespace perigee::cli {
namespace {

using Admin = v1::WebhookAdminService::Stub;

constexpr int kTaken = 204;
constexpr int kNotTaken = 503;
constexpr timespec kBetweenLooks{0, 50'000'000};

struct ListenOptions {
  std::optional<std::int64_t> after;  // Send the events after this revision again.
  int count = 0;                      // End after so many messages; 0: never.
  int seconds = 0;                    // Fail if they have not come by then; 0: wait for ever.
};

// Signals that end the command, for all threads that are made from then on.
sigset_t BlockEndSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

// A receiver on this machine. It shows the messages that the secret has signed, at most `count`
// (0: all), and takes no others.
class Listener {
 public:
  Listener(Session& session, int count)
      : session_(session), count_(count), port_(server_.bind_to_any_port("127.0.0.1")) {}
  ~Listener() {
    if (thread_.joinable()) {
      server_.stop();
      thread_.join();
    }
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::string Url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }
  bool is_done() const { return count_ != 0 && taken_ >= count_; }

  void Start(WebhookSecret secret) {
    server_.Post(".*", [this, secret = std::move(secret)](const httplib::Request& request,
                                                          httplib::Response& response) {
      response.status = Take(secret, request) ? kTaken : kNotTaken;
    });
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    // A stop before the start would be lost.
    while (!server_.is_running()) {
      std::this_thread::yield();
    }
  }

 private:
  bool Take(const WebhookSecret& secret, const httplib::Request& request) {
    const WebhookHeaders headers{request.get_header_value("webhook-id"),
                                 request.get_header_value("webhook-timestamp"),
                                 request.get_header_value("webhook-signature")};
    const Time now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    const std::lock_guard lock(mutex_);
    if (is_done() || !VerifyWebhook({&secret, 1}, headers, request.body, now).ok()) {
      return false;
    }
    Show(request.body);  // Signed by the server, so it is a message.
    ++taken_;
    return true;
  }

  void Show(const std::string& body) {
    const nlohmann::json message = nlohmann::json::parse(body, nullptr, false);
    const auto text = [&](const char* path) {
      return message.value(nlohmann::json::json_pointer(path), std::string());
    };
    if (session_.options.json) {
      session_.out() << body << std::endl;
    } else if (session_.options.names) {
      session_.out() << text("/data/subject") << std::endl;
    } else {
      session_.out() << text("/timestamp") << "  " << text("/type") << "  " << text("/data/subject")
                     << std::endl;
    }
  }

  Session& session_;
  const int count_;
  httplib::Server server_;
  const int port_;
  std::thread thread_;
  std::mutex mutex_;  // One message at a time is taken.
  std::atomic<int> taken_ = 0;
};

// Makes something be sent.
absl::Status Begin(Session& session, const std::string& webhook, const ListenOptions& options) {
  if (options.after.has_value()) {
    v1::ResumeWebhookRequest resume;
    resume.set_name(webhook);
    resume.set_after_revision(*options.after);
    resume.set_request_id(NewRequestId());
    return session.Ask(Door::kInternal, &Admin::ResumeWebhook, resume).status();
  }
  v1::SendTestEventRequest test;
  test.set_name(webhook);
  test.set_request_id(NewRequestId());
  return session.Ask(Door::kInternal, &Admin::SendTestEvent, test).status();
}

absl::Status Listen(Session& session, v1::CreateWebhookRequest request,
                    const ListenOptions& options) {
  const sigset_t signals = BlockEndSignals();
  Listener listener(session, options.count);
  request.mutable_webhook()->set_url(listener.Url());
  PERIGEE_ASSIGN_OR_RETURN(const v1::WebhookSecretResponse made,
                           session.Ask(Door::kInternal, &Admin::CreateWebhook, request));
  const std::string& webhook = made.webhook().name();
  absl::StatusOr<WebhookSecret> secret = WebhookSecret::Parse(made.secret());
  absl::Status status = secret.status();
  if (status.ok()) {
    listener.Start(*std::move(secret));
    status = Begin(session, webhook, options);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(options.seconds);
  while (status.ok() && !listener.is_done() &&
         sigtimedwait(&signals, nullptr, &kBetweenLooks) < 0) {
    if (options.seconds > 0 && std::chrono::steady_clock::now() >= end) {
      status = absl::FailedPreconditionError("less has arrived than --count within --seconds");
    }
  }
  v1::DeleteWebhookRequest remove;
  remove.set_name(webhook);
  remove.set_request_id(NewRequestId());
  status.Update(session.Ask(Door::kInternal, &Admin::DeleteWebhook, remove).status());
  return status;
}

}  // namespace

void AddListen(CLI::App& webhooks, Chosen& chosen) {
  const auto options = std::make_shared<ListenOptions>();
  AddCall<v1::CreateWebhookRequest>(
      webhooks, chosen,
      {"listen", "Make a webhook on this machine, and show what arrives until Ctrl-C",
       "  perigee webhooks listen --count 1 -p demo\n"
       "  perigee webhooks listen --after 0 --type perigee.appointment.made --count 2 -p demo\n\n"
       "Without --after a test event comes first. The webhook goes with the command. The server\n"
       "must be on this machine and allow it: its file of --access has `loopback = true` in the\n"
       "table `outgoing`, as that of `./dev up` has."},
      [options](Form& form) {
        form.InProgram();
        form.Add("--id", "webhook_id", "The webhook's id", {.fallback = "listen"});
        form.Add("--type", "webhook.types",
                 "A type of events, such as perigee.appointment.made; may be repeated; all if "
                 "left out");
        form.command().add_option("--after", options->after,
                                  "Send the events after this revision again");
        form.command().add_option("--count", options->count,
                                  "End after so many messages; 0: never");
        form.command().add_option("--seconds", options->seconds,
                                  "Fail if they have not come by then; 0: wait for ever");
      },
      [options](Session& session, v1::CreateWebhookRequest request) {
        return Listen(session, std::move(request), *options);
      });
}

}  // namespace perigee::cli
