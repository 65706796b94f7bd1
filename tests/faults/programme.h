#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

namespace perigee::tests {

// The programme of the fault tests. The model knows its rules too:
//
//     answer  10 reputation for the actor, at most kCapLimit a day; 5 points for the recipient
//     kudos   a thank-you: 2 reputation for the recipient for each of the quantity
//     lapse   takes 7 reputation from the actor, never below 0
//     thanks  3 points for the recipient
//     talk    1 point for the actor for each of the quantity
//
// Boards of reputation: `all` of all time, `days` by day. Board of points: `gifts` of all time.
//
// Members get at most kAskLimit asks, and give at most kThanksLimit thanks a month. Title `chair`
// has kSeats seats and wants one review. Rewards `seat`, which staff approve, and `call` cost
// kPrice points, and there are kStock of each. A contribution of kind `talk` is worth kTalkCredit.
// A badge is for whoever gave so many answers, counted by quantity.
inline constexpr const char* kFaultProgram = "programs/fault";
inline constexpr int kFaultMembers = 40;
inline constexpr std::int64_t kAnswerGrant = 10;
inline constexpr std::int64_t kAnswerPoints = 5;
inline constexpr std::int64_t kKudosGrant = 2;
inline constexpr std::int64_t kLapse = 7;
inline constexpr std::int64_t kCapLimit = 500;
inline constexpr std::int64_t kThanksGrant = 3;
inline constexpr int kAskLimit = 3;
inline constexpr int kThanksLimit = 2;
inline constexpr int kSeats = 5;
inline constexpr int kStock = 5;
inline constexpr std::int64_t kPrice = 20;
inline constexpr std::int64_t kTalkCredit = 10;
inline constexpr std::array<std::int64_t, 3> kAnswersForBadges{5, 15, 45};
// Each of them is the only level of a scheme. The windows are longer than the years since the days
// below.
inline constexpr std::array<std::int64_t, 3> kReputationForTiers{100, 400, 1600};
inline constexpr char kTierLevel[] = "in";
// What no rule gives, but staff.
inline constexpr char kStaffBadge[] = "star";
inline constexpr char kStaffScheme[] = "guests";

// The days of the activities, long past: 2026-01-05 and the days after it.
inline constexpr std::int64_t kFirstDaySeconds = 1'767'571'200;
inline constexpr std::int64_t kDaySeconds = 86'400;
inline constexpr int kDays = 5;

// The names of a member, of a member's account and of one of the programme's own.
std::string FaultMemberId(int n);
std::string FaultMember(int n);
std::string FaultAccount(int n, const std::string& asset);
std::string FaultOwnAccount(const std::string& asset, const std::string& account);
// `programs/fault/transfers/NAME`.
std::string FaultTransfer(const std::string& name);

// The ids of the badge for that many answers and of the scheme for that much reputation, and
// `programs/fault/titles/chair` for example.
std::string FaultBadgeId(std::int64_t answers);
std::string FaultSchemeId(std::int64_t reputation);
std::string FaultName(const std::string& collection, const std::string& id);

// Makes the programme through the internal door. Its members have nothing yet.
grpc::Status MakeFaultProgramme(const std::shared_ptr<grpc::Channel>& channel);

}  // namespace perigee::tests
