#include "clients/load/engine.h"

#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <thread>

#include <grpcpp/generic/generic_stub.h>

#include "clients/load/scatter.h"

namespace perigee::load {
namespace {

using std::chrono::nanoseconds;

// How often a sleeping thread looks whether it must stop.
constexpr std::chrono::milliseconds kLook{50};
// The last part of a wait is not slept, because waking up takes that long.
constexpr std::chrono::microseconds kSpin{80};
// A call that was due before the end may be sent this long after it.
constexpr std::chrono::milliseconds kGrace{50};

// Draws the kind of each call by the weights.
class Draw {
 public:
  explicit Draw(const std::vector<Call>& calls) {
    double sum = 0;
    for (const Call& call : calls) {
      sums_.push_back(sum += call.weight);
    }
  }
  std::size_t Kind(std::uint64_t n) const {
    const double place = static_cast<double>(Scatter(n)) * 0x1p-64 * sums_.back();
    const auto found = std::upper_bound(sums_.begin(), sums_.end() - 1, place);
    return static_cast<std::size_t>(found - sums_.begin());
  }

 private:
  std::vector<double> sums_;
};

// One call that is a client stream. The object is used again for the next call.
class Stream final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  using Done = std::function<void(const grpc::Status&)>;
  explicit Stream(Done done) : done_(std::move(done)) {}

  void Start(grpc::GenericStub& stub, grpc::ClientContext& context, const Call& call,
             std::uint64_t n, grpc::ByteBuffer& response) {
    call_ = &call;
    next_ = n * call.messages;
    end_ = next_ + call.messages;
    stub.PrepareBidiStreamingCall(&context, call.method, {}, this);
    StartRead(&response);
    Write();
    StartCall();
  }
  void OnWriteDone(bool ok) override {
    if (ok && next_ < end_) {
      Write();
    }
  }
  void OnDone(const grpc::Status& status) override { done_(status); }

 private:
  // The hint allows several small messages in one packet.
  void Write() {
    message_ = call_->request(next_++);
    if (next_ < end_) {
      StartWrite(&message_, grpc::WriteOptions().set_buffer_hint());
    } else {
      StartWriteLast(&message_, {});
    }
  }

  const Done done_;
  const Call* call_ = nullptr;
  std::uint64_t next_ = 0;
  std::uint64_t end_ = 0;
  grpc::ByteBuffer message_;
};

class Run {
 public:
  Run(const Load& load, Clock::time_point begin, Clock::time_point end)
      : load_(load),
        draw_(load.calls),
        begin_(begin),
        end_(end),
        tally_(load.calls.size(), begin, end) {
    for (const Call& call : load.calls) {
      stubs_.emplace_back(call.channels.begin(), call.channels.end());
    }
  }

  Result Closed(int in_flight, Clock::time_point last_begin, std::uint64_t calls) {
    last_begin_ = last_begin;
    calls_ = calls;
    closed_ = true;
    open_ = in_flight;
    for (int i = 0; i < in_flight; ++i) {
      Next(flights_.emplace_back());
    }
    return Collect();
  }

  Result Open(Schedule& schedule, std::size_t in_flight_max) {
    in_flight_max_ = in_flight_max;
    ::prctl(PR_SET_TIMERSLACK, 1);
    while (const std::optional<nanoseconds> due = schedule.Next()) {
      const Clock::time_point intended = begin_ + *due;
      if (!Await(intended)) {
        break;
      }
      ++offered_;
      if (Flight* flight = FreeFlight()) {
        lateness_.Record(Clock::now() - intended);
        Send(*flight, begun_.fetch_add(1, std::memory_order_relaxed), intended);
      } else {
        ++unsent_;
      }
    }
    ::prctl(PR_SET_TIMERSLACK, 0);
    Await(end_);
    return Collect();
  }

 private:
  // An open call, and its memory for the next call.
  struct Flight {
    std::optional<grpc::ClientContext> context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
    Clock::time_point intended;
    std::size_t kind = 0;
    std::unique_ptr<Stream> stream;
  };

  bool Over() const { return Clock::now() > end_ + kGrace || Stopped(); }
  bool Stopped() const { return load_.stop != nullptr && load_.stop->load(); }

  void Send(Flight& flight, std::uint64_t n, Clock::time_point intended) {
    flight.kind = draw_.Kind(n);
    flight.intended = intended;
    const Call& call = load_.calls[flight.kind];
    std::deque<grpc::GenericStub>& stubs = stubs_[flight.kind];
    flight.context.emplace();
    if (load_.deadline.count() > 0) {
      flight.context->set_deadline(std::chrono::system_clock::now() + load_.deadline);
    }
    if (call.token) {
      flight.context->AddMetadata("authorization", "Bearer " + call.token(n));
    }
    flight.response.Clear();
    if (call.messages != 0) {
      SendStream(flight, stubs[n % stubs.size()], n);
      return;
    }
    flight.request = call.request(n);
    if (closed_) {
      flight.intended = Clock::now();
    }
    stubs[n % stubs.size()].UnaryCall(
        &*flight.context, call.method, {}, &flight.request, &flight.response,
        [this, &flight](const grpc::Status& status) { Answered(flight, status); });
  }

