#include "server/jobs/journal/follower.h"

#include <algorithm>
#include <utility>

#include "server/ports/executor.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/telemetry.h"

namespace perigee::jobs {

Follower::Follower(Parts parts, Options options, CatchUp catch_up)
    : feed_(parts.feed),
      executor_(parts.executor),
      telemetry_(parts.telemetry),
      options_(std::move(options)),
      catch_up_(std::move(catch_up)),
      worker_(options_.worker != nullptr ? options_.worker : std::make_shared<SerialWorker>()) {}

Follower::~Follower() { Stop(); }

void Follower::Start() {
  listening_ = feed_.Listen(
      [this](const std::string& program, domain::Revision head) { Look(program, head); });
}

void Follower::Stop() {
  listening_.reset();
  worker_->Stop();
}

void Follower::Look(const std::string& program, domain::Revision head) {
  {
    const std::lock_guard lock(mutex_);
    Wanted& wanted = wanted_[program];
    if (head == kDeleted) {
      wanted.deleted = true;
      wanted.head = 0;
    }
    wanted.head = std::max(wanted.head, head);
    if (std::exchange(wanted.waits, true)) {
      return;
    }
  }
  Post(program);
}

void Follower::Post(const std::string& program) {
  worker_->Post([this, program] { Run(program); });
}

void Follower::Run(const std::string& program) {
  domain::Revision head = 0;
  bool deleted = false;
  {
    const std::lock_guard lock(mutex_);
    Wanted& wanted = wanted_[program];
    wanted.waits = false;
    head = std::exchange(wanted.head, 0);
    deleted = std::exchange(wanted.deleted, false);
  }
  if (deleted) {
    static_cast<void>(catch_up_(program, kDeleted));  // Forgetting cannot fail.
  }
  if (head > 0 && !catch_up_(program, head).ok()) {
    Retry(program, head);
  }
}

void Follower::Retry(const std::string& program, domain::Revision head) {
  telemetry_.ProjectionFailed(options_.name);
  {
    const std::lock_guard lock(mutex_);
    Wanted& wanted = wanted_[program];
    wanted.head = std::max(wanted.head, head);
    if (std::exchange(wanted.pauses, true)) {
      return;
    }
  }
  executor_.After(options_.retry_after, [this, program, worker = std::weak_ptr(worker_)] {
    // The worker lives no longer than this object, and takes no work after it was stopped.
    if (const auto alive = worker.lock()) {
      alive->Post([this, program] {
        {
          const std::lock_guard lock(mutex_);
          wanted_[program].pauses = false;
        }
        Run(program);
      });
    }
  });
}

}  // namespace perigee::jobs
