#include "server/adapters/sql/journal/journal_codec.h"

#include <memory>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>

#include "perigee/journal/v1/journal.pb.h"
#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/domain/journal/records.h"
#include "server/domain/member/member.h"
#include "server/domain/record/wire.h"

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
  to.set_audience(from.audience.text());
  to.set_allow_demographic(from.allow_demographic);
  to.set_grace_hours(from.grace_hours);
  to.set_create_time(ToMicros(from.create_time));
  to.set_created(from.created);
  to.set_epoch(from.epoch);
}
domain::Board Read(const v1::Board& from) {
  domain::Board to;
  to.id = from.id();
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
  to.allow_demographic = from.allow_demographic();
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

// Whether a message, or one in it, holds a field that this program does not know.
bool HasUnknown(const google::protobuf::Message& message) {
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  if (!reflection.GetUnknownFields(message).empty()) {
    return true;
  }
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const google::protobuf::FieldDescriptor* field : fields) {
    if (field->cpp_type() != google::protobuf::FieldDescriptor::CPPTYPE_MESSAGE) {
      continue;
    }
    if (!field->is_repeated()) {
      if (HasUnknown(reflection.GetMessage(message, field))) {
        return true;
      }
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      if (HasUnknown(reflection.GetRepeatedMessage(message, field, i))) {
        return true;
      }
    }
  }
  return false;
}

absl::Status Unreadable() {
  return Error(Reason::kInternal, "an entry of the journal cannot be read");
}

void Fill(const domain::RecordChange& from, v1::Record& to) {
  to.set_number(from.type->number());
  to.set_fields(
      domain::EncodeRecord(*from.type, from.record.get(), domain::WireSink::Part::kPlain));
  to.set_deleted(from.deleted);
}

bool Read(const v1::Record& from, domain::Revision revision, domain::RecordChanges& to) {
  const domain::RecordType* type = domain::FindRecord(from.number());
  if (type == nullptr) {
    return false;
  }
  std::shared_ptr<void> record = domain::DecodeRecord(*type, from.fields(), {}, revision);
  if (record == nullptr) {
    return false;
  }
  to.Add({type, std::move(record), from.deleted()});
  return true;
}

}  // namespace

std::string EncodeEntry(const EntryCause& cause, const domain::Changes& changes,
                        std::string_view texts) {
  v1::Changes to;
  to.mutable_by()->set_kind(Number(cause.by.kind));
  to.mutable_by()->set_id(KeyBytes(cause.by.id));
  to.set_request_digest(cause.request.request);
  to.set_answer_digest(cause.request.answer);
  to.set_method(cause.method);
  for (const domain::RecordChange& change : changes.records.all()) {
    Fill(change, *to.add_records());
  }
  if (!texts.empty()) {
    const Sha256Digest digest = Sha256(texts);
    to.set_texts_digest(std::string(digest.begin(), digest.end()));
  }
  for (const domain::MemberKey& member : changes.erased) {
    to.add_erased(KeyBytes(member));
  }
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

absl::StatusOr<DecodedEntry> DecodeEntry(std::string_view payload, domain::Revision revision) {
  v1::Changes from;
  if (!from.ParseFromArray(payload.data(), static_cast<int>(payload.size())) || HasUnknown(from)) {
    return Unreadable();
  }
  DecodedEntry entry;
  entry.cause = {
      {static_cast<domain::PrincipalKind>(from.by().kind()), Uuid::FromRaw(from.by().id())},
      {from.request_digest(), from.answer_digest()},
      from.method()};
  entry.texts_digest = from.texts_digest();
  domain::Changes& to = entry.changes;
  for (const v1::Record& record : from.records()) {
    if (!Read(record, revision, to.records)) {
      return Unreadable();
    }
  }
  for (const std::string& member : from.erased()) {
    to.erased.push_back(Uuid::FromRaw(member));
  }
  for (std::int32_t i = 0; i < from.transfers_size(); ++i) {
    to.ledger.transfers.push_back(Read(from.transfers(i), {revision, i}));
  }
  ReadAll(from.budgets(), to.ledger.budgets);
  ReadAll(from.lots(), to.ledger.lots);
  ReadAll(from.lot_uses(), to.ledger.lot_uses);
  ReadAll(from.cap_uses(), to.ledger.caps);
  ReadAllOf(from.boards(), to.boards, revision);
  for (int i = 0; i < from.boards_size(); ++i) {
    absl::StatusOr<domain::Audience> audience =
        domain::Audience::Compile("audience", from.boards(i).audience());
    if (!audience.ok()) {
      return Unreadable();
    }
    to.boards[static_cast<std::size_t>(i)].audience = *std::move(audience);
  }
  to.deleted_boards.assign(from.deleted_boards().begin(), from.deleted_boards().end());
  ReadAllOf(from.results(), to.results, revision);
  return entry;
}

}  // namespace perigee::sql
