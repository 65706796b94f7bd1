#include <functional>
#include <string>
#include <vector>

#include "tests/matchers/status.h"
#include "tests/services/admin_server.h"

namespace perigee::tests {
namespace {

using ::testing::ElementsAre;
using Stub = v1::ProgramAdminService::Stub;

class ProgramServiceTest : public ::testing::Test {
 protected:
  v1::CreateProgramRequest Create(const std::string& id) {
    v1::CreateProgramRequest request;
    request.set_program_id(id);
    request.mutable_program()->set_display_name("Acme");
    request.set_request_id(server.NewRequestId());
    return request;
  }
  auto Send(const v1::CreateProgramRequest& request) {
    return Invoke(*server.programs, &Stub::CreateProgram, request);
  }
  v1::UpdateProgramRequest Update(const std::string& name) {
    v1::UpdateProgramRequest request;
    request.mutable_program()->set_name(name);
    request.mutable_program()->set_display_name("Renamed");
    request.set_request_id(server.NewRequestId());
    return request;
  }
  auto Send(const v1::UpdateProgramRequest& request) {
    return Invoke(*server.programs, &Stub::UpdateProgram, request);
  }
  absl::StatusOr<v1::Program> Get(const std::string& name) {
    v1::GetProgramRequest request;
    request.set_name(name);
    return Invoke(*server.programs, &Stub::GetProgram, request);
  }

  AdminServer server;
};

TEST_F(ProgramServiceTest, AProgramIsMadeWithItsThreeAssets) {
  const auto made = Send(Create("acme"));
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->name(), "programs/acme");
  EXPECT_EQ(made->time_zone(), "UTC");
  EXPECT_EQ(made->revision(), 1);
  EXPECT_EQ(made->create_time().seconds(), ToMicros(server.clock.Now()) / 1'000'000);
  EXPECT_FALSE(made->etag().empty());
  EXPECT_EQ(Get("programs/acme")->SerializeAsString(), made->SerializeAsString());

