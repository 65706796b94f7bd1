#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "perigee/v1/activity.pb.h"
#include "server/services/activity/activity_record.h"
#include "server/services/call.h"

namespace perigee::services {

// One RecordActivities stream. Each activity is a unit of work of its own, handed to the store in
// the order sent without waiting for the one before; what is in hand is bounded by reading on only
// when there is room. A full store is waited for. Lives until gRPC and the store are done with it.
class ActivityStream final : public grpc::ServerReadReactor<v1::RecordActivitiesRequest>,
                             public std::enable_shared_from_this<ActivityStream> {
 public:
  static ActivityStream* Start(Call& call, RunningCall running,
                               v1::RecordActivitiesResponse* response);

  void OnReadDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  struct Item {
    std::int64_t index = 0;
    ActivityDraft draft;
  };
  using ItemPtr = std::shared_ptr<const Item>;
  using Lock = std::unique_lock<std::mutex>;

  ActivityStream(Call& call, RunningCall running, v1::RecordActivitiesResponse* response);

  // Parses a message into pending_ and refusals_; an error ends the stream.
  absl::Status Take(const v1::RecordActivitiesRequest& message);
  // Hands one item to the store; not under the lock, for the store may answer at once.
  void Submit(const ItemPtr& item);
  void Settle(const ItemPtr& item, const absl::StatusOr<ports::Outcome>& outcome);
  void Refuse(std::int64_t index, const std::string& source_event_id, const absl::Status& status);
  void WaitForRoom();
  // Does whatever is to be done next: hand on, read on, or end.
  void GoOn(Lock& lock);
  void HandOn(Lock& lock);

  Call& call_;
  const RunningCall running_;
  v1::RecordActivitiesResponse* const response_;
  v1::RecordActivitiesRequest message_;
  std::shared_ptr<ActivityStream> self_;  // Until OnDone.

  std::mutex mutex_;
  std::string program_;
  std::int64_t next_index_ = 0;
  std::map<std::int64_t, ItemPtr> pending_;  // By place in the stream.
  std::size_t in_flight_ = 0;
  bool handing_on_ = false;
  bool waiting_for_room_ = false;
  bool reading_ = true;
  bool read_all_ = false;
  bool finished_ = false;
  absl::Status failure_;  // Ends the stream once nothing is in flight.
  std::map<std::int64_t, v1::RecordActivitiesResponse::Refusal> refusals_;
};

}  // namespace perigee::services
