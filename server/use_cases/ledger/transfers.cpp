#include "server/use_cases/ledger/transfers.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/use_cases/ledger/books.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {

namespace {

domain::Transfer Made(const domain::Changes& changes, domain::TransferId id) {
  return *std::ranges::find(changes.ledger.transfers, id, &domain::Transfer::id);
}

absl::Status RefuseSuspended(const std::string& name, domain::Standing standing) {
  if (standing == domain::Standing::kSuspended) {
    return Error(Reason::kMemberSuspended, name + " is suspended", {{"resource_name", name}});
  }
  return absl::OkStatus();
}

// kMemberSuspended if the debited account belongs to a suspended person.
absl::Status CheckDebtor(ports::StoreReader& reader, const std::string& program,
                         const domain::Transfer& transfer) {
  if (!transfer.debit.IsMember()) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> found,
                           reader.members().FindByKeys(program, {&transfer.debit.member, 1}));
  for (const domain::Member& member : found) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member person,
                             RequireMember(reader, program, member.id));
    PERIGEE_RETURN_IF_ERROR(RefuseSuspended(MemberName(program, member.id), person.standing));
  }
  return absl::OkStatus();
}

// kNotReversible if a side of the transfer is an erased member, who may have nothing any more.
absl::Status RefuseErased(ports::StoreReader& reader, const std::string& program,
                          const domain::Transfer& transfer) {
  std::vector<domain::MemberKey> sides;
  for (const domain::AccountRef* side : {&transfer.debit, &transfer.credit}) {
    if (side->IsMember() && std::ranges::find(sides, side->member) == sides.end()) {
      sides.push_back(side->member);
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> found,
                           reader.members().FindByKeys(program, sides));
  if (found.size() < sides.size()) {
    return Error(Reason::kNotReversible, "a member of the transfer was erased",
                 {{"transfer", domain::FormatTransferId(transfer.id)}});
  }
  return absl::OkStatus();
}

// The ledger's refusal, with the request's field in place of the draft's.
absl::Status InRequest(const TransferOrder& order, const absl::Status& refusal) {
  if (!order.credit_field.empty() && FieldOf(refusal) == "credit_account") {
    return WithField(refusal, order.credit_field);
  }
  return WithFieldPrefix(refusal, order.field);
}

absl::StatusOr<domain::TransferId> Post(ports::StoreReader& reader, domain::LedgerUnit& ledger,
                                        const TransferOrder& order) {
  PERIGEE_ASSIGN_OR_RETURN(const NamedAccount debit, RequireNamedAccount(reader, order.debit));
  PERIGEE_ASSIGN_OR_RETURN(const NamedAccount credit, RequireNamedAccount(reader, order.credit));
  PERIGEE_RETURN_IF_ERROR(
      RefuseSuspended(MemberName(order.debit.program, order.debit.member_id), debit.standing));
  domain::TransferDraft draft = order.draft;
  draft.debit = debit.ref;
  draft.credit = credit.ref;
  absl::StatusOr<domain::TransferId> id = ledger.Post(draft);
  return id.ok() ? id : InRequest(order, id.status());
}

// Posts the movement that answers a recorded transfer.
template <class Act>
DecidedTransfer Answer(ports::StoreReader& reader, const ports::UnitContext& unit,
                       const TransferPath& name, Act act) {
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, OpenBooks(reader, unit, name.program));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Transfer transfer, RequireTransfer(reader, name));
  PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId id, act(ledger, transfer));
  Decided<domain::Transfer> decided;
  decided.changes.ledger = ledger.Take();
  decided.value = Made(decided.changes, id);
  return decided;
}

}  // namespace

ports::Lookups LookupsOf(const std::vector<TransferOrder>& orders) {
  ports::Lookups lookups;
  for (const TransferOrder& order : orders) {
    for (const AccountPath* path : {&order.debit, &order.credit}) {
      if (!path->member_id.empty()) {
        lookups.members.push_back(path->member_id);
      }
    }
  }
  return lookups;
}

absl::StatusOr<Decided<std::vector<domain::Transfer>>> PostTransfers(
    ports::StoreReader& reader, const ports::UnitContext& unit, const std::string& program,
    const std::vector<TransferOrder>& orders) {
  PERIGEE_ASSIGN_OR_RETURN(domain::LedgerUnit ledger, OpenBooks(reader, unit, program));
  std::vector<domain::TransferId> ids;
  for (const TransferOrder& order : orders) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId id, Post(reader, ledger, order));
    ids.push_back(id);
  }
  Decided<std::vector<domain::Transfer>> decided;
  decided.changes.ledger = ledger.Take();
  for (const domain::TransferId id : ids) {
    decided.value.push_back(Made(decided.changes, id));
  }
  return decided;
}

absl::StatusOr<domain::Transfer> RequireTransfer(ports::StoreReader& reader,
                                                 const TransferPath& name) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, name.program).status());
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Transfer> transfer,
                           reader.ledger().Books(name.program).FindTransfer(name.id));
  if (!transfer.has_value()) {
    return NotFound(TransferName(name.program, name.id));
  }
  return *transfer;
}

DecidedTransfer CaptureTransfer(ports::StoreReader& reader, const ports::UnitContext& unit,
                                const TransferPath& pending, std::int64_t amount) {
  return Answer(reader, unit, pending,
                [&](domain::LedgerUnit& ledger,
                    const domain::Transfer& hold) -> absl::StatusOr<domain::TransferId> {
                  PERIGEE_RETURN_IF_ERROR(CheckDebtor(reader, pending.program, hold));
                  return ledger.Capture(hold.id, amount);
                });
}

DecidedTransfer VoidTransfer(ports::StoreReader& reader, const ports::UnitContext& unit,
                             const TransferPath& pending) {
  return Answer(reader, unit, pending,
                [](domain::LedgerUnit& ledger, const domain::Transfer& hold) {
                  return ledger.Void(hold.id);
                });
}

DecidedTransfer ReverseTransfer(ports::StoreReader& reader, const ports::UnitContext& unit,
                                const TransferPath& original, std::int64_t amount,
                                const std::string& memo) {
  return Answer(reader, unit, original,
                [&](domain::LedgerUnit& ledger,
                    const domain::Transfer& recorded) -> absl::StatusOr<domain::TransferId> {
                  PERIGEE_RETURN_IF_ERROR(RefuseErased(reader, original.program, recorded));
                  return ledger.Reverse(recorded.id, amount, memo);
                });
}

}  // namespace perigee::use_cases
