#include "clients/cli/stackexchange.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <unordered_set>
#include <vector>

#include "absl/strings/ascii.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/ids.h"
#include "clients/cli/stackexchange_update.h"
#include "clients/cli/xml_rows.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/program/program.h"

namespace perigee::cli {

namespace {

using UserId = std::int64_t;
// A deleted user, or none.
constexpr UserId kNobody = 0;
constexpr UserId kCommunity = -1;

enum class PostType : std::uint8_t { kQuestion = 1, kAnswer = 2, kOther = 3 };

struct Post {
  std::int64_t id = 0;
  std::int64_t parent = 0;
  UserId owner = kNobody;
  PostType type = PostType::kOther;
  bool community_owned = false;
};

// Values of VoteTypeId in the dump.
constexpr std::int64_t kAccept = 1;
constexpr std::int64_t kUpvote = 2;
constexpr std::int64_t kDownvote = 3;
constexpr std::int64_t kBountyOffer = 8;
constexpr std::int64_t kBountyAward = 9;

// The kinds of events that are no rows of the dump but stand in its rows.
constexpr char kUpvotesCast[] = "upvotes";
constexpr char kDownvotesCast[] = "downvotes";
constexpr char kViews[] = "views";
constexpr char kOwnQuestion[] = "own";

class Importer {
 public:
  Importer(Session& session, const StackExchangeDump& dump, const FileProgress& progress)
      : session_(session),
        dump_(dump),
        progress_(progress),
        activities_(session, dump.program_name) {
    content_.AddAll("user");  // A member who left the site stays.
    for (const char* made_of_rows : {kUpvotesCast, kDownvotesCast, kViews, kOwnQuestion}) {
      content_.AddAll(made_of_rows);
    }
  }

  absl::StatusOr<ImportSummary> Run() {
    // After a failure too, the rows that were read are sent.
    absl::Status status = ReadAll();
    status.Update(activities_.Finish());
    PERIGEE_RETURN_IF_ERROR(status);
    summary_.activities = activities_.tally();
    summary_.revision = activities_.revision();
    if (dump_.update) {
      content_.Sort();
      PERIGEE_ASSIGN_OR_RETURN(summary_.update, TakeOverChanges(session_, dump_, content_));
    }
    return summary_;
  }

 private:
  using Visit = absl::Status (Importer::*)(const XmlRow& row);

  absl::Status ReadAll() {
    PERIGEE_RETURN_IF_ERROR(ReadMembers());
    PERIGEE_RETURN_IF_ERROR(Each("Users.xml", &Importer::Joined));
    PERIGEE_RETURN_IF_ERROR(Each("Posts.xml", &Importer::IndexPost));
    std::ranges::sort(posts_, {}, &Post::id);
    PERIGEE_RETURN_IF_ERROR(Each("Posts.xml", &Importer::Posted));
    PERIGEE_RETURN_IF_ERROR(Each("Votes.xml", &Importer::Voted));
    PERIGEE_RETURN_IF_ERROR(EachIfThere("Badges.xml", &Importer::BadgeAwarded));
    return EachIfThere("Comments.xml", &Importer::Commented);
  }

  std::string Path(const std::string& file) const {
    return (std::filesystem::path(dump_.folder) / file).string();
  }
  absl::Status Each(const std::string& file, Visit visit) {
    return ForEachXmlRow(
        Path(file),
        [&](const XmlRow& row) {
          // A row that cannot be used costs nobody the other rows.
          const absl::Status status = (this->*visit)(row);
          if (!IsUsageFailure(status)) {
            return status;
          }
          summary_.unusable_rows.emplace(row.Place(), status.message());
          NoteUnusable(KindIn(file), row);
          return absl::OkStatus();
        },
        [&](const XmlProgress& progress) { progress_(file, progress); });
  }
  absl::Status EachIfThere(const std::string& file, Visit visit) {
    if (!std::filesystem::exists(Path(file))) {
      PassOver("file not in the dump: " + file);
      content_.AddAll(KindIn(file));
      return absl::OkStatus();
    }
    return Each(file, visit);
  }
  void PassOver(const std::string& why) { ++summary_.passed_over[why]; }

