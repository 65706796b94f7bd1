#include "server/use_cases/write_and_wait.h"

#include <future>
#include <memory>
#include <utility>

namespace perigee::use_cases {

absl::StatusOr<ports::Outcome> WriteAndWait(ports::Store& store, ports::Unit unit) {
  const auto answer = std::make_shared<std::promise<absl::StatusOr<ports::Outcome>>>();
  std::future<absl::StatusOr<ports::Outcome>> future = answer->get_future();
  store.Write(std::move(unit), [answer](absl::StatusOr<ports::Outcome> outcome) {
    answer->set_value(std::move(outcome));
  });
  return future.get();
}

}  // namespace perigee::use_cases
