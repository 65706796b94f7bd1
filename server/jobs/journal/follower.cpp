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
      [this](const std::string& program, domain::Revision head) { Hear(program, head); });
}

void Follower::Stop() {
  listening_.reset();
  worker_->Stop();
}

void Follower::Hear(const std::string& program, domain::Revision head) {
  const auto pause =
      options_.pause == nullptr ? std::chrono::milliseconds(0) : options_.pause(program);
  if (pause.count() == 0 || head == kDeleted) {
    Look(program, head);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    Wanted& wanted = wanted_[program];
    wanted.head = std::max(wanted.head, head);
    if (wanted.waits || std::exchange(wanted.gathers, true)) {
      return;
    }
  }
  PostAfter(pause, program, &Wanted::gathers);
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
    if (std::exchange(wanted.recovers, true)) {
      return;
    }
  }
  PostAfter(options_.retry_after, program, &Wanted::recovers);
}

void Follower::PostAfter(std::chrono::milliseconds pause, const std::string& program,
                         bool Wanted::*ends) {
  executor_.After(pause, [this, program, ends, worker = std::weak_ptr(worker_)] {
    // The worker lives no longer than this object, and takes no work after it was stopped.
    if (const auto alive = worker.lock()) {
      alive->Post([this, program, ends] {
        {
          const std::lock_guard lock(mutex_);
          wanted_[program].*ends = false;
        }
        Run(program);
      });
    }
  });
}

}  // namespace perigee::jobs
