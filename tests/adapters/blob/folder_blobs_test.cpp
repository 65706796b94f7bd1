#include "server/adapters/blob/folder_blobs.h"

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "server/core/error.h"
#include "tests/conformance/blob/blobs_conformance.h"
#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

namespace fs = std::filesystem;

constexpr Time kNow = FromMicros(1'700'000'000'000'000);

class FolderUnderTest final : public BlobsUnderTest {
 public:
  std::unique_ptr<ports::Blobs> Open() override {
    return std::make_unique<adapters::FolderBlobs>(folder_.File("perigee.db-blobs"));
  }

 private:
  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Folder, BlobsConformance,
                         testing::Values(BlobsEngine{
                             "Folder", [] { return std::make_unique<FolderUnderTest>(); }}),
                         BlobsEngineName);

class FolderBlobsTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  adapters::FolderBlobs blobs_{folder_.File("blobs")};
  ports::UploadKey upload_{"demo", Uuid::FromRaw("0123456789abcdef")};
};

TEST_F(FolderBlobsTest, ABlobIsAFileByItsDigestForItsOwnerAlone) {
  ASSERT_THAT(blobs_.Append(upload_, 0, "abc", kNow), IsOk());
  ASSERT_THAT(blobs_.Keep(upload_, kNow), IsOk());
  const fs::path path = folder_.path() / "blobs/demo/ba" /
                        "7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  std::ifstream file(path);
  std::string content;
  std::getline(file, content);
  EXPECT_EQ(content, "abc");
  EXPECT_EQ(fs::status(path).permissions() & (fs::perms::group_all | fs::perms::others_all),
            fs::perms::none);
}

TEST_F(FolderBlobsTest, NothingIsLeftOfWhatIsRemoved) {
  ASSERT_THAT(blobs_.Append(upload_, 0, "abc", kNow), IsOk());
  ASSERT_THAT(blobs_.Keep(upload_, kNow), IsOk());
  ASSERT_THAT(blobs_.Remove({"demo", Sha256("abc")}, kNow + std::chrono::seconds(1)), IsOk());
  EXPECT_TRUE(fs::is_empty(folder_.path() / "blobs"));
}

TEST_F(FolderBlobsTest, AFolderThatCannotBeUsedIsAStoreThatIsAway) {
  std::ofstream(folder_.path() / "blobs") << "a file in its place";
  EXPECT_THAT(blobs_.Append(upload_, 0, "abc", kNow), HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(blobs_.Received(upload_), HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(blobs_.Read({"demo", {}}, 0, 1), HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(blobs_.List({}, 1), HasReason(Reason::kStoreUnavailable));
}

TEST_F(FolderBlobsTest, ADiskThatIsFullTakesNothing) {
  // A write to this device fails as on a full disk. Only root may set its times.
  if (!fs::exists("/dev/full") || geteuid() != 0) {
    GTEST_SKIP() << "no /dev/full for this user";
  }
  ASSERT_THAT(blobs_.Append(upload_, 0, "abc", kNow), IsOk());
  const fs::path path = folder_.path() / "blobs/demo/uploads" / upload_.id.Hex();
  fs::remove(path);
  fs::create_symlink("/dev/full", path);
  const absl::Status full = blobs_.Append(upload_, 0, "abc", kNow).status();
  EXPECT_THAT(full, HasReason(Reason::kStoreUnavailable));
  EXPECT_NE(full.message().find("make room"), absl::string_view::npos) << full;
}

}  // namespace
}  // namespace perigee::tests
