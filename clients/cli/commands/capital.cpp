#include "clients/cli/commands/board_table.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::cli {

namespace {

using Reads = v1::CapitalService::Stub;
using Changes = v1::CapitalAdminService::Stub;

constexpr char kAccountHelp[] =
    "MEMBER/ASSET for a member's account (m-001/renown), ASSET:ACCOUNT for one of the "
    "programme's own (renown:issued), or a full name";

// The full name of an account from its short or full form.
absl::StatusOr<std::string> AccountName(const Session& session, const std::string& text) {
  if (text.starts_with("programs/")) {
    return text;
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string program, session.ProgramName());
  if (const std::size_t colon = text.find(':'); colon != std::string::npos) {
    return program + "/assets/" + text.substr(0, colon) + "/accounts/" + text.substr(colon + 1);
  }
  if (const std::size_t slash = text.find('/'); slash != std::string::npos) {
    return program + "/members/" + text.substr(0, slash) + "/accounts/" + text.substr(slash + 1);
  }
  return InvalidField("", std::string("must be ") + kAccountHelp + ", not \"" + text + "\"");
}

std::string AssetOf(const std::string& account) {
  const std::size_t assets = account.find("/assets/");
  if (assets == std::string::npos) {
    return IdOf(account);
  }
  const std::size_t start = assets + sizeof "/assets/" - 1;
  return account.substr(start, account.find('/', start) - start);
}

// The short form of an account's name.
std::string Short(const std::string& account) {
  return account.find("/members/") == std::string::npos ? AssetOf(account) + ":" + IdOf(account)
                                                        : MemberOf(account) + "/" + IdOf(account);
}

std::string AmountIn(Session& session, const std::string& account, std::int64_t amount) {
  return session.Amount(ProgramOf(account), AssetOf(account), amount);
}

// An amount with the decimals of the account's asset, in its smallest unit.
absl::StatusOr<std::string> ReadAmountOf(Session& session, const std::string& account,
                                         const std::string& typed) {
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t amount,
                           session.ReadAmount(ProgramOf(account), AssetOf(account), typed));
  return std::to_string(amount);
}

// A reader of such an amount. The account is the field at `path`.
Reader AmountLike(std::string path) {
  return [path = std::move(path)](Session& session, const Form::Message& so_far,
                                  const std::string& typed) {
    return ReadAmountOf(session, TextAt(so_far, path), typed);
  };
}

// Reads a part of the transfer that the request names.
absl::StatusOr<std::string> ReadPart(Session& session, const Form::Message& so_far,
                                     const std::string& typed) {
  v1::GetTransferRequest request;
  request.set_name(TextAt(so_far, "name"));
  PERIGEE_ASSIGN_OR_RETURN(const v1::Transfer transfer,
                           session.Ask(Door::kPublic, &Reads::GetTransfer, request));
  return ReadAmountOf(session, transfer.debit_account(), typed);
}

std::string KindOf(const v1::Transfer& transfer) {
  const std::string kind = Word(transfer.kind());
  return transfer.has_expire_time() ? kind + " until " + FormatTimestamp(transfer.expire_time())
                                    : kind;
}

Rows<v1::Transfer, Session> TransferRows() {
  return {{"TRANSFER", "KIND", "FROM", "TO", ">AMOUNT", "EFFECT", "MEMO"},
          [](Session& session, const v1::Transfer& transfer) -> Row {
            return {IdOf(transfer.name()),
                    KindOf(transfer),
                    Short(transfer.debit_account()),
                    Short(transfer.credit_account()),
                    AmountIn(session, transfer.debit_account(), transfer.amount()),
                    FormatTimestamp(transfer.effective_time()),
                    transfer.memo()};
          }};
}

Rows<v1::Account, Session> AccountRows() {
  return {{"ACCOUNT", ">BALANCE", ">AVAILABLE", ">HELD"},
          [](Session& session, const v1::Account& account) -> Row {
            const auto amount = [&](std::int64_t value) {
              return AmountIn(session, account.name(), value);
            };
            return {Short(account.name()), amount(account.balance()), amount(account.available()),
                    amount(account.debits_pending())};
          }};
}

