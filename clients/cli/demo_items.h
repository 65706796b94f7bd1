#pragma once

#include "absl/status/status.h"

namespace perigee::cli {

class Session;
class Stage;

// Makes insider items in each state, with what champions say to their agreement and with claims to
// their seats. One is released some seconds after it is made: waits for that,
// and says what a member would see before and after. Another run changes nothing and says nothing.
absl::Status MakeDemoItems(Session& session, Stage& stage);

}  // namespace perigee::cli
