#include "server/domain/insider/attachment.h"

#include <string>

#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/sha256.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

domain::Attachment Plan() {
  domain::Attachment attachment;
  attachment.item = "preview";
  attachment.id = "plan";
  attachment.display_name = "The plan (2).pdf";
  attachment.media_type = "application/pdf";
  attachment.size = 3;
  attachment.digest = Hex(Sha256("abc"));
  return attachment;
}

TEST(AttachmentTest, TakesAFileAsItIs) {
  EXPECT_THAT(domain::CheckAttachment(Plan()), IsOk());
  domain::Attachment without = Plan();
  without.digest.clear();
  EXPECT_THAT(domain::CheckAttachment(without), IsOk());
  domain::Attachment largest = Plan();
  largest.size = domain::kAttachmentBytesMax;
  EXPECT_THAT(domain::CheckAttachment(largest), IsOk());
  for (const char* type : {"text/markdown", "application/vnd.oasis.opendocument.text",
                           "image/svg+xml", "application/x-7z-compressed"}) {
    domain::Attachment other = Plan();
    other.media_type = type;
    EXPECT_THAT(domain::CheckAttachment(other), IsOk()) << type;
  }
}

TEST(AttachmentTest, ANameLeadsOutOfNoFolder) {
  const std::string names[] = {"",
                               ".",
                               "..",
                               ".profile",
                               "a/b",
                               "/etc/passwd",
                               "a\\b",
                               "c:x",
                               std::string("a\nb"),
                               std::string(201, 'a'),
                               "\xff"};
  for (const std::string& name : names) {
    domain::Attachment attachment = Plan();
    attachment.display_name = name;
    EXPECT_THAT(domain::CheckAttachment(attachment), IsInvalidField("display_name")) << name;
  }
}

TEST(AttachmentTest, RefusesWhatIsOutsideTheLimits) {
  const std::string types[] = {
      "",      "pdf",       "/pdf",       "text/", "text/html; charset=x",
      "a/b/c", "Text/Html", "text/ html", "-a/b",  "text/" + std::string(100, 'a')};
  for (const std::string& type : types) {
    domain::Attachment attachment = Plan();
    attachment.media_type = type;
    EXPECT_THAT(domain::CheckAttachment(attachment), IsInvalidField("media_type")) << type;
  }
  for (const std::int64_t size :
       {std::int64_t{-1}, std::int64_t{0}, domain::kAttachmentBytesMax + 1}) {
    domain::Attachment attachment = Plan();
    attachment.size = size;
    EXPECT_THAT(domain::CheckAttachment(attachment), IsInvalidField("size")) << size;
  }
  domain::Attachment attachment = Plan();
  attachment.digest = "abc";
  EXPECT_THAT(domain::CheckAttachment(attachment), IsInvalidField("digest"));
  attachment.digest = Hex(Sha256("abc"));
  attachment.id = "No id";
  EXPECT_THAT(domain::CheckAttachment(attachment), IsInvalidField("attachment_id"));
}

}  // namespace
}  // namespace perigee::tests
