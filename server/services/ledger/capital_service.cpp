#include "server/services/ledger/capital_service.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/program/program_reader.h"
#include "server/services/ledger/assets.h"
#include "server/services/ledger/capital_convert.h"
#include "server/services/ledger/capital_story.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/ledger/statement.h"

namespace perigee::services {

namespace {

struct PointInTime {
  std::optional<Time> effective_time = std::nullopt;
  domain::Revision revision = 0;
  bool IsPresent() const { return !effective_time.has_value() && revision == 0; }
};

absl::StatusOr<PointInTime> ParsePoint(const v1::GetAccountRequest& request) {
  PointInTime point{.revision = request.revision()};
  if (request.revision() < 0) {
    return InvalidField("revision", "is negative");
  }
  if (request.has_effective_time()) {
    PERIGEE_ASSIGN_OR_RETURN(point.effective_time,
                             FromTimestamp("effective_time", request.effective_time()));
  }
  return point;
}

absl::StatusOr<v1::Account> ReadPresent(ports::StoreReader& reader, const AccountView& found,
                                        domain::Revision head, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Account total, use_cases::TotalOf(found));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t available,
                           use_cases::AvailableAt(reader, found, now));
  return ToProto(found.name, total, available, head);
}

absl::StatusOr<v1::Account> ReadAccount(ports::StoreReader& reader, const AccountPath& name,
                                        const PointInTime& point, Time now) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, name.program).status());
  PERIGEE_ASSIGN_OR_RETURN(const AccountView found, RequireAccount(reader, name));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision head, reader.journal().Head(name.program));
  if (point.IsPresent()) {
    return ReadPresent(reader, found, head, now);
  }
  if (point.revision > head) {
    return InvalidField("revision", "is ahead of the newest, " + std::to_string(head));
  }
  const domain::Revision revision = point.revision == 0 ? head : point.revision;
  PERIGEE_ASSIGN_OR_RETURN(
      const domain::Account past,
      use_cases::TotalAsOf(reader, found, revision, point.effective_time.value_or(kEndOfTime)));
  return ToProto(found.name, past, past.Available(), revision);
}

absl::StatusOr<v1::ListMemberAccountsResponse> ReadMemberAccounts(ports::StoreReader& reader,
                                                                  const std::string& program,
                                                                  const std::string& member_id,
                                                                  const Page& page, Time now) {
  PERIGEE_RETURN_IF_ERROR(RequireMember(reader, program, member_id).status());
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision head, reader.journal().Head(program));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Asset> assets, reader.programs().Assets(program));
  v1::ListMemberAccountsResponse response;
  response.set_next_page_token(page.CutById(assets));
  for (const domain::Asset& asset : assets) {
    PERIGEE_ASSIGN_OR_RETURN(
        const AccountView found,
        RequireAccount(reader, {.program = program, .asset = asset.id, .member_id = member_id}));
    PERIGEE_ASSIGN_OR_RETURN(*response.add_accounts(), ReadPresent(reader, found, head, now));
  }
  return response;
}

absl::StatusOr<v1::ListStatementLinesResponse> ReadStatement(ports::StoreReader& reader,
                                                             const AccountPath& name,
                                                             const Page& page) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, name.program).status());
  PERIGEE_ASSIGN_OR_RETURN(const AccountView found, RequireAccount(reader, name));
  domain::TransferId before;
  if (!page.after().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(before, domain::ParseTransferId("page_token", page.after()));
  }
  PERIGEE_ASSIGN_OR_RETURN(std::vector<ports::StatementLine> lines,
                           use_cases::ReadStatement(reader, found, before, page.Limit()));
  v1::ListStatementLinesResponse response;
  response.set_next_page_token(page.Cut(lines, [](const ports::StatementLine& last) {
    return domain::FormatTransferId(last.transfer.id);
  }));
  std::vector<domain::Transfer> transfers;
  transfers.reserve(lines.size());
  for (const ports::StatementLine& line : lines) {
    transfers.push_back(line.transfer);
  }
  PERIGEE_ASSIGN_OR_RETURN(const TransferNames names,
                           TransferNames::Of(reader, name.program, transfers));
  for (const ports::StatementLine& line : lines) {
    *response.add_lines() = ToProto(names, line);
  }
  return response;
}

// The transfer if the caller may have it: any, or one of which the caller is a side. Otherwise the
// refusal of a missing one, before anything more is told.
absl::StatusOr<domain::Transfer> RequireOwnTransfer(ports::StoreReader& reader,
                                                    const Caller& caller,
                                                    const TransferPath& name) {
  PERIGEE_ASSIGN_OR_RETURN(domain::Transfer transfer, RequireTransfer(reader, name));
  if (caller.only_own && !caller.access->IsMember(transfer.debit.member) &&
      !caller.access->IsMember(transfer.credit.member)) {
    return NotFound(TransferName(name.program, name.id));
  }
  return transfer;
}

// The position of a lot as text, for page tokens. Tokens are signed, so a text in one is
// well-formed.
std::string FormatPosition(const domain::LotPosition& position) {
  return absl::StrCat(ToMicros(position.expire_time), " ", position.key.id.revision, " ",
                      position.key.id.index, " ", position.key.part);
}

domain::LotPosition ParsePosition(const std::string& text) {
  std::int64_t micros = 0;
  domain::LotPosition position;
  std::istringstream(text) >> micros >> position.key.id.revision >> position.key.id.index >>
      position.key.part;
  position.expire_time = FromMicros(micros);
  return position;
}

