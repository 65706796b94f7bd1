#include "server/domain/journal/journal.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace perigee::tests {
namespace {

TEST(JournalHashTest, IsTheGoldenOne) {
  // SHA-256 of 32 zero bytes, `acme`, a zero byte, 1 and 1000000 in 8 bytes each, `payload`, as
  // another implementation computes it.
  EXPECT_EQ(Hex(domain::JournalHash({}, "acme", 1, FromMicros(1'000'000), "payload")),
            "daf7bfcd5dd2df920a294493885b2f006e4a75fdf5182638035f60a929386bb7");
}

TEST(JournalHashTest, ChangesWithEveryPart) {
  const Time time = FromMicros(5);
  Sha256Digest other{};
  other[31] = 1;
  const std::set<Sha256Digest> hashes = {
      domain::JournalHash({}, "acme", 1, time, "p"),
      domain::JournalHash(other, "acme", 1, time, "p"),
      domain::JournalHash({}, "acm", 1, time, "p"),
      domain::JournalHash({}, "acme", 2, time, "p"),
      domain::JournalHash({}, "acme", 1, FromMicros(6), "p"),
      domain::JournalHash({}, "acme", 1, time, "q"),
  };
  EXPECT_EQ(hashes.size(), 6);
}

TEST(RequestProofTest, ChangesWithEveryPart) {
  Uuid id;
  Uuid other_id;
  other_id.bytes[15] = 1;
  const Sha256Digest content = Sha256("content");
  const domain::RequestProof proof = domain::ProveRequest(id, content, "answer");
  EXPECT_EQ(proof.request.size(), 16U);
  EXPECT_EQ(proof, domain::ProveRequest(id, content, "answer"));

  const domain::RequestProof of_other_id = domain::ProveRequest(other_id, content, "answer");
  EXPECT_NE(of_other_id.request, proof.request);
  EXPECT_NE(of_other_id.answer, proof.answer);
  EXPECT_NE(domain::ProveRequest(id, Sha256("other"), "answer").request, proof.request);
  EXPECT_EQ(domain::ProveRequest(id, content, "other").request, proof.request);
  EXPECT_NE(domain::ProveRequest(id, content, "other").answer, proof.answer);
}

}  // namespace
}  // namespace perigee::tests
