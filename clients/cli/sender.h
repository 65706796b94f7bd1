#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "clients/cli/session.h"
#include "perigee/v1/activity.pb.h"
#include "perigee/v1/member.pb.h"

namespace perigee::cli {

// What became of the things that were sent.
struct Tally {
  std::int64_t recorded = 0;
  std::int64_t replayed = 0;
  std::map<std::string, std::int64_t> refused;  // By reason.
  std::string first_refusal;
  std::int64_t Refused() const;
  void Add(const Tally& other);
};

// Adds members, several at a time. A member that is there already is counted as replayed. Finish
// must be called.
class MemberSender {
 public:
  explicit MemberSender(Session& session);
  ~MemberSender();
  MemberSender(const MemberSender&) = delete;
  MemberSender& operator=(const MemberSender&) = delete;

  // Waits while many are under way. Once one has failed for good, which Finish tells, nothing more
  // is sent.
  void Send(v1::CreateMemberRequest request);
  // All are answered. The first failure that no single member is to blame for.
  absl::Status Finish();
  const Tally& tally() const { return tally_; }

 private:
  void Work();
  void Settle(const absl::Status& status, bool replayed, const std::string& member_id);

  Session& session_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<v1::CreateMemberRequest> waiting_;
  bool ending_ = false;
  absl::Status failure_;
  Tally tally_;
  std::vector<std::thread> threads_;
};

// Records activities through the stream, in parts: each part is kept until the server has answered
// it, and is sent again if the stream breaks, which the source ids make safe. Not for several
// threads.
class ActivitySender {
 public:
  ActivitySender(Session& session, std::string program_name);

  // May send what has gathered.
  absl::Status Send(v1::Activity activity);
  absl::Status Finish();
  const Tally& tally() const { return tally_; }
  std::int64_t revision() const { return revision_; }

 private:
  absl::Status Flush();

  Session& session_;
  std::string program_name_;
  std::vector<v1::RecordActivitiesRequest> part_;
  std::int64_t in_part_ = 0;
  Tally tally_;
  std::int64_t revision_ = 0;
};

}  // namespace perigee::cli
