#include "clients/cli/stackexchange_update.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/ids.h"
#include "clients/cli/session.h"
#include "perigee/v1/activity.grpc.pb.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

constexpr int kPage = 1000;
constexpr std::string_view kMemberPrefix = "se-";

std::string_view KindOf(std::string_view event_id) {
  return event_id.substr(0, event_id.find('-'));
}

// Calls `visit`, (Response) → Status, with each page of a list.
template <class Stub, class Request, class Response, class Visit>
absl::Status ForEachPage(Session& session,
                         grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                      Response*),
                         Request request, const Visit& visit) {
  request.set_page_size(kPage);
  do {
    PERIGEE_ASSIGN_OR_RETURN(const Response page, session.Ask(Door::kInternal, method, request));
    PERIGEE_RETURN_IF_ERROR(visit(page));
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

class Update {
 public:
  Update(Session& session, const StackExchangeDump& dump, const DumpContent& content)
      : session_(session), dump_(dump), content_(content) {}

  absl::StatusOr<UpdateSummary> Run() {
    PERIGEE_RETURN_IF_ERROR(FindGone());
    PERIGEE_RETURN_IF_ERROR(RenameMembers());
    for (const v1::Activity& activity : gone_) {
      PERIGEE_RETURN_IF_ERROR(Undo(activity));
    }
    return std::move(summary_);
  }

 private:
  absl::Status FindGone() {
    std::int64_t recorded = 0;
    google::protobuf::Timestamp newest;
    v1::ListActivitiesRequest request;
    request.set_parent(dump_.program_name);
    PERIGEE_RETURN_IF_ERROR(
        ForEachPage(session_, &v1::ActivityAdminService::Stub::ListActivities, request,
                    [&](const v1::ListActivitiesResponse& page) {
                      for (const v1::Activity& activity : page.activities()) {
                        if (activity.source() != dump_.source || !activity.imported()) {
                          continue;
                        }
                        ++recorded;
                        if (activity.occur_time().seconds() > newest.seconds()) {
                          newest = activity.occur_time();
                        }
                        if (!content_.HasEvent(activity.source_event_id())) {
                          gone_.push_back(activity);
                        }
                      }
                      return absl::OkStatus();
                    }));
    const google::protobuf::Timestamp dump_newest = ToTimestamp(content_.newest());
    if (newest.seconds() > dump_newest.seconds()) {
      return UsageFailure("the dump ends at " + FormatTimestamp(dump_newest) +
                          ", before what was recorded, which ends at " + FormatTimestamp(newest) +
                          ": nothing was withdrawn; give a newer dump.");
    }
    if (static_cast<std::int64_t>(gone_.size()) > recorded / 2) {
      return UsageFailure("the dump lacks " + std::to_string(gone_.size()) + " of the " +
                          std::to_string(recorded) +
                          " activities that were recorded: nothing was withdrawn; is it a dump of "
                          "another site?");
    }
    return absl::OkStatus();
  }

  absl::Status RenameMembers() {
    std::vector<v1::Member> renamed;
    v1::ListMembersRequest request;
    request.set_parent(dump_.program_name);
    PERIGEE_RETURN_IF_ERROR(ForEachPage(session_, &v1::MemberAdminService::Stub::ListMembers,
                                        request, [&](const v1::ListMembersResponse& page) {
                                          for (const v1::Member& member : page.members()) {
                                            const std::string id = IdOf(member.name());
                                            const auto name = content_.names().find(id);
                                            if (name == content_.names().end()) {
                                              summary_.members_gone +=
                                                  id.starts_with(kMemberPrefix) ? 1 : 0;
                                            } else if (name->second != member.display_name()) {
                                              renamed.push_back(member);
                                              renamed.back().set_display_name(name->second);
                                            }
                                          }
                                          return absl::OkStatus();
                                        }));
    for (const v1::Member& member : renamed) {
      v1::UpdateMemberRequest rename;
      rename.mutable_member()->set_name(member.name());
      rename.mutable_member()->set_display_name(member.display_name());
      rename.mutable_member()->set_etag(member.etag());
      rename.mutable_update_mask()->add_paths("display_name");
      rename.set_request_id(DerivedRequestId({"rename", member.name(), member.etag()}));
      PERIGEE_RETURN_IF_ERROR(
          session_.Ask(Door::kInternal, &v1::MemberAdminService::Stub::UpdateMember, rename)
              .status());
      ++summary_.renamed;
    }
    return absl::OkStatus();
  }

  absl::Status Undo(const v1::Activity& activity) {
    // A recorded event is answered with the transfers that it made.
    v1::RecordActivityRequest again;
    again.set_parent(dump_.program_name);
    *again.mutable_activity() = activity;
    PERIGEE_ASSIGN_OR_RETURN(
        const v1::RecordActivityResponse recorded,
        session_.Ask(Door::kInternal, &v1::ActivityAdminService::Stub::RecordActivity, again));
    std::int64_t reversed = 0;
    for (const std::string& transfer : recorded.transfers()) {
      PERIGEE_ASSIGN_OR_RETURN(const bool changed, Reverse(transfer, activity.source_event_id()));
      reversed += changed ? 1 : 0;
    }
    if (reversed > 0) {
      ++summary_.undone[std::string(KindOf(activity.source_event_id()))];
      summary_.transfers_reversed += reversed;
    } else {
      ++summary_.gone_before;
    }
    return absl::OkStatus();
  }

  // Whether something was reversed that had not been before.
  absl::StatusOr<bool> Reverse(const std::string& transfer, const std::string& event_id) {
    v1::ReverseTransferRequest request;
    request.set_name(transfer);
    request.set_memo(event_id + " is no longer in the dump");
    request.set_request_id(DerivedRequestId({"withdrawn", transfer}));
    bool replayed = false;
    const absl::Status status =
        session_
            .Ask(Door::kInternal, &v1::CapitalAdminService::Stub::ReverseTransfer, request,
                 &replayed)
            .status();
    const std::string reason = ReasonIn(status);
    if (reason == "ALREADY_REVERSED" || reason == "REQUEST_ANSWER_ERASED") {
      return false;
    }
    if (reason == "INSUFFICIENT_FUNDS") {
      ++summary_.not_reversed[reason];  // It was spent.
      return false;
    }
    PERIGEE_RETURN_IF_ERROR(status);
    return !replayed;
  }

  Session& session_;
  const StackExchangeDump& dump_;
  const DumpContent& content_;
  std::vector<v1::Activity> gone_;
  UpdateSummary summary_;
};

}  // namespace

void DumpContent::Sort() {
  for (auto& [kind, numbers] : events_) {
    std::ranges::sort(numbers);
  }
}

bool DumpContent::HasEvent(std::string_view id) const {
  const std::string_view kind = KindOf(id);
  std::int64_t number = 0;
  if (kind == id || whole_kinds_.contains(kind) ||
      !absl::SimpleAtoi(std::string(id.substr(kind.size() + 1)), &number)) {
    return true;
  }
  const auto known = events_.find(kind);
  return known != events_.end() && std::ranges::binary_search(known->second, number);
}

absl::StatusOr<UpdateSummary> TakeOverChanges(Session& session, const StackExchangeDump& dump,
                                              const DumpContent& content) {
  return Update(session, dump, content).Run();
}

}  // namespace perigee::cli
