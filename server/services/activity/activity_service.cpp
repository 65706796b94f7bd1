#include "server/services/activity/activity_service.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/activity/activity_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/services/activity/activity_convert.h"
#include "server/services/activity/activity_stream.h"
#include "server/services/board/places_after_write.h"
#include "server/services/convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/activity/record_activity.h"

namespace perigee::services {
namespace {

v1::RecordActivityResponse ToResponse(const std::string& program,
                                      const use_cases::ActivityDraft& draft,
                                      const use_cases::RecordedActivity& recorded) {
  MemberNames names;
  if (!draft.actor.empty()) {
    names[recorded.activity.actor] = MemberName(program, draft.actor);
  }
  if (!draft.recipient.empty()) {
    names[recorded.activity.recipient] = MemberName(program, draft.recipient);
  }
  v1::RecordActivityResponse response;
  *response.mutable_activity() = ToProto(program, recorded.activity, names);
  for (const domain::TransferId transfer : recorded.transfers) {
    response.add_transfers(TransferName(program, transfer));
  }
  response.set_replayed(recorded.made_at.has_value());
  return response;
}

absl::StatusOr<Change> ChangeToRecord(const v1::RecordActivityRequest& request,
                                      PlacesAfterWrite& places) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(use_cases::ActivityDraft draft,
                           ParseActivity(parts[0], request.activity()));
  std::set<std::string> members{draft.actor, draft.recipient};
  members.erase("");
  PERIGEE_ASSIGN_OR_RETURN(
      AnswerMore more, places.For<v1::RecordActivityResponse>(parts[0], request.boards(),
                                                              {members.begin(), members.end()}));
  ports::Lookups lookups = use_cases::LookupsOf(draft);
  return Change{
      parts[0],
      [program = parts[0], draft = std::move(draft)](
          ports::StoreReader& reader,
          const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
        PERIGEE_ASSIGN_OR_RETURN(use_cases::RecordedActivity recorded,
                                 use_cases::RecordActivity(reader, unit, program, draft));
        std::string answer = ToResponse(program, draft, recorded).SerializeAsString();
        return ports::Decision{std::move(recorded.changes), std::move(answer), recorded.made_at};
      },
      std::move(lookups), std::move(more)};
}

absl::StatusOr<std::vector<v1::Activity>> ToProtos(
    ports::StoreReader& reader, const std::string& program,
    const std::vector<domain::Activity>& activities) {
  std::vector<domain::MemberKey> keys;
  keys.reserve(2 * activities.size());
  for (const domain::Activity& activity : activities) {
    keys.push_back(activity.actor);
    keys.push_back(activity.recipient);
  }
  PERIGEE_ASSIGN_OR_RETURN(const MemberNames names, NamesOf(reader, program, keys));
  std::vector<v1::Activity> out;
  out.reserve(activities.size());
  for (const domain::Activity& activity : activities) {
    out.push_back(ToProto(program, activity, names));
  }
  return out;
}

// The newest activities before `before` of all those members, newest first, each once.
absl::StatusOr<std::vector<domain::Activity>> OfAll(ports::StoreReader& reader,
                                                    const std::string& program,
                                                    const std::vector<domain::MemberKey>& members,
                                                    domain::Revision before, int limit) {
  std::map<domain::Revision, domain::Activity, std::greater<>> found;
  for (const domain::MemberKey& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Activity> activities,
                             reader.activities().List(program, member, before, limit));
    for (domain::Activity& activity : activities) {
      found.emplace(activity.revision, std::move(activity));
    }
  }
  std::vector<domain::Activity> newest;
  for (auto it = found.begin(); it != found.end() && std::cmp_less(newest.size(), limit); ++it) {
    newest.push_back(std::move(it->second));
  }
  return newest;
}

absl::StatusOr<v1::Activity> GetActivity(const v1::GetActivityRequest& request,
                                         const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kActivityPattern));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision revision, ParseRevision("name", parts[1]));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::Activity> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Activity> found,
                             reader.activities().Find(parts[0], revision));
    if (!found.has_value()) {
      return NotFound(request.name());
    }
    PERIGEE_ASSIGN_OR_RETURN(std::vector<v1::Activity> shown, ToProtos(reader, parts[0], {*found}));
    return std::move(shown.front());
  });
}

absl::StatusOr<v1::ListActivitiesResponse> ListActivities(const v1::ListActivitiesRequest& request,
                                                          const ports::Store& store,
                                                          const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  const std::string& program = parts[0];
  std::string member_id;
  if (!request.member().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(member_id, ParseMemberRef("member", request.member(), program));
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, "ListActivities " + request.parent() + " " + request.member(), request));
  const domain::Revision before = page.after().empty() ? 0 : std::stoll(page.after());
  const auto read = [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ListActivitiesResponse> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
    std::vector<domain::MemberKey> keys{domain::MemberKey()};
    if (!member_id.empty()) {
      PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                               RequireMember(reader, program, member_id, "member"));
      PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged,
                               reader.members().Merged(program));
      keys = merged.AllOf(member.key);
    }
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Activity> activities,
                             OfAll(reader, program, keys, before, page.Limit()));
    v1::ListActivitiesResponse response;
    response.set_next_page_token(page.Cut(
        activities, [](const domain::Activity& last) { return std::to_string(last.revision); }));
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<v1::Activity> shown,
                             ToProtos(reader, program, activities));
    response.mutable_activities()->Add(shown.begin(), shown.end());
    return response;
  };
  return ReadFrom(store, read);
}

}  // namespace

ActivityAdminService::ActivityAdminService(Call& call, const PageTokens& tokens,
                                           PlacesAfterWrite& places)
    : Service(call, "perigee.v1.ActivityAdminService"), tokens_(tokens) {
  Write<v1::RecordActivityRequest>(
      "RecordActivity",
      [&places](const CallContext&, const auto& asked) { return ChangeToRecord(asked, places); });
  ClientStream<v1::RecordActivitiesRequest>(
      "RecordActivities", [this](const RunningCall& running, grpc::ByteBuffer* answer) {
        return ActivityStream::Start(streams_, this->call(), running, answer);
      });
  Read<v1::GetActivityRequest>("GetActivity", [this](const CallContext&, const auto& asked) {
    return services::GetActivity(asked, store());
  });
  Read<v1::ListActivitiesRequest>("ListActivities", [this](const CallContext&, const auto& asked) {
    return services::ListActivities(asked, store(), tokens_);
  });
}

}  // namespace perigee::services
