#include "server/use_cases/idea/ideas.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/idea/idea_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/idea/item_views.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/judge.h"
#include "server/use_cases/lookup.h"
#include "server/use_cases/thanks/promises.h"

namespace perigee::use_cases {
namespace {

using domain::Idea;
using domain::IdeaVote;
using domain::Member;
using domain::MemberKey;

absl::Status NoIdea(const std::string& program, domain::Revision id) {
  return NotFound(FormatName(kIdeaPattern, {program, absl::StrCat(id)}));
}

// An idea whose author is there.
absl::StatusOr<Idea> RequireIdea(ports::StoreReader& reader, const std::string& program,
                                 domain::Revision id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  Idea like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Idea> found, reader.records().Find(program, like));
  if (!found.has_value()) {
    return NoIdea(program, id);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> author,
                           reader.members().FindByKeys(program, {&found->member, 1}));
  return author.empty() ? NoIdea(program, id) : absl::StatusOr<Idea>(*std::move(found));
}

// The gate of a person who acts, and the member by which it does.
struct Actor {
  PersonalGate gate;
  MemberKey named;

  bool Is(const MemberKey& member) const {
    return std::ranges::find(gate.members(), member) != gate.members().end();
  }
};

// kNotFound (field `field`), kMemberSuspended.
absl::StatusOr<Actor> RequireActor(ports::StoreReader& reader, const ports::UnitContext& unit,
                                   const std::string& program, const std::string& member,
                                   std::string_view field) {
  PERIGEE_ASSIGN_OR_RETURN(const Member person, RequireMember(reader, program, member, field));
  PERIGEE_ASSIGN_OR_RETURN(const Member named, RequireNamedMember(reader, program, member, field));
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(reader, program, person, unit.now));
  if (gate.member().standing == domain::Standing::kSuspended) {
    return Error(Reason::kMemberSuspended, "member " + member + " is suspended",
                 {{"member", member}});
  }
  return Actor{std::move(gate), named.key};
}

// The idea if the person may see it.
absl::StatusOr<Idea> RequireVisible(ports::StoreReader& reader, const std::string& program,
                                    domain::Revision id, PersonalGate& gate) {
  PERIGEE_ASSIGN_OR_RETURN(Idea idea, RequireIdea(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(const bool is_open, ItemViews(gate).IsOpen(idea.item));
  return is_open ? absl::StatusOr<Idea>(std::move(idea)) : NoIdea(program, id);
}

// The votes of a person for an idea: more than one if members were merged since.
absl::StatusOr<std::vector<IdeaVote>> VotesOf(ports::StoreReader& reader,
                                              const std::string& program,
                                              const std::vector<MemberKey>& members,
                                              domain::Revision idea) {
  std::vector<IdeaVote> votes;
  for (const MemberKey& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<IdeaVote> found,
                             reader.records().Find(program, IdeaVote{member, idea, {}, 0}));
    if (found.has_value()) {
      votes.push_back(*std::move(found));
    }
  }
  return votes;
}

absl::StatusOr<CountedIdea> CountedAs(ports::StoreReader& reader, const std::string& program,
                                      const domain::MergedMembers& merged, Idea idea) {
  CountedIdea counted;
  PERIGEE_ASSIGN_OR_RETURN(counted.votes,
                           reader.ideas().CountVotes(program, idea.id, merged.HeadOf(idea.member)));
  counted.idea = std::move(idea);
  return counted;
}

absl::StatusOr<SeenIdea> Seen(ports::StoreReader& reader, const std::string& program,
                              const domain::MergedMembers& merged, const PersonalGate& gate,
                              Idea idea) {
  SeenIdea seen;
  seen.own = std::ranges::find(gate.members(), idea.member) != gate.members().end();
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<IdeaVote> votes,
                           VotesOf(reader, program, gate.members(), idea.id));
  seen.voted = !seen.own && !votes.empty();
  PERIGEE_ASSIGN_OR_RETURN(seen.counted, CountedAs(reader, program, merged, std::move(idea)));
  return seen;
}

