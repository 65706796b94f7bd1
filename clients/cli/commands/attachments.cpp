#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/attachment.grpc.pb.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

namespace fs = std::filesystem;

using Admin = v1::AttachmentAdminService;
using Own = v1::AttachmentService;

constexpr std::size_t kPieceBytes = std::size_t{256} * 1024;
constexpr char kMediaType[] = "application/octet-stream";
constexpr char kUploaded[] =
    "  printf 'It folds.\\n' >plan.md\n"
    "  perigee items create plan --display-name 'The plan of May' --kind roadmap -p demo\n"
    "  perigee items add-version plan plan.md -p demo\n"
    "  perigee items open plan -p demo\n"
    "  perigee attachments upload plan plan.md --id text --media-type text/markdown -p demo\n";

// Tells on a terminal how much is done, in whole percents.
class Progress {
 public:
  Progress(std::string what, std::int64_t size) : what_(std::move(what)), size_(size) {}
  void At(std::int64_t bytes) {
    const auto percent = static_cast<int>(size_ == 0 ? 100 : bytes * 100 / size_);
    if (percent != shown_ && isatty(STDERR_FILENO) == 1) {
      std::cerr << "\r" << what_ << " " << percent << " %" << (percent == 100 ? "   \n" : "   ")
                << std::flush;
    }
    shown_ = percent;
  }

 private:
  const std::string what_;
  const std::int64_t size_;
  int shown_ = -1;
};

struct FileFacts {
  std::int64_t size = 0;
  std::string digest;
};

absl::StatusOr<FileFacts> FactsOf(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  Sha256Stream digest;
  FileFacts facts;
  std::string piece(kPieceBytes, '\0');
  while (file.read(piece.data(), static_cast<std::streamsize>(piece.size())) || file.gcount() > 0) {
    digest.Add(std::string_view(piece).substr(0, static_cast<std::size_t>(file.gcount())));
    facts.size += file.gcount();
  }
  if (!file.eof()) {
    return UsageFailure(path.string() + " cannot be read.");
  }
  facts.digest = Hex(digest.Finish());
  return facts;
}

Rows<v1::Attachment> AttachmentRows() {
  return {{"ATTACHMENT", "FILE", "TYPE", ">BYTES", "ADDED", "SHA-256"},
          [](const v1::Attachment& one) -> Row {
            return {IdOf(one.name()),
                    one.display_name(),
                    one.media_type(),
                    std::to_string(one.size()),
                    FormatTimestamp(one.create_time()),
                    one.digest()};
          }};
}

// Sends the file from where the server is.
grpc::Status UploadOnce(Admin::Stub& stub, grpc::ClientContext& context,
                        v1::UploadAttachmentRequest message, std::ifstream& file,
                        Progress& progress, v1::Attachment& added) {
  const std::int64_t size = message.size();
  std::int64_t at = message.offset();
  file.clear();
  file.seekg(at);
  const auto stream = stub.UploadAttachment(&context, &added);
  std::string piece(kPieceBytes, '\0');
  do {
    file.read(piece.data(),
              static_cast<std::streamsize>(std::min<std::int64_t>(kPieceBytes, size - at)));
    message.set_data(piece.data(), static_cast<std::size_t>(file.gcount()));
    at += file.gcount();
    if (!stream->Write(message)) {
      break;  // Finish says why.
    }
    message.Clear();
    progress.At(at);
  } while (at < size && file);
  stream->WritesDone();
  return stream->Finish();
}

