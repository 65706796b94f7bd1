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

// The outcomes of what was sent.
struct Tally {
  std::int64_t recorded = 0;
  std::int64_t replayed = 0;
  std::map<std::string, std::int64_t> refused;  // By reason.
  std::string first_refusal;
  std::int64_t Refused() const;
  void Add(const Tally& other);
};

// Adds members, several at a time. An existing member counts as replayed. Finish must be called.
class MemberSender {
 public:
  explicit MemberSender(Session& session);
  ~MemberSender();
  MemberSender(const MemberSender&) = delete;
  MemberSender& operator=(const MemberSender&) = delete;

  // Waits while too many calls are open. After a failure that Finish will report, nothing more is
  // sent.
  void Send(v1::CreateMemberRequest request);
  // Waits for all answers. Answers the first failure that is not the fault of a single member.
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

// Records activities through the stream, in parts. A part is kept until the server answers it, and
// is sent again if the stream breaks; the source ids make that safe. For one thread.
class ActivitySender {
 public:
  ActivitySender(Session& session, std::string program_name);

  // Sends the gathered part once it is full.
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
