#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::cli {

namespace {

using Reads = v1::CapitalService::Stub;
using Changes = v1::CapitalAdminService::Stub;

constexpr char kAccountHelp[] =
    "MEMBER/ASSET for a member's account (ada/reputation), ASSET:ACCOUNT for one of the "
    "programme's own (affiliation:issued), or a full name";

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
  return UsageFailure("\"" + text + "\" is no account; write " + kAccountHelp + ".");
}

std::string ProgramOf(const std::string& name) {
  return name.substr(0, name.find('/', sizeof "programs/" - 1));
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
  const std::size_t members = account.find("/members/");
  if (members == std::string::npos) {
    return AssetOf(account) + ":" + IdOf(account);
  }
  const std::size_t start = members + sizeof "/members/" - 1;
  return account.substr(start, account.find('/', start) - start) + "/" + IdOf(account);
}

std::string AmountIn(Session& session, const std::string& account, std::int64_t amount) {
  return session.Amount(ProgramOf(account), AssetOf(account), amount);
}

absl::StatusOr<std::int64_t> ParseAmountOf(Session& session, const std::string& account,
                                           const std::string& text) {
  PERIGEE_ASSIGN_OR_RETURN(const int decimals,
                           session.Decimals(ProgramOf(account), AssetOf(account)));
  const absl::StatusOr<std::int64_t> amount = domain::ParseAmount("AMOUNT", text, decimals);
  return amount.ok() ? amount : UsageFailure(std::string(amount.status().message()) + ".");
}

std::string KindOf(const v1::Transfer& transfer) {
  const std::string kind = Friendly(v1::Transfer::Kind_Name(transfer.kind()), "KIND_");
  return transfer.has_expire_time() ? kind + " until " + FormatTimestamp(transfer.expire_time())
                                    : kind;
}

void PrintTransfers(Session& session,
                    const google::protobuf::RepeatedPtrField<v1::Transfer>& transfers) {
  Table table({"TRANSFER", "KIND", "FROM", "TO", ">AMOUNT", "EFFECT", "MEMO"});
  for (const v1::Transfer& transfer : transfers) {
    table.Add({IdOf(transfer.name()), KindOf(transfer), Short(transfer.debit_account()),
               Short(transfer.credit_account()),
               AmountIn(session, transfer.debit_account(), transfer.amount()),
               FormatTimestamp(transfer.effective_time()), transfer.memo()});
  }
  table.Print(session.out());
}

absl::Status ShowTransfer(Session& session, const v1::Transfer& transfer) {
  if (!session.PrintJson(transfer)) {
    google::protobuf::RepeatedPtrField<v1::Transfer> one;
    *one.Add() = transfer;
    PrintTransfers(session, one);
  }
  return absl::OkStatus();
}

void PrintAccounts(Session& session,
                   const google::protobuf::RepeatedPtrField<v1::Account>& accounts) {
  Table table({"ACCOUNT", ">BALANCE", ">AVAILABLE", ">HELD"});
  for (const v1::Account& account : accounts) {
    const auto amount = [&](std::int64_t value) {
      return AmountIn(session, account.name(), value);
    };
    table.Add({Short(account.name()), amount(account.balance()), amount(account.available()),
               amount(account.debits_pending())});
  }
  table.Print(session.out());
}

absl::Status ShowAccount(Session& session, const v1::Account& account) {
  if (!session.PrintJson(account)) {
    google::protobuf::RepeatedPtrField<v1::Account> one;
    *one.Add() = account;
    PrintAccounts(session, one);
  }
  return absl::OkStatus();
}

struct AccountArgs {
  std::string account;
  std::string at;
  std::int64_t revision = 0;
  int limit = 50;
};

absl::Status GetAccount(Session& session, const AccountArgs& args) {
  v1::GetAccountRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), AccountName(session, args.account));
  if (!args.at.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(*request.mutable_effective_time(), ParseTimestamp("--at", args.at));
  }
  request.set_revision(args.revision);
  PERIGEE_ASSIGN_OR_RETURN(const v1::Account account,
                           session.Ask(Door::kPublic, &Reads::GetAccount, request));
  return ShowAccount(session, account);
}

