#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "server/adapters/access/issuer_keys.h"
#include "server/adapters/access/key_source.h"
#include "tests/adapters/access/issuer_under_test.h"

namespace perigee::tests {
namespace {

using adapters::IssuerKeys;
using adapters::MakeFileKeySource;

TEST(KeyFileTest, AFileIsReadAgainOnlyAfterAChange) {
  const IssuerUnderTest issuer("one");
  const auto source = MakeFileKeySource(issuer.path());
  EXPECT_EQ(**source->Read(false), "one");
  EXPECT_EQ(*source->Read(false), std::nullopt);
  EXPECT_EQ(**source->Read(true), "one");
  issuer.Publish("two");
  EXPECT_EQ(**source->Read(false), "two");
  EXPECT_EQ(*source->Read(false), std::nullopt);
  std::ofstream(issuer.path(), std::ios::app) << " more";
  EXPECT_EQ(**source->Read(false), "two more");
  std::filesystem::remove(issuer.path());
  EXPECT_THAT(source->Read(false), IsInvalidField(issuer.path()));
}

TEST(KeyFileTest, OnlyFilesOfSomeSizeAreRead) {
  const TemporaryFolder folder;
  EXPECT_THAT(MakeFileKeySource(folder.path())->Read(true), HasReason(Reason::kInvalidField));
  const std::string pipe = folder.File("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_THAT(MakeFileKeySource(pipe)->Read(true), IsInvalidField(pipe));
  const std::string file = folder.File("file");
  std::ofstream(file) << std::string(adapters::kKeySetBytesMax, ' ');
  EXPECT_THAT(MakeFileKeySource(file)->Read(true), IsOk());
  std::ofstream(file, std::ios::app) << ' ';
  EXPECT_THAT(MakeFileKeySource(file)->Read(true), IsInvalidField(file));
}

TEST(KeyFileTest, ARotatedKeyIsRefusedAndTheNewOneTaken) {
  const TokenMaker newer("EdDSA", "newer");
  IssuerUnderTest issuer(EdKey().Jwks());
  ASSERT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
  EXPECT_THAT(issuer.Verify(GoodToken(newer)), IsRefused());
  const auto before = issuer.tokens->generation();

  issuer.Publish(JwksOf({EdKey().Jwk(), newer.Jwk()}));
  issuer.tokens->Refresh();
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
  EXPECT_THAT(issuer.Verify(GoodToken(newer)), IsOk());
  EXPECT_EQ(issuer.tokens->generation(), before);

  issuer.Publish(newer.Jwks());
  issuer.tokens->Refresh();
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsRefused());
  EXPECT_THAT(issuer.Verify(GoodToken(newer)), IsOk());
  EXPECT_GT(issuer.tokens->generation(), before);
}

TEST(KeyFileTest, AnotherKeyOfTheSameIdReplacesTheOld) {
  const TokenMaker newer("EdDSA", "ed");
  IssuerUnderTest issuer(EdKey().Jwks());
  ASSERT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
  const auto before = issuer.tokens->generation();
  issuer.Publish(newer.Jwks());
  issuer.tokens->Refresh();
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsRefused());
  EXPECT_THAT(issuer.Verify(GoodToken(newer)), IsOk());
  EXPECT_GT(issuer.tokens->generation(), before);
}

TEST(KeyFileTest, ADamagedFileLeavesTheKeysAsTheyAre) {
  IssuerUnderTest issuer(EdKey().Jwks());
  ASSERT_THAT(issuer.Start(), IsOk());
  const auto before = issuer.tokens->generation();
  for (const std::string& damaged :
       {std::string("{"), std::string(), JwksOf({EdKey().Jwk(), EdKey().Jwk()})}) {
    const auto failures = issuer.tokens->health()[0].failures;
    issuer.Publish(damaged);
    issuer.tokens->Refresh();
    EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
    EXPECT_GT(issuer.tokens->health()[0].failures, failures);
  }
  std::filesystem::remove(issuer.path());
  issuer.tokens->Refresh();
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
  EXPECT_EQ(issuer.tokens->generation(), before);
  issuer.Publish(EcKey().Jwks());
  issuer.tokens->Refresh();
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsRefused());
  EXPECT_THAT(issuer.Verify(GoodToken(EcKey())), IsOk());
}

TEST(KeyFileTest, AnIssuerCanTakeAllItsKeysBack) {
  IssuerUnderTest issuer(EdKey().Jwks());
  ASSERT_THAT(issuer.Verify(GoodToken(EdKey())), IsOk());
  const auto before = issuer.tokens->generation();
  issuer.Publish(R"({"keys":[]})");
  issuer.tokens->Refresh();
  EXPECT_THAT(issuer.Verify(GoodToken(EdKey())), IsRefused());
  EXPECT_GT(issuer.tokens->generation(), before);
}

TEST(KeyFileTest, AnUnknownKeyIsAskedForAtTimes) {
  IssuerUnderTest issuer(EdKey().Jwks());
  const TokenMaker stranger("EdDSA", "stranger");
  const TokenMaker thief("EdDSA", "ed");
  const auto asked = [&] { return issuer.tokens->health()[0].asked; };
  // Only a token that is good otherwise has the source asked.
  EXPECT_THAT(issuer.Verify(stranger.Token(kIssuer, "other", "ada", kNow)), IsRefused());
  EXPECT_THAT(issuer.Verify(GoodToken(stranger), kNow + std::chrono::hours(1)), IsRefused());
  EXPECT_THAT(issuer.Verify(GoodToken(thief)), IsRefused());
  EXPECT_EQ(asked(), 0U);
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(issuer.Verify(GoodToken(stranger)), IsRefused());
    EXPECT_EQ(asked(), 1U);
  }
  issuer.clock.Advance(IssuerKeys::kAskPause - std::chrono::nanoseconds(1));
  EXPECT_THAT(issuer.Verify(GoodToken(stranger)), IsRefused());
  EXPECT_EQ(asked(), 1U);
  issuer.clock.Advance(std::chrono::nanoseconds(1));
  EXPECT_THAT(issuer.Verify(GoodToken(stranger)), IsRefused());
  EXPECT_EQ(asked(), 2U);
}

TEST(KeyFileTest, ReadersSeeOneSetOrTheOther) {
  IssuerUnderTest issuer(JwksOf({EdKey().Jwk(), EcKey().Jwk()}));
  ASSERT_THAT(issuer.Start(), IsOk());
  const std::string always = GoodToken(EdKey());
  std::atomic<bool> over{false};
  std::thread reader([&] {
    while (!over) {
      EXPECT_THAT(issuer.tokens->Verify(always, kNow), IsOk());
    }
  });
  for (int i = 0; i < 20; ++i) {
    issuer.Publish(i % 2 == 0 ? EdKey().Jwks() : JwksOf({EdKey().Jwk(), EcKey().Jwk()}));
    issuer.tokens->Refresh();
  }
  over = true;
  reader.join();
  EXPECT_EQ(issuer.tokens->generation(), 10U);
}

}  // namespace
}  // namespace perigee::tests
