#include "server/adapters/sql/copy/copy.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/adapters/sql/base/driver.h"
#include "server/adapters/sql/base/key_store.h"
#include "server/adapters/sql/base/program_tables.h"
#include "server/adapters/sql/base/text_keys.h"
#include "server/adapters/sql/blob/all_attachments.h"
#include "server/adapters/sql/journal/journal_repository.h"
#include "server/adapters/sql/migrations.h"
#include "server/adapters/sql/program/deletion.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/uuid.h"
#include "server/domain/insider/attachment.h"
#include "server/ports/blob/blobs.h"

namespace perigee::sql {
namespace {

// The slots of keys differ from store to store, so this table is copied with the keys themselves.
constexpr std::string_view kKeysTable = "text_key";

// A table's columns by kind, and its statements.
struct Statements {
  std::string kinds;
  Sql select;
  Sql insert;
};

Statements StatementsOf(const ProgramTable& table) {
  std::vector<std::string> names;
  std::vector<std::string> places;
  std::string kinds;
  for (const std::string& column : table.columns) {
    const std::vector<std::string> words = absl::StrSplit(column, ' ');
    names.push_back(words[0]);
    places.push_back(absl::StrCat("$", names.size()));
    kinds += words[1].front();
  }
  const std::string columns = absl::StrJoin(names, ", ");
  const auto key_end = names.begin() + table.key_columns;
  const std::string select =
      absl::StrCat("SELECT ", columns, " FROM ", table.name, " WHERE program = $1 ORDER BY ",
                   absl::StrJoin(names.begin(), key_end, ", "));
  const std::string insert = absl::StrCat("INSERT INTO ", table.name, " (", columns, ") VALUES (",
                                          absl::StrJoin(places, ", "), ")");
  return {kinds, Sql::Built(select), Sql::Built(insert)};
}

const std::vector<Statements>& AllStatements() {
  static const std::vector<Statements> kAll = [] {
    std::vector<Statements> all;
    for (const ProgramTable& table : ProgramTables()) {
      if (table.name != kKeysTable) {
        all.push_back(StatementsOf(table));
      }
    }
    return all;
  }();
  return kAll;
}

std::vector<Value> ValuesOf(const Row& row, std::string_view kinds) {
  std::vector<Value> values;
  for (int i = 0; i < static_cast<int>(kinds.size()); ++i) {
    if (row.IsNull(i)) {
      values.emplace_back(nullptr);
    } else if (kinds[static_cast<std::size_t>(i)] == 'i') {
      values.emplace_back(row.Int(i));
    } else if (kinds[static_cast<std::size_t>(i)] == 't') {
      values.emplace_back(row.Bytes(i));
    } else {
      values.push_back(Value::Blob(row.Bytes(i)));
    }
  }
  return values;
}

// A digest of rows. Each row is bound to all rows before it.
class RowsDigest {
 public:
  void Add(const std::vector<Value>& values) {
    std::string bytes(digest_.begin(), digest_.end());
    for (const Value& value : values) {
      // Kinds and sizes tell apart rows whose bytes would look the same.
      absl::StrAppend(&bytes, static_cast<int>(value.kind()), ":", value.as_int(), ":",
                      value.bytes().size(), ":");
      bytes.append(value.bytes());
    }
    digest_ = Sha256(bytes);
    ++rows_;
  }
  std::int64_t rows() const { return rows_; }
  std::string Hex() const { return perigee::Hex(digest_); }

