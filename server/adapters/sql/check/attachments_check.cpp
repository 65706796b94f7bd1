#include "server/adapters/sql/check/attachments_check.h"

#include <cstdint>
#include <map>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "server/adapters/sql/blob/all_attachments.h"
#include "server/adapters/sql/check/check.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/ports/blob/blobs.h"

namespace perigee::sql {
namespace {

// What is wrong with the blob, or nothing. `size` becomes how many bytes it has.
absl::StatusOr<std::string> FaultOfBlob(ports::Blobs& blobs, const ports::BlobKey& key,
                                        std::int64_t& size) {
  Sha256Stream digest;
  size = 0;
  for (;;) {
    PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                             blobs.Read(key, size, ports::kBlobBytesAtOnce));
    if (!bytes.has_value()) {
      return "its bytes are missing";
    }
    if (bytes->empty()) {
      break;
    }
    digest.Add(*bytes);
    size += static_cast<std::int64_t>(bytes->size());
  }
  return digest.Finish() == key.digest ? "" : "its bytes have another digest";
}

}  // namespace

absl::Status CheckAttachments(Connection& connection, const std::string& program,
                              ports::Blobs& blobs, std::vector<Finding>& findings) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Attachment> attachments,
                           AllAttachments(connection, program));
  struct Blob {
    std::string fault;
    std::int64_t size = 0;
  };
  std::map<std::string, Blob> known;  // By the attachment's text of its digest.
  for (const domain::Attachment& attachment : attachments) {
    const auto [at, is_new] = known.emplace(attachment.digest, Blob{});
    Blob& blob = at->second;
    if (is_new) {
      const std::optional<Sha256Digest> digest = ParseSha256(attachment.digest);
      if (digest.has_value()) {
        PERIGEE_ASSIGN_OR_RETURN(blob.fault, FaultOfBlob(blobs, {program, *digest}, blob.size));
      } else {
        blob.fault = "its digest is none";
      }
    }
    std::string fault = blob.fault;
    if (fault.empty() && blob.size != attachment.size) {
      fault = "it says another size than its bytes have";
    }
    if (!fault.empty()) {
      findings.push_back({program, absl::StrCat("insider_attachment ", attachment.item, " ",
                                                attachment.id, ": ", fault)});
    }
  }
  return absl::OkStatus();
}

}  // namespace perigee::sql
