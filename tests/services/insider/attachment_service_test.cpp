#include "server/services/insider/attachment_service.h"

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/services/insider/attachment_server.h"
#include "tests/support/process.h"

namespace perigee::tests {
namespace {

using testing::SizeIs;

// More than the network holds on its way.
constexpr std::size_t kLarge = std::size_t{32} * 1024 * 1024;

// One download, whose messages a test takes one by one.
class OneDownload {
 public:
  OneDownload(v1::AttachmentService::Stub& stub, const std::string& token,
              const v1::DownloadAttachmentRequest& request) {
    context_.AddMetadata("authorization", "Bearer " + token);
    stream_ = stub.DownloadAttachment(&context_, request);
  }
  // Takes the next message. False: there is none any more.
  bool Take() {
    v1::DownloadAttachmentResponse part;
    if (!stream_->Read(&part)) {
      return false;
    }
    if (part.has_attachment()) {
      heads.push_back(part.attachment());
    }
    EXPECT_EQ(part.offset(), start + static_cast<std::int64_t>(bytes.size()));
    EXPECT_LE(part.data().size(), 64U * 1024);
    bytes += part.data();
    return true;
  }
  // Takes what is left, and ends.
  grpc::Status Finish() {
    while (Take()) {
    }
    return stream_->Finish();
  }