absl::Status ListAccounts(Session& session, const std::string& member) {
  v1::ListMemberAccountsRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name("members", member));
  PERIGEE_ASSIGN_OR_RETURN(const v1::ListMemberAccountsResponse response,
                           session.AskAll(Door::kPublic, &Reads::ListMemberAccounts, request, 0,
                                          [](const v1::ListMemberAccountsResponse& page) {
                                            return page.accounts_size();
                                          }));
  if (!session.PrintJson(response)) {
    PrintAccounts(session, response.accounts());
  }
  return absl::OkStatus();
}

absl::Status Statement(Session& session, const AccountArgs& args) {
  v1::ListStatementLinesRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), AccountName(session, args.account));
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListStatementLinesResponse response,
      session.AskAll(Door::kPublic, &Reads::ListStatementLines, request, args.limit,
                     [](const v1::ListStatementLinesResponse& page) { return page.lines_size(); }));
  if (session.PrintJson(response)) {
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

absl::Status Lots(Session& session, const AccountArgs& args) {
  v1::ListLotsRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), AccountName(session, args.account));
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::ListLotsResponse response,
      session.AskAll(Door::kPublic, &Reads::ListLots, request, args.limit,
                     [](const v1::ListLotsResponse& page) { return page.lots_size(); }));
  if (session.PrintJson(response)) {
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

struct PostArgs {
  std::string from;
  std::string to;
  std::string amount;
  std::string memo;
  std::string expires;
  std::string effective;
};

absl::Status Post(Session& session, const PostArgs& args) {
  v1::PostTransfersRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  v1::Transfer& transfer = *request.add_transfers();
  PERIGEE_ASSIGN_OR_RETURN(*transfer.mutable_debit_account(), AccountName(session, args.from));
  PERIGEE_ASSIGN_OR_RETURN(*transfer.mutable_credit_account(), AccountName(session, args.to));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t amount,
                           ParseAmountOf(session, transfer.debit_account(), args.amount));
  transfer.set_amount(amount);
  transfer.set_memo(args.memo);
  if (!args.expires.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(*transfer.mutable_expire_time(),
                             ParseTimestamp("--expires", args.expires));
  }
  if (!args.effective.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(*transfer.mutable_effective_time(),
                             ParseTimestamp("--effective", args.effective));
  }
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::PostTransfersResponse response,
                           session.Ask(Door::kInternal, &Changes::PostTransfers, request));
  if (!session.PrintJson(response)) {
    PrintTransfers(session, response.transfers());
  }
  return absl::OkStatus();
}

struct DistributeArgs {
  std::string from;
  std::string amount;
  std::vector<std::string> shares;
};

absl::Status Distribute(Session& session, const DistributeArgs& args) {
  v1::DistributeRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_parent(), session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_debit_account(), AccountName(session, args.from));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t amount,
                           ParseAmountOf(session, request.debit_account(), args.amount));
  request.set_amount(amount);
  for (const std::string& text : args.shares) {
    const std::size_t equals = text.find('=');
    v1::DistributeRequest::Share& share = *request.add_shares();
    PERIGEE_ASSIGN_OR_RETURN(*share.mutable_account(),
                             AccountName(session, text.substr(0, equals)));
    std::int64_t weight = 1;
    if (equals != std::string::npos &&
        !CLI::detail::lexical_cast(text.substr(equals + 1), weight)) {
      return UsageFailure("the weight in \"" + text + "\" is no whole number.");
    }
    share.set_weight(weight);
  }
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::PostTransfersResponse response,
                           session.Ask(Door::kInternal, &Changes::Distribute, request));
  if (!session.PrintJson(response)) {
    PrintTransfers(session, response.transfers());
  }
  return absl::OkStatus();
}

struct OnTransferArgs {
  std::string transfer;
  std::string amount;
  std::string memo;
};

// The amount that the user gave; 0, which means the whole transfer, if none was given.
absl::StatusOr<std::int64_t> PartOf(Session& session, const std::string& name,
                                    const std::string& amount) {
  if (amount.empty()) {
    return 0;
  }
  v1::GetTransferRequest request;
  request.set_name(name);
  PERIGEE_ASSIGN_OR_RETURN(const v1::Transfer transfer,
                           session.Ask(Door::kPublic, &Reads::GetTransfer, request));
  return ParseAmountOf(session, transfer.debit_account(), amount);
}