  void SendStream(Flight& flight, grpc::GenericStub& stub, std::uint64_t n) {
    if (flight.stream == nullptr) {
      flight.stream = std::make_unique<Stream>(
          [this, &flight](const grpc::Status& status) { Answered(flight, status); });
    }
    flight.stream->Start(stub, *flight.context, load_.calls[flight.kind], n, flight.response);
  }

  void Answered(Flight& flight, const grpc::Status& status) {
    tally_.Ended(flight.kind, flight.intended, Clock::now(), status);
    if (const Call& call = load_.calls[flight.kind]; status.ok() && call.answered) {
      call.answered(flight.response);
    }
    if (closed_) {
      Next(flight);
    } else {
      Release(flight);
    }
  }

  // Closed loop: sends the next call in place of the one that ended.
  void Next(Flight& flight) {
    const std::uint64_t n = begun_.fetch_add(1, std::memory_order_relaxed);
    const Clock::time_point now = Clock::now();
    if (n < calls_ && now < last_begin_ && !Stopped()) {
      Send(flight, n, now);
      return;
    }
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) {
      changed_.notify_one();
    }
  }

  // Open loop: a flight that is not in use; nullptr if none became free before the end.
  Flight* FreeFlight() {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    while (idle_.empty() && flights_.size() == in_flight_max_ && !Over()) {
      changed_.wait_for(lock, kLook);
    }
    waiting_ = false;
    if (Over()) {
      return nullptr;
    }
    if (idle_.empty()) {
      idle_.push_back(&flights_.emplace_back());
    }
    Flight* flight = idle_.back();
    idle_.pop_back();
    ++open_;
    return flight;
  }

  void Release(Flight& flight) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(&flight);
    if (--open_ == 0 || waiting_) {
      changed_.notify_one();
    }
  }

  // Waits until `time`; false if the run was stopped before.
  bool Await(Clock::time_point time) const {
    for (auto now = Clock::now(); now < time && !Stopped(); now = Clock::now()) {
      if (time - now > kSpin) {
        std::this_thread::sleep_until(std::min(time - kSpin, now + kLook));
      } else {
        ::sched_yield();
      }
    }
    return !Stopped();
  }

  Result Collect() {
    Result result;
    {
      const Clock::time_point last_sent = std::min(Clock::now(), end_);
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return open_ == 0; });
      const Clock::time_point last_answered = Clock::now();
      result.seconds =
          std::chrono::duration<double>((closed_ ? last_answered : last_sent) - begin_).count();
    }
    result.outcomes = tally_.Outcomes();
    result.series = tally_.Seconds();
    result.offered = offered_;
    result.unsent = unsent_;
    result.lateness = lateness_;
    return result;
  }

  const Load& load_;
  const Draw draw_;
  const Clock::time_point begin_;
  const Clock::time_point end_;  // The end of the schedule.
  Tally tally_;
  std::vector<std::deque<grpc::GenericStub>> stubs_;  // By kind; one stub for each channel.
  std::atomic<std::uint64_t> begun_{0};

  bool closed_ = false;
  std::uint64_t calls_ = 0;
  Clock::time_point last_begin_;

  std::size_t in_flight_max_ = 0;
  std::int64_t offered_ = 0;
  std::int64_t unsent_ = 0;
  Histogram lateness_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Flight> flights_;
  std::vector<Flight*> idle_;
  bool waiting_ = false;  // The sender waits for an idle flight.
  int open_ = 0;
};

}  // namespace

std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, int channels,
                                                    const cli::Connection& connection) {
  std::vector<std::shared_ptr<grpc::Channel>> connected;
  for (int i = 0; i < channels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    connected.push_back(connection.Channel(address, arguments));
  }
  return connected;
}

Outcome Result::Total() const {
  Outcome total;
  for (const Outcome& outcome : outcomes) {
    total.Add(outcome);
  }
  return total;
}

double Result::Rate() const {
  std::int64_t good = 0;
  for (const Outcome& outcome : outcomes) {
    good += outcome.in_time;
  }
  return static_cast<double>(good) / seconds;
}

Result RunFor(const Load& load, int in_flight, double seconds) {
  const auto length =
      std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(seconds));
  const auto begin = Clock::now();
  return Run(load, begin, Clock::time_point::max())
      .Closed(in_flight, begin + length, std::numeric_limits<std::uint64_t>::max());
}

Result RunCalls(const Load& load, int in_flight, std::uint64_t calls) {
  return Run(load, Clock::now(), Clock::time_point::max())
      .Closed(in_flight, Clock::time_point::max(), calls);
}

Result RunOpen(const Load& load, Schedule schedule, int in_flight_max) {
  const auto begin = Clock::now();
  return Run(load, begin, begin + schedule.length())
      .Open(schedule, static_cast<std::size_t>(in_flight_max));
}

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace perigee::load
