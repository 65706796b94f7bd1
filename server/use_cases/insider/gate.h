#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/gate.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/seat.h"
#include "server/domain/member/member.h"
#include "server/domain/member/member_key.h"
#include "server/domain/member/merged_members.h"

namespace perigee::ports {
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// kNotFound, for staff and for members alike.
absl::StatusOr<domain::InsiderItem> RequireItem(ports::StoreReader& reader,
                                                const std::string& program, const std::string& id);

// An item, and why a person may read it.
struct OpenItem {
  domain::InsiderItem item;
  domain::GateOutcome outcome{};
};

// What the gates of several persons read alike from one view of a programme, each thing once.
// `reader` must outlive it. Not for several threads.
class GateGround {
 public:
  GateGround(ports::StoreReader& reader, std::string program)
      : reader_(reader), program_(std::move(program)) {}

  absl::StatusOr<const domain::MergedMembers*> Merged();
  // Null if there is none.
  absl::StatusOr<const domain::Agreement*> AgreementOf(const std::string& id);
  // All claims to a seat of the item, by id.
  absl::StatusOr<const std::vector<domain::Seat>*> ClaimsTo(const std::string& item);

  ports::StoreReader& reader() { return reader_; }
  const std::string& program() const { return program_; }

 private:
  ports::StoreReader& reader_;
  const std::string program_;
  std::optional<domain::MergedMembers> merged_;
  std::map<std::string, std::optional<domain::Agreement>> agreements_;
  std::map<std::string, std::vector<domain::Seat>> claims_;  // By item.
};

// The gate for one person, over one view and at one instant. What it reads of the person and of
// what items share, it reads once. `reader` must outlive it.
class PersonalGate {
 public:
  // `member` is one of the members that are the person.
  static absl::StatusOr<PersonalGate> Of(ports::StoreReader& reader, const std::string& program,
                                         const domain::Member& member, Time now);
  // The same over a view that others look at too.
  static absl::StatusOr<PersonalGate> Of(std::shared_ptr<GateGround> ground,
                                         const domain::Member& member, Time now);

  absl::StatusOr<domain::GateOutcome> Ask(const domain::InsiderItem& item);
  // The item of that id if it is open for the person. kNotFound for one that is closed, exactly as
  // for one that is not there.
  absl::StatusOr<OpenItem> Require(const std::string& item);
  // Whether the person is in an audience of an item.
  absl::StatusOr<bool> IsIn(const std::string& audience);

  const domain::Member& member() const { return member_; }
  // All members that are the person, the head first.
  const std::vector<domain::MemberKey>& members() const { return members_; }
  Time now() const { return now_; }

 private:
  PersonalGate(std::shared_ptr<GateGround> ground, domain::Member member,
               std::vector<domain::MemberKey> members, Time now);

  // All of the person, of that agreement.
  absl::StatusOr<std::span<const domain::Acceptance>> AcceptancesOf(const std::string& agreement);

  std::shared_ptr<GateGround> ground_;
  domain::Member member_;  // As it is at `now_`.
  std::vector<domain::MemberKey> members_;
  Time now_;
  std::map<std::string, bool> is_in_;  // By the text of the audience.
  std::optional<std::map<std::string, std::vector<domain::Acceptance>>> acceptances_;
};

}  // namespace perigee::use_cases
