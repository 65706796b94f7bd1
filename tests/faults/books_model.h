#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/faults/writes.h"

namespace perigee::tests {

// The right content of the programme of the fault tests. It is computed from acknowledged writes
// alone, in plain maps, by the definitions of the protos, without the server's code.
class BooksModel {
 public:
  // An account of an asset: a member's, or one of the programme's own.
  struct Account {
    std::string member;
    std::string asset;
    std::string account;
    auto operator<=>(const Account&) const = default;
  };
  struct Totals {
    std::int64_t balance = 0;
    std::int64_t highest = 0;  // That the balance ever was.
    std::int64_t credits_pending = 0;
    std::int64_t debits_pending = 0;
    bool operator==(const Totals&) const = default;
  };
  // The cap of a grant: the member and the day.
  using CapKey = std::pair<std::string, std::int64_t>;
  struct Transfer {
    Account debit;
    Account credit;
    std::int64_t amount = 0;
    int kind = 0;
    std::string original = {};
    std::int64_t cut = 0;
    std::int64_t effective_us = 0;
    CapKey cap = {};
  };
  struct Member {
    std::string display_name;
    bool opted_out = false;
  };
  struct Place {
    std::string member;
    std::int64_t score = 0;
    std::int64_t reach_us = 0;
    std::int64_t rank = 0;
    bool operator==(const Place&) const = default;
  };

  // Requests must come in the order of their revisions. Only those that give and take nothing but
  // points may come late.
  void Apply(std::int64_t revision, const BooksRequest& request);

  // Transfers by `REVISION-INDEX`.
  const std::map<std::string, Transfer>& transfers() const { return transfers_; }
  // The names of the transfers that a write made, in order.
  std::vector<std::string> MadeAt(std::int64_t revision) const;
  const std::map<Account, Totals>& accounts() const { return accounts_; }
  const std::map<CapKey, std::int64_t>& caps() const { return caps_; }
  const std::map<std::string, Member>& members() const { return members_; }
  std::int64_t activities() const { return activities_; }
  std::int64_t thanks() const { return thanks_; }
  // The board of reputation from transfers that took effect from `begin_us` up to but without
  // `end_us`.
  std::vector<Place> Board(std::int64_t begin_us, std::int64_t end_us) const;

 private:
  void Make(const v1::PostTransfersRequest& request);
  void Make(const v1::CaptureTransferRequest& request);
  void Make(const v1::VoidTransferRequest& request);
  void Make(const v1::ReverseTransferRequest& request);
  void Make(const v1::RecordActivityRequest& request);
  void Make(const v1::UpdateMemberRequest& request);
  void Add(Transfer transfer);
  void Count(const Transfer& transfer, const std::string& root);

  struct Effect {
    std::int64_t score = 0;
    std::int64_t effective_us = 0;
  };
  std::map<std::string, Transfer> transfers_;
  std::map<std::int64_t, int> made_;  // The number of transfers by revision.
  std::map<Account, Totals> accounts_;
  std::map<CapKey, std::int64_t> caps_;
  std::map<std::string, Member> members_;
  std::map<std::string, std::map<std::string, Effect>> effects_;  // By member and root.
  std::int64_t activities_ = 0;
  std::int64_t thanks_ = 0;
  std::int64_t revision_ = 0;  // The revision of the applied request.
};

}  // namespace perigee::tests
