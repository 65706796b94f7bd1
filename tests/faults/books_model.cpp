#include "tests/faults/books_model.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/faults/programme.h"

namespace perigee::tests {
namespace {

// The values of perigee.v1.Transfer.Kind.
constexpr int kPosted = 1;
constexpr int kPending = 2;
constexpr int kCapture = 3;
constexpr int kVoid = 4;
constexpr int kReversal = 6;

// Reads `programs/P/members/M/accounts/ASSET` or `programs/P/assets/ASSET/accounts/ACCOUNT`.
BooksModel::Account Parse(const std::string& name) {
  const std::vector<std::string> parts = absl::StrSplit(name, '/');
  if (parts.at(2) == "members") {
    return {parts.at(3), parts.at(5), ""};
  }
  return {"", parts.at(3), parts.at(5)};
}

std::string LastPart(const std::string& name) { return name.substr(name.rfind('/') + 1); }

}  // namespace

void BooksModel::Apply(std::int64_t revision, const BooksRequest& request) {
  revision_ = revision;
  std::visit([this](const auto& made) { Make(made); }, request);
}

std::vector<std::string> BooksModel::MadeAt(std::int64_t revision) const {
  std::vector<std::string> names;
  const auto made = made_.find(revision);
  for (int i = 0; made != made_.end() && i < made->second; ++i) {
    names.push_back(absl::StrCat(revision, "-", i));
  }
  return names;
}

void BooksModel::Make(const v1::PostTransfersRequest& request) {
  for (const v1::Transfer& leg : request.transfers()) {
    Transfer transfer;
    transfer.debit = Parse(leg.debit_account());
    transfer.credit = Parse(leg.credit_account());
    transfer.amount = leg.amount();
    transfer.kind = leg.has_expire_time() ? kPending : kPosted;
    Add(transfer);
  }
}

void BooksModel::Make(const v1::CaptureTransferRequest& request) {
  const std::string original = LastPart(request.name());
  const Transfer& pending = transfers_.at(original);
  accounts_[pending.debit].debits_pending -= pending.amount;
  accounts_[pending.credit].credits_pending -= pending.amount;
  Transfer transfer{.debit = pending.debit, .credit = pending.credit};
  transfer.amount = request.amount() == 0 ? pending.amount : request.amount();
  transfer.kind = kCapture;
  transfer.original = original;
  Add(transfer);
}

void BooksModel::Make(const v1::VoidTransferRequest& request) {
  const std::string original = LastPart(request.name());
  const Transfer& pending = transfers_.at(original);
  accounts_[pending.debit].debits_pending -= pending.amount;
  accounts_[pending.credit].credits_pending -= pending.amount;
  Add({.debit = pending.debit,
       .credit = pending.credit,
       .amount = pending.amount,
       .kind = kVoid,
       .original = original});
}

void BooksModel::Make(const v1::ReverseTransferRequest& request) {
  const std::string name = LastPart(request.name());
  const Transfer original = transfers_.at(name);
  if (!original.cap.first.empty()) {
    caps_[original.cap] -= request.amount();
  }
  Add({.debit = original.credit,
       .credit = original.debit,
       .amount = request.amount(),
       .kind = kReversal,
       .original = name,
       .effective_us = original.effective_us});
}

void BooksModel::Make(const v1::RecordActivityRequest& request) {
  const v1::Activity& activity = request.activity();
  const std::string actor = LastPart(activity.actor());
  const std::string recipient = LastPart(activity.recipient());
  const std::int64_t time = activity.occur_time().seconds() * 1'000'000;
  ++activities_;
  if (activity.type() == "answer") {
    const CapKey cap{actor, activity.occur_time().seconds() / kDaySeconds};
    const std::int64_t given = std::clamp<std::int64_t>(kCapLimit - caps_[cap], 0, kAnswerGrant);
    caps_[cap] += given;
    Add({.debit = {"", "reputation", "issued"},
         .credit = {actor, "reputation", ""},
         .amount = given,
         .kind = kPosted,
         .cut = kAnswerGrant - given,
         .effective_us = time,
         .cap = cap});
    Add({.debit = {"", "points", "issued"},
         .credit = {recipient, "points", ""},
         .amount = kAnswerPoints,
         .kind = kPosted,
         .effective_us = time});
  } else if (activity.type() == "kudos") {
    ++thanks_;
    Add({.debit = {"", "reputation", "issued"},
         .credit = {recipient, "reputation", ""},
         .amount = kKudosGrant * activity.quantity(),
         .kind = kPosted,
         .effective_us = time});
  } else if (activity.type() == "thanks") {
    ++thanks_;
    Add({.debit = {"", "points", "issued"},
         .credit = {recipient, "points", ""},
         .amount = kThanksGrant,
         .kind = kPosted,
         .effective_us = time});
  } else if (activity.type() == "talk") {
    Add({.debit = {"", "points", "issued"},
         .credit = {actor, "points", ""},
         .amount = activity.quantity(),
         .kind = kPosted,
         .effective_us = time});
  } else {
    const Totals& totals = accounts_[{actor, "reputation", ""}];
    const std::int64_t taken = std::min(kLapse, std::max<std::int64_t>(0, totals.balance));
    Add({.debit = {actor, "reputation", ""},
         .credit = {"", "reputation", "issued"},
         .amount = taken,
         .kind = kPosted,
         .cut = taken - kLapse,
         .effective_us = time});
  }
}

void BooksModel::Make(const v1::UpdateMemberRequest& request) {
  members_[LastPart(request.member().name())] = {request.member().display_name(),
                                                 request.member().board_opt_out()};
}

void BooksModel::Add(Transfer transfer) {
  const std::string name = absl::StrCat(revision_, "-", made_[revision_]++);
  Totals& debit = accounts_[transfer.debit];
  Totals& credit = accounts_[transfer.credit];
  if (transfer.kind == kPending) {
    debit.debits_pending += transfer.amount;
    credit.credits_pending += transfer.amount;
  } else if (transfer.kind != kVoid) {
    debit.balance -= transfer.amount;
    credit.balance += transfer.amount;
    credit.highest = std::max(credit.highest, credit.balance);
    if (transfer.debit.asset == "reputation") {
      Count(transfer, transfer.kind == kReversal ? transfer.original : name);
    }
  }
  transfers_[name] = std::move(transfer);
}

void BooksModel::Count(const Transfer& transfer, const std::string& root) {
  const std::string& member =
      transfer.credit.member.empty() ? transfer.debit.member : transfer.credit.member;
  Effect& effect = effects_[member][root];
  effect.score += transfer.credit.member.empty() ? -transfer.amount : transfer.amount;
  effect.effective_us = transfer.effective_us;
}

std::vector<BooksModel::Place> BooksModel::Board(std::int64_t begin_us, std::int64_t end_us) const {
  std::vector<Place> places;
  for (const auto& [member, effects] : effects_) {
    Place place{.member = member};
    bool stands = false;
    for (const auto& [root, effect] : effects) {
      if (effect.score != 0 && begin_us <= effect.effective_us && effect.effective_us < end_us) {
        stands = true;
        place.score += effect.score;
        place.reach_us = std::max(place.reach_us, effect.effective_us);
      }
    }
    const auto known = members_.find(member);
    if (stands && (known == members_.end() || !known->second.opted_out)) {
      places.push_back(place);
    }
  }
  std::ranges::sort(places, {}, [](const Place& place) {
    return std::tuple(-place.score, place.reach_us, place.member);
  });
  for (std::size_t i = 0; i < places.size(); ++i) {
    const bool level = i > 0 && places[i].score == places[i - 1].score;
    places[i].rank = level ? places[i - 1].rank : static_cast<std::int64_t>(i) + 1;
  }
  return places;
}

}  // namespace perigee::tests
