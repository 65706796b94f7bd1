#include "server/use_cases/insider/attachments.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/adapters/blob/folder_blobs.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/domain/insider/item.h"
#include "server/domain/member/member.h"
#include "server/ports/store.h"
#include "server/use_cases/insider/items.h"
#include "tests/fakes/failing_store.h"
#include "tests/jobs/units.h"
#include "tests/matchers/status.h"
#include "tests/support/temporary_folder.h"

namespace perigee::tests {
namespace {

using domain::Attachment;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using use_cases::AttachmentPlace;

// A programme with ada, a partner, and bob, and the item `bike`, open for partners.
class AttachmentsTest : public UnitsTest {
 protected:
  AttachmentsTest() {
    programme.AddMember("ada");
    programme.AddMember("bob");
    programme.ChangeMember(
        "ada", [](domain::Member& m) { m.kinds = {domain::StakeholderKind::kPartner}; });
    domain::InsiderItem item;
    item.id = "bike";
    item.display_name = "The next bike";
    item.kind = domain::ItemKind::kPreview;
    item.audience = "kind:partner";
    EXPECT_THAT(Do([&](auto& reader, const auto& unit) {
                  return use_cases::CreateItem(reader, unit, "demo", item);
                }),
                IsOk());
    EXPECT_THAT(Move([](Time now, domain::InsiderItem& i) { return domain::Open(now, i); }),
                IsOk());
  }
  void TearDown() override { EXPECT_THAT(programme.Findings(), IsEmpty()); }

  Time Now() const { return programme.clock.Now(); }
  absl::Status Move(const use_cases::ItemMoveAt& move) {
    return Do([&](auto& reader, const auto& unit) {
             return use_cases::MoveItem(reader, unit, "demo", "bike", move);
           })
        .status();
  }
  static AttachmentPlace Place(const std::string& id) { return {"demo", "bike", id}; }
  static Attachment File(const std::string& id, const std::string& bytes) {
    Attachment attachment;
    attachment.item = "bike";
    attachment.id = id;
    attachment.display_name = id + ".pdf";
    attachment.media_type = "application/pdf";
    attachment.size = static_cast<std::int64_t>(bytes.size());
    attachment.digest = Hex(Sha256(bytes));
    return attachment;
  }
  absl::StatusOr<Attachment> Add(const std::string& id, const std::string& bytes, Time kept_time) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::AddAttachment(reader, unit, "demo", File(id, bytes), kept_time);
    });
  }
  absl::StatusOr<Attachment> Delete(const std::string& id) {
    return Do([&](auto& reader, const auto& unit) {
      return use_cases::DeleteAttachment(reader, unit, Place(id));
    });
  }
  // Keeps a blob now, and adds the attachment.
  void Upload(const std::string& id, const std::string& bytes) {
    Keep("demo", bytes);
    EXPECT_THAT(Add(id, bytes, Now()), IsOk());
  }
  void Keep(const std::string& program, const std::string& bytes) {
    const ports::UploadKey upload{program, Uuid::FromRaw("0123456789abcdef")};
    EXPECT_THAT(blobs_.Append(upload, 0, bytes, Now()), IsOk());
    EXPECT_THAT(blobs_.Keep(upload, Now()), IsOk());
  }
  std::vector<std::string> Ids(const std::string& after = "", int limit = 100) {
    std::vector<std::string> ids;
    programme.Read([&](ports::StoreReader& reader) {
      const auto found = use_cases::AttachmentsOf(reader, "demo", "bike", after, limit);
      EXPECT_THAT(found, IsOk());
      for (const Attachment& attachment : found.value_or(std::vector<Attachment>())) {
        ids.push_back(attachment.id);
      }
      return absl::OkStatus();
    });
    return ids;
  }
  absl::Status TryOpen(const std::string& member, const std::string& id) {
    absl::Status status;
    programme.Read([&](ports::StoreReader& reader) {
      status = use_cases::RequireOpenAttachment(reader, Place(id), member, Now()).status();
      return absl::OkStatus();
    });
    return status;
  }
  bool Sweep() { return use_cases::SweepBlobs(programme.store(), blobs_, Now()).ok(); }
  bool IsThere(const std::string& bytes, const std::string& program = "demo") {
    return blobs_.Read({program, Sha256(bytes)}, 0, 1).value().has_value();
  }

  TemporaryFolder folder_;
  adapters::FolderBlobs blobs_{folder_.File("blobs")};
};