absl::Status Capture(Session& session, const OnTransferArgs& args) {
  v1::CaptureTransferRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("transfers", args.transfer));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t amount, PartOf(session, request.name(), args.amount));
  request.set_amount(amount);
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Transfer transfer,
                           session.Ask(Door::kInternal, &Changes::CaptureTransfer, request));
  return ShowTransfer(session, transfer);
}

absl::Status Void(Session& session, const OnTransferArgs& args) {
  v1::VoidTransferRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("transfers", args.transfer));
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Transfer transfer,
                           session.Ask(Door::kInternal, &Changes::VoidTransfer, request));
  return ShowTransfer(session, transfer);
}

absl::Status Reverse(Session& session, const OnTransferArgs& args) {
  v1::ReverseTransferRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("transfers", args.transfer));
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t amount, PartOf(session, request.name(), args.amount));
  request.set_amount(amount);
  request.set_memo(args.memo);
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Transfer transfer,
                           session.Ask(Door::kInternal, &Changes::ReverseTransfer, request));
  return ShowTransfer(session, transfer);
}

absl::Status Explain(Session& session, const OnTransferArgs& args) {
  v1::ExplainTransferRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name("transfers", args.transfer));
  PERIGEE_ASSIGN_OR_RETURN(const v1::ExplainTransferResponse response,
                           session.Ask(Door::kPublic, &Reads::ExplainTransfer, request));
  if (session.PrintJson(response)) {
    return absl::OkStatus();
  }
  session.out() << response.summary() << '\n';
  const std::string& account = response.transfer().debit_account();
  for (const v1::LotUse& use : response.lot_uses()) {
    session.out() << "  took " << AmountIn(session, account, use.amount()) << " of the lot of "
                  << IdOf(use.lot()) << '\n';
  }
  if (!response.successors().empty()) {
    PrintTransfers(session, response.successors());
  }
  return absl::OkStatus();
}

struct OpenArgs {
  std::string account;
};

absl::Status Open(Session& session, const OpenArgs& args) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string name, AccountName(session, args.account));
  const std::size_t accounts = name.find("/accounts/");
  if (accounts == std::string::npos || name.find("/assets/") == std::string::npos) {
    return UsageFailure("an account to open is written ASSET:ACCOUNT.");
  }
  v1::CreateAccountRequest request;
  request.set_parent(name.substr(0, accounts));
  request.set_account_id(IdOf(name));
  request.set_request_id(session.RequestId());
  PERIGEE_ASSIGN_OR_RETURN(const v1::Account account,
                           session.Ask(Door::kInternal, &Changes::CreateAccount, request));
  return ShowAccount(session, account);
}

void BindAccount(CLI::App& command, AccountArgs& args) {
  command.add_option("ACCOUNT", args.account, kAccountHelp)->required();
}

void BindAccountList(CLI::App& command, AccountArgs& args) {
  BindAccount(command, args);
  command.add_option("--limit", args.limit, "At most so many; 0: all")->capture_default_str();
}

void BindPost(CLI::App& command, PostArgs& args) {
  command.add_option("FROM", args.from, std::string("Debited: ") + kAccountHelp)->required();
  command.add_option("TO", args.to, "Credited, written likewise")->required();
  command.add_option("AMOUNT", args.amount, "With the asset's decimals, such as 12.50")->required();
  command.add_option("--memo", args.memo, "Why, for the people concerned");
  command.add_option("--effective", args.effective, "When it takes effect; now if left out");
}

void BindTransfer(CLI::App& command, OnTransferArgs& args) {
  command.add_option("TRANSFER", args.transfer, "Its id, such as 1042-0")->required();
}

void BindPart(CLI::App& command, OnTransferArgs& args) {
  BindTransfer(command, args);
  command.add_option("--amount", args.amount, "Only so much of it");
}