  v1::ListAssetsRequest request;
  request.set_parent("programs/acme");
  const auto assets = Invoke(*server.programs, &Stub::ListAssets, request);
  std::vector<std::string> names;
  for (const v1::Asset& asset : assets->assets()) {
    names.push_back(asset.name());
    EXPECT_EQ(asset.revision(), 1);
  }
  EXPECT_THAT(names, ElementsAre("programs/acme/assets/access", "programs/acme/assets/affiliation",
                                 "programs/acme/assets/reputation"));
}

TEST_F(ProgramServiceTest, ARetryIsAnsweredAsTheFirstTimeAndMarked) {
  const v1::CreateProgramRequest request = Create("acme");
  const auto first = Send(request);
  ASSERT_THAT(first, IsOk());
  server.clock.Advance(std::chrono::hours(24));

  grpc::ClientContext context;
  v1::Program again;
  ASSERT_TRUE(server.programs->CreateProgram(&context, request, &again).ok());
  EXPECT_EQ(again.SerializeAsString(), first->SerializeAsString());
  const auto& metadata = context.GetServerInitialMetadata();
  ASSERT_EQ(metadata.count("perigee-replayed"), 1U);
  EXPECT_EQ(metadata.find("perigee-revision")->second, "1");

  v1::CreateProgramRequest other = request;
  other.mutable_program()->set_display_name("Other");
  EXPECT_THAT(Send(other), HasReason(Reason::kRequestIdReused));
}

TEST_F(ProgramServiceTest, ARefusedTryDoesNotUseTheRequestIdUp) {
  v1::UpdateProgramRequest request = Update("programs/acme");
  EXPECT_THAT(Send(request), HasReason(Reason::kNotFound));
  server.MakeProgram();
  EXPECT_THAT(Send(request), IsOk());
}

TEST_F(ProgramServiceTest, CreateRefusesEachFieldOutOfItsLimits) {
  const std::vector<std::pair<std::string, std::function<void(v1::CreateProgramRequest&)>>> cases =
      {
          {"request_id", [](auto& r) { r.clear_request_id(); }},
          {"request_id", [](auto& r) { r.set_request_id("seven"); }},
          {"program_id", [](auto& r) { r.clear_program_id(); }},
          {"program_id", [](auto& r) { r.set_program_id("Acme"); }},
          {"program_id", [](auto& r) { r.set_program_id(std::string(64, 'a')); }},
          {"program.display_name", [](auto& r) { r.mutable_program()->clear_display_name(); }},
          {"program.display_name",
           [](auto& r) { r.mutable_program()->set_display_name(std::string(201, 'x')); }},
          {"program.display_name", [](auto& r) { r.mutable_program()->set_display_name("a\nb"); }},
          {"program.time_zone", [](auto& r) { r.mutable_program()->set_time_zone("Mars/Base"); }},
      };
  for (const auto& [field, spoil] : cases) {
    v1::CreateProgramRequest request = Create("acme");
    spoil(request);
    EXPECT_THAT(Send(request), IsInvalidField(field));
  }
}

TEST_F(ProgramServiceTest, AnIdIsTakenOnce) {
  server.MakeProgram();
  EXPECT_THAT(Send(Create("acme")), HasReason(Reason::kAlreadyExists));
}

TEST_F(ProgramServiceTest, GetRefusesMalformedAndUnknownNames) {
  EXPECT_THAT(Get(""), IsInvalidField("name"));
  EXPECT_THAT(Get("programs/acme/members/ada"), IsInvalidField("name"));
  EXPECT_THAT(Get("programs/acme"), HasReason(Reason::kNotFound));
}

TEST_F(ProgramServiceTest, ListsPageByPageAndEndWithAnEmptyToken) {
  for (const char* id : {"c", "a", "e", "b", "d"}) {
    server.MakeProgram(id);
  }
  std::vector<std::string> names;
  v1::ListProgramsRequest request;
  request.set_page_size(2);
  int pages = 0;
  do {
    const auto page = Invoke(*server.programs, &Stub::ListPrograms, request);
    ASSERT_THAT(page, IsOk());
    for (const v1::Program& program : page->programs()) {
      names.push_back(program.name());
    }
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_EQ(pages, 3);
  EXPECT_THAT(names,
              ElementsAre("programs/a", "programs/b", "programs/c", "programs/d", "programs/e"));
}

TEST_F(ProgramServiceTest, ListsRefuseNegativeSizesAndForeignTokens) {
  server.MakeProgram("a");
  server.MakeProgram("b");
  v1::ListProgramsRequest request;
  request.set_page_size(-1);
  EXPECT_THAT(Invoke(*server.programs, &Stub::ListPrograms, request), IsInvalidField("page_size"));
  request.set_page_size(1);
  request.set_page_token("made-up");
  EXPECT_THAT(Invoke(*server.programs, &Stub::ListPrograms, request),
              HasReason(Reason::kPageTokenInvalid));
  request.clear_page_token();
  const auto page = Invoke(*server.programs, &Stub::ListPrograms, request);
  v1::ListAssetsRequest assets;
  assets.set_parent("programs/a");
  assets.set_page_token(page->next_page_token());
  EXPECT_THAT(Invoke(*server.programs, &Stub::ListAssets, assets),
              HasReason(Reason::kPageTokenInvalid));
}

TEST_F(ProgramServiceTest, AnUpdateChangesTheNameAndTheEtag) {
  const v1::Program before = server.MakeProgram();
  server.clock.Advance(std::chrono::minutes(1));
  v1::UpdateProgramRequest request = Update("programs/acme");
  request.mutable_program()->set_etag(before.etag());
  request.mutable_update_mask()->add_paths("display_name");
  const auto after = Send(request);
  ASSERT_THAT(after, IsOk());
  EXPECT_EQ(after->display_name(), "Renamed");
  EXPECT_EQ(after->revision(), 2);
  EXPECT_NE(after->etag(), before.etag());
  EXPECT_EQ(after->create_time().seconds(), before.create_time().seconds());
  EXPECT_EQ(after->update_time().seconds(), before.update_time().seconds() + 60);

  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(Send(request), HasReason(Reason::kEtagMismatch));
}

TEST_F(ProgramServiceTest, AnUpdateChecksFieldsBeforeExistenceAndState) {
  v1::UpdateProgramRequest request = Update("programs/none");
  request.mutable_program()->set_etag("old");
  request.mutable_update_mask()->add_paths("time_zone");
  EXPECT_THAT(Send(request), IsInvalidField("update_mask"));
  request.clear_update_mask();
  request.mutable_program()->set_display_name("");
  EXPECT_THAT(Send(request), IsInvalidField("program.display_name"));
  request.mutable_program()->set_display_name("Fine");
  EXPECT_THAT(Send(request), HasReason(Reason::kNotFound));
  request.mutable_program()->set_name("acme");
  EXPECT_THAT(Send(request), IsInvalidField("program.name"));
  request.mutable_program()->set_name("programs/acme");
  server.MakeProgram();
  EXPECT_THAT(Send(request), HasReason(Reason::kEtagMismatch));
}

class AssetTest : public ProgramServiceTest {
 protected:
  v1::CreateAssetRequest CreateAsset(const std::string& id) {
    v1::CreateAssetRequest request;
    request.set_parent("programs/acme");
    request.set_asset_id(id);
    request.mutable_asset()->set_display_name("Kudos");
    request.mutable_asset()->set_decimals(2);
    request.mutable_asset()->set_spendable(true);
    request.mutable_asset()->set_lot_lifetime_months(3);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  auto Send(const v1::CreateAssetRequest& request) {
    return Invoke(*server.programs, &Stub::CreateAsset, request);
  }
  absl::StatusOr<v1::Asset> GetAsset(const std::string& name) {
    v1::GetAssetRequest request;
    request.set_name(name);
    return Invoke(*server.programs, &Stub::GetAsset, request);
  }
};

TEST_F(AssetTest, AnAssetIsReadBackAsItWasMade) {
  server.MakeProgram();
  const auto made = Send(CreateAsset("kudos"));
  ASSERT_THAT(made, IsOk());
  EXPECT_EQ(made->revision(), 2);
  EXPECT_EQ(made->decimals(), 2);
  EXPECT_EQ(made->lot_lifetime_months(), 3);
  EXPECT_TRUE(made->spendable());
  EXPECT_EQ(GetAsset("programs/acme/assets/kudos")->SerializeAsString(), made->SerializeAsString());
}

TEST_F(AssetTest, CreateAssetRefuses) {
  EXPECT_THAT(Send(CreateAsset("kudos")), HasReason(Reason::kNotFound));
  server.MakeProgram();
  EXPECT_THAT(Send(CreateAsset("access")), HasReason(Reason::kAlreadyExists));
  const std::vector<std::pair<std::string, std::function<void(v1::CreateAssetRequest&)>>> cases = {
      {"request_id", [](auto& r) { r.clear_request_id(); }},
      {"parent", [](auto& r) { r.set_parent("acme"); }},
      {"asset_id", [](auto& r) { r.set_asset_id("-"); }},
      {"asset.display_name", [](auto& r) { r.mutable_asset()->clear_display_name(); }},
      {"asset.decimals", [](auto& r) { r.mutable_asset()->set_decimals(19); }},
      {"asset.decimals", [](auto& r) { r.mutable_asset()->set_decimals(-1); }},
      {"asset.lot_lifetime_months",
       [](auto& r) { r.mutable_asset()->set_lot_lifetime_months(1201); }},
  };
  for (const auto& [field, spoil] : cases) {
    v1::CreateAssetRequest request = CreateAsset("kudos");
    spoil(request);
    EXPECT_THAT(Send(request), IsInvalidField(field));
  }
}

TEST_F(AssetTest, ReadsRefuseMalformedAndUnknownNames) {
  EXPECT_THAT(GetAsset("x"), IsInvalidField("name"));
  EXPECT_THAT(GetAsset("programs/acme/assets/none"), HasReason(Reason::kNotFound));
  v1::ListAssetsRequest list;
  list.set_parent("programs/none");
  EXPECT_THAT(Invoke(*server.programs, &Stub::ListAssets, list), HasReason(Reason::kNotFound));
  list.set_parent("none");
  EXPECT_THAT(Invoke(*server.programs, &Stub::ListAssets, list), IsInvalidField("parent"));
}

}  // namespace
}  // namespace perigee::tests