// Calls `take`, Idea → StatusOr<bool>, for the ideas by id whose author is there, until it answers
// false.
template <class Take>
absl::Status Walk(ports::StoreReader& reader, const std::string& program, const IdeaFilter& filter,
                  domain::Revision after, const Take& take) {
  constexpr int kPage = 200;
  std::vector<ports::FieldIs> conditions;
  if (filter.item.has_value()) {
    conditions.push_back({"item", *filter.item});
  } else if (filter.state.has_value()) {
    conditions.push_back({"state", static_cast<std::int64_t>(*filter.state)});
  }
  Idea last;
  last.id = after;
  std::vector<Idea> page;
  do {
    PERIGEE_ASSIGN_OR_RETURN(page, reader.records().List<Idea>(program, conditions, &last, kPage));
    std::vector<MemberKey> keys;
    for (const Idea& idea : page) {
      keys.push_back(idea.member);
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> found,
                             reader.members().FindByKeys(program, keys));
    std::set<MemberKey> there;
    for (const Member& member : found) {
      there.insert(member.key);
    }
    for (const Idea& idea : page) {
      last.id = idea.id;
      if (!there.contains(idea.member) ||
          (filter.state.has_value() && idea.state != *filter.state)) {
        continue;
      }
      PERIGEE_ASSIGN_OR_RETURN(const bool goes_on, take(idea));
      if (!goes_on) {
        return absl::OkStatus();
      }
    }
  } while (std::cmp_equal(page.size(), kPage));
  return absl::OkStatus();
}

}  // namespace

DecidedIdea SubmitIdea(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const std::string& program, const IdeaDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(Actor actor,
                           RequireActor(reader, unit, program, draft.member, "parent"));
  if (!draft.item.empty()) {
    PERIGEE_RETURN_IF_ERROR(actor.gate.Require(draft.item).status());
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Idea> own,
                           AllRecordsOf<Idea>(reader, program, actor.gate.members()));
  if (std::ranges::count_if(own, [](const Idea& idea) { return !domain::IsDecided(idea); }) >=
      domain::kOpenIdeasMax) {
    return Error(Reason::kTooManyIdeas,
                 absl::StrCat(domain::kOpenIdeasMax, " ideas of the person wait for a decision"),
                 {{"limit", absl::StrCat(domain::kOpenIdeasMax)}});
  }
  Idea idea;
  idea.id = idea.revision = unit.revision;
  idea.member = actor.named;
  idea.item = draft.item;
  idea.title = draft.title;
  idea.text = draft.text;
  idea.create_time = unit.now;
  return Put(std::move(idea));
}

DecidedVote VoteForIdea(ports::StoreReader& reader, const ports::UnitContext& unit,
                        const std::string& program, domain::Revision id,
                        const std::string& member) {
  PERIGEE_ASSIGN_OR_RETURN(Actor actor, RequireActor(reader, unit, program, member, "member"));
  PERIGEE_ASSIGN_OR_RETURN(const Idea idea, RequireVisible(reader, program, id, actor.gate));
  PERIGEE_RETURN_IF_ERROR(domain::CheckVote(idea, actor.Is(idea.member)));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<IdeaVote> votes,
                           VotesOf(reader, program, actor.gate.members(), id));
  if (!votes.empty()) {
    return Error(Reason::kAlreadyVoted, absl::StrCat("the person has voted for idea ", id),
                 {{"idea", absl::StrCat(id)}});
  }
  return Put(IdeaVote{actor.named, id, unit.now, unit.revision});
}

DecidedVote WithdrawVote(ports::StoreReader& reader, const ports::UnitContext& unit,
                         const std::string& program, domain::Revision id,
                         const std::string& member) {
  PERIGEE_ASSIGN_OR_RETURN(Actor actor, RequireActor(reader, unit, program, member, "member"));
  PERIGEE_ASSIGN_OR_RETURN(const Idea idea, RequireVisible(reader, program, id, actor.gate));
  // A vote from before a merge made it one's own may go.
  PERIGEE_RETURN_IF_ERROR(domain::CheckVote(idea, false));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<IdeaVote> votes,
                           VotesOf(reader, program, actor.gate.members(), id));
  if (votes.empty()) {
    return NoIdea(program, id);
  }
  Decided<IdeaVote> decided{votes.front(), {}};
  decided.value.revision = unit.revision;
  for (const IdeaVote& vote : votes) {
    decided.changes.records.Delete(vote);
  }
  return decided;
}

