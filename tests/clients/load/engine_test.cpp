#include "clients/load/engine.h"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/generic/async_generic_service.h>
#include <gtest/gtest.h>

namespace perigee::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::Le;
using ::testing::Pair;

constexpr const char* kCrowd = "/test.Service/Crowd";
constexpr const char* kLoner = "/test.Service/Loner";

grpc::ByteBuffer Bytes(const std::string& text) {
  const grpc::Slice slice(text);
  return {&slice, 1};
}

// A server whose test decides when and how it answers each call.
class Server {
 public:
  using Finish = std::function<void(const grpc::Status&)>;
  // Called for each call with its method. It may keep `finish` for later.
  using Handler = std::function<void(const std::string& method, Finish finish)>;

  explicit Server(Handler handler) : service_(std::move(handler)) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterCallbackGenericService(&service_);
    server_ = builder.BuildAndStart();
    address_ = "127.0.0.1:" + std::to_string(port);
  }

  Call CallOf(const std::string& method, double weight = 1) const {
    Call call;
    call.name = method;
    call.channels = Connect(address_, 1);
    call.method = method;
    call.request = [](std::uint64_t /*n*/) { return Bytes("request"); };
    call.weight = weight;
    return call;
  }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(const Handler& handler, std::string method)
        : handler_(handler), method_(std::move(method)) {
      StartRead(&request_);
    }
    void OnReadDone(bool /*ok*/) override {
      handler_(method_, [this](const grpc::Status& status) {
        if (status.ok()) {
          StartWriteAndFinish(&response_, {}, status);
        } else {
          Finish(status);
        }
      });
    }
    void OnDone() override { delete this; }

   private:
    const Handler& handler_;
    const std::string method_;
    grpc::ByteBuffer request_;
    grpc::ByteBuffer response_ = Bytes("answer");
  };

  class Service final : public grpc::CallbackGenericService {
   public:
    explicit Service(Server::Handler handler) : handler_(std::move(handler)) {}
    grpc::ServerGenericBidiReactor* CreateReactor(
        grpc::GenericCallbackServerContext* context) override {
      return new Reactor(handler_, context->method());
    }

   private:
    const Server::Handler handler_;
  };

  Service service_;
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

// Answers the first `before` calls of the crowd at once. Then holds all calls, also those of
// others, until `until` calls of the crowd have come or the stall is ended.
class Stall {
 public:
  Stall(int before, int until) : before_(before), until_(until) {}

  void End() {
    std::vector<Server::Finish> ready;
    {
      const std::lock_guard lock(mutex_);
      crowd_ = until_;
      ready.swap(held_);
    }
    for (const Server::Finish& answer : ready) {
      answer(grpc::Status::OK);
    }
  }

  void operator()(const std::string& method, Server::Finish finish) {
    std::vector<Server::Finish> ready;
    {
      const std::lock_guard lock(mutex_);
      held_.push_back(std::move(finish));
      crowd_ += method == kCrowd ? 1 : 0;
      if (crowd_ <= before_ || crowd_ >= until_) {
        ready.swap(held_);
      }
    }
    for (const Server::Finish& answer : ready) {
      answer(grpc::Status::OK);
    }
  }

 private:
  const int before_;
  const int until_;
  std::mutex mutex_;
  int crowd_ = 0;
  std::vector<Server::Finish> held_;
};

// Sends a call each millisecond, for longer than a stall lasts: a busy machine never sends what it
// could not send in time.
Result RunCrowd(const Server& server, Stall& stall, milliseconds length) {
  auto crowd = std::async(std::launch::async, [&] {
    return RunOpen({{server.CallOf(kCrowd)}},
                   Schedule({1000}, length, Schedule::Arrivals::kConstant), 10'000);
  });
  if (crowd.wait_for(seconds(30)) == std::future_status::timeout) {
    ADD_FAILURE() << "too few of the crowd were sent to end the stall";
    stall.End();
  }
  return crowd.get();
}

TEST(OpenLoop, CountsEveryCallThatAStallKeepsWaiting) {
  // The crowd has 100 ms of calls, 400 ms without an answer, and 100 ms of calls. A closed loop
  // counts the same stall only once.
  const auto stall = std::make_shared<Stall>(100, 500);
  const Server server(
      [stall](const std::string& method, Server::Finish finish) { (*stall)(method, finish); });
  std::atomic<bool> stop = false;
  auto closed = std::async(std::launch::async, [&] {
    return RunFor({{server.CallOf(kLoner)}, milliseconds(0), &stop}, 1, 3600).Total();
  });
  const Result open = RunCrowd(server, *stall, milliseconds(600));
  stop = true;
  EXPECT_EQ(open.Total().Ok() + open.unsent, 600);
  // The held calls waited from 0 to 400 ms, each from its own instant.
  EXPECT_GE(open.Total().latency.Quantile(0.6), milliseconds(150));
  EXPECT_GE(open.Total().latency.max(), milliseconds(390));
  EXPECT_LT(closed.get().latency.Quantile(0.6), milliseconds(150));
}

TEST(OpenLoop, CountsAWaitingCallFromWhenItWasDue) {
  // The crowd's stall of 400 ms also holds the only call of the other run, and so all calls that
  // are due then.
  const auto stall = std::make_shared<Stall>(100, 500);
  const Server server(
      [stall](const std::string& method, Server::Finish finish) { (*stall)(method, finish); });
  auto one_at_a_time = std::async(std::launch::async, [&] {
    return RunOpen({{server.CallOf(kLoner)}},
                   Schedule({1000}, milliseconds(1000), Schedule::Arrivals::kConstant), 1);
  });
  RunCrowd(server, *stall, milliseconds(600));
  const Result result = one_at_a_time.get();
  EXPECT_EQ(result.offered, 1000);
  EXPECT_EQ(result.Total().Ended() + result.unsent, 1000);
  // About 300 calls were due more than 100 ms before the end of the stall.
  EXPECT_GE(result.lateness.Quantile(0.75), milliseconds(100));
  EXPECT_GE(result.Total().latency.Quantile(0.75), milliseconds(100));
}

TEST(OpenLoop, CountsTheCallsThatItCouldNotSend) {
  // No call is answered before the whole crowd has come, which is after the end of the other run.
  const auto stall = std::make_shared<Stall>(-1, 1000);
  const Server server(
      [stall](const std::string& method, Server::Finish finish) { (*stall)(method, finish); });
  auto stuck = std::async(std::launch::async, [&] {
    return RunOpen({{server.CallOf(kLoner)}},
                   Schedule({1000}, milliseconds(100), Schedule::Arrivals::kConstant), 3);
  });
  RunCrowd(server, *stall, milliseconds(1200));
  const Result result = stuck.get();
  EXPECT_EQ(result.offered, 100);
  EXPECT_EQ(result.unsent, 97);
  EXPECT_EQ(result.Total().Ok(), 3);
  // None of these three was in time, so none counts in the rate.
  EXPECT_EQ(result.Rate(), 0);
}

grpc::Status Overloaded() { return {grpc::StatusCode::RESOURCE_EXHAUSTED, "too much work"}; }

TEST(ClosedLoop, CountsRefusalsByStatusApartFromLatency) {
  std::atomic<int> calls = 0;
  const Server server([&calls](const std::string& /*method*/, const Server::Finish& finish) {
    const int n = calls++;
    finish(n % 4 == 1   ? Overloaded()
           : n % 4 == 2 ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "away")
                        : grpc::Status::OK);
  });
  const Outcome outcome = RunCalls({{server.CallOf(kCrowd)}}, 8, 400).Total();
  EXPECT_EQ(outcome.Ok(), 200);
  EXPECT_EQ(outcome.Refused(), 200);
  EXPECT_THAT(outcome.refused,
              ElementsAre(Pair("RESOURCE_EXHAUSTED", 100), Pair("UNAVAILABLE", 100)));
  EXPECT_THAT(outcome.refusal, ::testing::AnyOf("too much work", "away"));
}

