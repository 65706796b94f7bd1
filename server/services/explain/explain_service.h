#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/explain.pb.h"
#include "server/domain/explain/explanation.h"
#include "server/services/service.h"

namespace perigee::ports {
class BoardView;
}  // namespace perigee::ports

namespace perigee::services {

// Explains values of members (explain.proto). The constructor's arguments must outlive it. Safe
// from many threads.
class ExplainService final : public Service {
 public:
  ExplainService(Call& call, ports::BoardView& view);

 private:
  // Where a request says whose value it asks for.
  enum class Whose : std::uint8_t {
    kNamed,      // In the name, as the second part.
    kAsked,      // In `member`.
    kStaffOnly,  // In the name, as the third part. Members have no such value.
  };
  // One kind of value. A further one is an entry in the list of the constructor.
  struct Kind {
    std::string_view pattern;  // Of its names.
    Whose whose;
    std::function<absl::StatusOr<domain::Explanation>(const CallContext& call,
                                                      const v1::ExplainRequest& asked,
                                                      const std::vector<std::string>& parts)>
        explain;
  };

  absl::StatusOr<v1::Explanation> Explain(const CallContext& call,
                                          const v1::ExplainRequest& asked) const;

  std::vector<Kind> kinds_;
};

}  // namespace perigee::services
