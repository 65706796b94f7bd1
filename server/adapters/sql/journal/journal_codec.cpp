#include "server/adapters/sql/journal/journal_codec.h"

#include <utility>

#include "perigee/journal/v1/journal.pb.h"
#include "server/core/error.h"

namespace perigee::sql {
namespace {

namespace v1 = perigee::journal::v1;

std::string KeyBytes(const Uuid& key) {
  return key.IsNil() ? std::string() : std::string(key.Raw());
}

template <class E>
int Number(E value) {
  return static_cast<int>(value);
}

void Fill(const domain::Program& from, v1::Program& to) {
  to.set_display_name(from.display_name);
  to.set_time_zone(from.time_zone);
  to.set_create_time(ToMicros(from.create_time));
  to.set_update_time(ToMicros(from.update_time));
}
domain::Program Read(const v1::Program& from) {
  domain::Program to;
  to.display_name = from.display_name();
  to.time_zone = from.time_zone();
  to.create_time = FromMicros(from.create_time());
  to.update_time = FromMicros(from.update_time());
  return to;
}

void Fill(const domain::Asset& from, v1::Asset& to) {
  to.set_id(from.id);
  to.set_display_name(from.display_name);
  to.set_decimals(from.decimals);
  to.set_spendable(from.spendable);
  to.set_overdraft(from.overdraft);
  to.set_lot_lifetime_months(from.lot_lifetime_months);
  to.set_create_time(ToMicros(from.create_time));
}
domain::Asset Read(const v1::Asset& from) {
  domain::Asset to;
  to.id = from.id();
  to.display_name = from.display_name();
  to.decimals = from.decimals();
  to.spendable = from.spendable();
  to.overdraft = from.overdraft();
  to.lot_lifetime_months = from.lot_lifetime_months();
  to.create_time = FromMicros(from.create_time());
  return to;
}

void Fill(const domain::Grant& from, v1::Grant& to) {
  to.set_asset(from.asset);
  to.set_beneficiary(Number(from.beneficiary));
  to.set_amount(from.amount);
  to.set_per_quantity(from.per_quantity);
  if (from.cap.has_value()) {
    to.set_cap(from.cap->id);
    to.set_cap_limit(from.cap->limit);
    to.set_cap_window(Number(from.cap->window));
  }
  if (from.floor.has_value()) {
    to.set_floor(*from.floor);
  }
}
domain::Grant Read(const v1::Grant& from) {
  domain::Grant to;
  to.asset = from.asset();
  to.beneficiary = static_cast<domain::Beneficiary>(from.beneficiary());
  to.amount = from.amount();
  to.per_quantity = from.per_quantity();
  if (!from.cap().empty()) {
    to.cap = domain::Cap{from.cap(), from.cap_limit(),
                         static_cast<domain::CapWindow>(from.cap_window())};
  }
  if (from.has_floor()) {
    to.floor = from.floor();
  }
  return to;
}

void Fill(const domain::Rule& from, v1::Rule& to) {
  to.set_id(from.id);
  to.set_version(from.version);
  to.set_activity_type(from.activity_type);
  for (const domain::Grant& grant : from.grants) {
    Fill(grant, *to.add_grants());
  }
  to.set_thanks(from.thanks);
  to.set_counts_self(from.counts_self);
  to.set_effective_time(ToMicros(from.effective_time));
  to.set_disabled(from.disabled);
  to.set_create_time(ToMicros(from.create_time));
}
domain::Rule Read(const v1::Rule& from) {
  domain::Rule to;
  to.id = from.id();
  to.version = from.version();
  to.activity_type = from.activity_type();
  for (const v1::Grant& grant : from.grants()) {
    to.grants.push_back(Read(grant));
  }
  to.thanks = from.thanks();
  to.counts_self = from.counts_self();
  to.effective_time = FromMicros(from.effective_time());
  to.disabled = from.disabled();
  to.create_time = FromMicros(from.create_time());
  return to;
}

void Fill(const domain::Member& from, v1::Member& to) {
  to.set_key(KeyBytes(from.key));
  for (const domain::StakeholderKind kind : from.kinds) {
    to.add_kinds(Number(kind));
  }
  for (const std::string& facet : from.facets) {
    to.add_facets(facet);
  }
  to.set_type(Number(from.type));
  to.set_standing(Number(from.standing));
  to.set_board_opt_out(from.board_opt_out);
  to.set_join_time(ToMicros(from.join_time));
  to.set_create_time(ToMicros(from.create_time));
  to.set_update_time(ToMicros(from.update_time));
}
domain::Member Read(const v1::Member& from) {
  domain::Member to;
  to.key = Uuid::FromRaw(from.key());
  for (const int kind : from.kinds()) {
    to.kinds.push_back(static_cast<domain::StakeholderKind>(kind));
  }
  to.facets.assign(from.facets().begin(), from.facets().end());
  to.type = static_cast<domain::MemberType>(from.type());
  to.standing = static_cast<domain::Standing>(from.standing());
  to.board_opt_out = from.board_opt_out();
  to.join_time = FromMicros(from.join_time());
  to.create_time = FromMicros(from.create_time());
  to.update_time = FromMicros(from.update_time());
  return to;
}

void Fill(const domain::Activity& from, v1::Activity& to) {
  to.set_type(from.type);
  to.set_actor(KeyBytes(from.actor));
  to.set_recipient(KeyBytes(from.recipient));
  to.set_object(from.object);
  to.set_quantity(from.quantity);
  to.set_source(from.source);
  to.set_source_event_id(from.source_event_id);
  to.set_occur_time(ToMicros(from.occur_time));
  to.set_time_source(Number(from.time_source));
  to.set_imported(from.imported);
  to.set_time_adjusted(from.time_adjusted);
  to.set_receive_time(ToMicros(from.receive_time));
}
domain::Activity Read(const v1::Activity& from) {
  domain::Activity to;
  to.type = from.type();
  to.actor = Uuid::FromRaw(from.actor());
  to.recipient = Uuid::FromRaw(from.recipient());
  to.object = from.object();
  to.quantity = from.quantity();
  to.source = from.source();
  to.source_event_id = from.source_event_id();
  to.occur_time = FromMicros(from.occur_time());
  to.time_source = static_cast<domain::TimeSource>(from.time_source());
  to.imported = from.imported();
  to.time_adjusted = from.time_adjusted();
  to.receive_time = FromMicros(from.receive_time());
  return to;
}

void Fill(const domain::Edge& from, v1::Edge& to) {
  to.set_kind(Number(from.kind));
  to.set_from(KeyBytes(from.from));
  to.set_to(KeyBytes(from.to));
  to.set_activity(from.activity);
  to.set_time(ToMicros(from.time));
}
domain::Edge Read(const v1::Edge& from) {
  return {static_cast<domain::EdgeKind>(from.kind()), Uuid::FromRaw(from.from()),
          Uuid::FromRaw(from.to()), from.activity(), FromMicros(from.time())};
}

void Fill(const domain::AccountRef& from, v1::AccountRef& to) {
  to.set_member(KeyBytes(from.member));
  to.set_account(from.account);
}
domain::AccountRef Read(const v1::AccountRef& from, const std::string& asset) {
  return {asset, Uuid::FromRaw(from.member()), from.account()};
}

void Fill(const domain::TransferId& from, v1::TransferId& to) {
  to.set_revision(from.revision);
  to.set_index(from.index);
}
domain::TransferId Read(const v1::TransferId& from) { return {from.revision(), from.index()}; }

void Fill(const domain::CapKey& from, v1::CapKey& to) {
  to.set_member(KeyBytes(from.member));
  to.set_asset(from.asset);
  to.set_cap(from.cap);
  to.set_window_start(ToMicros(from.window_start));
}
domain::CapKey Read(const v1::CapKey& from) {
  return {Uuid::FromRaw(from.member()), from.asset(), from.cap(), FromMicros(from.window_start())};
}

void Fill(const domain::Transfer& from, v1::Transfer& to) {
  to.set_asset(from.debit.asset);
  Fill(from.debit, *to.mutable_debit());
  Fill(from.credit, *to.mutable_credit());
  to.set_amount(from.amount);
  to.set_kind(Number(from.kind));
  to.set_effective_time(ToMicros(from.effective_time));
  to.set_record_time(ToMicros(from.record_time));
  if (from.expire_time.has_value()) {
    to.set_expire_time(ToMicros(*from.expire_time));
  }
  if (from.original.has_value()) {
    Fill(*from.original, *to.mutable_original());
  }
  if (from.activity.has_value()) {
    to.set_activity(*from.activity);
  }
  to.set_rule(from.rule);
  to.set_rule_version(from.rule_version);
  if (from.cap.has_value()) {
    Fill(*from.cap, *to.mutable_cap());
  }
  to.set_cut_amount(from.cut_amount);
  to.set_debit_balance_after(from.debit_balance_after);
  to.set_credit_balance_after(from.credit_balance_after);
}
domain::Transfer Read(const v1::Transfer& from, domain::TransferId id) {
  domain::Transfer to;
  to.id = id;
  to.debit = Read(from.debit(), from.asset());
  to.credit = Read(from.credit(), from.asset());
  to.amount = from.amount();
  to.kind = static_cast<domain::TransferKind>(from.kind());
  to.effective_time = FromMicros(from.effective_time());
  to.record_time = FromMicros(from.record_time());
  if (from.has_expire_time()) {
    to.expire_time = FromMicros(from.expire_time());
  }
  if (from.has_original()) {
    to.original = Read(from.original());
  }
  if (from.has_activity()) {
    to.activity = from.activity();
  }
  to.rule = from.rule();
  to.rule_version = from.rule_version();
  if (from.has_cap()) {
    to.cap = Read(from.cap());
  }
  to.cut_amount = from.cut_amount();
  to.debit_balance_after = from.debit_balance_after();
  to.credit_balance_after = from.credit_balance_after();
  return to;
}

void Fill(const domain::Lot& from, v1::Lot& to) {
  Fill(from.id, *to.mutable_id());
  to.set_part(from.part);
  to.set_asset(from.account.asset);
  Fill(from.account, *to.mutable_account());
  to.set_amount(from.amount);
  to.set_remaining(from.remaining);
  to.set_expire_time(ToMicros(from.expire_time));
}
domain::Lot Read(const v1::Lot& from) {
  return {Read(from.id()), from.part(),      Read(from.account(), from.asset()),
          from.amount(),   from.remaining(), FromMicros(from.expire_time())};
}

void Fill(const domain::AccountRef& from, v1::Budget& to) {
  to.set_asset(from.asset);
  to.set_account(from.account);
}
domain::AccountRef Read(const v1::Budget& from) { return {from.asset(), {}, from.account()}; }

void Fill(const domain::LotUse& from, v1::LotUse& to) {
  Fill(from.transfer, *to.mutable_transfer());
  Fill(from.lot, *to.mutable_lot());
  to.set_lot_part(from.lot_part);
  to.set_amount(from.amount);
}
domain::LotUse Read(const v1::LotUse& from) {
  return {Read(from.transfer()), Read(from.lot()), from.lot_part(), from.amount()};
}

void Fill(const domain::CapUse& from, v1::CapUse& to) {
  Fill(from.key, *to.mutable_key());
  to.set_used(from.used);
}
domain::CapUse Read(const v1::CapUse& from) { return {Read(from.key()), from.used()}; }

void Fill(const domain::Board& from, v1::Board& to) {
  to.set_id(from.id);
  to.set_display_name(from.display_name);
  to.set_asset(from.asset);
  to.set_cadence(Number(from.cadence));
  to.set_rolling_days(from.rolling_days);
  to.set_week_start(Number(from.week_start));
  to.set_time_zone(from.time_zone);
  to.set_scheme(Number(from.scheme));
  to.set_facet(from.facet);
  if (from.kind.has_value()) {
    to.set_kind(Number(*from.kind));
  }
  to.set_grace_hours(from.grace_hours);
  to.set_create_time(ToMicros(from.create_time));
  to.set_created(from.created);
  to.set_epoch(from.epoch);
}
domain::Board Read(const v1::Board& from) {
  domain::Board to;
  to.id = from.id();
  to.display_name = from.display_name();
  to.asset = from.asset();
  to.cadence = static_cast<domain::Cadence>(from.cadence());
  to.rolling_days = from.rolling_days();
  to.week_start = static_cast<domain::WeekStart>(from.week_start());
  to.time_zone = from.time_zone();
  to.scheme = static_cast<domain::Scheme>(from.scheme());
  to.facet = from.facet();
  if (from.kind() != 0) {
    to.kind = static_cast<domain::StakeholderKind>(from.kind());
  }
  to.grace_hours = from.grace_hours();
  to.create_time = FromMicros(from.create_time());
  to.created = from.created();
  to.epoch = from.epoch();
  return to;
}

void Fill(const domain::PeriodResult& from, v1::PeriodResult& to) {
  to.set_board(from.board);
  to.set_board_created(from.board_created);
  to.set_period(from.period);
  to.set_version(from.version);
  to.set_time(ToMicros(from.time));
  to.set_reason(from.reason);
  to.set_digest(from.digest);
  to.set_entry_count(from.entry_count);
}
domain::PeriodResult Read(const v1::PeriodResult& from) {
  domain::PeriodResult to;
  to.board = from.board();
  to.board_created = from.board_created();
  to.period = from.period();
  to.version = from.version();
  to.time = FromMicros(from.time());
  to.reason = from.reason();
  to.digest = from.digest();
  to.entry_count = from.entry_count();
  return to;
}

template <class From, class To>
void FillAll(const From& from, To& to) {
  for (const auto& item : from) {
    Fill(item, *to.Add());
  }
}

template <class From, class To>
void ReadAll(const From& from, To& to) {
  for (const auto& item : from) {
    to.push_back(Read(item));
  }
}

template <class From, class To>
void ReadAllOf(const From& from, To& to, domain::Revision revision) {
  ReadAll(from, to);
  for (auto& item : to) {
    item.revision = revision;
  }
}

}  // namespace

std::string EncodeChanges(const domain::Changes& changes) {
  v1::Changes to;
  if (changes.program.has_value()) {
    Fill(*changes.program, *to.mutable_program());
  }
  FillAll(changes.assets, *to.mutable_assets());
  FillAll(changes.rules, *to.mutable_rules());
  FillAll(changes.members, *to.mutable_members());
  if (changes.activity.has_value()) {
    Fill(*changes.activity, *to.mutable_activity());
  }
  FillAll(changes.edges, *to.mutable_edges());
  FillAll(changes.ledger.budgets, *to.mutable_budgets());
  FillAll(changes.ledger.transfers, *to.mutable_transfers());
  FillAll(changes.ledger.lots, *to.mutable_lots());
  FillAll(changes.ledger.lot_uses, *to.mutable_lot_uses());
  FillAll(changes.ledger.caps, *to.mutable_cap_uses());
  FillAll(changes.boards, *to.mutable_boards());
  for (const std::string& board : changes.deleted_boards) {
    to.add_deleted_boards(board);
  }
  FillAll(changes.results, *to.mutable_results());
  return to.SerializeAsString();
}

absl::StatusOr<domain::Changes> DecodeChanges(std::string_view payload, domain::Revision revision) {
  v1::Changes from;
  if (!from.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
    return Error(Reason::kInternal, "an entry of the journal cannot be read");
  }
  domain::Changes to;
  if (from.has_program()) {
    to.program = Read(from.program());
    to.program->revision = revision;
  }
  ReadAllOf(from.assets(), to.assets, revision);
  ReadAllOf(from.rules(), to.rules, revision);
  ReadAllOf(from.members(), to.members, revision);
  if (from.has_activity()) {
    to.activity = Read(from.activity());
    to.activity->revision = revision;
  }
  ReadAll(from.edges(), to.edges);
  for (std::int32_t i = 0; i < from.transfers_size(); ++i) {
    to.ledger.transfers.push_back(Read(from.transfers(i), {revision, i}));
  }
  ReadAll(from.budgets(), to.ledger.budgets);
  ReadAll(from.lots(), to.ledger.lots);
  ReadAll(from.lot_uses(), to.ledger.lot_uses);
  ReadAll(from.cap_uses(), to.ledger.caps);
  ReadAllOf(from.boards(), to.boards, revision);
  to.deleted_boards.assign(from.deleted_boards().begin(), from.deleted_boards().end());
  ReadAllOf(from.results(), to.results, revision);
  return to;
}

std::string EncodeRule(const domain::Rule& rule) {
  v1::Rule to;
  Fill(rule, to);
  return to.SerializeAsString();
}

absl::StatusOr<domain::Rule> DecodeRule(std::string_view definition, domain::Revision revision) {
  v1::Rule from;
  if (!from.ParseFromArray(definition.data(), static_cast<int>(definition.size()))) {
    return Error(Reason::kInternal, "a rule of the store cannot be read");
  }
  domain::Rule rule = Read(from);
  rule.revision = revision;
  return rule;
}

}  // namespace perigee::sql
