#include "tests/support/paced_reads.h"

#include <utility>

namespace perigee::tests {
namespace {

using Clock = std::chrono::steady_clock;
using Async = v1::BoardService::StubInterface::async_interface;
using Done = std::function<void(grpc::Status)>;

constexpr std::chrono::seconds kDeadline{10};

void Start(Async& stub, BoardRead& read, const v1::ListEntriesRequest& request, Done done) {
  stub.ListEntries(&read.context, &request, &read.response, std::move(done));
}
void Start(Async& stub, BoardRead& read, const v1::ListEntriesAroundRequest& request, Done done) {
  stub.ListEntriesAround(&read.context, &request, &read.response, std::move(done));
}
void Start(Async& stub, BoardRead& read, const v1::BatchGetEntriesRequest& request, Done done) {
  stub.BatchGetEntries(&read.context, &request, &read.response, std::move(done));
}

}  // namespace

void Await(SteadyTime time) {
  std::mutex mutex;
  std::condition_variable nobody_tells;
  std::unique_lock lock(mutex);
  nobody_tells.wait_until(lock, time, [] { return false; });
}

PacedReads::PacedReads(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                       std::chrono::nanoseconds pace,
                       std::function<ReadRequest(std::size_t n)> request)
    : pace_(pace), request_(std::move(request)) {
  for (const auto& channel : channels) {
    stubs_.push_back(v1::BoardService::NewStub(channel));
  }
}

void PacedReads::Run(std::size_t count) {
  const SteadyTime begin = Clock::now();
  open_ = count;
  for (std::size_t n = 0; n < count; ++n) {
    const SteadyTime due = begin + n * pace_;
    Await(due);
    Send(n, due);
  }
  std::unique_lock lock(mutex_);
  answered_.wait(lock, [this] { return open_ == 0; });
}

void PacedReads::Send(std::size_t n, SteadyTime due) {
  BoardRead& read = reads_.emplace_back();
  read.request = request_(n);
  read.due = due;
  read.context.set_deadline(std::chrono::system_clock::now() + kDeadline);
  read.seen_before = newest_seen_;
  std::visit(
      [&](const auto& request) {
        Start(*stubs_[n % stubs_.size()]->async(), read, request,
              [this, &read](grpc::Status status) {
                read.status = std::move(status);
                Answered(read);
              });
      },
      read.request);
}

void PacedReads::Answered(BoardRead& read) {
  read.latency = Clock::now() - read.due;
  std::int64_t seen = newest_seen_;
  while (seen < read.response.revision() &&
         !newest_seen_.compare_exchange_weak(seen, read.response.revision())) {
  }
  const std::lock_guard lock(mutex_);
  if (--open_ == 0) {
    answered_.notify_one();
  }
}

}  // namespace perigee::tests
