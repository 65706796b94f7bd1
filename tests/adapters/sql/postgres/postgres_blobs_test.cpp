#include <memory>
#include <string>

#include "server/adapters/sql/blob/sql_blobs.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/core/error.h"
#include "tests/adapters/sql/postgres/postgres_under_test.h"
#include "tests/conformance/blob/blobs_conformance.h"
#include "tests/fakes/sequence_ids.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/postgres_server.h"

namespace perigee::tests {
namespace {

constexpr Time kNow = FromMicros(1'700'000'000'000'000);

class PostgresBlobs final : public BlobsUnderTest {
 public:
  std::string Missing() override {
    std::string reason;
    return SharedPostgres(reason) == nullptr ? reason : "";
  }
  std::unique_ptr<ports::Blobs> Open() override {
    if (uri_.empty()) {
      std::string reason;
      uri_ = MakePostgresStore(*SharedPostgres(reason));
    }
    return std::make_unique<sql::SqlBlobs>(sql::OpenPostgres(uri_, sql::PostgresUse::kServe), ids_);
  }
  const std::string& uri() const { return uri_; }

 private:
  std::string uri_;
  SequenceIds ids_;
};

INSTANTIATE_TEST_SUITE_P(Postgres, BlobsConformance,
                         testing::Values(BlobsEngine{
                             "Postgres", [] { return std::make_unique<PostgresBlobs>(); }}),
                         BlobsEngineName);

class PostgresBlobsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string reason = postgres_.Missing(); !reason.empty()) {
      PERIGEE_SKIP_OR_FAIL(reason);
    }
    blobs_ = postgres_.Open();
  }

  // All rows of bytes and of their names.
  std::string Rows() const {
    return RunSql(postgres_.uri(),
                  "SELECT (SELECT count(*) FROM blob) + (SELECT count(*) FROM blob_upload) + "
                  "(SELECT count(*) FROM blob_bytes)");
  }
  // Keeps a blob of 160 rows, more than two transactions remove.
  Sha256Digest KeepLarge() {
    const std::string part(ports::kBlobBytesAtOnce, 'a');
    for (std::int64_t i = 0; i < 40; ++i) {
      const std::int64_t offset = i * static_cast<std::int64_t>(part.size());
      EXPECT_THAT(blobs_->Append(upload_, offset, part, kNow), IsOk());
    }
    const auto kept = blobs_->Keep(upload_, kNow);
    EXPECT_THAT(kept, IsOk());
    return kept.ok() ? kept->digest : Sha256Digest{};
  }

  SequenceIds ids_;
  PostgresBlobs postgres_;
  std::unique_ptr<ports::Blobs> blobs_;
  ports::UploadKey upload_{"demo", Uuid::FromRaw("0123456789abcdef")};
};

TEST_F(PostgresBlobsTest, NoRowIsLeftOfWhatIsRemoved) {
  const Sha256Digest digest = KeepLarge();
  EXPECT_EQ(Rows(), "161");
  ASSERT_THAT(blobs_->Remove({"demo", digest}, kNow + std::chrono::seconds(1)), IsOk());
  EXPECT_EQ(Rows(), "0");
  ASSERT_THAT(blobs_->Append(upload_, 0, "abc", kNow), IsOk());
  ASSERT_THAT(blobs_->DropUploads(kNow + std::chrono::seconds(1)), IsOk());
  EXPECT_EQ(Rows(), "0");
}

TEST_F(PostgresBlobsTest, ARemovalThatWasCutOffIsFinishedLater) {
  const Sha256Digest digest = KeepLarge();
  // The second of three transactions fails.
  RunSql(postgres_.uri(),
         "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS "
         "'BEGIN RAISE EXCEPTION ''cut off''; END';"
         "CREATE TRIGGER cut BEFORE DELETE ON blob_bytes FOR EACH ROW "
         "WHEN (OLD.start = 80 * 65536) EXECUTE FUNCTION cut()");
  EXPECT_FALSE(blobs_->Remove({"demo", digest}, kNow + std::chrono::seconds(1)).ok());
  EXPECT_EQ(Rows(), "96");
  RunSql(postgres_.uri(), "DROP TRIGGER cut ON blob_bytes");
  ASSERT_THAT(blobs_->DropUploads(kNow), IsOk());
  EXPECT_EQ(Rows(), "0");
}

TEST_F(PostgresBlobsTest, ADatabaseThatIsGoneIsAStoreThatIsAway) {
  ASSERT_THAT(blobs_->Append(upload_, 0, "abc", kNow), IsOk());
  sql::SqlBlobs nowhere(
      sql::OpenPostgres("postgres:///none?host=/nowhere", sql::PostgresUse::kServe), ids_);
  EXPECT_THAT(nowhere.Append(upload_, 0, "abc", kNow), HasReason(Reason::kStoreUnavailable));
  EXPECT_THAT(nowhere.Read({"demo", {}}, 0, 1), HasReason(Reason::kStoreUnavailable));
  // A lost connection is made again by the next call.
  RunSql(postgres_.uri(),
         "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
         "WHERE datname = current_database() AND pid <> pg_backend_pid()");
  static_cast<void>(blobs_->Received(upload_));
  EXPECT_EQ(*blobs_->Received(upload_), 3);
}

}  // namespace
}  // namespace perigee::tests
