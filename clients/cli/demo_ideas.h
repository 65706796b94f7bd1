#pragma once

#include "absl/status/status.h"

namespace perigee::cli {

class Stage;

// Makes ideas and cases of leaks in each state, votes, and feedback on the item whose embargo
// ended. Another run changes nothing.
absl::Status MakeDemoIdeas(Stage& stage);

}  // namespace perigee::cli
