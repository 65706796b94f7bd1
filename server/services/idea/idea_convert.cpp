#include "server/services/idea/idea_convert.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

using domain::RatingCounts;

std::string Numbered(std::string_view pattern, const std::string& program, domain::Revision id) {
  return id == 0 ? std::string() : FormatName(pattern, {program, absl::StrCat(id)});
}

std::string ItemName(const std::string& program, const std::string& item) {
  return item.empty() ? std::string() : FormatName(kItemPattern, {program, item});
}

v1::Idea Common(const std::string& program, const use_cases::CountedIdea& counted) {
  const domain::Idea& idea = counted.idea;
  v1::Idea out;
  out.set_name(Numbered(kIdeaPattern, program, idea.id));
  out.set_item(ItemName(program, idea.item));
  out.set_state(static_cast<v1::Idea::State>(idea.state));
  out.set_title(idea.title);
  out.set_text(idea.text);
  out.set_reason(idea.reason);
  *out.mutable_create_time() = ToTimestamp(idea.create_time);
  if (idea.decide_time.has_value()) {
    *out.mutable_decide_time() = ToTimestamp(*idea.decide_time);
  }
  out.set_votes(counted.votes);
  out.set_revision(idea.revision);
  return out;
}

void AddQuestion(const std::string& id, const std::string& text,
                 const std::map<std::string, RatingCounts>& ratings, v1::FeedbackSummary& out) {
  v1::FeedbackSummary::Question& one = *out.add_questions();
  one.set_id(id);
  one.set_text(text);
  const auto found = ratings.find(id);
  const RatingCounts counts = found == ratings.end() ? RatingCounts{} : found->second;
  one.mutable_counts()->Add(counts.begin(), counts.end());
}

}  // namespace

absl::StatusOr<std::string> ParseItemRef(std::string_view field, const std::string& name,
                                         const std::string& program) {
  if (name.empty()) {
    return std::string();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName(field, name, kItemPattern));
  if (parts[0] != program) {
    return InvalidField(field, "is of another programme");
  }
  return parts[1];
}

v1::Idea ToProto(const std::string& program, const use_cases::SeenIdea& seen) {
  v1::Idea out = Common(program, seen.counted);
  out.set_voted(seen.voted);
  out.set_own(seen.own);
  return out;
}

v1::Idea ToProto(const std::string& program, const use_cases::CountedIdea& counted,
                 const PersonNames& names) {
  v1::Idea out = Common(program, counted);
  out.set_author(names(counted.idea.member));
  out.set_promise(Numbered(kPromisePattern, program, counted.idea.promise));
  out.set_etag(domain::Etag(counted.idea.revision));
  return out;
}

v1::IdeaVote ToProto(const std::string& program, const domain::IdeaVote& vote) {
  v1::IdeaVote out;
  out.set_idea(Numbered(kIdeaPattern, program, vote.idea));
  *out.mutable_create_time() = ToTimestamp(vote.create_time);
  out.set_revision(vote.revision);
  return out;
}

v1::Feedback ToProto(const std::string& program, const domain::Feedback& feedback,
                     const PersonNames& names) {
  v1::Feedback out;
  out.set_name(Numbered(kFeedbackPattern, program, feedback.id));
  out.set_item(ItemName(program, feedback.item));
  out.set_version(feedback.version);
  for (const domain::FeedbackRating& rating : feedback.ratings) {
    v1::Feedback::Rating& one = *out.add_ratings();
    one.set_question(rating.question);
    one.set_rating(rating.rating);
  }
  out.set_text(feedback.text);
  out.set_member(names(feedback.member));
  *out.mutable_create_time() = ToTimestamp(feedback.create_time);
  *out.mutable_update_time() = ToTimestamp(feedback.update_time);
  out.set_revision(feedback.revision);
  return out;
}

v1::FeedbackForm FormOf(const std::string& program, const domain::InsiderItem& item, bool etag) {
  v1::FeedbackForm out;
  out.set_item(ItemName(program, item.id));
  out.set_version(item.version);
  for (const domain::ItemQuestion& question : item.questions) {
    v1::FeedbackQuestion& one = *out.add_questions();
    one.set_id(question.id);
    one.set_text(question.text);
  }
  if (etag) {
    out.set_etag(domain::Etag(item.edit_revision));
  }
  return out;
}

v1::FeedbackSummary ToProto(const std::string& item, const use_cases::FeedbackSummary& summary) {
  v1::FeedbackSummary out;
  out.set_item(item);
  AddQuestion("", "", summary.ratings, out);
  for (const domain::ItemQuestion& question : summary.questions) {
    AddQuestion(question.id, question.text, summary.ratings, out);
  }
  for (const auto& [id, counts] : summary.ratings) {
    if (!id.empty() && std::ranges::find(summary.questions, id, &domain::ItemQuestion::id) ==
                           summary.questions.end()) {
      AddQuestion(id, "", summary.ratings, out);
    }
  }
  out.set_feedback(summary.feedback);
  out.set_persons(summary.persons);
  out.set_texts(summary.texts);
  out.set_readers(summary.readers);
  return out;
}

absl::StatusOr<domain::Revision> AfterOf(const Page& page) {
  if (page.after().empty()) {
    return domain::Revision{0};
  }
  return ParseRevision("page_token", page.after());
}

}  // namespace perigee::services
