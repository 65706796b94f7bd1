#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/idea/idea.h"
#include "server/domain/record/revision.h"
#include "server/use_cases/decided.h"

namespace perigee::use_cases {

class PersonalGate;
struct Judge;

using DecidedIdea = absl::StatusOr<Decided<domain::Idea>>;
using DecidedVote = absl::StatusOr<Decided<domain::IdeaVote>>;

struct IdeaDraft {
  std::string member;  // The author: an id.
  std::string item;    // An id, or empty.
  std::string title;   // As domain::CheckIdea wants them.
  std::string text;
};
// kNotFound for programme and member (field `parent`), and for an item that is hidden from the
// member; kMemberSuspended, kTooManyIdeas.
DecidedIdea SubmitIdea(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const std::string& program, const IdeaDraft& draft);

// The vote of a member, by id, for an idea. A person has one, whichever member it is cast by.
// kNotFound for the member and for an idea that is hidden from it; kMemberSuspended, kIdeaDecided,
// kOwnIdea, kAlreadyVoted.
DecidedVote VoteForIdea(ports::StoreReader& reader, const ports::UnitContext& unit,
                        const std::string& program, domain::Revision idea,
                        const std::string& member);
// Takes the person's vote back; answers with it. kNotFound, also if there is none;
// kMemberSuspended, kIdeaDecided.
DecidedVote WithdrawVote(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, domain::Revision idea,
                         const std::string& member);

struct IdeaVerdict {
  domain::IdeaMove move{};
  std::string reason{};
  // Of an idea that ships: until then the brand owes thanks to its author.
  std::chrono::days thanks_within = domain::kIdeaThanksDefault;
  std::string etag{};
};
// Moves the idea. One that ships makes a promise of thanks to its author in the same unit.
// kNotFound, also if the author was erased; kInvolved for the author, kEtagMismatch, kInvalidField
// (`reason`), kIllegalMove.
DecidedIdea MoveIdea(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, domain::Revision id, const Judge& judge,
                     const IdeaVerdict& verdict);

// An idea with its votes, as it is shown.
struct CountedIdea {
  domain::Idea idea;
  std::int64_t votes = 0;
};
// The same to a person.
struct SeenIdea {
  CountedIdea counted;
  bool voted = false;  // The person has.
  bool own = false;
};

// Which ideas are listed. Absent: all.
struct IdeaFilter {
  std::optional<std::string> item{};
  std::optional<domain::IdeaState> state{};
};
// The ideas by id, after `after`, that the person may see, at most `limit`: none about a hidden
// item and none whose author was erased. Reads on past those, so that no page tells of them.
absl::StatusOr<std::vector<SeenIdea>> VisibleIdeas(ports::StoreReader& reader,
                                                   const std::string& program, PersonalGate& gate,
                                                   const IdeaFilter& filter, domain::Revision after,
                                                   int limit);
// The person's own ideas by id, those about a hidden item left out.
absl::StatusOr<std::vector<SeenIdea>> OwnIdeas(ports::StoreReader& reader,
                                               const std::string& program, PersonalGate& gate);
// All ideas by id, after `after`, without those whose author was erased.
absl::StatusOr<std::vector<CountedIdea>> AllIdeas(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const IdeaFilter& filter, domain::Revision after,
                                                  int limit);
absl::StatusOr<CountedIdea> Counted(ports::StoreReader& reader, const std::string& program,
                                    domain::Idea idea);

}  // namespace perigee::use_cases
