#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/champion.pb.h"
#include "server/core/time.h"
#include "server/domain/champion/appointment.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/champion/title.h"
#include "server/services/convert.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::services {

// The names of the persons behind members: of a merged member that of its head. Keys of nobody have
// none.
class PersonNames {
 public:
  static absl::StatusOr<PersonNames> Of(ports::StoreReader& reader, const std::string& program,
                                        const std::vector<domain::MemberKey>& keys);
  // Empty for nobody.
  std::string operator()(const domain::MemberKey& key) const;

 private:
  MemberNames names_;
};

v1::Title ToProto(const std::string& program, const domain::Title& title);
// Without voices and reviews.
v1::Nomination ToProto(const std::string& program, const domain::Nomination& nomination, Time now,
                       const PersonNames& names);
v1::NominationVoice ToProto(const domain::NominationVoice& voice, const PersonNames& names);
v1::NominationReview ToProto(const domain::NominationReview& review);

// To whom an appointment is shown.
enum class ShownTo : std::uint8_t { kEverybody, kOwner, kStaff };
// `member`: the name of its member. Empty if that is gone.
v1::Appointment ToProto(const std::string& program, const domain::Appointment& appointment,
                        const std::string& member, Time now, ShownTo to);

}  // namespace perigee::services
