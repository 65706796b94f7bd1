#include "server/services/member/member_export.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include <google/protobuf/util/json_util.h>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/ask/ask.h"
#include "server/domain/champion/nomination.h"
#include "server/domain/insider/leak_case.h"
#include "server/domain/journal/records.h"
#include "server/domain/member/member.h"
#include "server/domain/record/record.h"
#include "server/domain/thanks/thanks.h"
#include "server/ports/journal/journal_reader.h"
#include "server/ports/ledger/ledger_reader.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/services/convert.h"
#include "server/services/ledger/capital_convert.h"
#include "server/services/lookup.h"
#include "server/use_cases/access/access.h"

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

// The members to whom an export shows the record. A nominee never learns who said what, or that
// somebody has a draft.
std::vector<domain::MemberKey> ToldOf(const domain::RecordType& type,
                                      const std::shared_ptr<void>& record) {
  if (&type == &domain::TypeOf<domain::NominationVoice>()) {
    return {static_cast<const domain::NominationVoice*>(record.get())->nominator};
  }
  if (&type == &domain::TypeOf<domain::NominationReview>()) {
    return {static_cast<const domain::NominationReview*>(record.get())->reviewer};
  }
  if (&type == &domain::TypeOf<domain::Nomination>() &&
      static_cast<const domain::Nomination*>(record.get())->state ==
          domain::NominationState::kDraft) {
    return {};
  }
  // Teams may plan asks that are never sent.
  if (&type == &domain::TypeOf<domain::Ask>() &&
      !domain::IsKnownToMember(*static_cast<const domain::Ask*>(record.get()))) {
    return {};
  }
  // Nobody learns that they are suspected from a document.
  if (&type == &domain::TypeOf<domain::LeakCase>() &&
      static_cast<const domain::LeakCase*>(record.get())->state !=
          domain::LeakCaseState::kConfirmed) {
    return {};
  }
  // Nor does a receiver read what was taken back.
  if (&type == &domain::TypeOf<domain::Thanks>()) {
    const auto& thanks = *static_cast<const domain::Thanks*>(record.get());
    if (domain::StateOf(thanks) == domain::ThanksState::kWithdrawn) {
      return {thanks.giver};
    }
  }
  return domain::OwnersOf({&type, record});
}

}  // namespace

absl::StatusOr<std::string> MemberExport::Next(ports::StoreReader& reader, Time now) {
  json_.clear();
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireMember(reader, program_, member_id_));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program_));
  const std::vector<domain::MemberKey> present = merged.AllOf(member.key);
  if (revision_ == 0) {
    members_ = present;
    PERIGEE_RETURN_IF_ERROR(Begin(reader, now));
  } else {
    PERIGEE_RETURN_IF_ERROR(CheckPerson(reader, present));
  }
  while (json_.empty() && !ended_) {
    PERIGEE_RETURN_IF_ERROR(type_ < types_.size() ? AddRecords(reader) : AddStatement(reader));
  }
  return std::move(json_);
}

absl::Status MemberExport::CheckPerson(ports::StoreReader& reader,
                                       const std::vector<domain::MemberKey>& present) const {
  if (present == members_) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> left,
                           reader.members().FindByKeys(program_, members_));
  if (left.size() < members_.size()) {
    return NotFound(MemberName(program_, member_id_));  // Erased, and another one has the id.
  }
  return Error(Reason::kConflict, "members were merged or parted meanwhile: start again");
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
      &json_, "{\"format\":\"perigee.v1.member_export\",\"program\":", text(ProgramName(program_)));
  PERIGEE_RETURN_IF_ERROR(AddMembers(reader));
  absl::StrAppend(&json_, ",\"revision\":\"", revision_, "\",\"time\":", text(FormatTime(now)));
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
    bool more = true;
    while (more) {
      PERIGEE_ASSIGN_OR_RETURN(more, AddPage(reader, *type));
    }
    json_ += "]";
  }
  // Those of the member's sign-ins, under whatever pseudonym.
  begin_list(domain::TypeOf<domain::RoleGrant>());
  std::vector<std::shared_ptr<void>> records;
  for (const domain::MemberKey& member : members_) {
    PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::RoleGrant> grants,
                             use_cases::RoleGrantsOf(reader, program_, member));
    for (domain::RoleGrant& grant : grants) {
      records.push_back(std::make_shared<domain::RoleGrant>(std::move(grant)));
    }
  }
  PERIGEE_RETURN_IF_ERROR(AddItems(reader, domain::TypeOf<domain::RoleGrant>(), records));
  json_ += "]";
  return absl::OkStatus();
}

