#pragma once

#include <functional>
#include <memory>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "server/ports/blob/blobs.h"

namespace perigee::tests {

// One empty store of blobs, for one test.
class BlobsUnderTest {
 public:
  virtual ~BlobsUnderTest() = default;
  // The reason why this machine cannot have it; empty if it can.
  virtual std::string Missing() { return ""; }
  // Opens it. What an earlier opening wrote is there.
  virtual std::unique_ptr<ports::Blobs> Open() = 0;
};

struct BlobsEngine {
  std::string name;
  std::function<std::unique_ptr<BlobsUnderTest>()> make;
};
inline void PrintTo(const BlobsEngine& engine, std::ostream* out) { *out << engine.name; }
inline std::string BlobsEngineName(const testing::TestParamInfo<BlobsEngine>& info) {
  return info.param.name;
}

class BlobsConformance : public testing::TestWithParam<BlobsEngine> {
 protected:
  void SetUp() override;

  std::unique_ptr<BlobsUnderTest> under_test_;
  std::unique_ptr<ports::Blobs> blobs_;
};

}  // namespace perigee::tests
