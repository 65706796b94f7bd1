#include "server/services/insider/attachment_service.h"

#include <string>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/telemetry.h"
#include "server/services/insider/attachment_convert.h"
#include "server/services/insider/download_stream.h"
#include "server/services/insider/downloads.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/insider/attachments.h"

namespace perigee::services {
namespace {

using domain::Attachment;

absl::StatusOr<v1::ListItemAttachmentsResponse> ListOpen(
    const CallContext& call, const v1::ListItemAttachmentsRequest& request,
    const ports::Store& store, const PageTokens& tokens, ports::Telemetry& telemetry) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kItemPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", request.member(), parts[0]));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page,
      Page::Parse(tokens, "ListItemAttachments " + request.parent() + " " + member, request));
  using Answer = absl::StatusOr<v1::ListItemAttachmentsResponse>;
  Answer answer = ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member person, RequireMember(reader, parts[0], member));
    PERIGEE_ASSIGN_OR_RETURN(use_cases::PersonalGate gate,
                             use_cases::PersonalGate::Of(reader, parts[0], person, call.now));
    PERIGEE_RETURN_IF_ERROR(gate.Require(parts[1]).status());
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Attachment> attachments,
        use_cases::AttachmentsOf(reader, parts[0], parts[1], page.after(), page.Limit()));
    v1::ListItemAttachmentsResponse response;
    response.set_next_page_token(page.Cut(attachments, &Attachment::id));
    for (const Attachment& attachment : attachments) {
      *response.add_attachments() = ToProto(parts[0], attachment);
    }
    return response;
  });
  if (ReasonOf(answer.status()) == Reason::kNotFound) {
    telemetry.GateAsked(ports::GateAnswer::kMissing);
  }
  return answer;
}

}  // namespace

AttachmentService::AttachmentService(Call& call, const PageTokens& tokens, ports::Blobs& blobs,
                                     ports::Telemetry& telemetry)
    : Service(call, "perigee.v1.AttachmentService"),
      downloads_(std::make_shared<Downloads>(call, blobs, telemetry)) {
  downloads_->Begin();
  Read<v1::ListItemAttachmentsRequest>(
      "ListItemAttachments",
      [this, &tokens, &telemetry](const CallContext& context, const auto& asked) {
        return ListOpen(context, asked, store(), tokens, telemetry);
      });
  ServerStream<v1::DownloadAttachmentRequest>(
      "DownloadAttachment", [this](const RunningCall& running, const auto& asked) {
        return DownloadStream::Start(downloads_, running, asked);
      });
}

AttachmentService::~AttachmentService() { downloads_->Stop(); }

void AttachmentService::StopStreams() { downloads_->Stop(); }

void AttachmentService::RecheckStreams() { downloads_->Recheck(); }

}  // namespace perigee::services
