#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/champion/appointments.h"
#include "server/use_cases/champion/nominations.h"
#include "server/use_cases/champion/titles.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/member/erase_member.h"
#include "server/use_cases/member/merges.h"
#include "tests/jobs/units.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

// A programme with the members ada, bob, cyd and dan and the title `mvp`, whose changes are decided
// by the use cases and written to a real store.
class ChampionsTest : public UnitsTest {
 protected:
  using Move = domain::AppointmentMove;

  ChampionsTest() {
    for (const char* id : {"ada", "bob", "cyd", "dan"}) {
      programme.AddMember(id);
    }
    domain::Title mvp;
    mvp.id = "mvp";
    mvp.display_name = "MVP";
    mvp.nominators = {domain::Nominator::kStaff, domain::Nominator::kPeer,
                      domain::Nominator::kSelf};
    mvp.renewal_days = 30;
    mvp.seats = 2;
    EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::CreateTitle(reader, unit, "demo", mvp);
                }),
                IsOk());
  }

  absl::StatusOr<domain::Title> Change(const std::function<void(domain::Title&)>& change) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::UpdateTitle(reader, unit, "demo", "mvp", {change});
    });
  }
  absl::StatusOr<domain::Appointment> Appoint(const std::string& member,
                                              std::optional<Time> start = std::nullopt) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::Appoint(reader, unit, "demo", {"mvp", member, start});
    });
  }
  absl::StatusOr<domain::Appointment> Renew(const std::string& member, const std::string& id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::RenewAppointment(reader, unit, {"demo", member, id});
    });
  }
  absl::StatusOr<domain::Appointment> Make(Move move, const std::string& member,
                                           const std::string& id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::MoveAppointment(reader, unit, {"demo", member, id}, move, "because");
    });
  }
  absl::StatusOr<domain::Nomination> Nominate(const std::string& nominee,
                                              const std::string& nominator = "",
                                              bool draft = false) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::Nominate(reader, unit, "demo", {"mvp", nominee, nominator, {}, draft});
    });
  }
  absl::StatusOr<domain::Nomination> Submit(const std::string& id, const std::string& nominator) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::SubmitNomination(reader, unit, "demo", id, nominator);
    });
  }
  absl::StatusOr<domain::Nomination> Withdraw(const std::string& id, const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::WithdrawNomination(reader, unit, "demo", id, member);
    });
  }
  absl::StatusOr<domain::Nomination> StartReview(const std::string& id,
                                                 const use_cases::Judge& judge) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::StartReview(reader, unit, "demo", id, judge);
    });
  }
  absl::StatusOr<domain::Nomination> Review(const std::string& id, const use_cases::Judge& judge,
                                            domain::Verdict verdict) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::ReviewNomination(reader, unit, "demo", id, judge, verdict, "because");
    });
  }
  absl::StatusOr<domain::Nomination> Decide(const std::string& id, const use_cases::Judge& judge,
                                            bool accept, const std::string& etag = "") {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::DecideNomination(reader, unit, "demo", id, judge,
                                         {accept, "because", std::nullopt, etag});
    });
  }
  absl::Status Merge(const std::string& into, const std::string& from) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::MergeMembers(reader, unit, {"demo", into, from, ""});
           })
        .status();
  }
  absl::Status Unmerge(const std::string& member) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::UnmergeMember(reader, unit, {"demo", member, ""});
           })
        .status();
  }
  std::vector<std::string> TitlesOf(const std::string& id) {
    std::vector<std::string> titles;
    programme.Read([&](ports::StoreReader& reader) {
      titles = reader.members().Find("demo", id).value().value().titles;
      return absl::OkStatus();
    });
    return titles;
  }
  template <class R>
  std::vector<R> All() {
    std::vector<R> all;
    programme.Read([&](ports::StoreReader& reader) {
      all = reader.records().List<R>("demo", {}, nullptr, 1000).value();
      return absl::OkStatus();
    });
    return all;
  }
  // A judge who is a member, or nobody that a member is.
  use_cases::Judge JudgeNamed(const std::string& member) {
    return {programme.KeyOf(member), {programme.KeyOf(member)}};
  }
  static use_cases::Judge Stranger(std::uint8_t n) {
    use_cases::Judge judge;
    judge.id.bytes = {0xFF, n};
    return judge;
  }
  void Go(Time time) {
    programme.clock.Set(time);
    programme.DoWhatIsDue();
  }
  Time Now() { return programme.clock.Now(); }
};

}  // namespace perigee::tests
