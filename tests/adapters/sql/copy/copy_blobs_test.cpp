#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/adapters/blob/folder_blobs.h"
#include "server/adapters/sql/blob/sql_blobs.h"
#include "server/adapters/sql/check/check.h"
#include "server/adapters/sql/copy/copy.h"
#include "server/adapters/sql/postgres/postgres_driver.h"
#include "server/adapters/sql/sqlite/sqlite_driver.h"
#include "server/core/error.h"
#include "server/domain/insider/attachment.h"
#include "server/domain/program/program.h"
#include "tests/adapters/sql/postgres/postgres_under_test.h"
#include "tests/adapters/sql/sqlite/sqlite_under_test.h"
#include "tests/fakes/sequence_ids.h"
#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

namespace fs = std::filesystem;

using testing::ElementsAre;
using testing::IsEmpty;

// A programme in SQLite with two attachments that have the same bytes, and one that has others.
class CopyBlobsTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = postgres_.Missing(); !missing.empty()) {
      PERIGEE_SKIP_OR_FAIL(missing);
    }
    postgres_.Open(kQueueMax);  // Makes the store.
    rows_ = std::make_unique<sql::SqlBlobs>(
        sql::OpenPostgres(postgres_.uri(), sql::PostgresUse::kServe), ids_);
    MakeProgramme();
    for (const std::string& bytes : {large_, small_}) {
      Keep(bytes);
    }
  }

  void MakeProgramme() {
    domain::Changes changes;
    changes.records.Put(domain::Program{kProgram, "Demo", "UTC", kStart, kStart, 1});
    changes.records.PutAll(domain::DefaultAssets(kStart, 1));
    for (const auto& [id, bytes] : {std::pair<std::string, std::string>{"copy", large_},
                                    {"film", large_},
                                    {"plan", small_}}) {
      domain::Attachment attachment;
      attachment.item = "bike";
      attachment.id = id;
      attachment.display_name = id;
      attachment.media_type = "text/plain";
      attachment.size = static_cast<std::int64_t>(bytes.size());
      attachment.digest = Hex(Sha256(bytes));
      attachment.create_time = kStart;
      attachment.revision = 1;
      changes.records.Put(attachment);
    }
    ports::Unit unit;
    unit.program = kProgram;
    unit.now = kStart;
    unit.decide = [&](ports::StoreReader&, const ports::UnitContext&) {
      return absl::StatusOr<ports::Decision>(ports::Decision{changes, ""});
    };
    const auto store = sqlite_.Open(kQueueMax);
    std::promise<absl::Status> done;
    store->Write(unit, [&](const auto& outcome) { done.set_value(outcome.status()); });
    ASSERT_THAT(done.get_future().get(), IsOk());
  }
  void Keep(const std::string& bytes) {
    const ports::UploadKey upload{kProgram, NumberedId(7)};
    for (std::size_t at = 0; at < bytes.size(); at += ports::kBlobBytesAtOnce) {
      ASSERT_THAT(folder_.Append(upload, static_cast<std::int64_t>(at),
                                 bytes.substr(at, ports::kBlobBytesAtOnce), kStart),
                  IsOk());
    }
    ASSERT_THAT(folder_.Keep(upload, kStart), IsOk());
  }
  // The file of a blob.
  fs::path FileOf(const std::string& bytes) const {
    const std::string hex = Hex(Sha256(bytes));
    return files_.path() / "blobs" / kProgram / hex.substr(0, 2) / hex.substr(2);
  }
  absl::Status Copy() {
    const auto from = sql::OpenSqlite(sqlite_.path(), sql::SqliteUse::kServe);
    EXPECT_THAT(from, IsOk());
    const auto to = sql::OpenPostgres(postgres_.uri(), sql::PostgresUse::kBulk);
    const sql::BlobsToCopy blobs{folder_, *rows_, kStart};
    return sql::CopyProgram(**from, *to, kProgram, &blobs).status();
  }
  std::vector<std::string> Findings() {
    std::vector<std::string> all;
    const auto findings = sql::CheckSqliteStore(sqlite_.path(), &folder_);
    EXPECT_THAT(findings, IsOk());
    for (const sql::Finding& finding : findings.value_or(std::vector<sql::Finding>())) {
      all.push_back(finding.what);
    }
    return all;
  }

  const std::string large_ = std::string(2 * ports::kBlobBytesAtOnce + 7, 'l');
  const std::string small_ = "small";
  TemporaryFolder files_;
  adapters::FolderBlobs folder_{files_.File("blobs")};
  SequenceIds ids_;
  SqliteUnderTest sqlite_;
  PostgresUnderTest postgres_;
  std::unique_ptr<sql::SqlBlobs> rows_;
};

TEST_F(CopyBlobsTest, TheBytesGoAlong) {
  ASSERT_THAT(Copy(), IsOk());
  for (const std::string& bytes : {large_, small_}) {
    const ports::BlobKey key{kProgram, Sha256(bytes)};
    std::string read;
    while (read.size() < bytes.size()) {
      const auto part =
          rows_->Read(key, static_cast<std::int64_t>(read.size()), ports::kBlobBytesAtOnce);
      ASSERT_THAT(part, IsOk());
      ASSERT_TRUE(part->has_value() && !(*part)->empty());
      read += **part;
    }
    EXPECT_TRUE(read == bytes);
  }
  const auto findings = sql::CheckPostgresStore(postgres_.uri(), rows_.get());
  ASSERT_THAT(findings, IsOk());
  EXPECT_THAT(*findings, IsEmpty());
}

TEST_F(CopyBlobsTest, NothingIsCopiedWithoutItsBytes) {
  fs::remove(FileOf(large_));
  EXPECT_THAT(Copy(), HasReason(Reason::kInternal));
  EXPECT_EQ(RunSql(postgres_.uri(), "SELECT COUNT(*) FROM program"), "0");
  Keep(large_);
  EXPECT_THAT(Copy(), IsOk());
}

TEST_F(CopyBlobsTest, ACheckTellsOfBytesThatAreMissingOrOthers) {
  EXPECT_THAT(Findings(), IsEmpty());
  fs::permissions(FileOf(small_), fs::perms::owner_all);
  std::ofstream(FileOf(small_)) << "smell";
  EXPECT_THAT(Findings(),
              ElementsAre("insider_attachment bike plan: its bytes have another digest"));
  EXPECT_THAT(Copy(), HasReason(Reason::kInternal));
  fs::remove(FileOf(large_));
  EXPECT_THAT(Findings(),
              ElementsAre("insider_attachment bike copy: its bytes are missing",
                          "insider_attachment bike film: its bytes are missing",
                          "insider_attachment bike plan: its bytes have another digest"));
}

}  // namespace
}  // namespace perigee::tests
