#include "tests/bench/load.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>

#include <grpcpp/generic/generic_stub.h>

namespace perigee::bench {
namespace {

using Clock = std::chrono::steady_clock;

class ClosedLoop {
 public:
  ClosedLoop(const Load& load, Clock::time_point end, std::uint64_t calls)
      : load_(load), end_(end), calls_(calls) {
    for (const auto& channel : load.channels) {
      stubs_.emplace_back(channel);
    }
  }

  LoadResult Run() {
    const auto begin = Clock::now();
    open_ = load_.in_flight;
    for (int i = 0; i < load_.in_flight; ++i) {
      Line& line = lines_.emplace_back();
      line.stub = &stubs_[static_cast<std::size_t>(i) % stubs_.size()];
    }
    for (Line& line : lines_) {
      Next(line);
    }
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return open_ == 0; });
    return Collect(std::chrono::duration<double>(Clock::now() - begin).count());
  }

 private:
  // One call after the other.
  struct Line {
    grpc::GenericStub* stub = nullptr;
    std::optional<grpc::ClientContext> context;
    grpc::ByteBuffer request;
    grpc::ByteBuffer response;
    Clock::time_point begun;
    std::vector<std::int64_t> latencies_ns;
    std::int64_t refused = 0;
    std::string refusal;
  };

  void Next(Line& line) {
    const std::uint64_t n = begun_.fetch_add(1, std::memory_order_relaxed);
    if (n >= calls_ || Clock::now() >= end_) {
      const std::lock_guard lock(mutex_);
      if (--open_ == 0) {
        done_.notify_one();
      }
      return;
    }
    line.context.emplace();
    line.request = load_.request(n);
    line.response.Clear();
    line.begun = Clock::now();
    line.stub->UnaryCall(&*line.context, load_.method, {}, &line.request, &line.response,
                         [this, &line](const grpc::Status& status) { Answered(line, status); });
  }

  void Answered(Line& line, const grpc::Status& status) {
    if (status.ok()) {
      line.latencies_ns.push_back((Clock::now() - line.begun) / std::chrono::nanoseconds(1));
    } else {
      ++line.refused;
      line.refusal = status.error_message();
    }
    Next(line);
  }

  LoadResult Collect(double seconds) {
    LoadResult result;
    result.seconds = seconds;
    for (const Line& line : lines_) {
      result.refused += line.refused;
      result.latencies_ns.insert(result.latencies_ns.end(), line.latencies_ns.begin(),
                                 line.latencies_ns.end());
      if (!line.refusal.empty()) {
        result.refusal = line.refusal;
      }
    }
    std::sort(result.latencies_ns.begin(), result.latencies_ns.end());
    result.calls = static_cast<std::int64_t>(result.latencies_ns.size()) + result.refused;
    return result;
  }

  const Load& load_;
  const Clock::time_point end_;
  const std::uint64_t calls_;
  std::deque<grpc::GenericStub> stubs_;
  std::deque<Line> lines_;
  std::atomic<std::uint64_t> begun_{0};
  std::mutex mutex_;
  std::condition_variable done_;
  int open_ = 0;
};

}  // namespace

std::vector<std::shared_ptr<grpc::Channel>> Connect(const std::string& address, int channels) {
  std::vector<std::shared_ptr<grpc::Channel>> connected;
  for (int i = 0; i < channels; ++i) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    connected.push_back(
        grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments));
  }
  return connected;
}

double LoadResult::Micros(double quantile) const {
  if (latencies_ns.empty()) {
    return std::numeric_limits<double>::infinity();
  }
  const double place = quantile * static_cast<double>(latencies_ns.size() - 1);
  return static_cast<double>(latencies_ns[static_cast<std::size_t>(place)]) / 1000.0;
}

LoadResult RunFor(const Load& load, double seconds) {
  const auto length =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  return ClosedLoop(load, Clock::now() + length, std::numeric_limits<std::uint64_t>::max()).Run();
}

LoadResult RunCalls(const Load& load, std::uint64_t calls) {
  return ClosedLoop(load, Clock::time_point::max(), calls).Run();
}

grpc::ByteBuffer ToBytes(const google::protobuf::Message& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace perigee::bench