 private:
  Sha256Digest digest_{};
  std::int64_t rows_ = 0;
};

// Adds the keys to the digest, each with its owner.
absl::Status AddKeys(const std::string& program, const std::vector<TextKey>& keys,
                     RowsDigest& digest) {
  for (const TextKey& key : keys) {
    if (!key.destroyed && !key.bytes.has_value()) {
      return UnreadableRow();
    }
    const std::optional<SealKey> usable = key.key();
    digest.Add({program, key.owner, key.destroyed, usable.has_value() ? Value(*usable) : nullptr});
  }
  return absl::OkStatus();
}

// Reads the programme's rows in order, adds them to the digest and gives each to `take` with the
// index of its table.
absl::Status ReadRows(
    Connection& connection, const std::string& program, RowsDigest& digest,
    absl::FunctionRef<void(std::size_t table, const std::vector<Value>& values)> take) {
  const std::vector<Statements>& all = AllStatements();
  for (std::size_t table = 0; table < all.size(); ++table) {
    PERIGEE_RETURN_IF_ERROR(connection.Query(all[table].select, {program}, [&](const Row& row) {
      const std::vector<Value> values = ValuesOf(row, all[table].kinds);
      digest.Add(values);
      take(table, values);
    }));
  }
  return absl::OkStatus();
}

// Whether the programme can be copied.
absl::Status CheckEnds(Connection& from, Connection& to, const std::string& program) {
  PERIGEE_ASSIGN_OR_RETURN(const JournalHead source, JournalRepository(from).FindHead(program));
  if (source.revision == 0) {
    return NotFound(absl::StrCat("programs/", program));
  }
  PERIGEE_ASSIGN_OR_RETURN(const JournalHead target, JournalRepository(to).FindHead(program));
  if (target.revision != 0) {
    return Error(Reason::kAlreadyExists, "the target has a programme of that id already");
  }
  PERIGEE_ASSIGN_OR_RETURN(const bool being_deleted, Deletion(to).IsUnended(program));
  if (being_deleted) {
    return Error(
        Reason::kProgramBeingDeleted,
        "the target is still removing a deleted programme of that id: serve it for a while");
  }
  return absl::OkStatus();
}

// The keys that are in use, and their places in the target.
struct CopiedKeys {
  std::vector<TextKey> keys;
  std::vector<std::int64_t> slots;  // Of those that are not destroyed in the book.
};

// The target's transaction must begin after this, or it does not see the keys.
absl::StatusOr<CopiedKeys> CopyKeys(Connection& from, KeyStore& to, const std::string& program) {
  CopiedKeys copied;
  PERIGEE_ASSIGN_OR_RETURN(copied.keys, TextKeyRepository(from).All(program));
  std::vector<std::string> bytes;
  for (const TextKey& key : copied.keys) {
    if (!key.destroyed) {
      bytes.push_back(key.bytes.value_or(""));
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(std::int64_t slot, to.Keep(bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    copied.slots.push_back(slot++);
  }
  return copied;
}

absl::StatusOr<Copied> CopyRows(Connection& from, Connection& to, const std::string& program,
                                const CopiedKeys& keys) {
  PERIGEE_RETURN_IF_ERROR(CheckEnds(from, to, program));
  PERIGEE_ASSIGN_OR_RETURN(const JournalHead source, JournalRepository(from).FindHead(program));
  RowsDigest read;
  PERIGEE_RETURN_IF_ERROR(AddKeys(program, keys.keys, read));
  TextKeyRepository text_keys(to);
  auto slot = keys.slots.begin();
  for (const TextKey& key : keys.keys) {
    PERIGEE_RETURN_IF_ERROR(key.destroyed ? text_keys.Destroy(program, key.owner)
                                          : text_keys.Add(program, key.owner, *slot++));
  }
  absl::Status written;
  PERIGEE_RETURN_IF_ERROR(
      ReadRows(from, program, read, [&](std::size_t table, const std::vector<Value>& values) {
        if (written.ok()) {
          written = to.Execute(AllStatements()[table].insert, values);
        }
      }));
  PERIGEE_RETURN_IF_ERROR(written);
  RowsDigest read_back;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<TextKey> keys_back, text_keys.All(program));
  PERIGEE_RETURN_IF_ERROR(AddKeys(program, keys_back, read_back));
  PERIGEE_RETURN_IF_ERROR(
      ReadRows(to, program, read_back, [](std::size_t, const std::vector<Value>&) {}));
  if (read.Hex() != read_back.Hex() || read.rows() != read_back.rows()) {
    return Error(Reason::kInternal, "the copy differs from what was copied; nothing was kept");
  }
  return Copied{source.revision, read.rows(), read.Hex()};
}

// The upload that carries a blob over. A copy that is tried again goes on with it.
ports::UploadKey UploadOf(const ports::BlobKey& blob) {
  const std::string_view bytes(reinterpret_cast<const char*>(blob.digest.data()),
                               blob.digest.size());
  return {blob.program, Uuid::FromRaw(bytes.substr(0, sizeof(Uuid::bytes)))};
}

absl::Status CopyBlob(const BlobsToCopy& blobs, const ports::BlobKey& blob) {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> present,
                           blobs.to.Touch(blob, blobs.now));
  if (present.has_value()) {
    return absl::OkStatus();
  }
  const ports::UploadKey upload = UploadOf(blob);
  PERIGEE_ASSIGN_OR_RETURN(std::int64_t size, blobs.to.Received(upload));
  for (;;) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                             blobs.from.Read(blob, size, ports::kBlobBytesAtOnce));
    if (!bytes.has_value()) {
      return Error(Reason::kInternal, "bytes of an attachment are missing: run `perigeed check`");
    }
    if (bytes->empty()) {
      break;
    }
    PERIGEE_ASSIGN_OR_RETURN(size, blobs.to.Append(upload, size, *bytes, blobs.now));
  }
  PERIGEE_ASSIGN_OR_RETURN(const ports::KeptBlob kept, blobs.to.Keep(upload, blobs.now));
  return kept.digest == blob.digest
             ? absl::OkStatus()
             : Error(Reason::kInternal,
                     "bytes of an attachment have another digest: run `perigeed check`");
}

absl::Status CopyBlobs(Connection& source, const std::string& program, const BlobsToCopy& blobs) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Attachment> attachments,
                           AllAttachments(source, program));
  for (const domain::Attachment& attachment : attachments) {
    const std::optional<Sha256Digest> digest = ParseSha256(attachment.digest);
    if (!digest.has_value()) {
      return UnreadableRow();
    }
    PERIGEE_RETURN_IF_ERROR(CopyBlob(blobs, {program, *digest}));
  }
  return absl::OkStatus();
}