absl::Status Upload(Session& session, v1::UploadAttachmentRequest request,
                    const std::string& path) {
  PERIGEE_ASSIGN_OR_RETURN(const FileFacts facts, FactsOf(path));
  request.set_size(facts.size);
  request.set_digest(facts.digest);
  if (request.display_name().empty()) {
    request.set_display_name(fs::path(path).filename().string());
  }
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session.Channel(Door::kInternal));
  Admin::Stub stub(channel);
  std::ifstream file(path, std::ios::binary);
  Progress progress(path, facts.size);
  v1::GetUploadRequest asked;
  asked.set_parent(request.parent());
  asked.set_upload_id(request.request_id());
  v1::Attachment added;
  const absl::Status status = session.Retry([&](grpc::ClientContext& context) {
    grpc::ClientContext asking;
    session.SetDeadline(asking);
    v1::Upload upload;
    grpc::Status known = stub.GetUpload(&asking, asked, &upload);
    if (!known.ok()) {
      return known;
    }
    request.set_offset(upload.offset());
    return UploadOnce(stub, context, request, file, progress, added);
  });
  if (!status.ok()) {
    const std::string reason = ReasonIn(status);
    if (MayRetry(status) || CannotBeReached(status) || reason == "UPLOAD_INCOMPLETE") {
      std::cerr << "the same command goes on where it stopped, with --request-id "
                << request.request_id() << "\n";
    }
    return status;
  }
  return PrintAnswer(session, added, AttachmentRows());
}

// The attachment as the member sees it.
absl::StatusOr<v1::Attachment> FindOpen(Session& session,
                                        const v1::DownloadAttachmentRequest& request) {
  v1::ListItemAttachmentsRequest list;
  list.set_parent(request.name().substr(0, request.name().find("/attachments/")));
  list.set_member(request.member());
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListItemAttachmentsResponse response,
                           session.AskAll(Door::kPublic, &Own::Stub::ListItemAttachments, list, 0));
  for (const v1::Attachment& attachment : response.attachments()) {
    if (attachment.name() == request.name()) {
      return attachment;
    }
  }
  return NotFoundFailure(request.name());
}

// A name that a server gives must not lead out of this folder.
bool IsPlainFileName(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find_first_of("/\\:") == std::string::npos;
}

// Appends what is missing of the file.
grpc::Status DownloadOnce(Own::Stub& stub, grpc::ClientContext& context,
                          const v1::DownloadAttachmentRequest& request, std::ofstream& file,
                          Progress& progress) {
  const auto stream = stub.DownloadAttachment(&context, request);
  v1::DownloadAttachmentResponse part;
  while (file && stream->Read(&part)) {
    file.write(part.data().data(), static_cast<std::streamsize>(part.data().size()));
    progress.At(part.offset() + static_cast<std::int64_t>(part.data().size()));
  }
  if (!file) {
    context.TryCancel();
  }
  return stream->Finish();
}

// What is there of the file already, at most `size` bytes.
std::int64_t SizeOf(const fs::path& path, std::int64_t size) {
  std::error_code missing;
  const std::uintmax_t bytes = fs::file_size(path, missing);
  return missing || std::cmp_greater(bytes, size) ? 0 : static_cast<std::int64_t>(bytes);
}

absl::Status Fetch(Session& session, v1::DownloadAttachmentRequest request,
                   const v1::Attachment& attachment, const fs::path& part) {
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session.Channel(Door::kPublic));
  Own::Stub stub(channel);
  Progress progress(attachment.display_name(), attachment.size());
  bool written = true;
  const absl::Status status = session.Retry([&](grpc::ClientContext& context) {
    request.set_offset(SizeOf(part, attachment.size()));
    std::ofstream file(
        part, std::ios::binary | (request.offset() == 0 ? std::ios::trunc : std::ios::app));
    std::error_code ignored;
    fs::permissions(part, fs::perms::owner_read | fs::perms::owner_write, ignored);
    grpc::Status ended = DownloadOnce(stub, context, request, file, progress);
    file.close();
    written = !file.fail();
    return written ? ended : grpc::Status::OK;
  });
  return written ? status : UsageFailure(part.string() + " cannot be written.");
}

