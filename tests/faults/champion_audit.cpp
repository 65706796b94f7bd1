#include "tests/faults/champion_audit.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "tests/faults/programme.h"
#include "tests/faults/sealed_rows.h"

namespace perigee::tests {
namespace {

using Machine = ChampionModel::Machine;

constexpr char kOfProgramme[] = " WHERE program = 'fault'";

// What rules gave, and not staff.
std::string OfRules(const std::string& column, const std::string& of_staff) {
  return absl::StrCat(kOfProgramme, " AND ", column, " <> '", of_staff, "'");
}
std::string OfStaff(const std::string& column, const std::string& of_staff) {
  return absl::StrCat(kOfProgramme, " AND ", column, " = '", of_staff, "'");
}

// How each machine is read: `ID|MEMBER|OF|STATE|REVISION` and more, as ChampionModel has it. Where
// the state follows from facts, the query derives it.
struct Table {
  Machine machine;
  const char* name;
  const char* query;
};
constexpr std::array kTables = {
    Table{Machine::kAsk, "ask",
          "SELECT id, member_key, team, CASE WHEN cancel_time IS NOT NULL THEN 9"
          " WHEN thank_time IS NOT NULL THEN 8 WHEN done_time IS NOT NULL THEN 7"
          " WHEN answer_time IS NOT NULL THEN 5 - accepted WHEN send_time IS NOT NULL THEN 3"
          " WHEN reserve_time IS NOT NULL THEN 2 ELSE 1 END, revision FROM ask"},
    Table{Machine::kThanks, "thanks",
          "SELECT id, giver, receiver, CASE WHEN withdraw_time IS NULL THEN 1 ELSE 2 END, revision"
          " FROM thanks"},
    Table{Machine::kRedemption, "redemption",
          "SELECT id, member_key, reward, state, revision, hold, capture, voiding, reversal"
          " FROM redemption"},
    Table{Machine::kNomination, "nomination",
          "SELECT id, member_key, title, state, revision FROM nomination"},
    Table{Machine::kAppointment, "appointment",
          "SELECT id, member_key, title, CASE WHEN revoke_time IS NOT NULL THEN 8"
          " WHEN resign_time IS NOT NULL THEN 7 ELSE 2 END, revision, nomination FROM appointment"},
    Table{Machine::kContribution, "contribution",
          "SELECT id, member_key, kind, state, revision FROM contribution"},
    Table{Machine::kCredential, "credential",
          "SELECT id, member_key, named, CASE WHEN revoke_time IS NULL THEN 1 ELSE 3 END, revision"
          " FROM credential"},
};

// What the store must never have, whatever was acknowledged. Each query finds the offenders.
struct Limit {
  const char* broken;
  std::string offenders;
};
std::vector<Limit> Limits() {
  const std::string live_title =
      absl::StrCat(" FROM appointment", kOfProgramme,
                   " AND revoke_time IS NULL AND resign_time IS NULL GROUP BY title");
  return {
      {"more asks than the budget are reserved or sent",
       absl::StrCat("SELECT member_key, COUNT(*) FROM ask", kOfProgramme,
                    " AND reserve_time IS NOT NULL AND cancel_time IS NULL"
                    " GROUP BY member_key HAVING COUNT(*) > ",
                    kAskLimit)},
      {"redemptions take more than the stock, or another number than is noted",
       absl::StrCat("SELECT r.id, r.taken FROM reward r WHERE r.program = 'fault' AND (r.taken > ",
                    kStock,
                    " OR r.taken <> (SELECT COUNT(*) FROM redemption o WHERE o.program = r.program"
                    " AND o.reward = r.id AND o.state IN (2, 3, 4)))")},
      {"more appointments than seats are live",
       absl::StrCat("SELECT title, COUNT(*)", live_title, " HAVING COUNT(*) > ", kSeats)},
      {"a member has a title twice",
       absl::StrCat("SELECT member_key, COUNT(*)", live_title, ", member_key HAVING COUNT(*) > 1")},
      {"a link counts twice",
       absl::StrCat("SELECT same_link_index, COUNT(*) FROM contribution", kOfProgramme,
                    " AND state NOT IN (5, 6) GROUP BY same_link_index HAVING COUNT(*) > 1")},
      {"a share waits in vain",
       "SELECT s.contribution, s.idx FROM contribution_share s JOIN contribution c"
       " ON c.program = s.program AND c.id = s.contribution WHERE s.program = 'fault'"
       " AND s.share > 0 AND s.activity = 0 AND c.credit_time IS NULL"},
      {"a badge was revoked, or granted again",
       absl::StrCat("SELECT member_key, badge FROM badge_grant", OfRules("badge", kStaffBadge),
                    " AND (regrants > 0 OR revoke_time IS NOT NULL)")},
      {"a level was lost, locked or about to be lost",
       absl::StrCat("SELECT member_key, scheme FROM tier_standing", OfRules("scheme", kStaffScheme),
                    " AND (level <> '", kTierLevel,
                    "' OR lock_time IS NOT NULL OR notice_time IS NOT NULL)")},
      {"two credentials have one place in a status list",
       absl::StrCat("SELECT list, list_index FROM credential", kOfProgramme,
                    " GROUP BY list, list_index HAVING COUNT(*) > 1")},
  };
}

// No member may have given more thanks than the budget in any month of the programme's zone, UTC.
void CompareThanksBudget(const PlainSql& sql, Findings& findings) {
  std::map<std::pair<std::string, absl::CivilMonth>, int> given;
  for (const std::string& row : sql.Query(absl::StrCat(
           "SELECT giver, create_time FROM thanks", kOfProgramme, " AND withdraw_time IS NULL"))) {
    const std::pair<std::string, std::string> columns = absl::StrSplit(row, '|');
    const absl::Time time = absl::FromUnixMicros(NumberIn(columns.second));
    if (++given[{columns.first, absl::ToCivilMonth(time, absl::UTCTimeZone())}] > kThanksLimit) {
      findings.Report("more thanks than the budget were given: " + row);
    }
  }
}

// Each entry of lists: from `MEMBER|ONE\nTWO` the rows `MEMBER|ONE` and `MEMBER|TWO`.
SqlRows EntriesOf(const SqlRows& lists) {
  SqlRows entries;
  for (const std::string& row : lists) {
    const std::pair<std::string, std::string> columns =
        absl::StrSplit(row, absl::MaxSplits('|', 1));
    const std::vector<std::string> list = absl::StrSplit(columns.second, '\n', absl::SkipEmpty());
    for (const std::string& entry : list) {
      entries.push_back(absl::StrCat(columns.first, "|", entry));
    }
  }
  return entries;
}

// Reports the rows that are not among the expected ones.
void CompareWithin(const std::string& what, const SqlRows& rows, const SqlRows& expected,
                   Findings& findings) {
  for (const std::string& row : rows) {
    if (std::ranges::find(expected, row) == expected.end()) {
      findings.Report(absl::StrCat(what, " ", row));
    }
  }
}

// A redemption that is held or approved has exactly one open hold, and no other one has any.
void CompareHolds(const PlainSql& sql, Findings& findings) {
  findings.Compare(
      "open holds of redemptions",
      sql.Query("SELECT t.revision || '-' || t.idx FROM transfer t WHERE t.program = 'fault'"
                " AND t.kind = 2 AND t.credit_account = 'spent' AND NOT EXISTS (SELECT 1"
                " FROM transfer e WHERE e.program = t.program"
                " AND e.original_revision = t.revision AND e.original_idx = t.idx)"),
      sql.Query(absl::StrCat("SELECT hold FROM redemption", kOfProgramme, " AND state IN (2, 3)")));
}

// The reasons for which limits, and the moves of other clients, refuse a request.
struct LimitsOf {
  using Reasons = std::set<std::string>;
  Reasons operator()(const v1::ProposeAskRequest&) const { return {"ASK_BUDGET_SPENT"}; }
  Reasons operator()(const v1::ReserveAskRequest&) const { return {"ASK_BUDGET_SPENT"}; }
  // Who has opted out of boards is hidden.
  Reasons operator()(const v1::GiveThanksRequest&) const {
    return {"THANKS_BUDGET_SPENT", "NOT_FOUND"};
  }
  Reasons operator()(const v1::RedeemRequest&) const { return {"REWARD_OUT_OF_STOCK"}; }
  // Clients share the open nomination of a member.
  Reasons operator()(const v1::NominateRequest&) const { return {"ALREADY_EXISTS"}; }
  Reasons operator()(const v1::StartReviewRequest&) const { return {"ILLEGAL_MOVE"}; }
  Reasons operator()(const v1::DecideNominationRequest&) const {
    return {"NO_SEAT_LEFT", "ALREADY_EXISTS"};
  }
  Reasons operator()(const v1::CreateAppointmentRequest&) const {
    return {"NO_SEAT_LEFT", "ALREADY_EXISTS"};
  }
  Reasons operator()(const v1::SubmitContributionRequest&) const {
    return {"DUPLICATE_CONTRIBUTION"};
  }
  // Another client gave the badge, or ended the lock.
  Reasons operator()(const v1::GrantBadgeRequest&) const { return {"ILLEGAL_MOVE"}; }
  Reasons operator()(const v1::UnlockTierStandingRequest&) const { return {"ILLEGAL_MOVE"}; }
  Reasons operator()(const v1::IssueCredentialRequest&) const {
    return {"NO_TITLE_HELD", "TOO_MANY_CREDENTIALS"};
  }
  // The end of an appointment revokes what tells of it.
  Reasons operator()(const v1::RevokeCredentialRequest&) const { return {"ILLEGAL_MOVE"}; }
  Reasons operator()(const auto&) const { return {}; }
};

}  // namespace

void ChampionAudit::Judge(const Write& refused, Findings& findings) {
  const auto* const request = std::get_if<ChampionRequest>(&refused.request);
  const std::string reason = ReasonOf(refused.answer.status);
  if (request != nullptr && !std::visit(LimitsOf{}, *request).contains(reason)) {
    findings.Report(absl::StrCat(
        std::visit([](const auto& message) { return message.ShortDebugString(); }, *request),
        " was refused: ", reason, ": ", refused.answer.status.error_message()));
  }
}

std::set<std::int64_t> ChampionAudit::Follow(const PlainSql& sql, std::int64_t after) {
  std::set<std::int64_t> own;
  for (const std::string& row :
       sql.Query(absl::StrCat("SELECT contribution, idx, activity FROM contribution_share",
                              kOfProgramme, " AND activity > ", after, " ORDER BY activity"))) {
    const std::vector<std::string> columns = absl::StrSplit(row, '|');
    if (model_.Credit(NumberIn(columns[0]), static_cast<std::size_t>(NumberIn(columns[1])),
                      NumberIn(columns[2]))) {
      own.insert(NumberIn(columns[2]));
    }
  }
  // The server also notes on a badge and on a scheme that it was applied to everybody.
  const std::string badges = absl::StrCat("badge_grant", OfRules("badge", kStaffBadge));
  const std::string tiers = absl::StrCat("tier_standing", OfRules("scheme", kStaffScheme));
  for (const std::string& table : {badges, tiers, absl::StrCat("badge", kOfProgramme),
                                   absl::StrCat("tier_scheme", kOfProgramme)}) {
    for (const std::string& row :
         sql.Query(absl::StrCat("SELECT revision FROM ", table, " AND revision > ", after))) {
      own.insert(NumberIn(row));
    }
  }
  return own;
}

SqlRows ChampionAudit::Activities(const std::map<std::string, domain::Member>& members,
                                  std::int64_t after) const {
  SqlRows activities;
  for (const std::int64_t thanks : model_.ThanksAfter(after)) {
    activities.push_back(absl::StrCat("perigee.thanks|", thanks, "|", thanks));
  }
  std::map<std::string, std::string> keys;
  for (const auto& [key, member] : members) {
    keys[member.id] = key;
  }
  for (const auto& [contribution, authors] : model_.shares()) {
    for (const ChampionModel::Share& author : authors) {
      if (author.activity > after) {
        activities.push_back(absl::StrCat("contributions|", contribution, "-", keys[author.member],
                                          "|", author.activity));
      }
    }
  }
  return activities;
}

void ChampionAudit::Compare(const PlainSql& sql,
                            const std::map<std::string, domain::Member>& members,
                            Findings& findings) const {
  CompareHolds(sql, findings);
  CompareThanksBudget(sql, findings);
  for (const Limit& limit : Limits()) {
    for (const std::string& row : sql.Query(limit.offenders)) {
      findings.Report(absl::StrCat(limit.broken, ": ", row));
    }
  }
  const auto rows = [&](const std::string& query) {
    return WithIds(members, sql.Query(query + kOfProgramme));
  };
  for (const Table& table : kTables) {
    findings.Compare(table.name, rows(table.query), model_.Rows(table.machine));
  }
  findings.Compare("nomination_voice",
                   rows("SELECT id, nomination, member_key, nominator FROM nomination_voice"),
                   model_.voices());
  findings.Compare("nomination_review",
                   rows("SELECT id, nomination, member_key, verdict FROM nomination_review"),
                   model_.reviews());
  SqlRows shares;
  for (const auto& [contribution, authors] : model_.shares()) {
    for (std::size_t i = 0; i < authors.size(); ++i) {
      shares.push_back(absl::StrJoin(
          std::tuple(contribution, i, authors[i].member, authors[i].share, authors[i].activity),
          "|"));
    }
  }
  findings.Compare(
      "contribution_share",
      rows("SELECT contribution, idx, member_key, share, activity FROM contribution_share"),
      shares);
  CompareRecognition(sql, members, findings);
}

void ChampionAudit::CompareRecognition(const PlainSql& sql,
                                       const std::map<std::string, domain::Member>& members,
                                       Findings& findings) const {
  const auto rows = [&](const std::string& query) { return WithIds(members, sql.Query(query)); };
  CompareWithin("nobody earned the badge",
                rows(absl::StrCat("SELECT member_key, badge FROM badge_grant",
                                  OfRules("badge", kStaffBadge))),
                model_.EarnedBadges(), findings);
  CompareWithin("nobody ever earned the tier", TiersOfRules(sql, members), model_.TiersOnceEarned(),
                findings);
  findings.Compare("badges by staff",
                   rows(absl::StrCat("SELECT member_key, CASE WHEN revoke_time IS NULL"
                                     " THEN 1 + by_staff ELSE 4 END, revision, regrants"
                                     " FROM badge_grant",
                                     OfStaff("badge", kStaffBadge))),
                   model_.StaffBadges());
  findings.Compare(
      "tiers by staff",
      rows(absl::StrCat("SELECT member_key, CASE WHEN lock_time IS NULL THEN 0 ELSE 1 END,"
                        " revision FROM tier_standing",
                        OfStaff("scheme", kStaffScheme), " AND level = '", kTierLevel, "'")),
      model_.StaffTiers());
  // A unit changes what a member has together with the member.
  findings.Compare(
      "badges of members",
      EntriesOf(rows(absl::StrCat("SELECT member_key, badges FROM member", kOfProgramme))),
      rows(absl::StrCat("SELECT member_key, badge FROM badge_grant", kOfProgramme,
                        " AND revoke_time IS NULL")));
  findings.Compare(
      "tiers of members",
      EntriesOf(rows(absl::StrCat("SELECT member_key, tiers FROM member", kOfProgramme))),
      rows(absl::StrCat("SELECT member_key, scheme || '/' || level FROM tier_standing",
                        kOfProgramme)));
}

SqlRows ChampionAudit::TiersOfRules(const PlainSql& sql,
                                    const std::map<std::string, domain::Member>& members) {
  return WithIds(members, sql.Query(absl::StrCat("SELECT member_key, scheme FROM tier_standing",
                                                 OfRules("scheme", kStaffScheme))));
}

bool ChampionAudit::IsSettled(const PlainSql& sql) const {
  const SqlRows tiers = TiersOfRules(sql, ReadMembers(sql));
  const bool promoted = std::ranges::all_of(model_.EarnedTiers(), [&](const std::string& earned) {
    return std::ranges::find(tiers, earned) != tiers.end();
  });
  const SqlRows waiting = sql.Query(
      absl::StrCat("SELECT id FROM contribution", kOfProgramme, " AND credit_time IS NOT NULL"));
  const SqlRows granted =
      sql.Query(absl::StrCat("SELECT badge FROM badge_grant", OfRules("badge", kStaffBadge)));
  return promoted && waiting.empty() && granted.size() == model_.EarnedBadges().size();
}

}  // namespace perigee::tests
