#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "server/core/sha256.h"
#include "server/core/time.h"
#include "server/core/uuid.h"

// The small layer between the repositories and an engine. SQL is written once, in the subset that
// SQLite and PostgreSQL share, with $1, $2 … for parameters. The driver replaces words in braces:
// {text} (compared by bytes), {blob}, {clustered} (after a table: stored in the order of its key,
// if the engine can), {nil} (an empty blob), {for_update} (after a SELECT: locks its rows until the
// transaction ends, if several transactions may write at once), {keys_schema} (before all of a
// script of Access::kKeys: makes what its tables stand in). SHA256 of a blob is a function of
// both. The engine's texts stay in the driver. Statuses are made by Error with kStoreUnavailable,
// kAlreadyExists (a unique key), kConflict (lost to another transaction: run it again from the
// start) or kInternal.
namespace perigee::sql {

// The metadata of a refusal because a table is not there.
inline constexpr const char* kNoTable = "no_table";

// The text of a statement. It lives as long as the program and never changes, so its address is its
// name, by which a connection finds the prepared statement. Made from a literal, or built once and
// kept.
class Sql {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a statement is written as its text.
  template <std::size_t N>
  consteval Sql(const char (&literal)[N]) : text_(literal, N - 1) {}
  // Equal texts are one statement. Takes a lock, so callers keep the result in a static.
  static Sql Built(std::string_view text);

  std::string_view text() const { return text_; }
  const char* name() const { return text_.data(); }

 private:
  explicit Sql(const std::string& kept) : text_(kept) {}
  std::string_view text_;
};

// A parameter. The bytes that it points to must outlive the call.
class Value {
 public:
  enum class Kind : std::uint8_t { kNull, kInt, kText, kBlob };

  // NOLINTBEGIN(google-explicit-constructor): a list of parameters is written as their values.
  Value(std::nullptr_t) {}
  template <std::integral T>
  Value(T v) : kind_(Kind::kInt), int_(static_cast<std::int64_t>(v)) {}
  Value(std::string_view v) : kind_(Kind::kText), bytes_(v) {}
  Value(const std::string& v) : kind_(Kind::kText), bytes_(v) {}
  Value(const char* v) : kind_(Kind::kText), bytes_(v) {}
  Value(Time v) : kind_(Kind::kInt), int_(ToMicros(v)) {}
  // Nil is stored as an empty blob.
  Value(const Uuid& v) : kind_(Kind::kBlob), bytes_(v.IsNil() ? std::string_view() : v.Raw()) {}
  Value(const Sha256Digest& v)
      : kind_(Kind::kBlob), bytes_(reinterpret_cast<const char*>(v.data()), v.size()) {}
  template <class T>
  Value(const std::optional<T>& v) : Value(v.has_value() ? Value(*v) : Value(nullptr)) {}
  // NOLINTEND(google-explicit-constructor)
  static Value Blob(std::string_view bytes) {
    Value v(nullptr);
    v.kind_ = Kind::kBlob;
    v.bytes_ = bytes;
    return v;
  }

  Kind kind() const { return kind_; }
  std::int64_t as_int() const { return int_; }
  std::string_view bytes() const { return bytes_; }

 private:
  Kind kind_ = Kind::kNull;
  std::int64_t int_ = 0;
  std::string_view bytes_;
};
using Values = absl::Span<const Value>;

// One row of an answer, columns from 0. Valid during the visit, and so are its views.
class Row {
 public:
  virtual ~Row() = default;
  virtual bool IsNull(int column) const = 0;
  virtual std::int64_t Int(int column) const = 0;
  virtual std::string_view Bytes(int column) const = 0;

  // Notes that the row does not hold what it should. Its statement then fails with kInternal, after
  // it has visited all rows. The transaction goes on.
  void Fail() const { failed_ = true; }
  bool failed() const { return failed_; }

  int Small(int column) const { return static_cast<int>(Int(column)); }
  bool Flag(int column) const { return Int(column) != 0; }
  std::string Text(int column) const { return std::string(Bytes(column)); }
  Time At(int column) const { return FromMicros(Int(column)); }
  Uuid Id(int column) const { return Uuid::FromRaw(Bytes(column)); }
  Sha256Digest Digest(int column) const {
    Sha256Digest digest{};
    const std::string_view bytes = Bytes(column);
    if (bytes.size() == digest.size()) {
      bytes.copy(reinterpret_cast<char*>(digest.data()), digest.size());
    }
    return digest;
  }

