#include <functional>
#include <string>
#include <vector>

#include "server/services/convert.h"
#include "tests/matchers/status.h"
#include "tests/services/admin_server.h"

namespace perigee::tests {
namespace {

using Stub = v1::ProgramAdminService::Stub;

class RuleTest : public ::testing::Test {
 protected:
  v1::CreateRuleRequest Create(const std::string& id) {
    v1::CreateRuleRequest request;
    request.set_parent("programs/acme");
    request.set_rule_id(id);
    v1::Rule& rule = *request.mutable_rule();
    rule.set_activity_type("answer-accepted");
    v1::Grant& grant = *rule.add_grants();
    grant.set_asset("reputation");
    grant.set_beneficiary(v1::Grant::BENEFICIARY_ACTOR);
    grant.set_amount(15);
    grant.mutable_cap()->set_id("daily");
    grant.mutable_cap()->set_limit(200);
    grant.mutable_cap()->set_window(v1::Cap::WINDOW_DAY);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  auto Send(const v1::CreateRuleRequest& request) {
    return Invoke(*server.programs, &Stub::CreateRule, request);
  }
  v1::UpdateRuleRequest Update(const v1::Rule& rule) {
    v1::UpdateRuleRequest request;
    *request.mutable_rule() = rule;
    request.mutable_rule()->clear_effective_time();
    request.set_request_id(server.NewRequestId());
    return request;
  }
  auto Send(const v1::UpdateRuleRequest& request) {
    return Invoke(*server.programs, &Stub::UpdateRule, request);
  }
  absl::StatusOr<v1::Rule> Get(const std::string& name) {
    v1::GetRuleRequest request;
    request.set_name(name);
    return Invoke(*server.programs, &Stub::GetRule, request);
  }

  AdminServer server;
};

TEST_F(RuleTest, ARuleIsReadBackAsItWasMade) {
  server.MakeProgram();
  v1::CreateRuleRequest request = Create("accepted");
  request.mutable_rule()->set_thanks(true);
  request.mutable_rule()->mutable_grants(0)->set_floor(0);
  const auto made = Send(request);
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->name(), "programs/acme/rules/accepted");
  EXPECT_EQ(made->version(), 1);
  EXPECT_FALSE(made->has_effective_time());
  EXPECT_TRUE(made->grants(0).has_floor());
  EXPECT_EQ(made->grants(0).cap().limit(), 200);
  EXPECT_EQ(Get(made->name())->SerializeAsString(), made->SerializeAsString());
}

TEST_F(RuleTest, AnUpdateAddsAVersionAndKeepsTheOldOnes) {
  server.MakeProgram();
  const auto first = Send(Create("accepted"));
  server.clock.Advance(std::chrono::hours(1));
  v1::UpdateRuleRequest request = Update(*first);
  request.mutable_rule()->mutable_grants(0)->set_amount(20);
  const auto second = Send(request);
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(second->version(), 2);
  EXPECT_EQ(second->effective_time().seconds(), ToMicros(server.clock.Now()) / 1'000'000);

  EXPECT_EQ(Get(first->name())->version(), 2);
  v1::ListRuleVersionsRequest versions;
  versions.set_name(first->name());
  const auto all = Invoke(*server.programs, &Stub::ListRuleVersions, versions);
  ASSERT_EQ(all->rules_size(), 2);
  EXPECT_EQ(all->rules(0).SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(all->rules(1).SerializeAsString(), second->SerializeAsString());

  ASSERT_THAT(Send(Create("another")), IsOk());
  v1::ListRulesRequest list;
  list.set_parent("programs/acme");
  list.set_page_size(1);
  const auto page = Invoke(*server.programs, &Stub::ListRules, list);
  ASSERT_EQ(page->rules_size(), 1);
  EXPECT_EQ(page->rules(0).version(), 2);
  list.set_page_token(page->next_page_token());
  const auto rest = Invoke(*server.programs, &Stub::ListRules, list);
  ASSERT_EQ(rest->rules_size(), 1);
  EXPECT_EQ(rest->rules(0).name(), "programs/acme/rules/another");
  EXPECT_TRUE(rest->next_page_token().empty());
}

TEST_F(RuleTest, RulesThatShareACapChangeItTogether) {
  server.MakeProgram();
  const auto first = Send(Create("accepted"));
  const auto second = Send(Create("upvoted"));
  v1::UpdateRuleRequest alone = Update(*first);
  alone.mutable_rule()->mutable_grants(0)->mutable_cap()->set_limit(300);
  EXPECT_THAT(Send(alone), IsInvalidField("rule.grants[0].cap"));

  v1::SetRulesRequest together;
  together.set_parent("programs/acme");
  for (const v1::Rule& rule : {*first, *second}) {
    v1::Rule& wanted = *together.add_rules();
    wanted = rule;
    wanted.clear_effective_time();
    wanted.mutable_grants(0)->mutable_cap()->set_limit(300);
    wanted.mutable_grants(0)->mutable_cap()->set_net(true);
  }
  v1::Rule& added = *together.add_rules();
  added = together.rules(0);
  added.set_name("programs/acme/rules/new");
  added.clear_etag();
  together.set_request_id(server.NewRequestId());
  EXPECT_THAT(Invoke(*server.programs, &Stub::SetRules, together),
              IsInvalidField("rules[2].grants[0].cap"))
      << "the new rule would count since ever, and the cap was another one until now";
  *added.mutable_effective_time() = services::ToTimestamp(server.clock.Now());
  const auto set = Invoke(*server.programs, &Stub::SetRules, together);
  ASSERT_THAT(set, IsOk());
  ASSERT_EQ(set->rules_size(), 3);
  EXPECT_EQ(set->rules(0).version(), 2);
  EXPECT_EQ(set->rules(2).version(), 1);
  EXPECT_TRUE(Get(second->name())->grants(0).cap().net());
  EXPECT_EQ(Get(second->name())->grants(0).cap().limit(), 300);

  // The same again changes nothing.
  for (int i = 0; i < 3; ++i) {
    together.mutable_rules(i)->set_etag(set->rules(i).etag());
  }
  together.set_request_id(server.NewRequestId());
  const auto again = Invoke(*server.programs, &Stub::SetRules, together);
  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->SerializeAsString(), set->SerializeAsString());
}

TEST_F(RuleTest, ACapChangesForAllRulesAtOneTime) {
  server.MakeProgram();
  const auto first = Send(Create("accepted"));
  const auto second = Send(Create("upvoted"));
  using std::chrono::hours;
  const auto set = [&](hours first_from, hours second_from) {
    v1::SetRulesRequest request;
    request.set_parent("programs/acme");
    for (const auto& [rule, from] : {std::pair(*first, first_from), {*second, second_from}}) {
      v1::Rule& wanted = *request.add_rules();
      wanted = rule;
      wanted.mutable_grants(0)->mutable_cap()->set_limit(300);
      *wanted.mutable_effective_time() = services::ToTimestamp(server.clock.Now() + from);
    }
    request.set_request_id(server.NewRequestId());
    return Invoke(*server.programs, &Stub::SetRules, request);
  };
  EXPECT_THAT(set(hours(1), hours(2)), IsInvalidField("rules[0].grants[0].cap"));
  EXPECT_THAT(set(hours(2), hours(1)), IsInvalidField("rules[1].grants[0].cap"));
  EXPECT_THAT(set(hours(1), hours(1)), IsOk());
}

TEST_F(RuleTest, OneBadRuleChangesNoneOfThoseSetWithIt) {
  server.MakeProgram();
  const auto first = Send(Create("accepted"));
  using Spoil = std::function<void(v1::SetRulesRequest&)>;
  const std::vector<std::pair<std::string, Spoil>> cases = {
      {"rules[1].grants[0].amount",
       [](auto& r) { r.mutable_rules(1)->mutable_grants(0)->set_amount(0); }},
      {"rules[0].grants[0].cap",
       [](auto& r) { r.mutable_rules(1)->mutable_grants(0)->mutable_cap()->set_limit(7); }},
      {"rules[1].name", [](auto& r) { r.mutable_rules(1)->set_name("programs/other/rules/x"); }},
      {"rules[1].name", [](auto& r) { r.mutable_rules(1)->set_name(r.rules(0).name()); }},
      {"rules", [](auto& r) { r.clear_rules(); }}};
  for (const auto& [field, spoil] : cases) {
    SCOPED_TRACE(field);
    v1::SetRulesRequest request;
    request.set_parent("programs/acme");
    *request.add_rules() = *first;
    request.mutable_rules(0)->clear_effective_time();
    request.mutable_rules(0)->mutable_grants(0)->set_amount(99);
    *request.add_rules() = request.rules(0);
    request.mutable_rules(1)->set_name("programs/acme/rules/new");
    request.mutable_rules(1)->clear_etag();
    spoil(request);
    request.set_request_id(server.NewRequestId());
    EXPECT_THAT(Invoke(*server.programs, &Stub::SetRules, request), IsInvalidField(field));
  }
  EXPECT_EQ(Get(first->name())->version(), 1);
  EXPECT_THAT(Get("programs/acme/rules/new"), HasReason(Reason::kNotFound));
}

TEST_F(RuleTest, CreateRefuses) {
  EXPECT_THAT(Send(Create("accepted")), HasReason(Reason::kNotFound));
  server.MakeProgram();
  v1::CreateRuleRequest foreign = Create("accepted");
  foreign.mutable_rule()->mutable_grants(0)->set_asset("gold");
  EXPECT_THAT(Send(foreign), HasReason(Reason::kNotFound));
  ASSERT_THAT(Send(Create("accepted")), IsOk());
  EXPECT_THAT(Send(Create("accepted")), HasReason(Reason::kAlreadyExists));

  using Spoil = std::function<void(v1::CreateRuleRequest&)>;
  const auto grant = [](std::function<void(v1::Grant&)> spoil) -> Spoil {
    return [spoil](v1::CreateRuleRequest& r) { spoil(*r.mutable_rule()->mutable_grants(0)); };
  };
  const std::vector<std::pair<std::string, Spoil>> cases = {
      {"request_id", [](auto& r) { r.clear_request_id(); }},
      {"parent", [](auto& r) { r.clear_parent(); }},
      {"rule_id", [](auto& r) { r.set_rule_id("Über"); }},
      {"rule.activity_type", [](auto& r) { r.mutable_rule()->clear_activity_type(); }},
      {"rule.grants",
       [](auto& r) {
         for (int i = 0; i < 8; ++i) {
           *r.mutable_rule()->add_grants() = r.rule().grants(0);
         }
       }},
      {"rule.effective_time",
       [](auto& r) { r.mutable_rule()->mutable_effective_time()->set_nanos(-1); }},
      {"rule.grants[0].beneficiary", grant([](v1::Grant& g) { g.clear_beneficiary(); })},
      {"rule.grants[0].beneficiary",
       grant([](v1::Grant& g) { g.set_beneficiary(static_cast<v1::Grant::Beneficiary>(77)); })},
      {"rule.grants[0].amount", grant([](v1::Grant& g) { g.set_amount(0); })},
      {"rule.grants[0].amount", grant([](v1::Grant& g) { g.set_amount(1'000'000'000'000'001); })},
      {"rule.grants[0].asset", grant([](v1::Grant& g) { g.clear_asset(); })},
      {"rule.grants[0].cap.window", grant([](v1::Grant& g) { g.mutable_cap()->clear_window(); })},
      {"rule.grants[0].cap.window",
       grant([](v1::Grant& g) { g.mutable_cap()->set_window(static_cast<v1::Cap::Window>(300)); })},
      {"rule.grants[0].cap.limit", grant([](v1::Grant& g) { g.mutable_cap()->set_limit(-1); })},
      {"rule.grants[0].cap", grant([](v1::Grant& g) { g.mutable_cap()->set_limit(199); })},
  };
  for (const auto& [field, spoil] : cases) {
    v1::CreateRuleRequest request = Create("second");
    spoil(request);
    EXPECT_THAT(Send(request), IsInvalidField(field));
  }
}

TEST_F(RuleTest, UpdateRefuses) {
  server.MakeProgram();
  const auto made = Send(Create("accepted"));
  ASSERT_THAT(made, IsOk());
  server.clock.Advance(std::chrono::hours(1));
  const auto second = Send(Update(*made));
  ASSERT_THAT(second, IsOk());

  EXPECT_THAT(Send(Update(*made)), HasReason(Reason::kEtagMismatch));
  v1::UpdateRuleRequest early = Update(*second);
  *early.mutable_rule()->mutable_effective_time() = second->effective_time();
  early.mutable_rule()->mutable_effective_time()->set_seconds(second->effective_time().seconds() -
                                                              1);
  EXPECT_THAT(Send(early), IsInvalidField("rule.effective_time"));
  v1::UpdateRuleRequest unknown = Update(*second);
  unknown.mutable_rule()->set_name("programs/acme/rules/none");
  EXPECT_THAT(Send(unknown), HasReason(Reason::kNotFound));
  v1::UpdateRuleRequest malformed = Update(*second);
  malformed.mutable_rule()->set_name("accepted");
  EXPECT_THAT(Send(malformed), IsInvalidField("rule.name"));
  v1::UpdateRuleRequest gold = Update(*second);
  gold.mutable_rule()->mutable_grants(0)->set_asset("gold");
  EXPECT_THAT(Send(gold), HasReason(Reason::kNotFound));
}

TEST_F(RuleTest, ReadsRefuseMalformedAndUnknownNames) {
  EXPECT_THAT(Get("x"), IsInvalidField("name"));
  EXPECT_THAT(Get("programs/acme/rules/none"), HasReason(Reason::kNotFound));
  v1::ListRuleVersionsRequest versions;
  EXPECT_THAT(Invoke(*server.programs, &Stub::ListRuleVersions, versions), IsInvalidField("name"));
  versions.set_name("programs/acme/rules/none");
  EXPECT_THAT(Invoke(*server.programs, &Stub::ListRuleVersions, versions),
              HasReason(Reason::kNotFound));
  v1::ListRulesRequest list;
  list.set_parent("programs/none");
  EXPECT_THAT(Invoke(*server.programs, &Stub::ListRules, list), HasReason(Reason::kNotFound));
  list.set_page_size(-5);
  EXPECT_THAT(Invoke(*server.programs, &Stub::ListRules, list), IsInvalidField("page_size"));
}

}  // namespace
}  // namespace perigee::tests