  std::int64_t start = 0;
  std::string bytes;
  std::vector<v1::Attachment> heads;

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::DownloadAttachmentResponse>> stream_;
};

class AttachmentServiceTest : public AttachmentServerTest {
 protected:
  std::unique_ptr<OneDownload> Begin(const v1::DownloadAttachmentRequest& request,
                                     const std::string& who = "ada") {
    auto download = std::make_unique<OneDownload>(*own, server.Token(who), request);
    download->start = request.offset();
    return download;
  }
  // A download whose first part has come, and whose rest is longer than the network takes.
  std::unique_ptr<OneDownload> BeginLarge() {
    Upload("film", SomeBytes(kLarge));
    auto download = Begin(DownloadOf("film"));
    EXPECT_TRUE(download->Take());
    return download;
  }
  // It ends as what is not there does, before it is whole.
  void ExpectShut(OneDownload& download) {
    const grpc::Status ended = download.Finish();
    EXPECT_EQ(ended.error_code(), grpc::StatusCode::NOT_FOUND);
    EXPECT_EQ(ended.error_message(), kBike + "/attachments/film was not found");
    EXPECT_LT(download.bytes.size(), kLarge);
    EXPECT_TRUE(Await([&] { return server.telemetry().downloads_shut == 1; }));
    // And not one byte more.
    EXPECT_THAT(Call("ada", "AttachmentService/DownloadAttachment",
                     DownloadOf("film", "ada", static_cast<std::int64_t>(download.bytes.size()))),
                HasReason(Reason::kNotFound));
  }
  v1::ListOwnItemReadsResponse OwnReads() {
    v1::ListOwnItemReadsRequest request;
    request.set_parent(kProgramme + "/members/ada");
    return server.Must<v1::ListOwnItemReadsResponse>(server.Token("ada"),
                                                     "InsiderService/ListOwnItemReads", request);
  }
  v1::ListItemAttachmentsRequest ListOf(const std::string& who, const std::string& item = kBike) {
    v1::ListItemAttachmentsRequest request;
    request.set_parent(item);
    request.set_member(kProgramme + "/members/" + who);
    return request;
  }
};

TEST_F(AttachmentServiceTest, AMemberListsWhatIsOpen) {
  const v1::Attachment plan = Upload("plan", "abc");
  Upload("film", "defg");
  v1::ListItemAttachmentsRequest request = ListOf("ada");
  request.set_page_size(1);
  auto page = server.Must<v1::ListItemAttachmentsResponse>(
      server.Token("ada"), "AttachmentService/ListItemAttachments", request);
  ASSERT_THAT(page.attachments(), SizeIs(1));
  EXPECT_EQ(page.attachments(0).display_name(), "film.pdf");
  request.set_page_token(page.next_page_token());
  page = server.Must<v1::ListItemAttachmentsResponse>(
      server.Token("ada"), "AttachmentService/ListItemAttachments", request);
  ASSERT_THAT(page.attachments(), SizeIs(1));
  EXPECT_EQ(page.attachments(0).SerializeAsString(), plan.SerializeAsString());
  EXPECT_EQ(page.next_page_token(), "");

  // A closed item is as one that is not there.
  const absl::Status hidden = Call("bob", "AttachmentService/ListItemAttachments", ListOf("bob"));
  const absl::Status missing = Call("bob", "AttachmentService/ListItemAttachments",
                                    ListOf("bob", "programs/acme/items/bake"));
  EXPECT_THAT(hidden, HasReason(Reason::kNotFound));
  std::string renamed(hidden.message());
  renamed.replace(renamed.find("bike"), 4, "bake");
  EXPECT_EQ(renamed, std::string(missing.message()));
}

TEST_F(AttachmentServiceTest, AFileComesWholeAndFromAnyOffset) {
  const std::string bytes = SomeBytes(kPiece + 4321);
  const v1::Attachment film = Upload("film", bytes);
  const auto size = static_cast<std::int64_t>(bytes.size());
  for (const std::int64_t offset :
       {std::int64_t{0}, std::int64_t{1}, std::int64_t{70'000}, size - 1, size}) {
    const auto download = Begin(DownloadOf("film", "ada", offset));
    const grpc::Status ended = download->Finish();
    EXPECT_TRUE(ended.ok()) << ended.error_message();
    EXPECT_TRUE(download->bytes == bytes.substr(static_cast<std::size_t>(offset))) << offset;
    ASSERT_THAT(download->heads, SizeIs(1));
    EXPECT_EQ(download->heads[0].SerializeAsString(), film.SerializeAsString());
  }
  EXPECT_EQ(server.telemetry().attachment_bytes, 5 * size - 1 - 70'000 - (size - 1) - size);
  EXPECT_THAT(FromWire(Begin(DownloadOf("film", "ada", size + 1))->Finish()),
              IsInvalidField("offset"));
  EXPECT_THAT(FromWire(Begin(DownloadOf("film", "ada", -1))->Finish()), IsInvalidField("offset"));
  EXPECT_EQ(server.telemetry().downloads_shut, 0);
}

TEST_F(AttachmentServiceTest, ADownloadIsOnRecordBeforeItsFirstByte) {
  Upload("film", "abc");
  server.FailNextWrite();
  const auto refused = Begin(DownloadOf("film"));
  EXPECT_THAT(FromWire(refused->Finish()), HasReason(Reason::kStoreUnavailable));
  EXPECT_EQ(refused->bytes, "");
  EXPECT_THAT(refused->heads, SizeIs(0));
  EXPECT_THAT(OwnReads().reads(), SizeIs(0));

  const auto download = Begin(DownloadOf("film"));
  ASSERT_TRUE(download->Take());
  const v1::ListOwnItemReadsResponse reads = OwnReads();
  ASSERT_THAT(reads.reads(), SizeIs(1));
  EXPECT_EQ(reads.reads(0).item(), kBike);
  EXPECT_EQ(reads.reads(0).attachment(), "film");
  EXPECT_TRUE(download->Finish().ok());
  // Within the minute others share the entry.
  EXPECT_TRUE(Begin(DownloadOf("film", "ada", 1))->Finish().ok());
  EXPECT_THAT(OwnReads().reads(), SizeIs(1));
  server.clock.Advance(std::chrono::minutes(2));
  EXPECT_TRUE(Begin(DownloadOf("film", "ada", 1))->Finish().ok());
  EXPECT_THAT(OwnReads().reads(), SizeIs(2));
}

TEST_F(AttachmentServiceTest, WhatIsHiddenIsAsWhatIsMissing) {
  Upload("film", "abc");
  const absl::Status hidden = FromWire(Begin(DownloadOf("film", "bob"), "bob")->Finish());
  const absl::Status missing = FromWire(Begin(DownloadOf("fylm", "bob"), "bob")->Finish());
  EXPECT_THAT(hidden, HasReason(Reason::kNotFound));
  std::string renamed(hidden.message());
  renamed.replace(renamed.find("film"), 4, "fylm");
  EXPECT_EQ(renamed, std::string(missing.message()));
  EXPECT_EQ(MetadataOf(hidden).size(), MetadataOf(missing).size());
  // An offset beyond the end does not tell either.
  EXPECT_THAT(FromWire(Begin(DownloadOf("film", "bob", 99), "bob")->Finish()),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(FromWire(Begin(DownloadOf("fylm"))->Finish()), HasReason(Reason::kNotFound));
  // A file is for its reader alone.
  EXPECT_THAT(FromWire(Begin(DownloadOf("film"), "root")->Finish()),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(FromWire(Begin(DownloadOf("film"), kAdmin)->Finish()),
              HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(FromWire(Begin(DownloadOf("film", "bob"))->Finish()), HasReason(Reason::kNotFound));
}

TEST_F(AttachmentServiceTest, AWithdrawalEndsADownload) {
  const auto download = BeginLarge();
  Withdraw();
  ExpectShut(*download);
}

TEST_F(AttachmentServiceTest, AWithdrawalCutsOffWhoReadsNothing) {
  const auto download = BeginLarge();
  Withdraw();
  // It ends on the server although nobody takes what is on its way.
  EXPECT_TRUE(Await([&] { return server.telemetry().downloads_shut == 1; }));
  ExpectShut(*download);
}

TEST_F(AttachmentServiceTest, ASanctionEndsADownload) {
  const auto download = BeginLarge();
  server.Suspend(kProgramme + "/members/ada");
  ExpectShut(*download);
}

TEST_F(AttachmentServiceTest, TheEndOfTheItemsTimeEndsADownloadWithoutACommit) {
  const auto download = BeginLarge();
  server.clock.Set(Time(std::chrono::seconds(kCloseSeconds)));
  ExpectShut(*download);
}

TEST_F(AttachmentServiceTest, TheDeletionOfTheFileEndsADownload) {
  const auto download = BeginLarge();
  v1::DeleteAttachmentRequest request;
  request.set_name(kBike + "/attachments/film");
  request.set_request_id(server.NewRequestId());
  ASSERT_THAT(Call(kAdmin, "AttachmentAdminService/DeleteAttachment", request), IsOk());
  ExpectShut(*download);
}

TEST_F(AttachmentServiceTest, OtherCommitsEndNoDownload) {
  const std::string bytes = SomeBytes(kLarge);
  const auto download = BeginLarge();
  for (int i = 0; i < 20; ++i) {
    Upload("other-" + std::to_string(i), "abc");
  }
  const grpc::Status ended = download->Finish();
  EXPECT_TRUE(ended.ok()) << ended.error_message();
  EXPECT_TRUE(download->bytes == bytes);
  EXPECT_EQ(server.telemetry().downloads_shut, 0);
}

TEST_F(AttachmentServiceTest, BytesThatCannotBeReadEndTheDownload) {
  const auto download = BeginLarge();
  server.blobs().SetDown(true);
  EXPECT_EQ(download->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_LT(download->bytes.size(), kLarge);
  server.blobs().SetDown(false);
  const auto rest =
      Begin(DownloadOf("film", "ada", static_cast<std::int64_t>(download->bytes.size())));
  EXPECT_TRUE(rest->Finish().ok());
  EXPECT_TRUE(download->bytes + rest->bytes == SomeBytes(kLarge));
}

}  // namespace
}  // namespace perigee::tests
