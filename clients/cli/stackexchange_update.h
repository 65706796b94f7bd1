#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "clients/cli/stackexchange.h"
#include "server/core/time.h"

namespace perigee::cli {

// What a dump still has, so that what it has no more can be told. Not for several threads.
class DumpContent {
 public:
  // The event `{kind}-{number}` is there, or nothing can be said of it.
  void Add(const std::string& kind, std::int64_t number) { events_[kind].push_back(number); }
  // Nothing can be said of any event of the kind.
  void AddAll(const std::string& kind) { whole_kinds_.insert(kind); }
  void AddMember(std::string id, std::string display_name) {
    names_.emplace(std::move(id), std::move(display_name));
  }
  void AddTime(Time time) { newest_ = std::max(newest_, time); }

  // Before the first HasEvent.
  void Sort();
  // Whether the event is there. True for an id of another form.
  bool HasEvent(std::string_view id) const;
  const std::unordered_map<std::string, std::string>& names() const { return names_; }
  // The time of the newest event that was sent.
  Time newest() const { return newest_; }

 private:
  std::map<std::string, std::vector<std::int64_t>, std::less<>> events_;
  std::set<std::string, std::less<>> whole_kinds_;
  std::unordered_map<std::string, std::string> names_;
  Time newest_ = kBeginningOfTime;
};

// Brings what was recorded from earlier dumps of the site to the state of this one: renames
// members, and reverses the transfers of activities that the dump has no more. May run again at any
// time. A usage failure, with nothing changed, if the dump is older than what was recorded, or
// lacks more than half of it.
absl::StatusOr<UpdateSummary> TakeOverChanges(Session& session, const StackExchangeDump& dump,
                                              const DumpContent& content);

}  // namespace perigee::cli