  // The kind of the events that a file has: `post` for Posts.xml.
  static std::string KindIn(const std::string& file) {
    return absl::AsciiStrToLower(file.substr(0, file.find("s.xml")));
  }
  void NoteEvent(const std::string& kind, std::int64_t id) {
    if (dump_.update) {
      content_.Add(kind, id);
    }
  }
  // A row that cannot be used is no sign that its event is gone.
  void NoteUnusable(const std::string& kind, const XmlRow& row) {
    const auto id = row.Whole("Id");
    if (id.ok() && id->has_value()) {
      NoteEvent(kind, **id);
      if (kind == "post") {
        unusable_posts_.insert(**id);
      }
      return;
    }
    content_.AddAll(kind);
    if (kind == "post") {
      content_.AddAll("vote");
    }
  }

  static std::string MemberId(UserId user) {
    return user == kCommunity ? "se-community" : "se-" + std::to_string(user);
  }
  std::string MemberName(UserId user) const {
    return dump_.program_name + "/members/" + MemberId(user);
  }
  // A user without a row in the dump counts as nobody.
  absl::StatusOr<UserId> User(const XmlRow& row, std::string_view attribute) const {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> user, row.Whole(attribute));
    return user.has_value() && users_.contains(*user) ? *user : kNobody;
  }
  const Post* FindPost(std::int64_t id) const {
    const auto found = std::ranges::lower_bound(posts_, id, {}, &Post::id);
    return found == posts_.end() || found->id != id ? nullptr : &*found;
  }

  absl::Status ReadMembers() {
    MemberSender sender(session_);
    members_ = &sender;
    PERIGEE_RETURN_IF_ERROR(Each("Users.xml", &Importer::SendMember));
    PERIGEE_RETURN_IF_ERROR(sender.Finish());
    summary_.members = sender.tally();
    return absl::OkStatus();
  }

  absl::Status SendMember(const XmlRow& row) {
    PERIGEE_ASSIGN_OR_RETURN(const UserId user, row.RequiredWhole("Id"));
    PERIGEE_ASSIGN_OR_RETURN(const Time joined, row.RequiredTime("CreationDate"));
    users_.insert(user);
    std::string name(row.Text("DisplayName").value_or(""));
    if (!CheckText("display_name", name, 1, domain::kDisplayNameBytesMax).ok()) {
      name = "user " + std::to_string(user);
      ++summary_.stand_in_names;
    }
    if (dump_.update) {
      content_.AddMember(MemberId(user), name);
    }
    v1::CreateMemberRequest request;
    request.set_parent(dump_.program_name);
    request.set_member_id(MemberId(user));
    v1::Member& member = *request.mutable_member();
    member.set_display_name(name);
    member.set_type(user == kCommunity ? v1::Member::TYPE_BOT : v1::Member::TYPE_PERSON);
    *member.mutable_join_time() = ToTimestamp(joined);
    request.set_request_id(
        DerivedRequestId({dump_.program_name, "member", dump_.source, std::to_string(user)}));
    members_->Send(std::move(request));
    return absl::OkStatus();
  }

  // One activity of a row. Actor or recipient may be nobody, but not both.
  struct Event {
    std::string type = {};
    UserId actor = kNobody;
    UserId recipient = kNobody;
    std::string id = {};
    std::string_view time_attribute = "CreationDate";
    std::string object = {};
    std::int64_t quantity = 1;
  };
  absl::Status Send(const XmlRow& row, Event event) {
    PERIGEE_ASSIGN_OR_RETURN(const Time time, row.RequiredTime(event.time_attribute));
    content_.AddTime(time);
    v1::Activity activity;
    activity.set_type(std::move(event.type));
    if (event.actor != kNobody) {
      activity.set_actor(MemberName(event.actor));
    }
    if (event.recipient != kNobody) {
      activity.set_recipient(MemberName(event.recipient));
    }
    activity.set_object(std::move(event.object));
    activity.set_quantity(event.quantity);
    activity.set_source(dump_.source);
    activity.set_source_event_id(std::move(event.id));
    activity.set_time_source(v1::Activity::TIME_SOURCE_SYSTEM);
    activity.set_imported(true);
    *activity.mutable_occur_time() = ToTimestamp(time);
    return activities_.Send(std::move(activity));
  }

