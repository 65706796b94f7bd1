#include "server/services/ledger/assets.h"

#include "server/ports/program/program_reader.h"
#include "server/services/convert.h"
#include "server/services/paging.h"

namespace perigee::services {

absl::StatusOr<v1::ListAssetsResponse> ListAssets(const v1::ListAssetsRequest& request,
                                                  const ports::Store& store,
                                                  const PageTokens& tokens) {
  return ListOfProgram<v1::ListAssetsResponse>(
      store, tokens, "ListAssets", request,
      [](auto& reader, const auto& program, const Page&) {
        return reader.programs().Assets(program);
      },
      [](auto& answer, const auto& program, const domain::Asset& asset) {
        *answer.add_assets() = ToProto(program, asset);
      });
}

}  // namespace perigee::services
