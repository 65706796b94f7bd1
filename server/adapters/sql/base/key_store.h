#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/seal.h"

namespace perigee::sql {

class Connection;
class Database;

// The keys that seal texts. They stand in a store of their own, so that a backup of the book has
// none. Each key has a number, its slot, and the book says which slots an owner has. A transaction
// of the book cannot also write this store, so keys are made ahead: a key is durable before a row
// of the book needs it. A destroyed key is empty. Its slot stays for good, so that no other key
// takes it and a restored book finds what was destroyed.
//
// Statements of the book's connections see the table `sealing_key` too, and may only read it. Not
// for several threads.
class KeyStore {
 public:
  struct Key {
    std::int64_t slot = 0;
    SealKey key{};
  };

  // Connects when it needs to. `database` must outlive this object.
  explicit KeyStore(const Database& database);
  ~KeyStore();
  KeyStore(const KeyStore&) = delete;
  KeyStore& operator=(const KeyStore&) = delete;

  // Makes the tables if there are none.
  absl::Status MakeTables();
  // Makes a new store that of the book of `connection`. kStoreUnavailable, with advice, if it
  // belongs to another one.
  absl::Status JoinTo(Connection& book);

  // Makes keys ahead, so that a transaction of so many units will most likely have enough. Must not
  // be called within a transaction of the book: that would not see the keys. Makes none before the
  // first Take.
  absl::Status Provide(std::size_t units);
  // A key that no owner has, and that nobody else will get. nullopt if there is none: then the
  // transaction must be given up, and run again after Provide.
  std::optional<Key> Take();
  // Whether Take found none since the last Provide.
  bool ran_out() const { return ran_out_; }

  // Keeps these keys in adjacent slots, and returns the first of them. An empty key counts as
  // destroyed.
  absl::StatusOr<std::int64_t> Keep(std::span<const std::string> keys);

  // Destroys keys for good, and wipes their bytes from the files as Connection::Wipe does. Does
  // nothing to keys that are destroyed already. If a reader is in the way, the bytes are wiped with
  // the next keys that are made or destroyed, at the latest when the store is closed.
  absl::Status Destroy(std::span<const std::int64_t> slots);

 private:
  absl::StatusOr<Connection*> Connected();
  absl::StatusOr<std::int64_t> Write(Connection& connection, std::span<const std::string> keys);
  absl::Status Wipe(Connection& connection);

  const Database& database_;
  std::unique_ptr<Connection> connection_;
  std::deque<Key> free_;
  std::size_t least_ = 0;  // How many must be free before a transaction begins.
  bool ran_out_ = false;
  bool unwiped_ = false;
};

// OK if the key store that `book` sees belongs to it and has every slot that the book knows.
// kStoreUnavailable, with advice, if it is missing, of another book, or older than the book.
absl::Status CheckKeys(Connection& book);

}  // namespace perigee::sql
