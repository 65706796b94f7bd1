#include "server/core/error.h"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/reasons.pb.h"
#include "tests/matchers/status.h"

namespace perigee::tests {
namespace {

TEST(ErrorTest, TheTableAndTheContractNameTheSameReasons) {
  std::set<std::string> ours;
  for (const Reason reason : AllReasons()) {
    EXPECT_TRUE(ours.insert("REASON_" + std::string(ReasonName(reason))).second);
  }
  std::set<std::string> contract;
  const auto* descriptor = v1::Reason_descriptor();
  for (int i = 0; i < descriptor->value_count(); ++i) {
    if (descriptor->value(i)->number() != v1::REASON_UNSPECIFIED) {
      contract.insert(descriptor->value(i)->name());
    }
  }
  EXPECT_EQ(ours, contract);
}

TEST(ErrorTest, EveryReasonHasARowAndComesBackFromItsStatus) {
  // kTimeZoneMissing is the last value of the enum.
  ASSERT_EQ(AllReasons().size(), static_cast<std::size_t>(Reason::kTimeZoneMissing) + 1);
  for (const Reason reason : AllReasons()) {
    const absl::Status status = Error(reason, "a sentence");
    EXPECT_EQ(ReasonOf(status), reason);
    EXPECT_EQ(status.code(), ReasonCode(reason));
    EXPECT_NE(status.code(), absl::StatusCode::kOk);
  }
}

TEST(ErrorTest, NamesAreUpperSnakeAndAtMost63) {
  for (const Reason reason : AllReasons()) {
    const std::string_view name = ReasonName(reason);
    EXPECT_LE(name.size(), 63);
    EXPECT_TRUE(std::ranges::all_of(name, [](char c) {
      return std::isupper(static_cast<unsigned char>(c)) != 0 || c == '_';
    })) << name;
  }
}

TEST(ErrorTest, OnlyCallsThatChangedNothingMayBeRetried) {
  std::set<Reason> retried;
  for (const Reason reason : AllReasons()) {
    const absl::StatusCode code = ReasonCode(reason);
    if (code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kAborted) {
      retried.insert(reason);
    }
  }
  EXPECT_THAT(retried, testing::ElementsAre(Reason::kEtagMismatch, Reason::kConflict,
                                            Reason::kStoreUnavailable, Reason::kRevisionNotReached,
                                            Reason::kShuttingDown, Reason::kTimeZoneMissing));
}

TEST(ErrorTest, AnyMetadataIsReadBack) {
  const ErrorMetadata metadata = {{"account", ""}, {"amount", "12"}, {"name", "Zoë 🚲 a=b"}};
  const absl::Status status = Error(Reason::kInsufficientFunds, "too little", metadata);
  EXPECT_EQ(MetadataOf(status), metadata);
  EXPECT_EQ(MetadataOf(Error(Reason::kInternal, "a fault")), ErrorMetadata{});
}

TEST(ErrorTest, ForeignStatusesHaveNoReason) {
  EXPECT_EQ(ReasonOf(absl::OkStatus()), std::nullopt);
  EXPECT_EQ(ReasonOf(absl::NotFoundError("from a library")), std::nullopt);
  EXPECT_EQ(MetadataOf(absl::OkStatus()), ErrorMetadata{});
}

TEST(ErrorTest, InvalidFieldNamesItsFieldAndNotFoundItsResource) {
  const absl::Status invalid = InvalidField("member.display_name", "is required");
  EXPECT_EQ(invalid.message(), "member.display_name is required");
  EXPECT_THAT(invalid, IsInvalidField("member.display_name"));
  const absl::Status missing = NotFound("programs/acme");
  EXPECT_THAT(missing, HasReason(Reason::kNotFound));
  EXPECT_EQ(MetadataOf(missing).at("resource_name"), "programs/acme");
}

TEST(ErrorTest, AFieldIsNamedAsTheOuterMessageHasIt) {
  const absl::Status inner = InvalidField("amount", "must not be negative");
  EXPECT_EQ(FieldOf(inner), "amount");
  EXPECT_EQ(WithFieldPrefix(inner, "transfers[2]"),
            InvalidField("transfers[2].amount", "must not be negative"));
  EXPECT_EQ(WithFieldPrefix(WithFieldPrefix(inner, "transfers[2]"), "journal"),
            InvalidField("journal.transfers[2].amount", "must not be negative"));
  EXPECT_EQ(WithFieldPrefix(inner, ""), inner);
  EXPECT_EQ(WithField(inner, "budget"), InvalidField("budget", "must not be negative"));
}

TEST(ErrorTest, ARenamedFieldKeepsItsOtherMetadata) {
  const absl::Status inner =
      Error(Reason::kInvalidField, "name has \"Ada\"", {{"field", "name"}, {"id", "Ada"}});
  EXPECT_EQ(WithFieldPrefix(inner, "member"),
            Error(Reason::kInvalidField, "member.name has \"Ada\"",
                  {{"field", "member.name"}, {"id", "Ada"}}));
}

TEST(ErrorTest, OnlyAnInvalidFieldIsRenamed) {
  const absl::Status missing = Error(Reason::kNotFound, "no ada", {{"field", "actor"}});
  for (const absl::Status& status :
       {absl::OkStatus(), missing, absl::NotFoundError("from a library")}) {
    EXPECT_EQ(FieldOf(status), "");
    EXPECT_EQ(WithField(status, "other"), status);
    EXPECT_EQ(WithFieldPrefix(status, "outer"), status);
  }
}

}  // namespace
}  // namespace perigee::tests
