#include "server/services/tier/tier_admin_service.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/access/personal_read.h"
#include "server/ports/journal/journal_reader.h"
#include "tests/services/tier/tier_fixture.h"

namespace perigee::tests {
namespace {

class TierAdminServiceTest : public TierServicesTest {
 protected:
  static constexpr char kAdmin[] = "ROLE_PROGRAM_ADMIN";
  static std::string Rpc(const std::string& method) { return "TierAdminService/" + method; }
  static v1::TryTierSchemeRequest Trying(const v1::TierScheme& scheme) {
    v1::TryTierSchemeRequest request;
    *request.mutable_scheme() = scheme;
    return request;
  }
};

TEST_F(TierAdminServiceTest, ASchemeIsShownAsItWasSet) {
  v1::TierScheme scheme = Loyalty();
  scheme.set_grace_days(7);
  scheme.set_etag("stale");
  EXPECT_THAT(Call(kAdmin, Rpc("SetTierScheme"), Setting(scheme)),
              HasReason(Reason::kEtagMismatch));
  scheme.clear_etag();
  const auto changed = Must<v1::TierScheme>(Rpc("SetTierScheme"), Setting(scheme));
  EXPECT_EQ(changed.grace_days(), 7);
  EXPECT_EQ(changed.rule_version(), changed.revision());
  EXPECT_TRUE(changed.applying());
  scheme.set_etag(changed.etag());
  EXPECT_THAT(Call(kAdmin, Rpc("SetTierScheme"), Setting(scheme)), IsOk());
}

TEST_F(TierAdminServiceTest, RefusalsNameTheirField) {
  v1::TierScheme scheme = Loyalty();
  scheme.set_notice_days(13);
  EXPECT_THAT(Call(kAdmin, Rpc("SetTierScheme"), Setting(scheme)),
              IsInvalidField("scheme.notice_days"));
  EXPECT_THAT(Call(kAdmin, Rpc("TryTierScheme"), Trying(scheme)),
              IsInvalidField("scheme.notice_days"));
  scheme = Loyalty();
  scheme.set_asset("stars");
  EXPECT_THAT(Call(kAdmin, Rpc("SetTierScheme"), Setting(scheme)), HasReason(Reason::kNotFound));
  EXPECT_THAT(Call(kAdmin, Rpc("TryTierScheme"), Trying(scheme)), HasReason(Reason::kNotFound));
  v1::LockTierStandingRequest lock = Locking(kAda, "lead");
  EXPECT_THAT(Call(kAdmin, Rpc("LockTierStanding"), lock), IsInvalidField("level"));
  lock = Locking(kAda, "bronze");
  lock.clear_reason();
  EXPECT_THAT(Call(kAdmin, Rpc("LockTierStanding"), lock), IsInvalidField("reason"));
  lock = Locking(kAda, "bronze");
  lock.mutable_until_time()->set_seconds(1);
  EXPECT_THAT(Call(kAdmin, Rpc("LockTierStanding"), lock), IsInvalidField("until_time"));
}

TEST_F(TierAdminServiceTest, ADryRunListsWhoWouldMoveOverPagesOfOneRevision) {
  v1::TryTierSchemeRequest request = Trying(Loyalty());
  request.set_page_size(1);
  const auto first = Must<v1::TryTierSchemeResponse>(Rpc("TryTierScheme"), request);
  ASSERT_EQ(first.moves_size(), 1);
  EXPECT_EQ(first.moves(0).to_level(), "bronze");
  EXPECT_EQ(first.moves(0).earned(), 5);
  EXPECT_EQ(first.moves(0).news(), v1::TierStanding::NEWS_PROMOTED);
  request.set_page_token(first.next_page_token());
  const auto second = Must<v1::TryTierSchemeResponse>(Rpc("TryTierScheme"), request);
  ASSERT_EQ(second.moves_size(), 1);
  EXPECT_NE(second.moves(0).member(), first.moves(0).member());
  EXPECT_EQ(second.revision(), first.revision());
  EXPECT_TRUE(second.next_page_token().empty());
  request.mutable_scheme()->mutable_levels(0)->set_at_least(6);
  EXPECT_THAT(Call(kAdmin, Rpc("TryTierScheme"), request), HasReason(Reason::kPageTokenInvalid));
  request.clear_page_token();
  EXPECT_EQ(Must<v1::TryTierSchemeResponse>(Rpc("TryTierScheme"), request).moves_size(), 0);
}

TEST_F(TierAdminServiceTest, ADryRunIsARecordedReadOfThoseWhomItNames) {
  Must<v1::TryTierSchemeResponse>(Rpc("TryTierScheme"), Trying(Loyalty()));
  EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
    const domain::Revision head = reader.journal().Head("acme").value();
    const auto entries = reader.journal().Read("acme", head - 1, 1).value();
    EXPECT_EQ(entries.front().method, Rpc("TryTierScheme"));
    const auto reads = entries.front().changes.records.All<domain::PersonalRead>();
    EXPECT_EQ(reads.size(), 1U);
    EXPECT_EQ(reads.empty() ? 0U : reads.front()->members.size(), 2U);
    return absl::OkStatus();
  }),
              IsOk());
}

TEST_F(TierAdminServiceTest, StaffHoldLevelsAndListWhoIsOnThem) {
  v1::LockTierStandingRequest lock = Locking(kAda, "silver");
  const auto locked = Must<v1::TierStanding>(Rpc("LockTierStanding"), lock);
  EXPECT_EQ(locked.name(), kAda + "/tierStandings/loyalty");
  EXPECT_TRUE(locked.locked());
  EXPECT_FALSE(locked.has_lock_until_time());
  Must<v1::TierStanding>(Rpc("LockTierStanding"), Locking(kBob, "bronze"));
  v1::ListTierStandingsRequest list;
  list.set_parent(kAcme + "/tierSchemes/loyalty");
  list.set_page_size(1);
  const auto page = Must<v1::ListTierStandingsResponse>(Rpc("ListTierStandings"), list);
  ASSERT_EQ(page.standings_size(), 1);
  list.set_page_token(page.next_page_token());
  const auto rest = Must<v1::ListTierStandingsResponse>(Rpc("ListTierStandings"), list);
  ASSERT_EQ(rest.standings_size(), 1);
  EXPECT_NE(rest.standings(0).name(), page.standings(0).name());
  list.clear_page_token();
  list.clear_page_size();
  list.set_level("silver");
  const auto silver = Must<v1::ListTierStandingsResponse>(Rpc("ListTierStandings"), list);
  ASSERT_EQ(silver.standings_size(), 1);
  EXPECT_EQ(silver.standings(0).lock_reason(), "On leave");

  v1::UnlockTierStandingRequest unlock;
  unlock.set_name(locked.name());
  unlock.set_request_id(server.NewRequestId());
  const auto free = Must<v1::TierStanding>(Rpc("UnlockTierStanding"), unlock);
  EXPECT_FALSE(free.locked());
  EXPECT_EQ(free.level(), "silver");
  EXPECT_EQ(free.news(), v1::TierStanding::NEWS_UNLOCKED);
  unlock.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call(kAdmin, Rpc("UnlockTierStanding"), unlock), HasReason(Reason::kIllegalMove));
}

}  // namespace
}  // namespace perigee::tests
