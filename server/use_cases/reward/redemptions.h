#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/reward/redemption.h"
#include "server/use_cases/decided.h"

namespace perigee::domain {
struct Reward;
}  // namespace perigee::domain

namespace perigee::use_cases {

struct Judge;
struct TransferPath;

using DecidedRedemption = absl::StatusOr<Decided<domain::Redemption>>;

// Every change of a redemption also makes its transfer, and counts the reward's stock, in the same
// unit of work.

// A redemption by its member's id and its own.
struct RedemptionPlace {
  std::string program;
  std::string member;
  std::string id;
};

// Holds the price and takes one of the stock. kNotFound for programme and member, and for a reward
// that is not there or whose audience the member is not in; kRewardRetired, kRewardOutOfStock,
// kMemberSuspended, and the refusals of PostTransfers, such as kInsufficientFunds.
DecidedRedemption Redeem(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, const std::string& member,
                         const std::string& reward);

// kNotFound, kIllegalMove; kFourEyes if the redemption wants them and the judge is its member, or
// nobody signs in.
DecidedRedemption ApproveRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                    const RedemptionPlace& place, const Judge& judge);
// Captures the hold. The same refusals; kFourEyes also for the one who approved; kMemberSuspended.
DecidedRedemption FulfilRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const RedemptionPlace& place, const Judge& judge);
// Both void the hold and give the stock back. kNotFound, kIllegalMove.
DecidedRedemption RejectRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const RedemptionPlace& place, const std::string& reason);
DecidedRedemption CancelRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const RedemptionPlace& place);
// Reverses the capture and gives the stock back. kNotFound, kIllegalMove, and the refusals of
// ReverseTransfer.
DecidedRedemption ReturnRedemption(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const RedemptionPlace& place, const std::string& reason);

// How many of the reward are left at `now`; nullopt: any number. A number above 0 may still lack
// what expired a short time ago.
absl::StatusOr<std::optional<int>> StockLeftAt(ports::StoreReader& reader,
                                               const std::string& program,
                                               const domain::Reward& reward, Time now);

// Notes that time has ended a redemption.
absl::Status SettleDueRedemption(const std::string& program, domain::Redemption redemption,
                                 ports::StoreReader& reader, const ports::UnitContext& unit,
                                 domain::Changes& changes);

// Ends the open redemptions of members who are being erased: those whose holds `changes` ends, or
// `all`.
absl::Status EndRedemptionsOfErased(ports::StoreReader& reader, const ports::UnitContext& unit,
                                    const std::string& program,
                                    const std::vector<domain::MemberKey>& members, bool all,
                                    domain::Changes& changes);

// kOfRedemption if the transfer is the hold or the capture of a redemption, which nobody may move
// by hand. kNotFound for programme and transfer.
absl::Status CheckNoRedemption(ports::StoreReader& reader, const TransferPath& transfer);

}  // namespace perigee::use_cases