void AddReads(CLI::App& noun, Chosen& chosen) {
  AddCommand<AccountArgs>(
      noun, chosen,
      {"account", "Show an account, now or as it was",
       "  perigee capital account ada/reputation -p acme\n"
       "  perigee capital account affiliation:issued -p acme --at 2026-01-01"},
      [](CLI::App& command, AccountArgs& args) {
        BindAccount(command, args);
        command.add_option("--at", args.at, "As of then, by when transfers took effect");
        command.add_option("--revision", args.revision, "As the books stood at that revision");
      },
      GetAccount);
  AddCommand<std::string>(
      noun, chosen,
      {"accounts", "Show what a member has of every asset",
       "  perigee capital accounts ada -p acme"},
      [](CLI::App& command, std::string& member) {
        command.add_option("MEMBER", member, "The member's id")->required();
      },
      ListAccounts);
  AddCommand<AccountArgs>(noun, chosen,
                          {"statement", "List what moved on an account, newest first",
                           "  perigee capital statement ada/reputation -p acme --limit 10"},
                          BindAccountList, Statement);
  AddCommand<AccountArgs>(noun, chosen,
                          {"lots", "List what is left of what was earned, soonest to expire first",
                           "  perigee capital lots ada/access -p acme"},
                          BindAccountList, Lots);
  AddCommand<OnTransferArgs>(noun, chosen,
                             {"explain", "Say why a transfer was made and what became of it",
                              "  perigee capital explain 1042-0 -p acme"},
                             BindTransfer, Explain);
}

void AddChanges(CLI::App& noun, Chosen& chosen) {
  AddCommand<PostArgs>(
      noun, chosen,
      {"post", "Move capital by hand",
       "  perigee capital post affiliation:issued ada/affiliation 25 -p acme --memo 'Fair stand'"},
      BindPost, Post);
  AddCommand<PostArgs>(
      noun, chosen,
      {"hold", "Hold capital until it is captured, voided or the hold expires",
       "  perigee capital hold ada/access access:spent 25 -p acme --expires 2027-01-31"},
      [](CLI::App& command, PostArgs& args) {
        BindPost(command, args);
        command.add_option("--expires", args.expires, "When the hold ends")->required();
      },
      Post);
  AddCommand<OnTransferArgs>(noun, chosen,
                             {"capture", "Make a hold final, for all of it or less",
                              "  perigee capital capture 1042-0 -p acme --amount 20"},
                             BindPart, Capture);
  AddCommand<OnTransferArgs>(
      noun, chosen, {"void", "End a hold without effect", "  perigee capital void 1042-0 -p acme"},
      BindTransfer, Void);
  AddCommand<OnTransferArgs>(
      noun, chosen,
      {"reverse", "Undo a transfer, wholly or in part",
       "  perigee capital reverse 1042-0 -p acme --amount 5 --memo 'Counted twice'"},
      [](CLI::App& command, OnTransferArgs& args) {
        BindPart(command, args);
        command.add_option("--memo", args.memo, "Why, for the people concerned");
      },
      Reverse);
  AddCommand<DistributeArgs>(
      noun, chosen,
      {"distribute", "Split an amount by weight, to the last unit",
       "  perigee capital distribute affiliation:issued 100 ada/affiliation=2 bob/affiliation=1 "
       "-p acme"},
      [](CLI::App& command, DistributeArgs& args) {
        command.add_option("FROM", args.from, std::string("Debited: ") + kAccountHelp)->required();
        command.add_option("AMOUNT", args.amount, "What is split")->required();
        command.add_option("SHARES", args.shares, "ACCOUNT=WEIGHT; weight 1 if left out")
            ->required();
      },
      Distribute);
  AddCommand<OpenArgs>(
      noun, chosen,
      {"open", "Open an account of the programme, such as a campaign's budget",
       "  perigee capital open affiliation:spring-fair -p acme"},
      [](CLI::App& command, OpenArgs& args) {
        command.add_option("ACCOUNT", args.account, "ASSET:ACCOUNT")->required();
      },
      Open);
}

}  // namespace

void AddCapital(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "capital", "Social capital: accounts, transfers, holds, lots");
  AddReads(noun, chosen);
  AddChanges(noun, chosen);
}

}  // namespace perigee::cli