absl::StatusOr<v1::ListLotsResponse> ReadLots(ports::StoreReader& reader, const AccountPath& name,
                                              const Page& page, Time now) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, name.program).status());
  PERIGEE_ASSIGN_OR_RETURN(const AccountView found, RequireAccount(reader, name));
  domain::LotPosition after = domain::LastPositionAt(now);
  if (!page.after().empty()) {
    after = std::max(after, ParsePosition(page.after()));
  }
  std::vector<domain::Lot> lots;
  for (const domain::Account& part : found.parts) {
    PERIGEE_ASSIGN_OR_RETURN(
        const std::vector<domain::Lot> more,
        reader.ledger().Books(name.program).OpenLots(part.ref, after, page.Limit()));
    lots.insert(lots.end(), more.begin(), more.end());
  }
  std::ranges::sort(lots, {}, domain::PositionOf);
  lots.resize(std::min(lots.size(), static_cast<std::size_t>(page.Limit())));
  v1::ListLotsResponse response;
  response.set_next_page_token(page.Cut(
      lots, [](const domain::Lot& last) { return FormatPosition(domain::PositionOf(last)); }));
  PERIGEE_ASSIGN_OR_RETURN(const TransferNames names, TransferNames::Of(reader, name.program, {}));
  for (const domain::Lot& lot : lots) {
    *response.add_lots() = ToProto(names, lot);
  }
  return response;
}

absl::StatusOr<v1::Transfer> ReadTransfer(ports::StoreReader& reader, const Caller& caller,
                                          const TransferPath& name) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Transfer transfer,
                           RequireOwnTransfer(reader, caller, name));
  PERIGEE_ASSIGN_OR_RETURN(const TransferNames names,
                           TransferNames::Of(reader, name.program, {&transfer, 1}));
  return names.ToProto(transfer);
}

}  // namespace

CapitalService::CapitalService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.CapitalService"), tokens_(tokens) {
  Read<v1::ListAssetsRequest>("ListAssets", [this](const CallContext&, const auto& asked) {
    return services::ListAssets(asked, store(), tokens_);
  });
  Read<v1::GetAccountRequest>(
      "GetAccount",
      [this](const CallContext& call,
             const v1::GetAccountRequest& asked) -> absl::StatusOr<v1::Account> {
        PERIGEE_ASSIGN_OR_RETURN(const AccountPath name, ParseAccountPath("name", asked.name()));
        PERIGEE_ASSIGN_OR_RETURN(const PointInTime point, ParsePoint(asked));
        return ReadFrom(store(), [&](ports::StoreReader& reader) {
          return ReadAccount(reader, name, point, call.now);
        });
      });
  Read<v1::ListMemberAccountsRequest>(
      "ListMemberAccounts",
      [this](const CallContext& call, const v1::ListMemberAccountsRequest& asked)
          -> absl::StatusOr<v1::ListMemberAccountsResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("parent", asked.parent(), kMemberPattern));
        PERIGEE_ASSIGN_OR_RETURN(
            const Page page, Page::Parse(tokens_, "ListMemberAccounts " + asked.parent(), asked));
        return ReadFrom(store(), [&](ports::StoreReader& reader) {
          return ReadMemberAccounts(reader, parts[0], parts[1], page, call.now);
        });
      });
  Read<v1::ListStatementLinesRequest>(
      "ListStatementLines",
      [this](const CallContext&, const v1::ListStatementLinesRequest& asked)
          -> absl::StatusOr<v1::ListStatementLinesResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const AccountPath name,
                                 ParseAccountPath("parent", asked.parent()));
        PERIGEE_ASSIGN_OR_RETURN(
            const Page page, Page::Parse(tokens_, "ListStatementLines " + asked.parent(), asked));
        return ReadFrom(
            store(), [&](ports::StoreReader& reader) { return ReadStatement(reader, name, page); });
      });
  Read<v1::ListLotsRequest>(
      "ListLots",
      [this](const CallContext& call,
             const v1::ListLotsRequest& asked) -> absl::StatusOr<v1::ListLotsResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const AccountPath name,
                                 ParseAccountPath("parent", asked.parent()));
        PERIGEE_ASSIGN_OR_RETURN(const Page page,
                                 Page::Parse(tokens_, "ListLots " + asked.parent(), asked));
        return ReadFrom(store(), [&](ports::StoreReader& reader) {
          return ReadLots(reader, name, page, call.now);
        });
      });
  Read<v1::GetTransferRequest>(
      "GetTransfer",
      [this](const CallContext& context,
             const v1::GetTransferRequest& asked) -> absl::StatusOr<v1::Transfer> {
        PERIGEE_ASSIGN_OR_RETURN(const TransferPath name, ParseTransferPath("name", asked.name()));
        return ReadFrom(store(), [&](ports::StoreReader& reader) {
          return ReadTransfer(reader, context.caller, name);
        });
      });
  Read<v1::ExplainTransferRequest>(
      "ExplainTransfer",
      [this](const CallContext& context, const v1::ExplainTransferRequest& asked)
          -> absl::StatusOr<v1::ExplainTransferResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const TransferPath name, ParseTransferPath("name", asked.name()));
        return ReadFrom(
            store(),
            [&](ports::StoreReader& reader) -> absl::StatusOr<v1::ExplainTransferResponse> {
              PERIGEE_RETURN_IF_ERROR(RequireOwnTransfer(reader, context.caller, name).status());
              return TellStory(reader, name);
            });
      });
}

}  // namespace perigee::services
