#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "server/domain/member/member.h"
#include "tests/faults/champion_model.h"
#include "tests/faults/findings.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/writes.h"

namespace perigee::tests {

// The part of the audit that knows the machines of champions: every acknowledged move is there once
// with its transfer, no limit was ever passed, and what the server does afterwards by itself
// (crediting co-authors, granting badges, promoting members) is done once.
class ChampionAudit {
 public:
  explicit ChampionAudit(BooksModel& books) : model_(books) {}

  // An acknowledged write. They must come in the order of their revisions.
  void Apply(const Write& write) { model_.Apply(write); }
  // Reports a write that was refused for good and not by a limit.
  static void Judge(const Write& refused, Findings& findings);

  // Finds what the server did by itself after a revision, applies it, and returns its revisions.
  // Call it after the acknowledged writes are applied.
  std::set<std::int64_t> Follow(const PlainSql& sql, std::int64_t after);
  // The activities of thanks and contributions after a revision: `SOURCE|ID|REVISION`.
  SqlRows Activities(const std::map<std::string, domain::Member>& members,
                     std::int64_t after) const;
  // Compares everything with the store.
  void Compare(const PlainSql& sql, const std::map<std::string, domain::Member>& members,
               Findings& findings) const;

  // Whether the server has done all that follows from the applied writes.
  bool IsSettled(const PlainSql& sql) const;

 private:
  // Badges and tiers.
  void CompareRecognition(const PlainSql& sql, const std::map<std::string, domain::Member>& members,
                          Findings& findings) const;
  // `MEMBER|SCHEME` for each standing that no staff gave.
  static SqlRows TiersOfRules(const PlainSql& sql,
                              const std::map<std::string, domain::Member>& members);

  ChampionModel model_;
};

}  // namespace perigee::tests
