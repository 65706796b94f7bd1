#include "server/services/ledger/capital_books.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "server/core/civil_time.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/services/lookup.h"

namespace perigee::services {

namespace {

absl::Status RefuseSuspended(const std::string& name, domain::Standing standing) {
  if (standing == domain::Standing::kSuspended) {
    return Error(Reason::kMemberSuspended, name + " is suspended", {{"resource_name", name}});
  }
  return absl::OkStatus();
}

// The ledger's refusal with the field of the request in place of the draft's.
absl::Status InRequest(const Order& order, const absl::Status& refusal) {
  if (!order.credit_field.empty() && FieldOf(refusal) == "credit_account") {
    return WithField(refusal, order.credit_field);
  }
  return WithFieldPrefix(refusal, order.field);
}

absl::StatusOr<domain::TransferId> PostOrder(OpenBooks& books, Order order) {
  PERIGEE_ASSIGN_OR_RETURN(const NamedAccount debit, FindNamedAccount(books.reader, order.debit));
  PERIGEE_ASSIGN_OR_RETURN(const NamedAccount credit, FindNamedAccount(books.reader, order.credit));
  PERIGEE_RETURN_IF_ERROR(
      RefuseSuspended(MemberName(order.debit.program, order.debit.member_id), debit.standing));
  order.draft.debit = debit.ref;
  order.draft.credit = credit.ref;
  absl::StatusOr<domain::TransferId> id = books.ledger.Post(order.draft);
  return id.ok() ? id : InRequest(order, id.status());
}

}  // namespace

absl::StatusOr<OpenBooks> OpenBooks::Open(ports::StoreReader& reader, const std::string& program,
                                          const ports::UnitContext& unit) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Program found, RequireProgram(reader, program));
  PERIGEE_ASSIGN_OR_RETURN(Zone zone, Zone::Load(found.time_zone));
  return OpenBooks{
      program, reader,
      domain::LedgerUnit(reader.ledger().Books(program), std::move(zone), unit.revision, unit.now)};
}

absl::StatusOr<std::vector<v1::Transfer>> OpenBooks::Close(
    const std::vector<domain::TransferId>& ids, domain::Changes& changes) {
  changes.ledger = ledger.Take();
  const std::vector<domain::Transfer>& made = changes.ledger.transfers;
  PERIGEE_ASSIGN_OR_RETURN(const TransferNames names, TransferNames::Of(reader, program, made));
  std::vector<v1::Transfer> protos;
  protos.reserve(ids.size());
  for (const domain::TransferId id : ids) {
    protos.push_back(names.ToProto(*std::ranges::find(made, id, &domain::Transfer::id)));
  }
  return protos;
}

absl::Status OpenBooks::CheckDebtor(const domain::Transfer& transfer) {
  if (!transfer.debit.IsMember()) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> found,
                           reader.members().FindByKeys(program, {&transfer.debit.member, 1}));
  for (const domain::Member& member : found) {
    PERIGEE_RETURN_IF_ERROR(RefuseSuspended(MemberName(program, member.id), member.standing));
  }
  return absl::OkStatus();
}

ports::Lookups LookupsOf(const std::vector<Order>& orders) {
  ports::Lookups lookups;
  for (const Order& order : orders) {
    for (const AccountPath* path : {&order.debit, &order.credit}) {
      if (!path->member_id.empty()) {
        lookups.members.push_back(path->member_id);
      }
    }
  }
  return lookups;
}

absl::StatusOr<ports::Decision> PostAll(ports::StoreReader& reader, const ports::UnitContext& unit,
                                        const std::string& program,
                                        const std::vector<Order>& orders) {
  PERIGEE_ASSIGN_OR_RETURN(OpenBooks books, OpenBooks::Open(reader, program, unit));
  std::vector<domain::TransferId> ids;
  for (const Order& order : orders) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::TransferId id, PostOrder(books, order));
    ids.push_back(id);
  }
  ports::Decision decision;
  PERIGEE_ASSIGN_OR_RETURN(std::vector<v1::Transfer> made, books.Close(ids, decision.changes));
  v1::PostTransfersResponse response;
  for (v1::Transfer& transfer : made) {
    *response.add_transfers() = std::move(transfer);
  }
  response.set_revision(unit.revision);
  decision.answer = response.SerializeAsString();
  return decision;
}

absl::StatusOr<ports::Decision> OpenAccount(ports::StoreReader& reader,
                                            const ports::UnitContext& unit,
                                            const AccountPath& path) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, path.program).status());
  PERIGEE_RETURN_IF_ERROR(RequireAsset(reader, path.program, path.asset).status());
  const domain::AccountRef ref{.asset = path.asset, .member = {}, .account = path.account};
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::Account> existing,
                           reader.ledger().Books(path.program).FindAccount(ref));
  if (existing.has_value()) {
    return AlreadyExists(FormatAccountPath(path));
  }
  ports::Decision decision;
  const domain::Account account{.ref = ref};
  decision.changes.ledger.budgets.push_back(ref);
  decision.changes.ledger.accounts.push_back(account);
  decision.answer = ToProto(path, account, 0, unit.revision).SerializeAsString();
  return decision;
}

}  // namespace perigee::services
