#include <cstdio>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/adapters/access/jwk_set.h"
#include "server/adapters/access/jws.h"
#include "tests/support/need.h"
#include "tests/support/shared_data.h"
#include "tests/support/token_maker.h"

namespace perigee::adapters {
namespace {

using nlohmann::json;

bool IsProven(const std::string& token, const JwkSet& keys) {
  const auto jws = ReadJws(token);
  const PublicKey* const key = jws ? keys.Find(jws->key_id, jws->algorithm) : nullptr;
  return key != nullptr && key->HasSigned(jws->signed_text, jws->signature);
}

TEST(WycheproofTest, OnlyValidTokensOfOurAlgorithmsAreProven) {
  std::ifstream file(tests::SharedData("jws-wycheproof/json_web_signature_test.json"));
  if (!file) {
    PERIGEE_SKIP_OR_FAIL("the data set jws-wycheproof");
  }
  const json vectors = json::parse(file);
  int proven = 0;
  int foreign = 0;
  int refused = 0;
  for (const json& group : vectors["testGroups"]) {
    const json& jwk = group.contains("public") ? group["public"] : group["private"];
    const auto keys = JwkSet::Parse(tests::JwksOf({jwk.dump()}), "the group");
    ASSERT_TRUE(keys.ok()) << keys.status();
    const std::string algorithm = jwk.value("alg", "");
    const bool is_ours = algorithm == "RS256" || algorithm == "ES256";
    EXPECT_EQ(keys->size(), is_ours ? 1U : 0U) << jwk["kid"];
    for (const json& test : group["tests"]) {
      const std::string token =
          test["jws"].is_string() ? test["jws"].get<std::string>() : test["jws"].dump();
      const bool is_valid = test["result"] == "valid";
      EXPECT_EQ(IsProven(token, *keys), is_valid && is_ours) << test["tcId"] << test["comment"];
      (is_valid && is_ours ? proven : is_valid ? foreign : refused) += 1;
    }
  }
  std::printf(
      "valid and proven: %d; valid, but of other algorithms, refused: %d; invalid, refused: %d\n",
      proven, foreign, refused);
  EXPECT_EQ(proven + foreign + refused, vectors["numberOfTests"]);
  EXPECT_GT(proven, 0);
}

}  // namespace
}  // namespace perigee::adapters