DecidedIdea MoveIdea(ports::StoreReader& reader, const ports::UnitContext& unit,
                     const std::string& program, domain::Revision id, const Judge& judge,
                     const IdeaVerdict& verdict) {
  PERIGEE_ASSIGN_OR_RETURN(Idea idea, RequireIdea(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  if (IsThePerson(judge, merged, idea.member)) {
    return Error(Reason::kInvolved, "the caller is the author and may not judge",
                 {{"idea", absl::StrCat(id)}});
  }
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(verdict.etag, idea.revision));
  PERIGEE_RETURN_IF_ERROR(domain::Make(verdict.move, verdict.reason, unit.now, idea));
  domain::Changes changes;
  if (verdict.move == domain::IdeaMove::kShip) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> author,
                             reader.members().FindByKeys(program, {&idea.member, 1}));
    PromiseDraft owed;
    owed.member = author.front().id;
    owed.kind = domain::PromiseKind::kThanks;
    owed.text = domain::ThanksOwedFor(idea);
    owed.due_time = unit.now + verdict.thanks_within;
    owed.made_by = judge.id;
    PERIGEE_ASSIGN_OR_RETURN(Decided<domain::Promise> promise,
                             MakePromise(reader, unit, program, owed));
    idea.promise = promise.value.id;
    changes = std::move(promise.changes);
  }
  idea.revision = unit.revision;
  changes.records.Put(idea);
  return Decided<Idea>{std::move(idea), std::move(changes)};
}

absl::StatusOr<CountedIdea> Counted(ports::StoreReader& reader, const std::string& program,
                                    Idea idea) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  return CountedAs(reader, program, merged, std::move(idea));
}

absl::StatusOr<std::vector<SeenIdea>> VisibleIdeas(ports::StoreReader& reader,
                                                   const std::string& program, PersonalGate& gate,
                                                   const IdeaFilter& filter, domain::Revision after,
                                                   int limit) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  std::vector<SeenIdea> visible;
  ItemViews items(gate);
  const auto take = [&](const Idea& idea) -> absl::StatusOr<bool> {
    PERIGEE_ASSIGN_OR_RETURN(const bool is_open, items.IsOpen(idea.item));
    if (is_open) {
      PERIGEE_ASSIGN_OR_RETURN(SeenIdea seen, Seen(reader, program, merged, gate, idea));
      visible.push_back(std::move(seen));
    }
    return std::cmp_less(visible.size(), limit);
  };
  PERIGEE_RETURN_IF_ERROR(Walk(reader, program, filter, after, take));
  return visible;
}

absl::StatusOr<std::vector<SeenIdea>> OwnIdeas(ports::StoreReader& reader,
                                               const std::string& program, PersonalGate& gate) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Idea> all,
                           AllRecordsOf<Idea>(reader, program, gate.members()));
  std::ranges::sort(all, {}, &Idea::id);
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  std::vector<SeenIdea> own;
  ItemViews items(gate);
  for (Idea& idea : all) {
    PERIGEE_ASSIGN_OR_RETURN(const bool is_open, items.IsOpen(idea.item));
    if (is_open) {
      PERIGEE_ASSIGN_OR_RETURN(SeenIdea seen, Seen(reader, program, merged, gate, std::move(idea)));
      own.push_back(std::move(seen));
    }
  }
  return own;
}

absl::StatusOr<std::vector<CountedIdea>> AllIdeas(ports::StoreReader& reader,
                                                  const std::string& program,
                                                  const IdeaFilter& filter, domain::Revision after,
                                                  int limit) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  std::vector<CountedIdea> all;
  const auto take = [&](const Idea& idea) -> absl::StatusOr<bool> {
    PERIGEE_ASSIGN_OR_RETURN(CountedIdea counted, CountedAs(reader, program, merged, idea));
    all.push_back(std::move(counted));
    return std::cmp_less(all.size(), limit);
  };
  PERIGEE_RETURN_IF_ERROR(Walk(reader, program, filter, after, take));
  return all;
}

}  // namespace perigee::use_cases