// Loads into FILE.part, which a later call goes on with, and gives it its name once it is whole.
absl::Status Download(Session& session, const v1::DownloadAttachmentRequest& request,
                      const std::string& out) {
  PERIGEE_ASSIGN_OR_RETURN(const v1::Attachment attachment, FindOpen(session, request));
  if (out.empty() && !IsPlainFileName(attachment.display_name())) {
    return UsageFailure("the name of the file is none for this folder: give --out FILE.");
  }
  const fs::path to = out.empty() ? attachment.display_name() : out;
  const fs::path part = to.string() + ".part";
  PERIGEE_RETURN_IF_ERROR(Fetch(session, request, attachment, part));
  PERIGEE_ASSIGN_OR_RETURN(const FileFacts facts, FactsOf(part));
  std::error_code failure;
  if (facts.size != attachment.size() || facts.digest != attachment.digest()) {
    fs::remove(part, failure);
    return UsageFailure("what came is not the file, or " + part.string() +
                        " was of another one: it is removed. Call again.");
  }
  fs::rename(part, to, failure);
  if (failure) {
    return UsageFailure(to.string() + " cannot be written.");
  }
  return PrintAnswer(session, attachment, [&](Session& shown, const v1::Attachment&) {
    shown.out() << to.string() << ": " << facts.size << " bytes, sha256 " << facts.digest << "\n";
  });
}

void BindAttachment(Form& form) {
  form.Add("ATTACHMENT", "name", "ITEM/ID, or its full name",
           {.read = IdWithin("items", "attachments", "ITEM/ID, such as plan/text")})
      ->required();
}

void BindItem(Form& form) {
  form.Add("ITEM", "parent", "Its id", {.read = IdIn("items")})->required();
}

void AddStaffCommands(CLI::App& noun, Chosen& chosen) {
  const auto path = std::make_shared<std::string>();
  AddCall<v1::UploadAttachmentRequest>(
      noun, chosen,
      {"upload", "Add a file to an insider item; a stopped upload goes on with its --request-id",
       kUploaded},
      [path](Form& form) {
        BindItem(form);
        form.command().add_option("FILE", *path, "The file")->required();
        form.Add("--id", "attachment_id", "The id of the attachment")->required();
        form.Add("--media-type", "media_type", "Such as application/pdf", {.fallback = kMediaType});
        form.Add("--display-name", "display_name", "What the file is called; as FILE if left out");
      },
      [path](Session& session, v1::UploadAttachmentRequest request) {
        return Upload(session, std::move(request), *path);
      });
  AddCall<v1::ListAttachmentsRequest>(
      noun, chosen,
      {"list", "List the files of an insider item, for staff",
       std::string(kUploaded) + "  perigee attachments list plan -p demo"},
      [](Form& form) {
        BindItem(form);
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::Stub::ListAttachments, AttachmentRows()));
  AddCall<v1::DeleteAttachmentRequest>(
      noun, chosen,
      {"delete", "Delete a file of an insider item; open downloads of it end",
       std::string(kUploaded) + "  perigee attachments delete plan/text -p demo"},
      BindAttachment, Send(Door::kInternal, &Admin::Stub::DeleteAttachment, AttachmentRows()));
}

}  // namespace

void AddAttachments(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "attachments", "Files of insider items");
  AddStaffCommands(noun, chosen);
  AddCall<v1::ListItemAttachmentsRequest>(
      noun, chosen,
      {"open", "List the files of an item that is open for a member",
       std::string(kUploaded) + "  perigee attachments open plan --as m-001 -p demo"},
      [](Form& form) {
        BindItem(form);
        form.Add("--as", "member", "Your id", {.read = IdIn("members")})->required();
        BindLimit(form);
      },
      List(Door::kPublic, &Own::Stub::ListItemAttachments, AttachmentRows()));
  const auto out = std::make_shared<std::string>();
  AddCall<v1::DownloadAttachmentRequest>(
      noun, chosen,
      {"download", "Load a file as a member; the download is put on record first",
       std::string(kUploaded) +
           "  perigee attachments download plan/text --as m-001 --out copy.md -p demo"},
      [out](Form& form) {
        BindAttachment(form);
        form.Add("--as", "member", "Your id", {.read = IdIn("members")})->required();
        form.command().add_option("--out", *out,
                                  "Where to; in this folder, by its name, if left out");
      },
      [out](Session& session, const v1::DownloadAttachmentRequest& request) {
        return Download(session, request, *out);
      });
}

}  // namespace perigee::cli
