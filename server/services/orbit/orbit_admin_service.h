#pragma once

#include "perigee/v1/orbit.pb.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::services {

class Measurements;

// What staff do with the orbit (orbit.proto). The constructor's arguments must outlive it. Safe
// from many threads.
class OrbitAdminService final : public Service {
 public:
  OrbitAdminService(Call& call, const PageTokens& tokens, Measurements& measurements);

 private:
  // An answer about all members, which Measurements makes. `measure`: (Request, Time now, GoesOn) →
  // StatusOr<message>. `check`, Request → Status, refuses at once.
  template <class Request, class Check, class Measure>
  void ReadMeasured(std::string_view name, Check check, Measure measure);

  Measurements& measurements_;
};

}  // namespace perigee::services