  absl::Status Joined(const XmlRow& row) {
    PERIGEE_ASSIGN_OR_RETURN(const UserId user, row.RequiredWhole("Id"));
    PERIGEE_RETURN_IF_ERROR(
        Send(row, {.type = "joined", .actor = user, .id = "user-" + std::to_string(user)}));
    Event cast{.type = "upvotes-cast", .actor = user, .time_attribute = "LastAccessDate"};
    PERIGEE_RETURN_IF_ERROR(SendCount(row, "UpVotes", kUpvotesCast, user, cast));
    cast.type = "downvotes-cast";
    return SendCount(row, "DownVotes", kDownvotesCast, user, cast);
  }

  // An activity with a count of the dump, which has it without the single events. A later dump has
  // another count, so an update leaves it as it was.
  absl::Status SendCount(const XmlRow& row, std::string_view attribute, const std::string& kind,
                         std::int64_t number, Event event) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> count, row.Whole(attribute));
    if (count.value_or(0) < 1 || !row.Text(event.time_attribute).has_value()) {
      return absl::OkStatus();
    }
    if (dump_.update) {
      PERIGEE_ASSIGN_OR_RETURN(const Time time, row.RequiredTime(event.time_attribute));
      content_.AddTime(time);
      return absl::OkStatus();
    }
    event.id = kind + "-" + std::to_string(number);
    event.quantity = *count;
    return Send(row, std::move(event));
  }

  absl::Status IndexPost(const XmlRow& row) {
    Post post;
    PERIGEE_ASSIGN_OR_RETURN(post.id, row.RequiredWhole("Id"));
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t type, row.RequiredWhole("PostTypeId"));
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> parent, row.Whole("ParentId"));
    PERIGEE_ASSIGN_OR_RETURN(post.owner, User(row, "OwnerUserId"));
    post.parent = parent.value_or(0);
    post.type = type == 1 || type == 2 ? static_cast<PostType>(type) : PostType::kOther;
    post.community_owned = row.Text("CommunityOwnedDate").has_value();
    posts_.push_back(post);
    return absl::OkStatus();
  }

  absl::Status Posted(const XmlRow& row) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t id, row.RequiredWhole("Id"));
    NoteEvent("post", id);
    const Post* const found = FindPost(id);
    if (found == nullptr) {
      return absl::OkStatus();  // Its row could not be used.
    }
    const Post& post = *found;
    if (post.type == PostType::kOther) {
      PassOver("post that is neither question nor answer");
      return absl::OkStatus();
    }
    if (post.owner == kNobody) {
      PassOver("post of a deleted user");
      return absl::OkStatus();
    }
    const std::string event_id = "post-" + std::to_string(id);
    if (post.type == PostType::kQuestion) {
      PERIGEE_RETURN_IF_ERROR(
          Send(row, {.type = "asked", .actor = post.owner, .id = event_id, .object = event_id}));
      return SendCount(row, "ViewCount", kViews, id,
                       {.type = "question-viewed",
                        .actor = post.owner,
                        .time_attribute = "LastActivityDate",
                        .object = event_id});
    }
    const Post* question = FindPost(post.parent);
    if (question != nullptr && question->owner == post.owner) {
      PERIGEE_RETURN_IF_ERROR(Send(row, {.type = "own-question-answered",
                                         .actor = post.owner,
                                         .id = kOwnQuestion + ("-" + std::to_string(id)),
                                         .object = event_id}));
    }
    return Send(row, {.type = "answered",
                      .actor = post.owner,
                      .recipient = question == nullptr ? kNobody : question->owner,
                      .id = event_id,
                      .object = "post-" + std::to_string(post.parent)});
  }

  absl::Status Voted(const XmlRow& row) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t id, row.RequiredWhole("Id"));
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t vote, row.RequiredWhole("VoteTypeId"));
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t post_id, row.RequiredWhole("PostId"));
    if (vote != kAccept && vote != kUpvote && vote != kDownvote && vote != kBountyOffer &&
        vote != kBountyAward) {
      PassOver("vote of another type (favourite, edit, close …)");
      return absl::OkStatus();
    }
    const Post* post = FindPost(post_id);
    if (post != nullptr || unusable_posts_.contains(post_id)) {
      NoteEvent("vote", id);
    }
    if (post == nullptr) {
      PassOver("vote on a post that is not in the dump");
    } else if (post->community_owned && vote != kUpvote && vote != kDownvote) {
      PassOver("accept or bounty on a post that the community owns");
    } else if (post->type == PostType::kOther) {
      PassOver("vote on a wiki post");
    } else {
      return Send(row, *post, vote, "vote-" + std::to_string(id));
    }
    return absl::OkStatus();
  }

  absl::Status Send(const XmlRow& row, const Post& post, std::int64_t vote, std::string event_id) {
    Event event{.recipient = post.owner,
                .id = std::move(event_id),
                .object = "post-" + std::to_string(post.id)};
    // Nobody earns reputation with a post that the community owns.
    const std::string kind = std::string(post.community_owned ? "community-" : "") +
                             (post.type == PostType::kQuestion ? "question" : "answer");
    if (vote == kUpvote || vote == kDownvote) {
      event.type = kind + (vote == kUpvote ? "-upvoted" : "-downvoted");
    } else if (vote == kAccept) {
      event.type = "answer-accepted";
      const Post* question = FindPost(post.parent);
      event.actor = question == nullptr ? kNobody : question->owner;
    } else {
      event.type = vote == kBountyOffer ? "bounty-offered" : "bounty-awarded";
      PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> amount, row.Whole("BountyAmount"));
      event.quantity = amount.value_or(0);
      if (vote == kBountyOffer) {
        PERIGEE_ASSIGN_OR_RETURN(event.actor, User(row, "UserId"));
        event.recipient = kNobody;
      }
      if (event.quantity < 1) {
        PassOver("bounty without an amount");
        return absl::OkStatus();
      }
    }
    if (event.recipient == kNobody && event.actor == kNobody) {
      PassOver("vote on a post of a deleted user");
      return absl::OkStatus();
    }
    return Send(row, std::move(event));
  }

  absl::Status BadgeAwarded(const XmlRow& row) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t id, row.RequiredWhole("Id"));
    NoteEvent("badge", id);
    PERIGEE_ASSIGN_OR_RETURN(const UserId user, User(row, "UserId"));
    if (user == kNobody) {
      PassOver("badge of a deleted user");
      return absl::OkStatus();
    }
    return Send(row, {.type = "badge-awarded",
                      .recipient = user,
                      .id = "badge-" + std::to_string(id),
                      .time_attribute = "Date",
                      .object = std::string(row.Text("Name").value_or(""))});
  }

  absl::Status Commented(const XmlRow& row) {
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t id, row.RequiredWhole("Id"));
    NoteEvent("comment", id);
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t post_id, row.RequiredWhole("PostId"));
    PERIGEE_ASSIGN_OR_RETURN(const UserId user, User(row, "UserId"));
    if (user == kNobody) {
      PassOver("comment of a deleted user");
      return absl::OkStatus();
    }
    const Post* post = FindPost(post_id);
    return Send(row, {.type = "commented",
                      .actor = user,
                      .recipient = post == nullptr ? kNobody : post->owner,
                      .id = "comment-" + std::to_string(id),
                      .object = "post-" + std::to_string(post_id)});
  }

  Session& session_;
  const StackExchangeDump& dump_;
  const FileProgress& progress_;
  ActivitySender activities_;
  MemberSender* members_ = nullptr;
  std::unordered_set<UserId> users_;
  std::vector<Post> posts_;
  std::unordered_set<std::int64_t> unusable_posts_;
  DumpContent content_;  // Filled for an update.
  ImportSummary summary_;
};

}  // namespace

absl::Status CheckStackExchangeDump(const std::string& folder) {
  for (const char* file : {"Users.xml", "Posts.xml", "Votes.xml"}) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(std::filesystem::path(folder) / file, error)) {
      return UsageFailure("there is no " + std::string(file) + " in " + folder +
                          ": give the folder of a data dump.");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<ImportSummary> ImportStackExchange(Session& session, const StackExchangeDump& dump,
                                                  const FileProgress& progress) {
  return Importer(session, dump, progress).Run();
}

}  // namespace perigee::cli
