#include "server/use_cases/idea/feedback.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/program/program.h"
#include "server/ports/insider/item_read_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/idea/item_views.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Feedback;
using domain::InsiderItem;
using domain::Member;
using domain::MemberKey;

absl::StatusOr<std::int32_t> RequireVersion(const InsiderItem& item, std::int32_t asked) {
  const std::int32_t version = asked == 0 ? item.version : asked;
  if (version < 1 || version > item.version) {
    return InvalidField("feedback.version", "is no version of this item");
  }
  return version;
}

// Those whose members are there.
absl::StatusOr<std::vector<Feedback>> OfThoseThere(ports::StoreReader& reader,
                                                   const std::string& program,
                                                   std::vector<Feedback> feedback) {
  std::vector<MemberKey> keys;
  for (const Feedback& one : feedback) {
    keys.push_back(one.member);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> found,
                           reader.members().FindByKeys(program, keys));
  std::set<MemberKey> there;
  for (const Member& member : found) {
    there.insert(member.key);
  }
  std::erase_if(feedback, [&](const Feedback& one) { return !there.contains(one.member); });
  return feedback;
}

// The persons who are there and were shown the body of the version; of any if it is 0.
absl::StatusOr<std::set<MemberKey>> ReadersOf(ports::StoreReader& reader,
                                              const std::string& program, const std::string& item,
                                              std::int32_t version,
                                              const domain::MergedMembers& merged) {
  constexpr int kAtOnce = 1000;
  std::set<MemberKey> readers;
  ports::VersionReader last{version, {}};
  std::vector<ports::VersionReader> page;
  do {
    PERIGEE_ASSIGN_OR_RETURN(page, reader.item_reads().Readers(program, item, last, kAtOnce));
    std::vector<MemberKey> keys;
    for (const ports::VersionReader& one : page) {
      if (version == 0 || one.version == version) {
        keys.push_back(one.member);
      }
      last = one;
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<Member> found,
                             reader.members().FindByKeys(program, keys));
    for (const Member& member : found) {
      readers.insert(merged.HeadOf(member.key));
    }
  } while (std::cmp_equal(page.size(), kAtOnce) && (version == 0 || last.version == version));
  return readers;
}

}  // namespace

DecidedFeedback GiveFeedback(ports::StoreReader& reader, const ports::UnitContext& unit,
                             const std::string& program, const FeedbackDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const Member person,
                           RequireMember(reader, program, draft.member, "parent"));
  PERIGEE_ASSIGN_OR_RETURN(const Member named,
                           RequireNamedMember(reader, program, draft.member, "parent"));
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(reader, program, person, unit.now));
  PERIGEE_ASSIGN_OR_RETURN(const OpenItem open, gate.Require(draft.item));
  Feedback feedback;
  PERIGEE_ASSIGN_OR_RETURN(feedback.version, RequireVersion(open.item, draft.version));
  feedback.id = unit.revision;
  feedback.member = named.key;
  feedback.item = draft.item;
  feedback.create_time = unit.now;
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Feedback> own,
                           AllRecordsOf<Feedback>(reader, program, gate.members()));
  const auto before = std::ranges::find_if(own, [&](const Feedback& one) {
    return one.item == feedback.item && one.version == feedback.version;
  });
  if (before != own.end()) {
    feedback = *before;
  }
  feedback.ratings = draft.ratings;
  feedback.text = draft.text;
  PERIGEE_RETURN_IF_ERROR(domain::CheckFeedback(feedback, open.item.questions));
  feedback.update_time = unit.now;
  feedback.revision = unit.revision;
  return Put(std::move(feedback));
}

absl::StatusOr<Decided<InsiderItem>> SetFeedbackQuestions(
    ports::StoreReader& reader, const ports::UnitContext& unit, const std::string& program,
    const std::string& id, std::vector<domain::ItemQuestion> questions, const std::string& etag) {
  PERIGEE_ASSIGN_OR_RETURN(InsiderItem item, RequireItem(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::CheckEtag(etag, item.edit_revision));
  item.questions = std::move(questions);
  item.edit_revision = item.revision = unit.revision;
  return Put(std::move(item));
}

absl::StatusOr<std::vector<Feedback>> OwnFeedback(ports::StoreReader& reader,
                                                  const std::string& program, PersonalGate& gate) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Feedback> all,
                           AllRecordsOf<Feedback>(reader, program, gate.members()));
  std::ranges::sort(all, {}, &Feedback::id);
  std::vector<Feedback> own;
  ItemViews items(gate);
  for (Feedback& one : all) {
    PERIGEE_ASSIGN_OR_RETURN(const bool is_open, items.IsOpen(one.item));
    if (is_open) {
      own.push_back(std::move(one));
    }
  }
  return own;
}

absl::StatusOr<FeedbackSummary> SummarizeFeedback(ports::StoreReader& reader,
                                                  const std::string& program, const std::string& id,
                                                  std::int32_t version) {
  PERIGEE_ASSIGN_OR_RETURN(const InsiderItem item, RequireItem(reader, program, id));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<Feedback> all,
                           AllRecords<Feedback>(reader, program, {"item", id}));
  if (version != 0) {
    std::erase_if(all, [&](const Feedback& one) { return one.version != version; });
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Feedback> there,
                           OfThoseThere(reader, program, std::move(all)));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  std::set<MemberKey> persons;
  FeedbackSummary summary;
  for (const Feedback& one : there) {
    persons.insert(merged.HeadOf(one.member));
    summary.texts += one.text.empty() ? 0 : 1;
  }
  summary.questions = item.questions;
  summary.ratings = domain::CountRatings(there);
  summary.feedback = static_cast<std::int64_t>(there.size());
  summary.persons = static_cast<std::int64_t>(persons.size());
  PERIGEE_ASSIGN_OR_RETURN(const std::set<MemberKey> readers,
                           ReadersOf(reader, program, id, version, merged));
  summary.readers = static_cast<std::int64_t>(readers.size());
  return summary;
}

}  // namespace perigee::use_cases