// Within the source's transaction.
absl::StatusOr<Copied> CopyAll(Connection& source, Connection& target, KeyStore& target_keys,
                               const std::string& program, const BlobsToCopy* blobs) {
  PERIGEE_RETURN_IF_ERROR(CheckEnds(source, target, program));
  if (blobs != nullptr) {
    PERIGEE_RETURN_IF_ERROR(CopyBlobs(source, program, *blobs));
  }
  PERIGEE_ASSIGN_OR_RETURN(const CopiedKeys keys, CopyKeys(source, target_keys, program));
  PERIGEE_RETURN_IF_ERROR(target.BeginWrite());
  absl::StatusOr<Copied> copied = CopyRows(source, target, program, keys);
  if (copied.ok()) {
    if (absl::Status committed = target.Commit(); !committed.ok()) {
      copied = committed;
    }
  } else {
    target.Rollback();
  }
  if (!copied.ok()) {
    PERIGEE_RETURN_IF_ERROR(target_keys.Destroy(keys.slots));
  }
  return copied;
}

}  // namespace

absl::StatusOr<Copied> CopyProgram(const Database& from, const Database& to,
                                   const std::string& program, const BlobsToCopy* blobs) {
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> source,
                           from.Connect(Database::Access::kRead));
  PERIGEE_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> target,
                           to.Connect(Database::Access::kWrite));
  PERIGEE_RETURN_IF_ERROR(CheckSchema(*source));
  PERIGEE_RETURN_IF_ERROR(CheckSchema(*target));
  PERIGEE_RETURN_IF_ERROR(source->BeginRead());
  KeyStore target_keys(to);
  absl::StatusOr<Copied> copied = CopyAll(*source, *target, target_keys, program, blobs);
  source->Rollback();
  return copied;
}

}  // namespace perigee::sql