absl::Status MemberExport::AddMembers(ports::StoreReader& reader) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                           reader.members().FindByKeys(program_, members_));
  ordered_json merged = ordered_json::array();
  for (const domain::Member& member : members) {
    ids_.emplace(member.key, member.id);
    if (member.IsMerged()) {
      merged.push_back(
          {{"member", MemberName(program_, member.id)}, {"display_name", member.display_name}});
    }
  }
  absl::StrAppend(
      &json_, ",\"member\":", TextOf(ordered_json(MemberName(program_, ids_.at(members_.front())))),
      ",\"merged_members\":", TextOf(merged));
  return absl::OkStatus();
}

bool MemberExport::IsToldNow(const domain::RecordType& type,
                             const std::shared_ptr<void>& record) const {
  const std::vector<domain::MemberKey> owners = ToldOf(type, record);
  const auto owner = std::ranges::find_if(members_, [&](const auto& member) {
    return std::ranges::find(owners, member) != owners.end();
  });
  return owner - members_.begin() == static_cast<std::ptrdiff_t>(owner_);
}

absl::Status MemberExport::AddAccounts(ports::StoreReader& reader, Time now) {
  std::vector<domain::Account> accounts;
  for (const domain::MemberKey& member : members_) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Account> own,
                             reader.ledger().AccountsOf(program_, member));
    accounts.insert(accounts.end(), own.begin(), own.end());
  }
  PERIGEE_ASSIGN_OR_RETURN(const TransferNames names, TransferNames::Of(reader, program_, {}));
  json_ += ",\n\"accounts\":[";
  for (const domain::Account& account : accounts) {
    accounts_.push_back(account.ref);
    PERIGEE_ASSIGN_OR_RETURN(const std::int64_t available,
                             reader.ledger().AvailableAt(program_, account, now));
    const AccountPath name{
        .program = program_, .asset = account.ref.asset, .member_id = ids_.at(account.ref.member)};
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
  if (last_ == nullptr && owner_ == 0) {
    absl::StrAppend(&json_, ",\n", TextOf(ordered_json(std::string(type.table()))), ":[");
    is_first_ = true;
  }
  PERIGEE_ASSIGN_OR_RETURN(const bool more, AddPage(reader, type));
  if (!more) {
    json_ += "]";
    ++type_;
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> MemberExport::AddPage(ports::StoreReader& reader,
                                           const domain::RecordType& type) {
  std::vector<std::shared_ptr<void>> records;
  const std::shared_ptr<void> after = last_;
  int read = 0;
  PERIGEE_RETURN_IF_ERROR(reader.records().ListOwned(
      program_, members_[owner_], type, after.get(), kPage, [&](std::shared_ptr<void> record) {
        if (type.RevisionOf(record.get()) > revision_) {
          return;
        }
        ++read;
        last_ = record;
        if (IsToldNow(type, record)) {
          records.push_back(std::move(record));
        }
      }));
  PERIGEE_RETURN_IF_ERROR(AddItems(reader, type, records));
  if (read < kPage) {
    last_ = nullptr;
    ++owner_;
  }
  if (owner_ < members_.size()) {
    return true;
  }
  owner_ = 0;
  return false;
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
    const AccountPath name{
        .program = program_, .asset = account.asset, .member_id = ids_.at(account.member)};
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
