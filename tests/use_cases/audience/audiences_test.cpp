#include "server/use_cases/audience/audiences.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/use_cases/lookup.h"
#include "tests/use_cases/orbit/orbits.h"

namespace perigee::tests {
namespace {

using testing::ElementsAre;

class AudiencesTest : public OrbitsTest {
 protected:
  // Those of ada and bob who are in the audience at `now`.
  std::vector<std::string> WhoIsIn(const std::string& text, Time now) {
    std::vector<std::string> in;
    const auto audience = domain::Audience::Compile("audience", text);
    EXPECT_THAT(audience, IsOk());
    programme.Read([&](ports::StoreReader& reader) {
      for (const char* id : {"ada", "bob"}) {
        const auto member = use_cases::RequireMember(reader, "demo", id);
        EXPECT_THAT(member, IsOk());
        const auto judged = use_cases::JudgeMember(reader, "demo", *audience, *member, now);
        EXPECT_THAT(judged, IsOk());
        if (judged.ok() && judged->is_in) {
          in.emplace_back(id);
        }
      }
      return absl::OkStatus();
    });
    return in;
  }
};

TEST_F(AudiencesTest, ALevelOfTheOrbitIsThatOfTheInstant) {
  ASSERT_THAT(SetWeight("talk", 8), IsOk());
  Record("ada", "talk", Now());
  EXPECT_THAT(WhoIsIn("orbit:exploring", Now()), ElementsAre("ada"));
  EXPECT_THAT(WhoIsIn("orbit:contributing and orbit:participating", Now()), ElementsAre("ada"));
  EXPECT_THAT(WhoIsIn("orbit:leading", Now()), testing::IsEmpty());
  EXPECT_THAT(WhoIsIn("not orbit:exploring", Now()), ElementsAre("bob"));
  // The year that counts is over, and so is the quarter after it.
  EXPECT_THAT(WhoIsIn("orbit:exploring", Now() + std::chrono::days(365 + 92)), testing::IsEmpty());
}

}  // namespace
}  // namespace perigee::tests