 private:
  mutable bool failed_ = false;
};

// The failure of a statement that visited a failed row.
absl::Status UnreadableRow();

// One connection. Not for several threads.
//
// SQL is prepared once. `visit` must not use the connection. A failed statement breaks its
// transaction: every later statement fails in the same way, until the transaction is over.
class Connection {
 public:
  virtual ~Connection() = default;

  // Runs one statement and visits its rows.
  virtual absl::Status Query(Sql sql, Values values, absl::FunctionRef<void(const Row&)> visit) = 0;
  // Asks for a run of the statement for every `width` values, after all earlier statements. The
  // rows are visited with the number of the run, in order, before Sync (or any other call that
  // waits for answers) returns; never after Rollback. Many Asks cost one round trip to a remote
  // engine.
  using VisitRun = std::function<void(std::size_t run, const Row&)>;
  virtual absl::Status Ask(Sql sql, Values values, std::size_t width, VisitRun visit) = 0;
  // Waits until all asked and sent statements are answered. Returns the first failure among them.
  virtual absl::Status Sync() = 0;
  absl::Status QueryMany(Sql sql, Values values, std::size_t width, VisitRun visit) {
    absl::Status asked = Ask(sql, values, width, std::move(visit));
    return asked.ok() ? Sync() : asked;
  }
  // Runs one statement without rows. In a writing transaction it may only be sent, after all
  // earlier statements. A later call then returns its failure, Commit at the latest.
  virtual absl::Status Execute(Sql sql, Values values) = 0;

  // Runs a script without parameters.
  virtual absl::Status Run(const std::string& script) = 0;

  // A transaction that reads sees one consistent view from its first query on. A transaction that
  // writes sees committed rows. Rows that it read {for_update} do not change until it ends, and a
  // programme's rows are written only by the transaction that has locked its head so.
  virtual absl::Status BeginRead() = 0;
  virtual absl::Status BeginWrite() = 0;
  // The transaction is on disk if this returns OK. Otherwise nothing of it is kept, except that the
  // outcome is unknown if the connection was lost meanwhile (see Lost). The transaction is over in
  // any case.
  virtual absl::Status Commit() = 0;
  // Ends a transaction, if there is one.
  virtual void Rollback() = 0;

  // Overwrites in the files, as far as the engine can, what rows held before their last change, and
  // leaves no log. For a connection of Access::kKeys, between transactions. False: readers are in
  // the way now.
  virtual absl::StatusOr<bool> Wipe() = 0;

  // The first known failure of the open transaction. OK if there is none.
  virtual absl::Status Broken() const = 0;
  // Whether the connection has become useless. Between transactions this looks, without waiting, at
  // what happened since.
  virtual bool Lost() = 0;
};

// Tells other servers on one database of moved heads, and hears of theirs.
class HeadWatch {
 public:
  // Called on the watch's thread when another server or this one brought a programme to `head`, or
  // with 0 when the programme was deleted.
  using Heard = std::function<void(const std::string& program, std::int64_t head)>;
  // Ends the thread.
  virtual ~HeadWatch() = default;
  // Tells that a commit of this server brought a programme to `head`, or with 0 that it deleted the
  // programme. Does not block. Safe from many threads.
  virtual void Tell(const std::string& program, std::int64_t head) = 0;
};

// Makes connections to one database. Connect is safe from many threads.
class Database {
 public:
  virtual ~Database() = default;
  // kAside is for small, rare writes beside the one connection that writes. Those writes may be
  // lost if the machine stops. kKeys reads and writes the store of the keys, and nothing else. The
  // other connections see its tables beside their own, and only read them; within a transaction
  // they see what was durable when it began.
  enum class Access : std::uint8_t { kRead, kWrite, kAside, kKeys };
  virtual absl::StatusOr<std::unique_ptr<Connection>> Connect(Access access) const = 0;
  // Tells of every programme's head at first, then of each commit of another server: as a rule
  // within milliseconds, and, even if a notification is lost, within about a second while the
  // database can be reached. Of several commits it may tell only the last, but it tells of every
  // deletion, and more than once if in doubt. Null if no other server can use the database.
  virtual std::unique_ptr<HeadWatch> Watch(HeadWatch::Heard heard) const = 0;
};

}  // namespace perigee::sql