TEST_F(AttachmentsTest, AnAttachmentIsAddedOnceAndListedById) {
  Upload("plan", "abc");
  Upload("film", "def");
  EXPECT_THAT(Ids(), ElementsAre("film", "plan"));
  EXPECT_THAT(Ids("film"), ElementsAre("plan"));
  EXPECT_THAT(Ids("", 1), ElementsAre("film"));
  EXPECT_THAT(Add("plan", "other", Now()), HasReason(Reason::kAlreadyExists));
  const auto deleted = Delete("plan");
  ASSERT_THAT(deleted, IsOk());
  EXPECT_EQ(deleted->size, 3);
  EXPECT_EQ(deleted->create_time, Now());
  EXPECT_THAT(Ids(), ElementsAre("film"));
  EXPECT_THAT(Delete("plan"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Add("plan", "other", Now()), IsOk());
}

TEST_F(AttachmentsTest, ABlobThatWaitedTooLongMayBeGone) {
  EXPECT_THAT(Add("plan", "abc", Now() - use_cases::kBlobSpared / 2), HasReason(Reason::kConflict));
  EXPECT_THAT(Add("plan", "abc", Now() - use_cases::kBlobSpared / 2 + Duration(1)), IsOk());
}

TEST_F(AttachmentsTest, AnAttachmentHasTheGateOfItsItem) {
  Upload("plan", "abc");
  EXPECT_THAT(TryOpen("ada", "plan"), IsOk());
  const std::string missing = "programs/demo/items/bike/attachments/plan was not found";
  EXPECT_EQ(TryOpen("bob", "plan").message(), missing);
  EXPECT_EQ(TryOpen("nobody", "plan").message(), missing);
  ASSERT_THAT(Move([](Time now, domain::InsiderItem& i) { return domain::Withdraw(now, i); }),
              IsOk());
  EXPECT_EQ(TryOpen("ada", "plan").message(), missing);
  EXPECT_THAT(TryOpen("ada", "other"), HasReason(Reason::kNotFound));
}

TEST_F(AttachmentsTest, WhatNothingNamesIsSweptAfterItsTime) {
  Upload("plan", "named");
  Upload("copy", "named");
  Keep("demo", "never named");
  Keep("gone", "of a programme that is not there");
  programme.clock.Advance(use_cases::kBlobSpared);
  ASSERT_TRUE(Sweep());
  EXPECT_TRUE(IsThere("never named"));  // Its hour is not over.
  programme.clock.Advance(Duration(1));
  ASSERT_TRUE(Sweep());
  EXPECT_TRUE(IsThere("named"));
  EXPECT_FALSE(IsThere("never named"));
  EXPECT_FALSE(IsThere("of a programme that is not there", "gone"));
  // The last name of it counts.
  ASSERT_THAT(Delete("plan"), IsOk());
  ASSERT_TRUE(Sweep());
  EXPECT_TRUE(IsThere("named"));
  ASSERT_THAT(Delete("copy"), IsOk());
  ASSERT_TRUE(Sweep());
  EXPECT_FALSE(IsThere("named"));
}

TEST_F(AttachmentsTest, UploadsThatNobodyGoesOnWithAreSwept) {
  const ports::UploadKey upload{"demo", Uuid::FromRaw("fedcba9876543210")};
  ASSERT_THAT(blobs_.Append(upload, 0, "half", Now()), IsOk());
  programme.clock.Advance(use_cases::kUploadKept);
  ASSERT_TRUE(Sweep());
  EXPECT_EQ(*blobs_.Received(upload), 4);
  programme.clock.Advance(Duration(1));
  ASSERT_TRUE(Sweep());
  EXPECT_EQ(*blobs_.Received(upload), 0);
}

TEST_F(AttachmentsTest, AStoreThatIsAwayLosesNoBlob) {
  Upload("plan", "named");
  programme.clock.Advance(hours(3));
  FailingStore away(programme.store());
  away.SetDown(true);
  EXPECT_THAT(use_cases::SweepBlobs(away, blobs_, Now()), HasReason(Reason::kStoreUnavailable));
  EXPECT_TRUE(IsThere("named"));
}

TEST_F(AttachmentsTest, TheBytesOfADeletedProgrammeGo) {
  Upload("plan", "named");
  programme.clock.Advance(hours(2));
  programme.Delete();
  ASSERT_TRUE(Sweep());
  EXPECT_FALSE(IsThere("named"));
  programme.DoWhatIsDue();
}

}  // namespace
}  // namespace perigee::tests
