#include "server/services/member/member_export.h"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "perigee/v1/member.grpc.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using nlohmann::json;

class MemberExportTest : public testing::Test {
 protected:
  v1::ExportMemberRequest Of(const std::string& member) {
    v1::ExportMemberRequest request;
    request.set_name("programs/acme/members/" + member);
    return request;
  }
  // The whole document.
  absl::StatusOr<std::string> Export(const std::string& token, const std::string& member) {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer " + token);
    const auto stub = v1::MemberService::NewStub(server.channel());
    const auto stream = stub->ExportMember(&context, Of(member));
    std::string document;
    v1::ExportMemberResponse part;
    while (stream->Read(&part)) {
      EXPECT_LE(part.json().size(), 64U * 1024);
      document += part.json();
    }
    const absl::Status status = FromWire(stream->Finish());
    return status.ok() ? absl::StatusOr<std::string>(document) : status;
  }
  absl::Status Denied(const std::string& subject, const std::string& member) {
    return Export(server.Token(subject), member).status();
  }
  void Talk(int n) {
    v1::RecordActivityRequest request;
    request.set_parent("programs/acme");
    request.mutable_activity()->set_type("talk");
    request.mutable_activity()->set_actor("programs/acme/members/ada");
    request.mutable_activity()->set_recipient("programs/acme/members/bob");
    request.mutable_activity()->set_object("post " + std::to_string(n));
    request.mutable_activity()->set_source("test");
    request.mutable_activity()->set_source_event_id("talk-" + std::to_string(n));
    server.Must<v1::RecordActivityResponse>(server.Token("root"),
                                            "ActivityAdminService/RecordActivity", request);
  }
  // The next piece of an export, from a view of its own.
  absl::StatusOr<std::string> Next(services::MemberExport& document) {
    std::string piece;
    const absl::Status status =
        server.store().Read([&](ports::StoreReader& reader) -> absl::Status {
          absl::StatusOr<std::string> next = document.Next(reader, server.clock.Now());
          if (next.ok()) {
            piece = *std::move(next);
          }
          return next.status();
        });
    return status.ok() ? absl::StatusOr<std::string>(piece) : status;
  }

  AccessServer server;
};

TEST_F(MemberExportTest, TheDocumentHoldsWhatIsStoredOfTheMember) {
  server.Grant("acme", v1::ROLE_ANALYST, "ada");
  Talk(1);
  v1::PostTransfersRequest post;
  post.set_parent("programs/acme");
  post.set_request_id(server.NewRequestId());
  v1::Transfer& transfer = *post.add_transfers();
  transfer.set_debit_account("programs/acme/assets/access/accounts/issued");
  transfer.set_credit_account("programs/acme/members/ada/accounts/access");
  transfer.set_amount(9);
  transfer.set_memo("“welcome”");
  server.Must<v1::PostTransfersResponse>(server.Token("root"), "CapitalAdminService/PostTransfers",
                                         post);
  const auto exported = Export(server.Token("ada"), "ada");
  ASSERT_THAT(exported, IsOk());
  const json document = json::parse(*exported);
  EXPECT_EQ(document["format"], "perigee.v1.member_export");
  EXPECT_EQ(document["member"], "programs/acme/members/ada");
  const json& records = document["records"];
  ASSERT_EQ(records["member"].size(), 1U);
  EXPECT_EQ(records["member"][0]["display_name"], "Member ada");
  EXPECT_EQ(records["member"][0]["member_key"], "programs/acme/members/ada");
  EXPECT_EQ(records["member"][0]["create_time"], "2026-11-21T12:00:00.000000Z");
  ASSERT_EQ(records["identity"].size(), 1U);
  EXPECT_EQ(records["identity"][0]["subject"], "ada");
  ASSERT_EQ(records["role_grant"].size(), 1U);
  EXPECT_EQ(records["role_grant"][0]["subject"], "ada");
  ASSERT_EQ(records["activity"].size(), 2U);
  EXPECT_EQ(records["activity"][1]["object"], "post 1");
  EXPECT_EQ(records["activity"][1]["recipient"], "programs/acme/members/bob");
  EXPECT_EQ(records["activity"][0]["recipient"], nullptr);
  std::map<std::string, std::string> balances;
  for (const json& account : document["accounts"]) {
    balances[account["account"]["asset"]] = account["account"]["balance"];
  }
  EXPECT_EQ(balances["programs/acme/assets/access"], "9");
  EXPECT_EQ(balances["programs/acme/assets/reputation"], "10");
  bool has_memo = false;
  for (const json& statement : document["statements"]) {
    for (const json& line : statement["lines"]) {
      has_memo |= line["transfer"]["memo"] == "“welcome”";
    }
  }
  EXPECT_TRUE(has_memo);
  // Of others there is nothing but the name.
  EXPECT_EQ(exported->find("Member bob"), std::string::npos);
}

