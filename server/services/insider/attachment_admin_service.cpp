#include "server/services/insider/attachment_admin_service.h"

#include <string>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/uuid.h"
#include "server/ports/blob/blobs.h"
#include "server/services/insider/attachment_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/insider/attachments.h"

namespace perigee::services {
namespace {

using domain::Attachment;
using use_cases::AttachmentPlace;

absl::StatusOr<v1::Upload> GetUpload(const v1::GetUploadRequest& request, ports::Blobs& blobs) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kItemPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Uuid id, ParseUuid(request.upload_id(), "upload_id"));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t offset, blobs.Received({parts[0], id}));
  v1::Upload upload;
  upload.set_offset(offset);
  return upload;
}

absl::StatusOr<Change> ChangeToDelete(const CallContext&,
                                      const v1::DeleteAttachmentRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const AttachmentPlace place, ParseAttachmentName(request.name()));
  return Change{place.program, [place](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(use_cases::DeleteAttachment(reader, unit, place),
                                  [&](const Attachment& attachment) {
                                    return ToProto(place.program, attachment);
                                  });
                }};
}

absl::StatusOr<v1::ListAttachmentsResponse> List(const v1::ListAttachmentsRequest& request,
                                                 const ports::Store& store,
                                                 const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kItemPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListAttachments " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListAttachmentsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(use_cases::RequireItem(reader, parts[0], parts[1]).status());
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<Attachment> attachments,
        use_cases::AttachmentsOf(reader, parts[0], parts[1], page.after(), page.Limit()));
    v1::ListAttachmentsResponse response;
    response.set_next_page_token(page.Cut(attachments, &Attachment::id));
    for (const Attachment& attachment : attachments) {
      *response.add_attachments() = ToProto(parts[0], attachment);
    }
    return response;
  });
}

}  // namespace

AttachmentAdminService::AttachmentAdminService(Call& call, const PageTokens& tokens,
                                               ports::Blobs& blobs)
    : Service(call, "perigee.v1.AttachmentAdminService") {
  ClientStream<v1::UploadAttachmentRequest>(
      "UploadAttachment", [this, &blobs](const RunningCall& running, grpc::ByteBuffer* answer) {
        return UploadStream::Start(uploads_, this->call(), blobs, running, answer);
      });
  Read<v1::GetUploadRequest>("GetUpload", [&blobs](const CallContext&, const auto& asked) {
    return services::GetUpload(asked, blobs);
  });
  Write<v1::DeleteAttachmentRequest>("DeleteAttachment", ChangeToDelete);
  Read<v1::ListAttachmentsRequest>("ListAttachments",
                                   [this, &tokens](const CallContext&, const auto& asked) {
                                     return List(asked, store(), tokens);
                                   });
}

}  // namespace perigee::services
