#include "server/use_cases/insider/attachments.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/ports/blob/blobs.h"
#include "server/ports/program/program_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Attachment;

constexpr int kSweptAtOnce = 200;

absl::StatusOr<std::optional<Attachment>> Find(ports::StoreReader& reader,
                                               const AttachmentPlace& place) {
  Attachment like;
  like.item = place.item;
  like.id = place.id;
  return reader.records().Find(place.program, like);
}

// Whether an attachment of the programme has those bytes. Rows of a deleted programme, which are
// still being removed, name nothing.
absl::StatusOr<bool> IsNamed(ports::StoreReader& reader, const ports::BlobKey& blob) {
  PERIGEE_ASSIGN_OR_RETURN(const auto program, reader.programs().Find(blob.program));
  if (!program.has_value()) {
    return false;
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<Attachment> found,
      reader.records().List<Attachment>(blob.program, {{"digest", Hex(blob.digest)}}, nullptr, 1));
  return !found.empty();
}

}  // namespace

std::string NameOf(const AttachmentPlace& place) {
  return FormatName(kAttachmentPattern, {place.program, place.item, place.id});
}

absl::Status CheckNewAttachment(ports::StoreReader& reader, const AttachmentPlace& place) {
  PERIGEE_RETURN_IF_ERROR(RequireItem(reader, place.program, place.item).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<Attachment> present, Find(reader, place));
  if (present.has_value()) {
    return AlreadyExists(NameOf(place));
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const std::vector<Attachment> all,
      AttachmentsOf(reader, place.program, place.item, "", domain::kAttachmentsPerItemMax));
  if (all.size() >= domain::kAttachmentsPerItemMax) {
    return Error(Reason::kTooManyAttachments,
                 absl::StrCat("item ", place.item, " has ", all.size(), " attachments already"),
                 {{"item", place.item}, {"limit", std::to_string(all.size())}});
  }
  return absl::OkStatus();
}

absl::StatusOr<Decided<Attachment>> AddAttachment(ports::StoreReader& reader,
                                                  const ports::UnitContext& unit,
                                                  const std::string& program, Attachment attachment,
                                                  Time kept_time) {
  PERIGEE_RETURN_IF_ERROR(CheckNewAttachment(reader, {program, attachment.item, attachment.id}));
  // Half of the time that the blob is spared, because clocks of servers differ.
  if (unit.now >= kept_time + kBlobSpared / 2) {
    return Error(Reason::kConflict, "the upload waited too long for the store: send it again");
  }
  attachment.create_time = unit.now;
  attachment.revision = unit.revision;
  return Put(std::move(attachment));
}

absl::StatusOr<Decided<Attachment>> DeleteAttachment(ports::StoreReader& reader,
                                                     const ports::UnitContext&,
                                                     const AttachmentPlace& place) {
  PERIGEE_RETURN_IF_ERROR(RequireItem(reader, place.program, place.item).status());
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Attachment> attachment, Find(reader, place));
  if (!attachment.has_value()) {
    return NotFound(NameOf(place));
  }
  Decided<Attachment> decided{*std::move(attachment), {}};
  decided.changes.records.Delete(decided.value);
  return decided;
}

absl::StatusOr<std::vector<Attachment>> AttachmentsOf(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const std::string& item,
                                                      const std::string& after, int limit) {
  Attachment last;
  last.item = item;
  last.id = after;
  return reader.records().List<Attachment>(program, {{"item", item}}, &last, limit);
}

absl::StatusOr<OpenAttachment> RequireOpenAttachment(ports::StoreReader& reader,
                                                     const AttachmentPlace& place,
                                                     const std::string& member, Time now) {
  return RequireOpenAttachment(std::make_shared<GateGround>(reader, place.program), place, member,
                               now);
}

absl::StatusOr<OpenAttachment> RequireOpenAttachment(const std::shared_ptr<GateGround>& ground,
                                                     const AttachmentPlace& place,
                                                     const std::string& member, Time now) {
  // One answer for all that is not to be had: the reads themselves refuse in other ways.
  const auto missing = [&](const absl::Status& status) {
    return ReasonOf(status) == Reason::kNotFound ? NotFound(NameOf(place)) : status;
  };
  const absl::StatusOr<domain::Member> person =
      RequireMember(ground->reader(), place.program, member);
  if (!person.ok()) {
    return missing(person.status());
  }
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(ground, *person, now));
  absl::StatusOr<OpenItem> open = gate.Require(place.item);
  if (!open.ok()) {
    return missing(open.status());
  }
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Attachment> attachment, Find(ground->reader(), place));
  if (!attachment.has_value()) {
    return NotFound(NameOf(place));
  }
  return OpenAttachment{*std::move(open), gate.member().key, *std::move(attachment)};
}

absl::Status SweepBlobs(const ports::Store& store, ports::Blobs& blobs, Time now) {
  PERIGEE_RETURN_IF_ERROR(blobs.DropUploads(now - kUploadKept));
  ports::BlobKey after;
  std::vector<ports::BlobKey> page;
  do {
    PERIGEE_ASSIGN_OR_RETURN(page, blobs.List(after, kSweptAtOnce));
    std::vector<ports::BlobKey> nameless;
    // What was kept long enough ago has its name in this view by now, if it will ever have one.
    PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
      for (const ports::BlobKey& blob : page) {
        PERIGEE_ASSIGN_OR_RETURN(const bool is_named, IsNamed(reader, blob));
        if (!is_named) {
          nameless.push_back(blob);
        }
      }
      return absl::OkStatus();
    }));
    for (const ports::BlobKey& blob : nameless) {
      PERIGEE_RETURN_IF_ERROR(blobs.Remove(blob, now - kBlobSpared));
    }
    if (!page.empty()) {
      after = page.back();
    }
  } while (std::cmp_equal(page.size(), kSweptAtOnce));
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
