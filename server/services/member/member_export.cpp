#include "server/services/member/member_export.h"

#include <algorithm>
#include <string_view>

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/journal/records.h"
#include "server/domain/member/member.h"
#include "server/domain/record/record.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/services/ledger/capital_convert.h"
#include "server/services/lookup.h"
#include "server/use_cases/member/erase_member.h"

namespace perigee::services {
namespace {

using domain::FieldShape;
using nlohmann::ordered_json;

std::string TextOf(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// As protobuf writes JSON, with the names of the fields as the contract has them.
std::string TextOf(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = true;
  std::string text;
  // Fails only for a message of type Any.
  static_cast<void>(google::protobuf::util::MessageToJsonString(message, &text, options));
  return text;
}

// Writes the fields of a record as an object. 64-bit numbers are texts, as protobuf has them.
class JsonSink final : public domain::FieldSink {
 public:
  JsonSink(const domain::RecordType& type, const MemberNames& names) : type_(type), names_(names) {}

  void Null() override { Next() = nullptr; }
  void Int(std::int64_t value) override {
    const FieldShape shape = type_.fields()[next_].shape;
    ordered_json& json = Next();
    if (shape == FieldShape::kFlag) {
      json = value != 0;
    } else if (shape == FieldShape::kTime) {
      json = FormatTime(FromMicros(value));
    } else if (shape == FieldShape::kNumbers) {
      json = ordered_json::array();
      for (int bit = 0; bit < 63; ++bit) {
        if ((value >> bit & 1) != 0) {
          json.push_back(bit);
        }
      }
    } else {
      json = absl::StrCat(value);
    }
  }
  void Bytes(std::string_view bytes) override {
    const domain::Field& field = type_.fields()[next_];
    ordered_json& json = Next();
    if (field.owner) {
      const auto name = bytes.empty() ? names_.end() : names_.find(Uuid::FromRaw(bytes));
      json = name == names_.end() ? ordered_json(nullptr) : ordered_json(name->second);
    } else if (field.shape == FieldShape::kId) {
      json = bytes.empty() ? "" : Uuid::FromRaw(bytes).Hex();
    } else if (field.shape == FieldShape::kStruct) {
      json = absl::Base64Escape(absl::string_view(bytes.data(), bytes.size()));
    } else if (field.shape == FieldShape::kTexts) {
      json = ordered_json::array();
      for (std::size_t begin = 0; begin < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\n', begin), bytes.size());
        json.push_back(std::string(bytes.substr(begin, end - begin)));
        begin = end + 1;
      }
    } else {
      json = std::string(bytes);
    }
  }
  void Made(std::string bytes) override { Bytes(bytes); }

  ordered_json& object() { return object_; }

 private:
  ordered_json& Next() { return object_[std::string(type_.fields()[next_++].name)]; }

  const domain::RecordType& type_;
  const MemberNames& names_;
  std::size_t next_ = 0;
  ordered_json object_ = ordered_json::object();
};

}  // namespace

absl::StatusOr<std::string> MemberExport::Next(ports::StoreReader& reader, Time now) {
  json_.clear();
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireMember(reader, program_, member_id_));
  if (revision_ == 0) {
    member_ = member.key;
    PERIGEE_RETURN_IF_ERROR(Begin(reader, now));
  } else if (member.key != member_) {
    return NotFound(MemberName(program_, member_id_));  // Erased, and another one has the id.
  }
  while (json_.empty() && !ended_) {
    PERIGEE_RETURN_IF_ERROR(type_ < types_.size() ? AddRecords(reader) : AddStatement(reader));
  }
  return std::move(json_);
}

void MemberExport::AddItem(const std::string& json) {
  absl::StrAppend(&json_, is_first_ ? "\n" : ",\n", json);
  is_first_ = false;
}

absl::Status MemberExport::AddItems(ports::StoreReader& reader, const domain::RecordType& type,
                                    const std::vector<std::shared_ptr<void>>& records) {
  std::vector<domain::MemberKey> members;
  for (const std::shared_ptr<void>& record : records) {
    const std::vector<domain::MemberKey> owners = domain::OwnersOf({&type, record});
    members.insert(members.end(), owners.begin(), owners.end());
  }
  PERIGEE_ASSIGN_OR_RETURN(const MemberNames names, NamesOf(reader, program_, members));
  for (const std::shared_ptr<void>& record : records) {
    JsonSink sink(type, names);
    type.Write(record.get(), sink);
    sink.object()["revision"] = absl::StrCat(type.RevisionOf(record.get()));
    AddItem(TextOf(sink.object()));
  }
  return absl::OkStatus();
}

absl::Status MemberExport::Begin(ports::StoreReader& reader, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(revision_, reader.journal().Head(program_));
  const auto text = [](std::string_view value) { return TextOf(ordered_json(std::string(value))); };
  absl::StrAppend(
      &json_, "{\"format\":\"perigee.v1.member_export\",\"program\":", text(ProgramName(program_)),
      ",\"member\":", text(MemberName(program_, member_id_)), ",\"revision\":\"", revision_,
      "\",\"time\":", text(FormatTime(now)));
  PERIGEE_RETURN_IF_ERROR(AddAccounts(reader, now));
  json_ += ",\n\"records\":{";
  bool is_first = true;
  const auto begin_list = [&](const domain::RecordType& type) {
    absl::StrAppend(&json_, is_first ? "\n" : ",\n", text(type.table()), ":[");
    is_first = false;
    is_first_ = true;
  };
  for (const domain::RecordType* type : domain::AllRecords()) {
    if (!type->HasOwner() || type == &domain::TypeOf<domain::RoleGrant>()) {
      continue;
    }
    if (type->append_only()) {
      types_.push_back(type);
      continue;
    }
    begin_list(*type);
    std::vector<std::shared_ptr<void>> records;
    std::shared_ptr<void> last;
    do {
      records.clear();
      PERIGEE_RETURN_IF_ERROR(reader.records().ListOwned(
          program_, member_, *type, last.get(), kPage,
          [&](std::shared_ptr<void> record) { records.push_back(std::move(record)); }));
      PERIGEE_RETURN_IF_ERROR(AddItems(reader, *type, records));
      last = records.empty() ? nullptr : records.back();
    } while (std::cmp_equal(records.size(), kPage));
    json_ += "]";
  }
  // Those of the member's sign-ins, under whatever pseudonym.
  begin_list(domain::TypeOf<domain::RoleGrant>());
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::RoleGrant> grants,
                           use_cases::RoleGrantsOf(reader, program_, member_));
  std::vector<std::shared_ptr<void>> records;
  for (domain::RoleGrant& grant : grants) {
    records.push_back(std::make_shared<domain::RoleGrant>(std::move(grant)));
  }
  PERIGEE_RETURN_IF_ERROR(AddItems(reader, domain::TypeOf<domain::RoleGrant>(), records));
  json_ += "]";
  return absl::OkStatus();
}