TEST(ClosedLoop, EndsCallsAtTheirDeadline) {
  std::vector<Server::Finish> held;
  const Server server([&held](const std::string& /*method*/, Server::Finish finish) {
    held.push_back(std::move(finish));
  });
  const Outcome outcome = RunCalls({{server.CallOf(kCrowd)}, milliseconds(50)}, 1, 3).Total();
  EXPECT_THAT(outcome.refused, ElementsAre(Pair("DEADLINE_EXCEEDED", 3)));
  EXPECT_GE(outcome.refused_latency.Quantile(0), milliseconds(49));
  for (const Server::Finish& finish : held) {
    finish(grpc::Status::OK);
  }
}

TEST(ClosedLoop, CallsEachKindByItsWeight) {
  const Server server([](const std::string& /*method*/, const Server::Finish& finish) {
    finish(grpc::Status::OK);
  });
  const Result result = RunCalls({{server.CallOf(kCrowd, 9), server.CallOf(kLoner, 1)}}, 16, 5000);
  EXPECT_EQ(result.Total().Ok(), 5000);
  EXPECT_THAT(result.outcomes.at(1).Ok(), AllOf(Ge(400), Le(600)));
}

TEST(ClosedLoop, TellsEachGoodAnswerOnce) {
  const Server server([](const std::string& /*method*/, const Server::Finish& finish) {
    finish(grpc::Status::OK);
  });
  Call call = server.CallOf(kCrowd);
  std::atomic<int> told = 0;
  call.answered = [&told](grpc::ByteBuffer& answer) {
    told += answer.Length() == std::string("answer").size() ? 1 : 0;
  };
  RunCalls({{call}}, 4, 100);
  EXPECT_EQ(told, 100);
}

TEST(AnyLoop, SendsNothingMoreOnceItIsStopped) {
  std::atomic<bool> stop = false;
  std::atomic<int> calls = 0;
  const Server server([&](const std::string& /*method*/, const Server::Finish& finish) {
    if (++calls >= 50) {
      stop = true;
    }
    finish(grpc::Status::OK);
  });
  const Load load{{server.CallOf(kCrowd)}, milliseconds(0), &stop};
  EXPECT_LE(RunFor(load, 4, 3600).Total().Ok(), 54);
  stop = false;
  calls = 0;
  const Result open =
      RunOpen(load, Schedule({1000}, std::chrono::hours(1), Schedule::Arrivals::kPoisson), 100);
  EXPECT_GE(open.Total().Ok(), 50);
  EXPECT_LT(open.seconds, 600);
}

TEST(AnyLoop, TheSecondsOfARunAddUpToIt) {
  const Server server([](const std::string& /*method*/, const Server::Finish& finish) {
    static std::atomic<int> n = 0;
    finish(++n % 10 == 0 ? Overloaded() : grpc::Status::OK);
  });
  const Result result =
      RunOpen({{server.CallOf(kCrowd)}},
              Schedule({200}, milliseconds(1200), Schedule::Arrivals::kConstant), 1000);
  ASSERT_THAT(result.series.size(), AllOf(Ge(2), Le(3)));
  Second sum;
  for (const Second& second : result.series) {
    sum.ok += second.ok;
    sum.refused += second.refused;
    EXPECT_LE(second.p50, second.p99);
  }
  EXPECT_EQ(sum.ok, 216);
  EXPECT_EQ(sum.refused, 24);
}

}  // namespace
}  // namespace perigee::load
