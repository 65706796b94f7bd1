#include "tests/faults/sealed_rows.h"

#include <memory>
#include <span>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/adapters/sql/journal/request_secret.h"
#include "server/core/seal.h"
#include "server/domain/record/wire.h"

namespace perigee::tests {
namespace {

using Columns = std::vector<std::string>;

Uuid IdOf(const std::string& hex) { return Uuid::FromRaw(absl::HexStringToBytes(hex)); }

SealKey KeyOf(const std::string& hex) {
  SealKey key{};
  const std::string bytes = absl::HexStringToBytes(hex);
  bytes.copy(reinterpret_cast<char*>(key.data()), key.size());
  return key;
}

template <class R>
R Opened(const R& like, const std::string& key_suffix, std::span<const SealKey> keys,
         const std::string& sealed_hex) {
  const domain::RecordType& type = domain::TypeOf<R>();
  const std::string context =
      absl::StrCat("row/", std::string(type.table()), "/",
                   domain::EncodeRecord(type, &like, domain::WireSink::Part::kKey), key_suffix);
  const auto text = OpenSealed(JoinedKey(keys), context, absl::HexStringToBytes(sealed_hex));
  EXPECT_TRUE(text.has_value()) << type.table();
  const std::shared_ptr<void> record =
      domain::DecodeRecord(type, domain::EncodeRecord(type, &like, domain::WireSink::Part::kPlain),
                           text.value_or(""), type.RevisionOf(&like));
  EXPECT_NE(record, nullptr);
  return record == nullptr ? like : *static_cast<const R*>(record.get());
}

}  // namespace

std::map<std::string, domain::Member> ReadMembers(const PlainSql& sql) {
  std::map<std::string, domain::Member> members;
  for (const std::string& row : sql.Query(
           "SELECT m.member_key, m.board_opt_out, m.sealed, k.key FROM member m JOIN text_key o"
           " ON o.program = m.program AND o.owner = m.member_key"
           " JOIN public_keys.sealing_key k ON k.slot = o.slot WHERE m.program = 'fault'")) {
    const Columns columns = absl::StrSplit(row, '|');
    domain::Member like;
    like.key = IdOf(columns[0]);
    like.board_opt_out = columns[1] == "1";
    const SealKey key = KeyOf(columns[3]);
    members[columns[0]] = Opened(like, "", {&key, 1}, columns[2]);
  }
  return members;
}

std::vector<domain::Activity> ReadActivities(const PlainSql& sql, std::int64_t after) {
  std::vector<domain::Activity> activities;
  for (const std::string& row : sql.Query(absl::StrCat(
           "SELECT a.revision, a.source, a.actor, a.recipient, a.sealed, k.key, r.key"
           " FROM activity a LEFT JOIN text_key ko ON ko.program = a.program AND ko.owner = a.actor"
           " LEFT JOIN public_keys.sealing_key k ON k.slot = ko.slot"
           " LEFT JOIN text_key ro ON ro.program = a.program AND ro.owner = a.recipient"
           " LEFT JOIN public_keys.sealing_key r ON r.slot = ro.slot"
           " WHERE a.program = 'fault' AND a.revision > ",
           after))) {
    const Columns columns = absl::StrSplit(row, '|');
    domain::Activity like;
    EXPECT_TRUE(absl::SimpleAtoi(columns[0], &like.revision));
    like.source = columns[1];
    std::vector<SealKey> keys;
    if (!columns[2].empty()) {
      keys.push_back(KeyOf(columns[5]));
    }
    if (!columns[3].empty() && columns[3] != columns[2]) {
      keys.push_back(KeyOf(columns[6]));
    }
    std::string revision;
    domain::AppendSized(columns[0], revision);
    activities.push_back(Opened(like, revision, keys, columns[4]));
  }
  return activities;
}

SqlRows WithIds(const std::map<std::string, domain::Member>& members, SqlRows rows) {
  for (std::string& row : rows) {
    Columns columns = absl::StrSplit(row, '|');
    for (std::string& column : columns) {
      if (const auto member = members.find(column); member != members.end()) {
        column = member->second.id;
      }
    }
    row = absl::StrJoin(columns, "|");
  }
  return rows;
}

std::string HashOfRequestId(const std::string& request_id) {
  return sql::RequestSecret(IdOf(request_id)).id_hash().Hex();
}

}  // namespace perigee::tests
