#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "perigee/v1/feedback.pb.h"
#include "perigee/v1/idea.pb.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/idea/feedback.h"
#include "server/domain/idea/idea.h"
#include "server/domain/insider/item.h"
#include "server/services/champion/champion_convert.h"
#include "server/services/paging.h"
#include "server/use_cases/idea/feedback.h"
#include "server/use_cases/idea/ideas.h"

namespace perigee::services {

// The id of an item in a reference; empty if the reference is empty. kInvalidField, naming `field`,
// if it is malformed or of another programme.
absl::StatusOr<std::string> ParseItemRef(std::string_view field, const std::string& name,
                                         const std::string& program);

// As the person sees it.
v1::Idea ToProto(const std::string& program, const use_cases::SeenIdea& seen);
// As staff see it. `names` are those of authors.
v1::Idea ToProto(const std::string& program, const use_cases::CountedIdea& counted,
                 const PersonNames& names);
v1::IdeaVote ToProto(const std::string& program, const domain::IdeaVote& vote);

// Which ideas a request asks for. kInvalidField (`state`, `item`).
template <class Request>
absl::StatusOr<use_cases::IdeaFilter> ParseIdeaFilter(const std::string& program,
                                                      const Request& request) {
  use_cases::IdeaFilter filter;
  if (!v1::Idea::State_IsValid(request.state())) {
    return InvalidField("state", "is not a state of ideas");
  }
  if (request.state() != v1::Idea::STATE_UNSPECIFIED) {
    filter.state = static_cast<domain::IdeaState>(request.state());
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string item, ParseItemRef("item", request.item(), program));
  if (!item.empty()) {
    filter.item = item;
  }
  return filter;
}

v1::Feedback ToProto(const std::string& program, const domain::Feedback& feedback,
                     const PersonNames& names);
// `etag`: for staff.
v1::FeedbackForm FormOf(const std::string& program, const domain::InsiderItem& item, bool etag);
v1::FeedbackSummary ToProto(const std::string& item, const use_cases::FeedbackSummary& summary);

// The number after which a page of a list by number begins.
absl::StatusOr<domain::Revision> AfterOf(const Page& page);

}  // namespace perigee::services