absl::Status Statement(Session& session, const v1::ListStatementLinesRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListStatementLinesResponse response,
      session.AskAll(Door::kPublic, &Reads::ListStatementLines, request, request.page_size()));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  Table table({"EFFECT", "TRANSFER", "KIND", "WITH", ">CHANGE", ">BALANCE", "RULE", "MEMO"});
  for (const v1::StatementLine& line : response.lines()) {
    const v1::Transfer& transfer = line.transfer();
    const bool gives = transfer.debit_account() == request.parent();
    table.Add({FormatTimestamp(transfer.effective_time()), IdOf(transfer.name()), KindOf(transfer),
               Short(gives ? transfer.credit_account() : transfer.debit_account()),
               AmountIn(session, request.parent(), line.change()),
               AmountIn(session, request.parent(), line.balance_after()), IdOf(transfer.rule()),
               transfer.memo()});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

absl::Status Lots(Session& session, const v1::ListLotsRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListLotsResponse response,
      session.AskAll(Door::kPublic, &Reads::ListLots, request, request.page_size()));
  if (session.PrintPlain(response)) {
    return absl::OkStatus();
  }
  Table table({"EXPIRES", ">LEFT", ">OF", "TRANSFER"});
  for (const v1::Lot& lot : response.lots()) {
    table.Add({lot.has_expire_time() ? FormatTimestamp(lot.expire_time()) : "never",
               AmountIn(session, request.parent(), lot.remaining()),
               AmountIn(session, request.parent(), lot.amount()), IdOf(lot.transfer())});
  }
  table.Print(session.out());
  return absl::OkStatus();
}

absl::Status ShowTransfers(Session& session, const v1::PostTransfersResponse& response) {
  TransferRows()(session, response);
  return PrintShownBoards(session, response.boards());
}

absl::Status FillShare(Session& session, const std::string& typed, Form::Message& request) {
  PERIGEE_ASSIGN_OR_RETURN(const Weighted weighted, ParseWeighted(typed));
  v1::DistributeRequest::Share& share = *static_cast<v1::DistributeRequest&>(request).add_shares();
  PERIGEE_ASSIGN_OR_RETURN(*share.mutable_account(), AccountName(session, weighted.what));
  share.set_weight(weighted.weight);
  return absl::OkStatus();
}

void ShowExplanation(Session& session, const v1::ExplainTransferResponse& response) {
  session.out() << response.summary() << '\n';
  const std::string& account = response.transfer().debit_account();
  for (const v1::LotUse& use : response.lot_uses()) {
    session.out() << "  took " << AmountIn(session, account, use.amount()) << " of the lot of "
                  << IdOf(use.lot()) << '\n';
  }
  if (!response.successors().empty()) {
    TransferRows().Print(session, response.successors());
  }
}

absl::StatusOr<std::string> ReadAccount(Session& session, const Form::Message& /*so_far*/,
                                        const std::string& typed) {
  return AccountName(session, typed);
}

// The asset and the id of a new account of the programme.
absl::Status FillNewAccount(Session& session, const std::string& typed, Form::Message& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string name, AccountName(session, typed));
  const std::size_t accounts = name.find("/accounts/");
  if (accounts == std::string::npos || name.find("/assets/") == std::string::npos) {
    return InvalidField("", "must be written ASSET:ACCOUNT, not " + typed);
  }
  auto& made = static_cast<v1::CreateAccountRequest&>(request);
  made.set_parent(name.substr(0, accounts));
  made.set_account_id(IdOf(name));
  return absl::OkStatus();
}

void BindAccount(Form& form, const std::string& path) {
  form.Add("ACCOUNT", path, kAccountHelp, {.read = ReadAccount})->required();
}

void BindAccountList(Form& form) {
  BindAccount(form, "parent");
  BindLimit(form, "50");
}

void BindPost(Form& form) {
  form.InProgram();
  form.Add("FROM", "transfers[0].debit_account", std::string("Debited: ") + kAccountHelp,
           {.read = ReadAccount})
      ->required();
  form.Add("TO", "transfers[0].credit_account", "Credited, written likewise", {.read = ReadAccount})
      ->required();
  form.Add("AMOUNT", "transfers[0].amount", "With the asset's decimals, such as 12.50",
           {.read = AmountLike("transfers[0].debit_account")})
      ->required();
  form.Add("--memo", "transfers[0].memo", "Why, for the people concerned");
  form.Add("--effective", "transfers[0].effective_time", "When it takes effect; now if left out");
  BindShownBoards(form);
}

void BindTransfer(Form& form) {
  form.Add("TRANSFER", "name", "Its id, such as 1042-0", {.read = IdIn("transfers")})->required();
}

void BindPart(Form& form) {
  BindTransfer(form);
  form.Add("--amount", "amount", "Only so much of it", {.read = ReadPart});
}

