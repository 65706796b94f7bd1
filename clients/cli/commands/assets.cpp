#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "perigee/v1/program.grpc.pb.h"

namespace perigee::cli {

namespace {

using Stub = v1::ProgramAdminService::Stub;

Rows<v1::Asset> AssetRows() {
  return {{"ASSET", "NAME", ">DECIMALS", "SPENDABLE", "OVERDRAFT", ">LOT MONTHS"},
          [](const v1::Asset& asset) -> Row {
            return {IdOf(asset.name()),
                    asset.display_name(),
                    std::to_string(asset.decimals()),
                    YesNo(asset.spendable()),
                    YesNo(asset.overdraft()),
                    asset.lot_lifetime_months() == 0 ? ""
                                                     : std::to_string(asset.lot_lifetime_months())};
          }};
}

absl::Status Create(Session& session, v1::CreateAssetRequest request) {
  if (request.asset().display_name().empty()) {
    request.mutable_asset()->set_display_name(request.asset_id());
  }
  return Send(Door::kInternal, &Stub::CreateAsset, AssetRows())(session, request);
}

}  // namespace

void AddAssets(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "assets", "Kinds of social capital");
  AddCall<v1::CreateAssetRequest>(
      noun, chosen,
      {"create", "Add an asset",
       "  perigee assets create stars -p demo --spendable --decimals 2 --lot-months 12"},
      [](Form& form) {
        form.InProgram();
        form.Add("ID", "asset_id", "a-z, 0-9 and '-'")->required();
        form.Add("--display-name", "asset.display_name", "What people call it");
        form.Add("--decimals", "asset.decimals", "Digits behind the point, 0 to 18");
        form.AddFlag("--spendable", "asset.spendable", "Members may spend it");
        form.AddFlag("--overdraft", "asset.overdraft", "Rules may take members below zero");
        form.Add("--lot-months", "asset.lot_lifetime_months",
                 "What is earned expires after so many");
      },
      Create);
  AddCall<v1::ListAssetsRequest>(
      noun, chosen, {"list", "List a programme's assets", "  perigee assets list -p demo"},
      BindProgramList, List(Door::kInternal, &Stub::ListAssets, AssetRows()));
}

}  // namespace perigee::cli
