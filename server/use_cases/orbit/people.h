#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/member/member_key.h"
#include "server/use_cases/orbit/census.h"
#include "server/use_cases/orbit/person_deeds.h"

namespace perigee::ports {
class Store;
}  // namespace perigee::ports

namespace perigee::use_cases {

// A person of a programme, as its head.
struct Person {
  domain::MemberKey head;
  Time join_time{};
  Time leave_time = kEndOfTime;
  bool staff = false;
  bool hidden = false;
  bool suspended = false;
  bool paused = false;
};

// All persons of a programme. Takes some 40 bytes for each.
class People {
 public:
  using Visit = absl::FunctionRef<void(const Person& person, const PersonDeeds& deeds)>;

  // `named`: see OrbitSetting::Of.
  static absl::StatusOr<People> Load(const ports::Store& store, const std::string& program,
                                     Time now, const GoesOn& goes_on,
                                     std::span<const std::string> named = {});

  const OrbitSetting& setting() const { return setting_; }
  // Those who are here, by head.
  const std::vector<Person>& persons() const { return persons_; }
  // Null if there is no such person.
  const Person* Find(const domain::MemberKey& head) const;
  // Visits those who are here.
  absl::Status VisitPresent(const ports::Store& store, const GoesOn& goes_on, Visit visit) const;
  // Visits those who left after `time`.
  absl::Status VisitDeparted(const ports::Store& store, Time time, const GoesOn& goes_on,
                             Visit visit) const;

 private:
  explicit People(OrbitSetting setting) : setting_(std::move(setting)) {}

  absl::Status LoadPersons(const ports::Store& store, Time now, const GoesOn& goes_on);
  absl::Status LoadMerged(const ports::Store& store);
  absl::Status LoadRoles(const ports::Store& store, Time now);

  OrbitSetting setting_;
  std::vector<Person> persons_;  // By head.
};

}  // namespace perigee::use_cases