void AddReads(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::GetAccountRequest>(
      noun, chosen,
      {"account", "Show an account, now or as it was",
       "  perigee capital account m-001/renown -p demo\n"
       "  perigee capital account renown:issued -p demo --at 2026-01-01"},
      [](Form& form) {
        BindAccount(form, "name");
        form.Add("--at", "effective_time", "As of then, by when transfers took effect");
        form.Add("--revision", "revision", "As the books stood at that revision");
      },
      Send(Door::kPublic, &Reads::GetAccount, AccountRows()));
  AddCall<v1::ListMemberAccountsRequest>(
      noun, chosen,
      {"accounts", "Show what a member has of every asset",
       "  perigee capital accounts m-001 -p demo"},
      BindMemberList, List(Door::kPublic, &Reads::ListMemberAccounts, AccountRows()));
  AddCall<v1::ListStatementLinesRequest>(
      noun, chosen,
      {"statement", "List what moved on an account, newest first",
       "  perigee capital statement m-001/renown -p demo --limit 10"},
      BindAccountList, Statement);
  AddCall<v1::ListLotsRequest>(
      noun, chosen,
      {"lots", "List what is left of what was earned, soonest to expire first",
       "  perigee capital lots m-001/seeds -p demo"},
      BindAccountList, Lots);
  AddCall<v1::ExplainTransferRequest>(
      noun, chosen,
      {"explain", "Say why a transfer was made and what became of it",
       "  TRANSFER=$(perigee capital statement m-001/renown -p demo --limit 1 --names)\n"
       "  perigee capital explain \"$TRANSFER\""},
      BindTransfer, Send(Door::kPublic, &Reads::ExplainTransfer, ShowExplanation));
}

void AddChanges(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::PostTransfersRequest>(
      noun, chosen,
      {"post", "Move capital by hand",
       "  perigee capital post seeds:issued m-001/seeds 12.50 -p demo --memo 'Fair stand'\n"
       "  perigee capital post renown:issued m-001/renown 5 -p demo --board renown"},
      BindPost, Send(Door::kInternal, &Changes::PostTransfers, ShowTransfers));
  AddCall<v1::PostTransfersRequest>(
      noun, chosen,
      {"hold", "Hold capital until it is captured, voided or the hold expires",
       "  perigee capital post seeds:issued m-001/seeds 25 -p demo\n"
       "  perigee capital hold m-001/seeds seeds:spent 25 -p demo --expires $(date -d '+7 days' "
       "+%F)"},
      [](Form& form) {
        BindPost(form);
        form.Add("--expires", "transfers[0].expire_time", "When the hold ends")->required();
      },
      Send(Door::kInternal, &Changes::PostTransfers, ShowTransfers));
  const std::string hold =
      "  perigee capital post seeds:issued m-001/seeds 25 -p demo\n"
      "  HOLD=$(perigee capital hold m-001/seeds seeds:spent 25 -p demo --expires $(date -d "
      "'+7 days' +%F) --names)\n";
  AddCall<v1::CaptureTransferRequest>(
      noun, chosen,
      {"capture", "Make a hold final, for all of it or less",
       hold + "  perigee capital capture \"$HOLD\" --amount 20"},
      BindPart, Send(Door::kInternal, &Changes::CaptureTransfer, TransferRows()));
  AddCall<v1::VoidTransferRequest>(
      noun, chosen,
      {"void", "End a hold without effect", hold + "  perigee capital void \"$HOLD\""},
      BindTransfer, Send(Door::kInternal, &Changes::VoidTransfer, TransferRows()));
  AddCall<v1::ReverseTransferRequest>(
      noun, chosen,
      {"reverse", "Undo a transfer, wholly or in part",
       "  GIFT=$(perigee capital post seeds:issued m-001/seeds 25 -p demo --names)\n"
       "  perigee capital reverse \"$GIFT\" --amount 5 --memo 'Counted twice'"},
      [](Form& form) {
        BindPart(form);
        form.Add("--memo", "memo", "Why, for the people concerned");
      },
      Send(Door::kInternal, &Changes::ReverseTransfer, TransferRows()));
  AddCall<v1::DistributeRequest>(
      noun, chosen,
      {"distribute", "Split an amount by weight, to the last unit",
       "  perigee capital distribute seeds:issued 100 m-001/seeds=2 m-002/seeds=1 -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("FROM", "debit_account", std::string("Debited: ") + kAccountHelp,
                 {.read = ReadAccount})
            ->required();
        form.Add("AMOUNT", "amount", "What is split", {.read = AmountLike("debit_account")})
            ->required();
        form.AddFilling("SHARES", {"shares"}, "ACCOUNT=WEIGHT; weight 1 if left out", FillShare)
            ->required();
      },
      Send(Door::kInternal, &Changes::Distribute, ShowTransfers));
  AddCall<v1::CreateAccountRequest>(
      noun, chosen,
      {"open", "Open an account of the programme, such as a campaign's budget",
       "  perigee capital open seeds:spring-fair -p demo"},
      [](Form& form) {
        form.AddFilling("ACCOUNT", {"parent", "account_id"}, "ASSET:ACCOUNT", FillNewAccount)
            ->required()
            ->expected(1);
      },
      Send(Door::kInternal, &Changes::CreateAccount, AccountRows()));
}

}  // namespace

void AddCapital(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "capital", "Social capital: accounts, transfers, holds, lots");
  AddReads(noun, chosen);
  AddChanges(noun, chosen);
}

}  // namespace perigee::cli
