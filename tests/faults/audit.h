#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "server/domain/member/member.h"
#include "tests/faults/books_model.h"
#include "tests/faults/champion_audit.h"
#include "tests/faults/findings.h"
#include "tests/faults/plain_sql.h"
#include "tests/faults/writer.h"
#include "tests/support/paced_reads.h"

namespace perigee::tests {

// Compares a store with what its clients know: every acknowledged write is there once and whole,
// and nothing else is there. Each look starts where the last one ended, so that the history may
// grow. Totals are compared whole each time.
class Audit {
 public:
  // The clients' writes start at the journal's revision `begin`; earlier ones set the programme up.
  Audit(const PlainSql& sql, std::int64_t begin) : sql_(sql), looked_at_(begin - 1) {}

  // Call it while nobody writes and every write is answered. It looks through SQL and then through
  // the public door. `reads` are first pages of the board `all` that were read meanwhile. Each must
  // equal the board at the revision it names, and must not be older than an answer that came before
  // it was sent.
  void Look(const std::vector<std::unique_ptr<Writer>>& writers,
            const std::shared_ptr<grpc::Channel>& door, const std::deque<BoardRead>& reads = {});
  // Sends some of the writes again that were acknowledged since the last look. The answers must be
  // the same, and marked as replays.
  void Replay(const DoorChannels& doors, std::size_t count);
  // Whether the server has done all that follows from the writes of the last look.
  bool IsSettled() const { return champions_.IsSettled(sql_); }

  const ChampionAudit& champions() const { return champions_; }

  std::int64_t acknowledged() const { return acknowledged_; }
  std::int64_t lost() const { return lost_; }
  std::int64_t doubled() const { return doubled_; }
  std::int64_t half_done() const { return half_done_; }
  std::int64_t reads() const { return reads_; }
  std::int64_t reads_refused() const { return reads_refused_; }
  std::int64_t reads_wrong() const { return reads_wrong_; }
  // The first differences, in words.
  const std::vector<std::string>& findings() const { return findings_.all(); }

 private:
  void Take(const std::vector<std::unique_ptr<Writer>>& writers);
  void Apply(const Write& write);
  void ApplyAndJudge(const std::deque<BoardRead>& reads);
  void Judge(const BoardRead& read, const std::vector<BooksModel::Place>& board);
  void CompareJournal();
  void CompareTransfers();
  void CompareRequests();
  void CompareTotals();
  void CompareAccounts(const std::shared_ptr<grpc::Channel>& door);
  void CompareBoard(const std::shared_ptr<grpc::Channel>& door, const std::string& period,
                    const std::vector<BooksModel::Place>& expected);

  const PlainSql& sql_;
  BooksModel model_;
  ChampionAudit champions_{model_};
  // Of the present look.
  std::unique_ptr<PlainSql> now_;
  std::map<std::string, domain::Member> members_;  // By their pseudonyms in hex.
  std::set<std::int64_t> own_;                     // Revisions at which the server wrote by itself.
  std::vector<std::size_t> taken_;                 // The number of writes taken from each writer.
  std::map<std::int64_t, const Write*> latest_;    // Acknowledged since the last look.
  std::int64_t looked_at_;
  std::int64_t acknowledged_ = 0;
  std::int64_t lost_ = 0;
  std::int64_t doubled_ = 0;
  std::int64_t half_done_ = 0;
  std::int64_t reads_ = 0;
  std::int64_t reads_refused_ = 0;
  std::int64_t reads_wrong_ = 0;
  Findings findings_;
};

}  // namespace perigee::tests
