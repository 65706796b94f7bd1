#pragma once

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/capital.pb.h"
#include "perigee/v1/reward.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {

inline const std::string kAcme = "programs/acme";
inline const std::string kAda = kAcme + "/members/ada";
inline const std::string kBob = kAcme + "/members/bob";

// In `acme`, ada and bob, who sign in by their names, have 100 of `access` each.
class RewardServerTest : public testing::Test {
 protected:
  RewardServerTest() {
    server.Identify(kBob, "bob");
    v1::PostTransfersRequest request;
    request.set_parent(kAcme);
    for (const std::string& member : {kAda, kBob}) {
      v1::Transfer& transfer = *request.add_transfers();
      transfer.set_debit_account(kAcme + "/assets/access/accounts/issued");
      transfer.set_credit_account(member + "/accounts/access");
      transfer.set_amount(100);
    }
    request.set_request_id(server.NewRequestId());
    server.Must<v1::PostTransfersResponse>(server.Token("root"),
                                           "CapitalAdminService/PostTransfers", request);
  }

  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed(method), request);
  }
  // A request to make the reward of that id, of price 40.
  v1::CreateRewardRequest CreateOf(const std::string& id) {
    v1::CreateRewardRequest request;
    request.set_parent(kAcme);
    request.set_reward_id(id);
    request.mutable_reward()->set_display_name("A seat");
    request.mutable_reward()->set_reward_class(v1::REWARD_CLASS_ACCESS);
    request.mutable_reward()->set_price(40);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Reward Create(const v1::CreateRewardRequest& request) {
    return server.Must<v1::Reward>(server.Token("ROLE_PROGRAM_ADMIN"),
                                   "RewardAdminService/CreateReward", request);
  }
  v1::RedeemRequest RedeemOf(const std::string& member, const std::string& reward) {
    v1::RedeemRequest request;
    request.set_parent(member);
    request.set_reward(kAcme + "/rewards/" + reward);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Redemption Redeem(const std::string& who, const std::string& reward) {
    return server.Must<v1::Redemption>(server.Token(who), "RewardService/Redeem",
                                       RedeemOf(kAcme + "/members/" + who, reward));
  }
  // A request that names a redemption.
  template <class Request>
  Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  std::vector<v1::OfferedReward> Offers(const std::string& who, int page_size = 0) {
    v1::ListRewardsRequest request;
    request.set_parent(kAcme + "/members/" + who);
    request.set_page_size(page_size);
    std::vector<v1::OfferedReward> offers;
    do {
      const auto page = server.Must<v1::ListRewardsResponse>(server.Token(who),
                                                             "RewardService/ListRewards", request);
      offers.insert(offers.end(), page.rewards().begin(), page.rewards().end());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return offers;
  }

  AccessServer server;
};

}  // namespace perigee::tests
