#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/activity.pb.h"
#include "server/services/call.h"
#include "server/services/open_streams.h"
#include "server/use_cases/activity/record_activity.h"

namespace perigee::services {

class ActivityStream;

using ActivityStreams = OpenStreams<ActivityStream>;

// One admitted RecordActivities stream. Each activity is a unit of work of its own. The stream
// hands activities to the store in the order sent, and does not wait for one before the next. It
// holds a bounded number of activities and reads the next message only when there is room. If the
// store's queue is full, it waits and tries again. Lives until gRPC and the store no longer need
// it.
class ActivityStream final : public grpc::ServerReadReactor<grpc::ByteBuffer>,
                             public std::enable_shared_from_this<ActivityStream> {
 public:
  static ActivityStream* Start(ActivityStreams& all, Call& call, const RunningCall& running,
                               grpc::ByteBuffer* answer);
  // Reads no further, and ends with ShuttingDown once all that was read is decided.
  void Stop();
  void Recheck();

  void OnReadDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  struct Item {
    std::int64_t index = 0;
    use_cases::ActivityDraft draft;
    domain::Principal by;
  };
  using ItemPtr = std::shared_ptr<const Item>;
  using Lock = std::unique_lock<std::mutex>;

  ActivityStream(ActivityStreams& all, Call& call, const RunningCall& running,
                 grpc::ByteBuffer* answer);

  // Takes the message that was read, if the caller may send it. Otherwise the stream ends once all
  // before it is decided.
  void TakeIf(Lock& lock, const absl::Status& allowed);
  // Decides where that may wait whether the caller may send the message that was read.
  void AuthoriseSoon();
  // Decides whether the caller may send the message that was read or, without `of_message`, whether
  // the stream may stay open although none comes. May block.
  void Authorise(bool of_message);
  // Parses a message into pending_ and refusals_. kInvalidField for one that cannot be taken.
  absl::Status Take(const grpc::ByteBuffer& bytes);
  // Hands one item to the store. Must not hold the lock: the store may answer at once.
  void Submit(const ItemPtr& item);
  // Whether the caller may still record what it sent. kOverloaded while that must be asked again.
  absl::Status MayRecord();
  void TakeOutcome(const ItemPtr& item, const absl::StatusOr<ports::Outcome>& outcome);
  void Refuse(std::int64_t index, const std::string& source_event_id, const absl::Status& status);
  void WaitForRoom();
  // Takes the next steps that are possible: hands items on, reads on or ends the stream.
  void GoOn(Lock& lock);
  void HandOn(Lock& lock);
  // The status of the stream, and its answer.
  absl::Status Conclude();

  ActivityStreams& all_;  // Keeps this one until OnDone.
  Call& call_;
  grpc::ByteBuffer* const answer_;
  grpc::ByteBuffer message_;

  std::mutex mutex_;
  RunningCall running_;
  std::string program_;
  std::int64_t messages_ = 0;  // Taken so far.
  std::int64_t next_index_ = 0;
  std::map<std::int64_t, ItemPtr> pending_;  // Not yet handed on, by index in the stream.
  std::size_t in_flight_ = 0;
  bool handing_on_ = false;
  bool waiting_for_room_ = false;
  bool reading_ = true;  // Also while it is decided whether the message may be taken.
  bool read_all_ = false;
  bool finished_ = false;
  absl::Status failure_;  // Ends the stream once nothing is in flight.
  // Why no further message is taken: the next one is bad, or the server stops. Ends the stream once
  // all before it is decided.
  absl::Status stop_;
  bool drops_ = false;  // What was not handed on is dropped: the caller may not record it any more.
  v1::RecordActivitiesResponse response_;
  std::map<std::int64_t, v1::RecordActivitiesResponse::Refusal> refusals_;
};

}  // namespace perigee::services
