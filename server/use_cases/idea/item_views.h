#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"

namespace perigee::use_cases {

class PersonalGate;

// Whether one person may see what is about items, such as feedback and ideas: it is hidden as its
// item is. Asks for each item once. `gate` must outlive it.
class ItemViews {
 public:
  explicit ItemViews(PersonalGate& gate) : gate_(gate) {}

  // True for what is about no item.
  absl::StatusOr<bool> IsOpen(const std::string& item);

 private:
  PersonalGate& gate_;
  std::map<std::string, bool> open_;  // By item.
};

}  // namespace perigee::use_cases
