#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "perigee/v1/inbox.pb.h"
#include "server/domain/inbox/inbox_settings.h"
#include "server/domain/inbox/notification.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::services {

// Shows notifications of one member. Looks up each display name once. `reader` must outlive it.
class NoticeWriter {
 public:
  // `member`: the id of the head.
  NoticeWriter(ports::StoreReader& reader, std::string program, std::string member)
      : reader_(reader), program_(std::move(program)), member_(std::move(member)) {}

  absl::StatusOr<v1::Notification> ToProto(const domain::Notification& notice);

 private:
  absl::StatusOr<std::string> DisplayNameOf(const domain::Notification& notice);
  template <class R>
  absl::StatusOr<std::string> Find(const std::string& id);
  std::string Of(std::string_view pattern, const std::string& id) const;

  ports::StoreReader& reader_;
  const std::string program_;
  const std::string member_;
  std::map<std::string, std::string> display_names_;  // By the name of the resource.
};

v1::InboxSettings ToProto(const std::string& program, const std::string& member,
                          const domain::InboxSettings& settings);
// The settings that a member states. An unspecified digest is none. kInvalidField.
absl::StatusOr<domain::InboxSettings> ParseInboxSettings(const v1::InboxSettings& settings);

}  // namespace perigee::services