TEST_F(MemberExportTest, OneselfAndAdminsMayHaveIt) {
  // In this order they are of one revision, because what the admin reads is on record.
  const auto admins = Export(server.Token("ROLE_PROGRAM_ADMIN"), "ada");
  ASSERT_THAT(admins, IsOk());
  EXPECT_EQ(Export(server.Token("ada"), "ada").value(), *admins);
  server.Suspend("programs/acme/members/ada");
  EXPECT_THAT(Export(server.Token("ada"), "ada"), IsOk());
  EXPECT_THAT(Denied("ada", "bob"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Denied("stranger", "ada"), HasReason(Reason::kNotFound));
  EXPECT_THAT(Denied("ROLE_MODERATOR", "ada"), HasReason(Reason::kPermissionDenied));
  EXPECT_THAT(Denied("ROLE_PROGRAM_ADMIN", "eve"), HasReason(Reason::kNotFound));
}

TEST_F(MemberExportTest, ALongDocumentComesInPiecesAndIsOfOneRevision) {
  constexpr int kTalks = 2 * services::MemberExport::kPage + 30;
  for (int n = 0; n < kTalks; ++n) {
    Talk(n);
  }
  services::MemberExport exporting("acme", "ada");
  std::string document;
  int pieces = 0;
  while (!exporting.ended()) {
    const auto piece = Next(exporting);
    ASSERT_THAT(piece, IsOk());
    document += *piece;
    Talk(kTalks + ++pieces);  // After the revision of the document.
  }
  EXPECT_GT(pieces, 6);
  const json parsed = json::parse(document);
  EXPECT_EQ(parsed["records"]["activity"].size(), static_cast<std::size_t>(1 + kTalks));
  std::set<std::string> events;
  for (const json& activity : parsed["records"]["activity"]) {
    events.insert(activity["source_event_id"]);
  }
  EXPECT_EQ(events.size(), static_cast<std::size_t>(1 + kTalks));
  ASSERT_EQ(parsed["statements"].size(), 1U);
  const json& lines = parsed["statements"][0]["lines"];
  EXPECT_EQ(lines.size(), static_cast<std::size_t>(1 + kTalks));
  EXPECT_EQ(lines[0]["balance_after"], parsed["accounts"][0]["account"]["balance"]);
  EXPECT_EQ(json::parse(Export(server.Token("ada"), "ada").value())["records"]["activity"].size(),
            static_cast<std::size_t>(1 + kTalks + pieces));
}

// More of them than the store has readers: while nobody reads, none holds a reader.
TEST_F(MemberExportTest, SlowReadersHoldNothingBack) {
  constexpr int kReaders = 40;
  for (int n = 0; n < 2 * services::MemberExport::kPage; ++n) {
    Talk(n);
  }
  const std::string whole = Export(server.Token("ada"), "ada").value();
  struct Reader {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::ExportMemberResponse>> stream;
    v1::ExportMemberResponse part;
    std::string document;
  };
  const auto stub = v1::MemberService::NewStub(server.channel());
  std::vector<std::unique_ptr<Reader>> readers;
  for (int i = 0; i < kReaders; ++i) {
    Reader& reader = *readers.emplace_back(std::make_unique<Reader>());
    reader.context.AddMetadata("authorization", "Bearer " + server.Token("ada"));
    reader.stream = stub->ExportMember(&reader.context, Of("ada"));
    ASSERT_TRUE(reader.stream->Read(&reader.part));
    reader.document = reader.part.json();
  }
  v1::GetMemberRequest get;
  get.set_name("programs/acme/members/ada");
  server.Must<v1::Member>(server.Token("ada"), "MemberService/GetMember", get);
  for (const auto& reader : readers) {
    while (reader->stream->Read(&reader->part)) {
      reader->document += reader->part.json();
    }
    EXPECT_THAT(FromWire(reader->stream->Finish()), IsOk());
    EXPECT_EQ(reader->document, whole);
  }
}

TEST_F(MemberExportTest, AnErasureEndsIt) {
  services::MemberExport exporting("acme", "ada");
  ASSERT_THAT(Next(exporting), IsOk());
  v1::GetMemberRequest get;
  get.set_name("programs/acme/members/ada");
  v1::EraseMemberRequest erase;
  erase.set_name(get.name());
  erase.set_etag(
      server.Must<v1::Member>(server.Token("root"), "MemberService/GetMember", get).etag());
  erase.set_request_id(server.NewRequestId());
  server.Must<v1::EraseMemberResponse>(server.Token("ada"), "MemberService/EraseMember", erase);
  EXPECT_THAT(Next(exporting), HasReason(Reason::kNotFound));
}

}  // namespace
}  // namespace perigee::tests
