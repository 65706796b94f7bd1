#include "tests/conformance/blob/blobs_conformance.h"

#include <algorithm>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/support/need.h"
#include "tests/support/race.h"

namespace perigee::tests {

void BlobsConformance::SetUp() {
  under_test_ = GetParam().make();
  if (const std::string reason = under_test_->Missing(); !reason.empty()) {
    PERIGEE_SKIP_OR_FAIL(reason);
  }
  blobs_ = under_test_->Open();
}

namespace {

using ports::BlobKey;
using ports::kBlobBytesAtOnce;
using ports::KeptBlob;
using ports::UploadKey;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kProgram = "demo";
constexpr Time kNow = FromMicros(1'700'000'000'000'000);

UploadKey Upload(std::uint8_t n, const std::string& program = kProgram) {
  Uuid id;
  id.bytes[0] = 1;
  id.bytes[15] = n;
  return {program, id};
}

std::string SomeBytes(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::string bytes(size, '\0');
  std::ranges::generate(bytes, [&] { return static_cast<char>(random() & 0xffU); });
  return bytes;
}

BlobKey KeyOf(const std::string& bytes, const std::string& program = kProgram) {
  return {program, Sha256(bytes)};
}

// Uploads the bytes whole, and keeps them.
KeptBlob Put(ports::Blobs& blobs, const UploadKey& upload, const std::string& bytes,
             Time now = kNow) {
  for (std::size_t at = 0; at < bytes.size(); at += kBlobBytesAtOnce) {
    const std::string part = bytes.substr(at, kBlobBytesAtOnce);
    const auto size = blobs.Append(upload, static_cast<std::int64_t>(at), part, now);
    EXPECT_THAT(size, IsOk());
    EXPECT_EQ(*size, static_cast<std::int64_t>(at + part.size()));
  }
  const auto kept = blobs.Keep(upload, now);
  EXPECT_THAT(kept, IsOk());
  return kept.value_or(KeptBlob());
}

bool IsThere(ports::Blobs& blobs, const BlobKey& blob) {
  const auto read = blobs.Read(blob, 0, 1);
  EXPECT_THAT(read, IsOk());
  return read.ok() && read->has_value();
}

TEST_P(BlobsConformance, AnUploadGrowsAtItsEndAlone) {
  EXPECT_EQ(*blobs_->Received(Upload(1)), 0);
  EXPECT_EQ(*blobs_->Append(Upload(1), 5, "early", kNow), 0);
  EXPECT_EQ(*blobs_->Append(Upload(1), 0, "Hello", kNow), 5);
  EXPECT_EQ(*blobs_->Append(Upload(1), 0, "again", kNow), 5);
  EXPECT_EQ(*blobs_->Append(Upload(1), 4, "within", kNow), 5);
  EXPECT_EQ(*blobs_->Append(Upload(1), 6, "beyond", kNow), 5);
  EXPECT_EQ(*blobs_->Append(Upload(1), 5, ", world", kNow), 12);
  EXPECT_EQ(*blobs_->Received(Upload(1)), 12);
  EXPECT_EQ(*blobs_->Received(Upload(2)), 0);
  EXPECT_EQ(*blobs_->Received(Upload(1, "other")), 0);
  const auto kept = blobs_->Keep(Upload(1), kNow);
  ASSERT_THAT(kept, IsOk());
  EXPECT_EQ(*kept, (KeptBlob{Sha256("Hello, world"), 12}));
}

TEST_P(BlobsConformance, ABlobIsReadFromAnyOffset) {
  const std::string bytes = SomeBytes(2 * kBlobBytesAtOnce + 12'345);
  EXPECT_EQ(Put(*blobs_, Upload(1), bytes),
            (KeptBlob{Sha256(bytes), static_cast<std::int64_t>(bytes.size())}));
  const BlobKey key = KeyOf(bytes);
  for (const std::size_t count : {std::size_t{1}, std::size_t{1000}, std::size_t{64} * 1024,
                                  kBlobBytesAtOnce, 10 * kBlobBytesAtOnce}) {
    for (const std::size_t offset :
         {std::size_t{0}, std::size_t{1}, std::size_t{65'535}, std::size_t{65'536},
          kBlobBytesAtOnce - 1, bytes.size() - 1, bytes.size(), bytes.size() + 7}) {
      const auto read = blobs_->Read(key, static_cast<std::int64_t>(offset), count);
      ASSERT_THAT(read, IsOk());
      ASSERT_TRUE(read->has_value());
      const std::string expected =
          offset < bytes.size() ? bytes.substr(offset, std::min(count, kBlobBytesAtOnce)) : "";
      EXPECT_TRUE(**read == expected) << offset << " " << count << " " << (*read)->size();
    }
  }
  EXPECT_FALSE(IsThere(*blobs_, KeyOf("other bytes")));
  EXPECT_FALSE(IsThere(*blobs_, KeyOf(bytes, "other")));
}

TEST_P(BlobsConformance, AnUploadEndsWithItsBlob) {
  Put(*blobs_, Upload(1), "bytes");
  EXPECT_EQ(*blobs_->Received(Upload(1)), 0);
  EXPECT_THAT(blobs_->Keep(Upload(1), kNow), HasReason(Reason::kConflict));
  EXPECT_THAT(blobs_->Keep(Upload(2), kNow), HasReason(Reason::kConflict));
  EXPECT_EQ(*blobs_->Append(Upload(1), 5, "more", kNow), 0);
  // The id may begin another upload.
  EXPECT_EQ(Put(*blobs_, Upload(1), "other").digest, Sha256("other"));
  EXPECT_EQ(**blobs_->Read(KeyOf("bytes"), 0, 100), "bytes");
  EXPECT_EQ(**blobs_->Read(KeyOf("other"), 0, 100), "other");
}

TEST_P(BlobsConformance, EqualBytesAreOneBlob) {
  const std::string bytes = SomeBytes(100'000);
  EXPECT_EQ(Put(*blobs_, Upload(1), bytes), Put(*blobs_, Upload(2), bytes));
  EXPECT_THAT(*blobs_->List({}, 10), ElementsAre(KeyOf(bytes)));
  EXPECT_EQ(*blobs_->Received(Upload(2)), 0);
  EXPECT_TRUE(**blobs_->Read(KeyOf(bytes), 0, bytes.size()) == bytes);
  // Nothing is left of the second one that could be taken for the first.
  ASSERT_THAT(blobs_->DropUploads(kNow + seconds(1)), IsOk());
  EXPECT_TRUE(**blobs_->Read(KeyOf(bytes), 0, bytes.size()) == bytes);
}

TEST_P(BlobsConformance, EachProgrammeHasBlobsOfItsOwn) {
  Put(*blobs_, Upload(1), "bytes");
  Put(*blobs_, Upload(1, "other"), "bytes");
  ASSERT_THAT(blobs_->Remove(KeyOf("bytes", "other"), kNow + seconds(1)), IsOk());
  EXPECT_TRUE(IsThere(*blobs_, KeyOf("bytes")));
  EXPECT_FALSE(IsThere(*blobs_, KeyOf("bytes", "other")));
}

TEST_P(BlobsConformance, WhatIsWantedIsSpared) {
  const BlobKey key = KeyOf("bytes");
  EXPECT_EQ(*blobs_->Touch(key, kNow), std::nullopt);
  Put(*blobs_, Upload(1), "bytes");
  ASSERT_THAT(blobs_->Remove(key, kNow), IsOk());
  EXPECT_TRUE(IsThere(*blobs_, key));
  EXPECT_EQ(*blobs_->Touch(key, kNow + seconds(10)), 5);
  // The newest time counts, whatever the order.
  EXPECT_EQ(*blobs_->Touch(key, kNow + seconds(5)), 5);
  ASSERT_THAT(blobs_->Remove(key, kNow + seconds(10)), IsOk());
  EXPECT_TRUE(IsThere(*blobs_, key));
  Put(*blobs_, Upload(2), "bytes", kNow + seconds(20));
  ASSERT_THAT(blobs_->Remove(key, kNow + seconds(20)), IsOk());
  EXPECT_TRUE(IsThere(*blobs_, key));
  ASSERT_THAT(blobs_->Remove(key, kNow + seconds(21)), IsOk());
  EXPECT_FALSE(IsThere(*blobs_, key));
  EXPECT_THAT(*blobs_->List({}, 10), IsEmpty());
  EXPECT_THAT(blobs_->Remove(key, kNow + seconds(21)), IsOk());
  // What was removed may come back.
  Put(*blobs_, Upload(3), "bytes", kNow + seconds(30));
  EXPECT_EQ(**blobs_->Read(key, 0, 100), "bytes");
}

TEST_P(BlobsConformance, AbandonedUploadsAreDropped) {
  ASSERT_THAT(blobs_->Append(Upload(1), 0, "old", kNow), IsOk());
  ASSERT_THAT(blobs_->Append(Upload(2), 0, "gone on", kNow), IsOk());
  ASSERT_THAT(blobs_->Append(Upload(2), 7, " with", kNow + seconds(10)), IsOk());
  Put(*blobs_, Upload(3), "kept");
  ASSERT_THAT(blobs_->DropUploads(kNow), IsOk());
  EXPECT_EQ(*blobs_->Received(Upload(1)), 3);
  ASSERT_THAT(blobs_->DropUploads(kNow + seconds(10)), IsOk());
  EXPECT_EQ(*blobs_->Received(Upload(1)), 0);
  EXPECT_EQ(*blobs_->Received(Upload(2)), 12);
  EXPECT_TRUE(IsThere(*blobs_, KeyOf("kept")));
  EXPECT_EQ(*blobs_->Append(Upload(1), 3, "more", kNow), 0);
  EXPECT_EQ(Put(*blobs_, Upload(1), "new").digest, Sha256("new"));
}

TEST_P(BlobsConformance, AListPagesInOrder) {
  std::vector<BlobKey> all;
  for (int i = 0; i < 30; ++i) {
    const std::string program = i % 2 == 0 ? "demo" : "acme";
    const std::string bytes = "blob " + std::to_string(i);
    Put(*blobs_, Upload(static_cast<std::uint8_t>(i), program), bytes);
    all.push_back(KeyOf(bytes, program));
  }
  ASSERT_THAT(blobs_->Append(Upload(99), 0, "on its way", kNow), IsOk());
  std::ranges::sort(all);
  std::vector<BlobKey> listed;
  for (BlobKey after;;) {
    const auto page = blobs_->List(after, 7);
    ASSERT_THAT(page, IsOk());
    listed.insert(listed.end(), page->begin(), page->end());
    if (page->size() < 7) {
      break;
    }
    after = page->back();
  }
  EXPECT_EQ(listed, all);
}

TEST_P(BlobsConformance, WhatWasAnsweredIsThereAfterwards) {
  Put(*blobs_, Upload(1), "kept");
  ASSERT_THAT(blobs_->Append(Upload(2), 0, "half", kNow), IsOk());
  blobs_.reset();
  blobs_ = under_test_->Open();
  EXPECT_EQ(**blobs_->Read(KeyOf("kept"), 0, 100), "kept");
  EXPECT_EQ(*blobs_->Received(Upload(2)), 4);
  EXPECT_EQ(*blobs_->Append(Upload(2), 4, " way", kNow), 8);
  EXPECT_EQ(blobs_->Keep(Upload(2), kNow)->digest, Sha256("half way"));
}

TEST_P(BlobsConformance, OfAppendsAtOncePlaceOneTakes) {
  constexpr int kCalls = 8;
  const std::string part(1000, 'a');
  std::vector<std::int64_t> sizes(kCalls);
  const Race race = AtOnce(kCalls, [&](int number) {
    const std::string bytes(part.size() + static_cast<std::size_t>(number), 'a');
    auto size = blobs_->Append(Upload(1), 0, bytes, kNow);
    sizes[static_cast<std::size_t>(number)] = size.value_or(-1);
    return size;
  });
  EXPECT_EQ(race.done, kCalls) << race;
  // All saw what the one wrote.
  EXPECT_THAT(sizes, testing::Each(*blobs_->Received(Upload(1))));
  EXPECT_GE(sizes[0], static_cast<std::int64_t>(part.size()));
}

TEST_P(BlobsConformance, UploadsThatEndAtOnceMakeOneBlobWhole) {
  constexpr int kCalls = 8;
  const std::string bytes = SomeBytes(200'000);
  for (int i = 0; i < kCalls; ++i) {
    ASSERT_THAT(blobs_->Append(Upload(static_cast<std::uint8_t>(i)), 0, bytes, kNow), IsOk());
  }
  const Race race = AtOnce(kCalls, [&](int number) {
    return blobs_->Keep(Upload(static_cast<std::uint8_t>(number)), kNow);
  });
  EXPECT_EQ(race.done, kCalls) << race;
  EXPECT_THAT(*blobs_->List({}, 10), ElementsAre(KeyOf(bytes)));
  EXPECT_TRUE(**blobs_->Read(KeyOf(bytes), 0, bytes.size()) == bytes);
}

TEST_P(BlobsConformance, ABlobThatIsRemovedAndKeptAtOnceIsWholeOrNotThere) {
  const std::string bytes = SomeBytes(100'000);
  Put(*blobs_, Upload(0), bytes, kNow);
  ASSERT_THAT(blobs_->Append(Upload(1), 0, bytes, kNow), IsOk());
  const Race race = AtOnce(2, [&](int number) -> absl::StatusOr<bool> {
    if (number == 0) {
      const absl::Status removed = blobs_->Remove(KeyOf(bytes), kNow + seconds(5));
      return removed.ok() ? absl::StatusOr<bool>(true) : removed;
    }
    const auto kept = blobs_->Keep(Upload(1), kNow + seconds(10));
    return kept.ok() ? absl::StatusOr<bool>(true) : kept.status();
  });
  EXPECT_EQ(race.done, 2) << race;
  // It was wanted later than what Remove may take, so it is there.
  ASSERT_TRUE(IsThere(*blobs_, KeyOf(bytes)));
  EXPECT_TRUE(**blobs_->Read(KeyOf(bytes), 0, bytes.size()) == bytes);
}

}  // namespace
}  // namespace perigee::tests
