#pragma once

#include <memory>
#include <mutex>
#include <set>

#include "absl/status/status.h"
#include "server/core/error.h"

namespace perigee::services {

inline absl::Status ShuttingDown() {
  return Error(Reason::kShuttingDown, "the server is shutting down");
}

// The open streams of one method. It keeps each until the stream is removed, and must outlive them.
// Stream::Stop() ends a stream with ShuttingDown. Stream::Recheck() ends a stream whose caller may
// not have it any more, soon. Safe from many threads.
template <class Stream>
class OpenStreams {
 public:
  // False if all streams were stopped: then the caller stops this one as soon as that is possible.
  bool Add(const std::shared_ptr<Stream>& stream) {
    const std::lock_guard lock(mutex_);
    open_.insert(stream);
    return !stopped_;
  }
  void Remove(const std::shared_ptr<Stream>& stream) {
    const std::lock_guard lock(mutex_);
    open_.erase(stream);
  }
  // Stops all streams, also later ones.
  void Stop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    for (const std::shared_ptr<Stream>& stream : Open()) {
      stream->Stop();
    }
  }
  void Recheck() {
    for (const std::shared_ptr<Stream>& stream : Open()) {
      stream->Recheck();
    }
  }

 private:
  std::set<std::shared_ptr<Stream>> Open() {
    const std::lock_guard lock(mutex_);
    return open_;
  }

  std::mutex mutex_;
  std::set<std::shared_ptr<Stream>> open_;
  bool stopped_ = false;
};

}  // namespace perigee::services
