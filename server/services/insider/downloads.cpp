#include "server/services/insider/downloads.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <span>
#include <utility>

#include "absl/status/status.h"
#include "server/domain/record/revision.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/store.h"
#include "server/services/insider/download_stream.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::services {
namespace {

using std::chrono::milliseconds;

// How many downloads are asked for over one view.
constexpr std::size_t kAtOnce = 100;
constexpr milliseconds kTick{250};
// A sweep rests as long as the one before took, so that sweeps after many commits take no more than
// half of a thread.
constexpr milliseconds kRestMin{10};
constexpr milliseconds kRestMax{200};

}  // namespace

void Downloads::Begin() {
  listening_ = call_.store().feed().ListenBeforeAnswers(
      [weak = weak_from_this()](const std::string& program, domain::Revision) {
        if (const auto all = weak.lock()) {
          all->OnCommit(program);
        }
      });
}

void Downloads::Stop() {
  std::vector<std::shared_ptr<DownloadStream>> open;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    open = Open();
  }
  for (const auto& stream : open) {
    stream->Stop();
  }
  listening_.reset();
}

void Downloads::Recheck() {
  std::vector<std::shared_ptr<DownloadStream>> open;
  {
    const std::lock_guard lock(mutex_);
    open = Open();
  }
  for (const auto& stream : open) {
    stream->Recheck();
  }
}

std::vector<std::shared_ptr<DownloadStream>> Downloads::Open() const {
  std::vector<std::shared_ptr<DownloadStream>> open;
  for (const auto& [program, of] : programs_) {
    open.insert(open.end(), of.streams.begin(), of.streams.end());
  }
  return open;
}

bool Downloads::Add(const std::shared_ptr<DownloadStream>& stream) {
  const std::lock_guard lock(mutex_);
  programs_[stream->program()].streams.insert(stream);
  if (!stopped_ && !ticking_) {
    ticking_ = true;
    call_.executor().After(kTick, [all = shared_from_this()] { all->Tick(); });
  }
  return !stopped_;
}

void Downloads::Remove(const std::shared_ptr<DownloadStream>& stream) {
  const std::lock_guard lock(mutex_);
  const auto of = programs_.find(stream->program());
  of->second.streams.erase(stream);
  if (of->second.streams.empty()) {
    programs_.erase(of);
  }
}

std::shared_ptr<const std::atomic<std::uint64_t>> Downloads::CommitsOf(const std::string& program) {
  const std::lock_guard lock(mutex_);
  return programs_.at(program).commits;
}

void Downloads::OnCommit(const std::string& program) {
  const std::lock_guard lock(mutex_);
  const auto of = programs_.find(program);
  if (of != programs_.end()) {
    ++*of->second.commits;
    due_.insert(program);
    SweepAfter(milliseconds{0});
  }
}

void Downloads::Tick() {
  const std::lock_guard lock(mutex_);
  if (stopped_ || programs_.empty()) {
    ticking_ = false;
    return;
  }
  for (const auto& [program, of] : programs_) {
    due_.insert(program);
  }
  SweepAfter(milliseconds{0});
  call_.executor().After(kTick, [all = shared_from_this()] { all->Tick(); });
}

void Downloads::SweepAfter(milliseconds rest) {
  if (sweeping_ || stopped_) {
    return;
  }
  sweeping_ = true;
  call_.executor().After(rest, [all = shared_from_this()] { all->Sweep(); });
}

void Downloads::Sweep() {
  const auto began = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<DownloadStream>> streams;
  {
    const std::lock_guard lock(mutex_);
    for (const std::string& program : std::exchange(due_, {})) {
      const auto of = programs_.find(program);
      if (of != programs_.end() && !stopped_) {
        streams.insert(streams.end(), of->second.streams.begin(), of->second.streams.end());
      }
    }
  }
  const std::span all(streams);
  for (std::size_t at = 0; at < all.size(); at += kAtOnce) {
    // A store that cannot be read lets no look of a stream pass either.
    static_cast<void>(call_.store().Read([&](ports::StoreReader& reader) {
      std::map<std::string, std::shared_ptr<use_cases::GateGround>> grounds;
      for (const auto& stream : all.subspan(at, std::min(kAtOnce, all.size() - at))) {
        std::shared_ptr<use_cases::GateGround>& ground = grounds[stream->program()];
        if (ground == nullptr) {
          ground = std::make_shared<use_cases::GateGround>(reader, stream->program());
        }
        stream->Check(ground);
      }
      return absl::OkStatus();
    }));
  }
  const std::lock_guard lock(mutex_);
  sweeping_ = false;
  if (!due_.empty()) {
    const auto took =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
    SweepAfter(std::clamp(took, kRestMin, kRestMax));
  }
}

}  // namespace perigee::services
