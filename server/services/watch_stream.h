#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "server/services/call.h"
#include "server/services/open_streams.h"

namespace perigee::services {

// One admitted stream of the server's messages: a long document, or news of what changes. It has a
// timer and at
// most one message on its way, so a caller that does not read costs no more than one that does. It
// looks at what it watches on the executor: to begin, when it is woken, and after a failure that
// may pass. It asks again whether its caller may have it before each message, and where Recheck is
// called. After 20 s without a message it sends a heartbeat. A caller that takes nothing for 20 s
// is cut off, and resumes from what came last. Safe from many threads.
class WatchStream : public grpc::ServerWriteReactor<grpc::ByteBuffer>,
                    public std::enable_shared_from_this<WatchStream> {
 public:
  // `call` must outlive it. `request` is what the caller may have or not.
  WatchStream(Call& call, const RunningCall& running,
              std::unique_ptr<const google::protobuf::Message> request)
      : call_(call), request_(std::move(request)), running_(running) {}

  void Stop() { End(ShuttingDown()); }
  void Recheck();
  // Ends the stream, at once or after the message that is on its way. May be called again.
  void End(const absl::Status& status);
  // Ends the stream at once, also if the caller has not taken the message that is on its way. Then
  // the refusal has no details. May be called again.
  void CutOff(const absl::Status& status);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;

 protected:
  using Lock = std::unique_lock<std::mutex>;

  // Starts to look and to keep time. Call it once.
  void Begin();
  // Makes it look soon.
  void LookAgain();
  // The rest is called with the lock held, except for Look.

  // Looks at what is watched. Runs on the executor, on one thread at a time, and may block. An
  // error ends the stream, unless it may pass, or is WouldBlock: then the stream looks again.
  virtual absl::Status Look() = 0;
  // The next message, or nullopt if there is none.
  virtual std::optional<grpc::ByteBuffer> Next(Lock& lock) = 0;
  virtual grpc::ByteBuffer Heartbeat(Lock& lock) = 0;
  // For Next: its message is the last one. The stream ends well after it.
  void EndAfterThis(Lock& lock);
  // Calls `look` once, when it makes sense to look.
  virtual void WhenReady(Lock&, const std::function<void()>& look) { look(); }
  // When to look again even if nothing wakes it.
  virtual Time LookTime(Lock&) const { return kEndOfTime; }

  // For Look, before it shows anything: puts on record that the stream shows personal data. Waits
  // for the store at its first call.
  absl::Status RecordRead();

  // Whether the stream may go on. Called before each message. WouldBlock: a look must decide it.
  absl::Status Admit(Lock& lock) const;
  void LookSoon(Lock& lock);
  // The parts of a look, for a WhenReady that runs looks itself, several over one view of the store.
  // A look is BeginLook; Look if that was OK; and EndLook with the status of the last one. nullopt:
  // the stream ends, and there is no look.
  std::optional<absl::Status> BeginLook();
  void EndLook(const absl::Status& status);
  // Starts the timer anew, because LookTime has changed.
  void TickLater(Lock& lock);
  // Fills message_. True: the caller of Load sends it by Send, after it has unlocked.
  bool Load(Lock& lock);
  void Send() { StartWrite(&message_); }

  Call& call_;
  const std::unique_ptr<const google::protobuf::Message> request_;
  std::mutex mutex_;
  // Guarded by mutex_.
  RunningCall running_;
  bool look_due_ = false;
  bool looking_ = false;

 private:
  void SubmitLook();
  void RunLook();
  // Decides again whether the caller may have the stream, where that is needed. May block.
  absl::Status Authorise();
  void Tick(std::uint64_t tick);
  void Cut(Lock& lock, const absl::Status& status);

  bool recorded_ = false;  // Used by looks only.
  Time last_sent_{};
  std::uint64_t tick_ = 0;  // The newest timer; earlier ones end without effect.
  bool heartbeat_due_ = false;
  bool writing_ = false;
  bool ending_ = false;
  bool ended_ = false;
  absl::Status ending_status_;
  grpc::ByteBuffer message_;  // On its way while writing_.
};

}  // namespace perigee::services
