#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "server/services/call.h"

namespace perigee::ports {
class Blobs;
class Telemetry;
}  // namespace perigee::ports

namespace perigee::services {

class DownloadStream;

// The open downloads of a server, and the watch at their gates: after commits of a programme, by
// whatever server, and four times a second it asks the gate for all downloads of the programme, on
// one thread of the executor. So it also ends downloads whose callers read nothing. Safe from many
// threads.
class Downloads : public std::enable_shared_from_this<Downloads> {
 public:
  // All must outlive it. Call Begin once.
  Downloads(Call& call, ports::Blobs& blobs, ports::Telemetry& telemetry)
      : call_(call), blobs_(blobs), telemetry_(telemetry) {}
  void Begin();
  // Ends all streams, also later ones, and hears of no more commits.
  void Stop();
  // Asks again whether the callers may have their streams.
  void Recheck();

  // False if all streams were stopped.
  bool Add(const std::shared_ptr<DownloadStream>& stream);
  void Remove(const std::shared_ptr<DownloadStream>& stream);
  // How many commits of the programme were heard of since it has open downloads. A commit counts
  // before it is answered, if this server made it.
  std::shared_ptr<const std::atomic<std::uint64_t>> CommitsOf(const std::string& program);

  Call& call() { return call_; }
  ports::Blobs& blobs() { return blobs_; }
  ports::Telemetry& telemetry() { return telemetry_; }

 private:
  struct OfProgram {
    std::shared_ptr<std::atomic<std::uint64_t>> commits =
        std::make_shared<std::atomic<std::uint64_t>>(0);
    std::set<std::shared_ptr<DownloadStream>> streams;
  };

  void OnCommit(const std::string& program);
  std::vector<std::shared_ptr<DownloadStream>> Open() const;  // With the lock.
  // Begins a sweep over what is due after a rest, unless one is under way. With the lock.
  void SweepAfter(std::chrono::milliseconds rest);
  void Sweep();
  void Tick();

  Call& call_;
  ports::Blobs& blobs_;
  ports::Telemetry& telemetry_;
  std::shared_ptr<void> listening_;

  std::mutex mutex_;
  bool stopped_ = false;
  bool ticking_ = false;
  bool sweeping_ = false;  // A sweep is queued or runs.
  std::map<std::string, OfProgram> programs_;
  std::set<std::string> due_;  // Programmes whose downloads must be asked for.
};

}  // namespace perigee::services
