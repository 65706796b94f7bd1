#pragma once

#include <future>

#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {

// Keeps the store's writer busy until it is let go, so that later writes wait and are then written
// together.
class HeldWriter {
 public:
  explicit HeldWriter(ports::Store& store, bool in_closed = false) {
    ports::Unit unit;
    unit.program = kProgram;
    unit.now = kStart;
    unit.in_closed = in_closed;
    unit.decide = [this](ports::StoreReader&, const ports::UnitContext&) {
      started_.set_value();
      go_on_.get_future().wait();
      return absl::StatusOr<ports::Decision>(ports::Decision{});
    };
    store.Write(std::move(unit), [this](absl::StatusOr<ports::Outcome>) { done_.set_value(); });
    started_.get_future().wait();
  }
  void LetGo() {
    go_on_.set_value();
    done_.get_future().wait();
  }

 private:
  std::promise<void> started_;
  std::promise<void> go_on_;
  std::promise<void> done_;
};

}  // namespace perigee::tests
