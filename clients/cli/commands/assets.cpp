#include "clients/cli/commands/command.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/program.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Stub = v1::ProgramAdminService::Stub;

struct AssetArgs {
  std::string id;
  std::string display_name;
  int decimals = 0;
  bool spendable = false;
  bool overdraft = false;
  int lot_months = 0;
};

absl::Status Show(Session& session, const v1::ListAssetsResponse& response) {
  Table table({"ASSET", "NAME", ">DECIMALS", "SPENDABLE", "OVERDRAFT", ">LOT MONTHS"});
  for (const v1::Asset& asset : response.assets()) {
    table.Add(
        {IdOf(asset.name()), asset.display_name(), std::to_string(asset.decimals()),
         asset.spendable() ? "yes" : "no", asset.overdraft() ? "yes" : "no",
         asset.lot_lifetime_months() == 0 ? "" : std::to_string(asset.lot_lifetime_months())});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

absl::Status Create(Session& session, const AssetArgs& args) {
  v1::CreateAssetRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  request.set_asset_id(args.id);
  v1::Asset& asset = *request.mutable_asset();
  asset.set_display_name(args.display_name.empty() ? args.id : args.display_name);
  asset.set_decimals(args.decimals);
  asset.set_spendable(args.spendable);
  asset.set_overdraft(args.overdraft);
  asset.set_lot_lifetime_months(args.lot_months);
  request.set_request_id(session.RequestId());
  v1::ListAssetsResponse made;
  PERIGEE_ASSIGN_OR_RETURN(*made.add_assets(),
                           session.Ask(Door::kInternal, &Stub::CreateAsset, request));
  return session.PrintJson(made.assets(0)) ? absl::OkStatus() : Show(session, made);
}

absl::Status List(Session& session, int limit) {
  v1::ListAssetsRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListAssetsResponse response,
      session.AskAll(Door::kInternal, &Stub::ListAssets, request, limit,
                     [](const v1::ListAssetsResponse& page) { return page.assets_size(); }));
  return session.PrintJson(response) ? absl::OkStatus() : Show(session, response);
}

}  // namespace

void AddAssets(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "assets", "Kinds of social capital");
  AddCommand<AssetArgs>(
      noun, chosen,
      {"create", "Add an asset",
       "  perigee assets create stars -p acme --spendable --decimals 2 --lot-months 12"},
      [](CLI::App& command, AssetArgs& args) {
        command.add_option("ID", args.id, "a-z, 0-9 and '-'")->required();
        command.add_option("--display-name", args.display_name, "What people call it");
        command.add_option("--decimals", args.decimals, "Digits behind the point, 0 to 18");
        command.add_flag("--spendable", args.spendable, "Members may spend it");
        command.add_flag("--overdraft", args.overdraft, "Rules may take members below zero");
        command.add_option("--lot-months", args.lot_months, "What is earned expires after so many");
      },
      Create);
  AddCommand<int>(
      noun, chosen, {"list", "List a programme's assets", "  perigee assets list -p acme"},
      [](CLI::App& command, int& limit) {
        command.add_option("--limit", limit, "At most so many; all if left out");
      },
      List);
}

}  // namespace perigee::cli
