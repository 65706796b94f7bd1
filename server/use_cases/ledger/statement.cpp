#include "server/use_cases/ledger/statement.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "server/core/checked.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/ports/store.h"
#include "server/use_cases/ledger/accounts.h"

namespace perigee::use_cases {
namespace {

// The lines of one account, read a page at a time.
class PartLines {
 public:
  PartLines(ports::StoreReader& reader, const std::string& program, const domain::AccountRef& ref,
            domain::TransferId before, int page)
      : reader_(reader), program_(program), ref_(ref), before_(before), page_(page) {}

  // The newest line that was not passed, or null.
  absl::StatusOr<const ports::StatementLine*> Newest() {
    if (at_ == lines_.size() && !ended_) {
      PERIGEE_ASSIGN_OR_RETURN(lines_, reader_.ledger().Statement(program_, ref_, before_, page_));
      at_ = 0;
      ended_ = std::cmp_less(lines_.size(), page_);
      before_ = lines_.empty() ? before_ : lines_.back().transfer.id;
    }
    return at_ == lines_.size() ? nullptr : &lines_[at_];
  }
  void Pass() { ++at_; }

 private:
  ports::StoreReader& reader_;
  const std::string& program_;
  domain::AccountRef ref_;
  domain::TransferId before_;
  int page_;
  std::vector<ports::StatementLine> lines_;
  std::size_t at_ = 0;
  bool ended_ = false;
};

// The next line of all the parts, or nullopt. A part's balance at that line is the one after its
// newest line that is not newer.
absl::StatusOr<std::optional<ports::StatementLine>> NextLine(std::vector<PartLines>& parts) {
  for (;;) {
    domain::TransferId newest;
    for (PartLines& part : parts) {
      PERIGEE_ASSIGN_OR_RETURN(const ports::StatementLine* line, part.Newest());
      newest = line == nullptr ? newest : std::max(newest, line->transfer.id);
    }
    if (newest == domain::TransferId{}) {
      return std::nullopt;
    }
    ports::StatementLine next;
    std::optional<std::int64_t> balance = 0;
    int sides = 0;
    for (PartLines& part : parts) {
      PERIGEE_ASSIGN_OR_RETURN(const ports::StatementLine* line, part.Newest());
      if (line == nullptr) {
        continue;
      }
      balance = balance.has_value() ? CheckedAdd(*balance, line->balance_after) : std::nullopt;
      if (line->transfer.id == newest) {
        next = *line;
        part.Pass();
        ++sides;
      }
    }
    if (sides > 1) {
      continue;
    }
    if (!balance.has_value()) {
      return Error(Reason::kAmountOverflow,
                   "the accounts of the person sum up to more than 64 bits");
    }
    next.balance_after = *balance;
    return next;
  }
}

}  // namespace

absl::StatusOr<std::vector<ports::StatementLine>> ReadStatement(ports::StoreReader& reader,
                                                                const AccountView& account,
                                                                domain::TransferId before,
                                                                int limit) {
  const std::string& program = account.name.program;
  if (account.parts.size() == 1) {
    return reader.ledger().Statement(program, account.parts.front().ref, before, limit);
  }
  std::vector<PartLines> parts;
  for (const domain::Account& part : account.parts) {
    parts.emplace_back(reader, program, part.ref, before, limit);
  }
  std::vector<ports::StatementLine> lines;
  while (std::cmp_less(lines.size(), limit)) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<ports::StatementLine> line, NextLine(parts));
    if (!line.has_value()) {
      break;
    }
    lines.push_back(*std::move(line));
  }
  return lines;
}

}  // namespace perigee::use_cases