absl::Status MemberExport::AddAccounts(ports::StoreReader& reader, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Account> accounts,
                           reader.ledger().AccountsOf(program_, member_));
  PERIGEE_ASSIGN_OR_RETURN(const TransferNames names, TransferNames::Of(reader, program_, {}));
  json_ += ",\n\"accounts\":[";
  for (const domain::Account& account : accounts) {
    accounts_.push_back(account.ref);
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t available,
                             reader.ledger().AvailableAt(program_, account, now));
    const AccountPath name{
        .program = program_, .asset = account.ref.asset, .member_id = member_id_};
    absl::StrAppend(&json_, is_first_ ? "\n" : ",\n",
                    "{\"account\":", TextOf(ToProto(name, account, available, revision_)),
                    ",\"lots\":[");
    is_first_ = true;
    std::vector<domain::Lot> lots;
    domain::LotPosition after = domain::LastPositionAt(now);
    do {
      PERIGEE_ASSIGN_OR_RETURN(lots,
                               reader.ledger().Books(program_).OpenLots(account.ref, after, kPage));
      for (const domain::Lot& lot : lots) {
        AddItem(TextOf(ToProto(names, lot)));
        after = domain::PositionOf(lot);
      }
    } while (std::cmp_equal(lots.size(), kPage));
    json_ += "]}";
    is_first_ = false;
  }
  json_ += "]";
  return absl::OkStatus();
}

absl::Status MemberExport::AddRecords(ports::StoreReader& reader) {
  const domain::RecordType& type = *types_[type_];
  if (last_ == nullptr) {
    absl::StrAppend(&json_, ",\n", TextOf(ordered_json(std::string(type.table()))), ":[");
    is_first_ = true;
  }
  std::vector<std::shared_ptr<void>> records;
  PERIGEE_RETURN_IF_ERROR(reader.records().ListOwned(
      program_, member_, type, last_.get(), kPage, [&](std::shared_ptr<void> record) {
        if (type.RevisionOf(record.get()) <= revision_) {
          records.push_back(std::move(record));
        }
      }));
  PERIGEE_RETURN_IF_ERROR(AddItems(reader, type, records));
  last_ = records.empty() ? nullptr : records.back();
  if (std::cmp_less(records.size(), kPage)) {
    json_ += "]";
    last_ = nullptr;
    ++type_;
  }
  return absl::OkStatus();
}

absl::Status MemberExport::AddStatement(ports::StoreReader& reader) {
  if (account_ == 0 && before_ == domain::TransferId{}) {
    json_ += "},\n\"statements\":[";
  }
  if (account_ == accounts_.size()) {
    json_ += "]}\n";
    ended_ = true;
    return absl::OkStatus();
  }
  const domain::AccountRef& account = accounts_[account_];
  if (before_ == domain::TransferId{}) {
    const AccountPath name{.program = program_, .asset = account.asset, .member_id = member_id_};
    absl::StrAppend(&json_, account_ == 0 ? "\n" : ",\n",
                    "{\"account\":", TextOf(ordered_json(use_cases::FormatAccountPath(name))),
                    ",\"lines\":[");
    is_first_ = true;
    before_ = {revision_ + 1, 0};
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<ports::StatementLine> lines,
                           reader.ledger().Statement(program_, account, before_, kPage));
  std::vector<domain::Transfer> transfers;
  for (const ports::StatementLine& line : lines) {
    transfers.push_back(line.transfer);
  }
  PERIGEE_ASSIGN_OR_RETURN(const TransferNames names,
                           TransferNames::Of(reader, program_, transfers));
  for (const ports::StatementLine& line : lines) {
    AddItem(TextOf(ToProto(names, line)));
    before_ = line.transfer.id;
  }
  if (std::cmp_less(lines.size(), kPage)) {
    json_ += "]}";
    before_ = {};
    ++account_;
  }
  return absl::OkStatus();
}

}  // namespace perigee::services
