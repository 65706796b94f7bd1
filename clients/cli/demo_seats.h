#pragma once

#include "absl/status/status.h"

namespace perigee::cli {

class Stage;

// Makes the agreement `secrecy`, which the item `test-flight` asks for.
absl::Status MakeDemoAgreement(Stage& stage);

// Champions say what they say to the agreement, and claim seats of `test-flight`, which has one,
// and of `lost-probe`. Both items must be open.
absl::Status MakeDemoSeats(Stage& stage);

}  // namespace perigee::cli
