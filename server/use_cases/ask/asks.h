#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/ask/ask.h"
#include "server/domain/ask/ask_budget.h"
#include "server/domain/member/member.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

using DecidedAsk = absl::StatusOr<Decided<domain::Ask>>;

// What to ask whom for, within the limits of domain::CheckAsk.
struct AskDraft {
  std::string member;
  std::string team;
  std::string kind;
  std::string text;
  // How far it goes at once: kProposed, kReserved or kSent.
  domain::AskState up_to = domain::AskState::kProposed;
};
// An ask by its member's id and its own.
struct AskPlace {
  std::string program;
  std::string member;
  std::string id;
};
// What a member agrees to be asked for.
struct AskTerms {
  bool do_not_ask = false;
  // Within the limits of domain::CheckAskLimit. Absent: as many as the programme allows.
  std::optional<int> limit;
};
// What a team may know before it asks.
struct AskOutlook {
  domain::Member member;  // That stands for the person.
  domain::AskBudget budget;
  bool may_be_asked = false;
};

// Each unit reads the asks of all members of the person and decides, so that two cannot reserve the
// last place.

// kNotFound for programme and member. If it is reserved at once, also kAskRefused and
// kAskBudgetSpent.
DecidedAsk ProposeAsk(ports::StoreReader& reader, const ports::UnitContext& unit,
                      const std::string& program, const AskDraft& draft);
// A move of the programme: any but an answer. kNotFound, kIllegalMove; kReserve and kSend also
// kAskRefused and kAskBudgetSpent.
DecidedAsk MoveAsk(ports::StoreReader& reader, const ports::UnitContext& unit,
                   const AskPlace& place, domain::AskMove move);
// The member's answer: kAccept or kDecline. kNotFound, also if it was not sent; kIllegalMove.
DecidedAsk AnswerAsk(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const AskPlace& place, domain::AskMove answer, const std::string& reason);

// Sets the terms of all members of the person. Changes nothing if they are so. kNotFound.
absl::StatusOr<Decided<domain::Member>> SetAskTerms(ports::StoreReader& reader,
                                                    const ports::UnitContext& unit,
                                                    const std::string& program,
                                                    const std::string& member,
                                                    const AskTerms& terms);

// kNotFound.
absl::StatusOr<AskOutlook> ReadAskOutlook(ports::StoreReader& reader, const std::string& program,
                                          const std::string& member, Time now);

}  // namespace perigee::use_cases
