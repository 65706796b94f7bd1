#include "server/services/insider/attachment_admin_service.h"

#include <algorithm>
#include <string>

#include "perigee/v1/audit.pb.h"
#include "server/domain/insider/attachment.h"
#include "tests/services/insider/attachment_server.h"

namespace perigee::tests {
namespace {

using AttachmentAdminServiceTest = AttachmentServerTest;

std::string Offset(const absl::Status& status) { return MetadataOf(status)["offset"]; }

TEST_F(AttachmentAdminServiceTest, AnUploadIsAddedWhole) {
  const std::string bytes = SomeBytes(3 * kPiece + 12'345);
  const v1::Attachment added = Upload("plan", bytes);
  EXPECT_EQ(added.name(), kBike + "/attachments/plan");
  EXPECT_EQ(added.display_name(), "plan.pdf");
  EXPECT_EQ(added.media_type(), "application/pdf");
  EXPECT_EQ(added.size(), static_cast<std::int64_t>(bytes.size()));
  EXPECT_EQ(added.digest(), Hex(Sha256(bytes)));
  EXPECT_GT(added.revision(), 0);
  ASSERT_EQ(List().attachments_size(), 1);
  EXPECT_EQ(List().attachments(0).SerializeAsString(), added.SerializeAsString());

  // The digest is that of the bytes also if the sender does not say it.
  v1::UploadAttachmentRequest without = UploadOf("other", "abc");
  without.clear_digest();
  const auto other = Send(without, "abc");
  ASSERT_THAT(other, IsOk());
  EXPECT_EQ(other->digest(), Hex(Sha256("abc")));
}

TEST_F(AttachmentAdminServiceTest, AnUploadGoesOnWhereItStopped) {
  const std::string bytes = SomeBytes(2 * kPiece + 100);
  const v1::UploadAttachmentRequest upload = UploadOf("plan", bytes);
  EXPECT_EQ(OffsetOf(upload.request_id()), 0);
  const absl::Status stopped = Send(upload, bytes, 0, kPiece + 7).status();
  EXPECT_THAT(stopped, HasReason(Reason::kUploadIncomplete));
  EXPECT_EQ(Offset(stopped), std::to_string(kPiece + 7));
  EXPECT_EQ(OffsetOf(upload.request_id()), static_cast<std::int64_t>(kPiece) + 7);
  EXPECT_EQ(List().attachments_size(), 0);
  for (const std::size_t wrong : {std::size_t{0}, kPiece, kPiece + 8, bytes.size()}) {
    const absl::Status refused = Send(upload, bytes, wrong).status();
    EXPECT_THAT(refused, HasReason(Reason::kUploadIncomplete)) << wrong;
    EXPECT_EQ(Offset(refused), std::to_string(kPiece + 7));
  }
  const auto added = Send(upload, bytes, kPiece + 7);
  ASSERT_THAT(added, IsOk());
  EXPECT_EQ(added->digest(), Hex(Sha256(bytes)));
  EXPECT_EQ(OffsetOf(upload.request_id()), 0);
}

TEST_F(AttachmentAdminServiceTest, ARetryGetsTheFirstAnswerWithoutBytes) {
  const std::string bytes = SomeBytes(1000);
  v1::UploadAttachmentRequest upload = UploadOf("plan", bytes);
  bool replayed = true;
  const auto added = Send(upload, bytes, 0, std::string::npos, &replayed);
  ASSERT_THAT(added, IsOk());
  EXPECT_FALSE(replayed);
  for (const std::size_t from : {std::size_t{0}, bytes.size()}) {
    const auto again = Send(upload, bytes, from, std::string::npos, &replayed);
    ASSERT_THAT(again, IsOk());
    EXPECT_EQ(again->SerializeAsString(), added->SerializeAsString());
    EXPECT_TRUE(replayed);
  }
  upload.set_display_name("other.pdf");
  EXPECT_THAT(Send(upload, bytes), HasReason(Reason::kRequestIdReused));
  EXPECT_EQ(List().attachments_size(), 1);
}

TEST_F(AttachmentAdminServiceTest, BytesOfAnotherDigestAreRefused) {
  const std::string bytes = SomeBytes(1000);
  v1::UploadAttachmentRequest upload = UploadOf("plan", bytes);
  upload.set_digest(Hex(Sha256("other")));
  const absl::Status refused = Send(upload, bytes).status();
  EXPECT_THAT(refused, HasReason(Reason::kDigestMismatch));
  EXPECT_EQ(MetadataOf(refused)["digest"], Hex(Sha256(bytes)));
  EXPECT_EQ(List().attachments_size(), 0);
  EXPECT_EQ(OffsetOf(upload.request_id()), 0);
  // The id is not used up.
  upload.set_digest(Hex(Sha256(bytes)));
  EXPECT_THAT(Send(upload, bytes), IsOk());
}

TEST_F(AttachmentAdminServiceTest, BytesThatAreThereNeedNotBeSentAgain) {
  const std::string bytes = SomeBytes(2 * kPiece);
  Upload("plan", bytes);
  const auto added = Send(UploadOf("copy", bytes), bytes, bytes.size());
  ASSERT_THAT(added, IsOk());
  EXPECT_EQ(added->digest(), Hex(Sha256(bytes)));
  // But not by their digest alone.
  v1::UploadAttachmentRequest shorter = UploadOf("shorter", bytes);
  shorter.set_size(shorter.size() - 1);
  EXPECT_THAT(Send(shorter, bytes, bytes.size() - 1), HasReason(Reason::kUploadIncomplete));
}

TEST_F(AttachmentAdminServiceTest, RefusesWhatNoAttachmentCanBe) {
  const std::string bytes = "abc";
  const auto refused = [&](auto change) {
    v1::UploadAttachmentRequest upload = UploadOf("plan", bytes);
    change(upload);
    return Send(upload, bytes).status();
  };
  EXPECT_THAT(refused([](auto& u) { u.set_parent("programs/acme"); }), IsInvalidField("parent"));
  EXPECT_THAT(refused([](auto& u) { u.set_request_id("1"); }), IsInvalidField("request_id"));
  EXPECT_THAT(refused([](auto& u) { u.set_attachment_id("A"); }), IsInvalidField("attachment_id"));
  EXPECT_THAT(refused([](auto& u) { u.set_display_name("../plan"); }),
              IsInvalidField("display_name"));
  EXPECT_THAT(refused([](auto& u) { u.set_media_type("pdf"); }), IsInvalidField("media_type"));
  EXPECT_THAT(refused([](auto& u) { u.set_size(domain::kAttachmentBytesMax + 1); }),
              IsInvalidField("size"));
  EXPECT_THAT(refused([](auto& u) { u.set_digest("abc"); }), IsInvalidField("digest"));
  // More bytes than it says.
  EXPECT_THAT(refused([](auto& u) {
                u.set_size(2);
                u.clear_digest();
              }),
              IsInvalidField("data"));
  v1::UploadAttachmentRequest elsewhere = UploadOf("plan", bytes);
  elsewhere.set_parent("programs/acme/items/none");
  EXPECT_THAT(Send(elsewhere, bytes), HasReason(Reason::kNotFound));
  Upload("plan", bytes);
  EXPECT_THAT(Send(UploadOf("plan", bytes), bytes), HasReason(Reason::kAlreadyExists));
}

TEST_F(AttachmentAdminServiceTest, OnlyTheFirstMessageSaysWhatItIs) {
  const std::string bytes = SomeBytes(20);
  grpc::ClientContext context;
  SignIn(context, kAdmin);
  v1::Attachment added;
  const auto stream = admin->UploadAttachment(&context, &added);
  v1::UploadAttachmentRequest message = UploadOf("plan", bytes);
  message.set_data(bytes.substr(0, 10));
  ASSERT_TRUE(stream->Write(message));
  message.set_data(bytes.substr(10));
  stream->Write(message);
  stream->WritesDone();
  EXPECT_THAT(FromWire(stream->Finish()), IsInvalidField("data"));

  grpc::ClientContext large;
  SignIn(large, kAdmin);
  const std::string much = SomeBytes(kPiece + 1);
  const auto second = admin->UploadAttachment(&large, &added);
  message = UploadOf("much", much);
  message.set_data(much);
  second->Write(message);
  second->WritesDone();
  EXPECT_THAT(FromWire(second->Finish()), IsInvalidField("data"));

  grpc::ClientContext nothing;
  SignIn(nothing, kAdmin);
  const auto empty = admin->UploadAttachment(&nothing, &added);
  empty->WritesDone();
  EXPECT_THAT(FromWire(empty->Finish()), IsInvalidField("parent"));
}

TEST_F(AttachmentAdminServiceTest, AnItemHasSoManyAttachments) {
  for (std::size_t i = 0; i < domain::kAttachmentsPerItemMax; ++i) {
    Upload("plan-" + std::to_string(i), "the same bytes");
  }
  EXPECT_THAT(Send(UploadOf("one-more", "other"), "other"), HasReason(Reason::kTooManyAttachments));
  v1::DeleteAttachmentRequest request;
  request.set_name(kBike + "/attachments/plan-7");
  request.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call(kAdmin, "AttachmentAdminService/DeleteAttachment", request), IsOk());
  EXPECT_THAT(Send(UploadOf("one-more", "other"), "other"), IsOk());
}

TEST_F(AttachmentAdminServiceTest, AStoreThatIsAwayAndADiskThatIsFullTakeNothing) {
  const std::string bytes = SomeBytes(kPiece + 5);
  const v1::UploadAttachmentRequest upload = UploadOf("plan", bytes);
  server.FailNextWrite();
  EXPECT_THAT(Send(upload, bytes), HasReason(Reason::kStoreUnavailable));
  server.blobs().SetDown(true);
  EXPECT_THAT(Send(upload, bytes), HasReason(Reason::kStoreUnavailable));
  v1::GetUploadRequest asked;
  asked.set_parent(kBike);
  asked.set_upload_id(upload.request_id());
  EXPECT_THAT(Call(kAdmin, "AttachmentAdminService/GetUpload", asked),
              HasReason(Reason::kStoreUnavailable));
  server.blobs().SetDown(false);
  EXPECT_EQ(List().attachments_size(), 0);
  EXPECT_THAT(Send(upload, bytes), IsOk());
}

TEST_F(AttachmentAdminServiceTest, ADeletedAttachmentIsGone) {
  Upload("plan", "abc");
  v1::DeleteAttachmentRequest request;
  request.set_name(kBike + "/attachments/plan");
  request.set_request_id(server.NewRequestId());
  const auto deleted = server.Must<v1::Attachment>(
      server.Token(kAdmin), "AttachmentAdminService/DeleteAttachment", request);
  EXPECT_EQ(deleted.size(), 3);
  EXPECT_EQ(List().attachments_size(), 0);
  EXPECT_THAT(Call("ada", "AttachmentService/DownloadAttachment", DownloadOf("plan")),
              HasReason(Reason::kNotFound));
  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call(kAdmin, "AttachmentAdminService/DeleteAttachment", request),
              HasReason(Reason::kNotFound));
  // The audit names it, and no bytes and no file's name.
  v1::ListAuditEntriesRequest audit;
  audit.set_parent(kProgramme);
  audit.set_page_size(1);
  const auto entries = server.Must<v1::ListAuditEntriesResponse>(
      server.Token("root"), "AuditAdminService/ListAuditEntries", audit);
  ASSERT_EQ(entries.audit_entries(0).changes_size(), 1);
  EXPECT_EQ(entries.audit_entries(0).changes(0).kind(), "insider_attachment");
  EXPECT_EQ(entries.audit_entries(0).changes(0).action(), v1::AuditChange::ACTION_DELETED);
}

TEST_F(AttachmentAdminServiceTest, OnlyAdminsAddFiles) {
  for (const char* who : {"ada", "ROLE_MODERATOR", "ROLE_ANALYST"}) {
    v1::ListAttachmentsRequest list;
    list.set_parent(kBike);
    EXPECT_THAT(Call(who, "AttachmentAdminService/ListAttachments", list),
                HasReason(Reason::kPermissionDenied));
    EXPECT_THAT(Call(who, "AttachmentAdminService/UploadAttachment", UploadOf("plan", "abc")),
                HasReason(Reason::kPermissionDenied));
  }
}

}  // namespace
}  // namespace perigee::tests
