// Compares the schema of an exported member with the descriptions that the document is made from:
// those of the records, and the messages of the contract.

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "perigee/v1/capital.pb.h"
#include "server/domain/access/role_grant.h"
#include "server/domain/journal/records.h"
#include "server/domain/record/record.h"

namespace perigee::tests {
namespace {

using domain::FieldShape;
using google::protobuf::FieldDescriptor;
using nlohmann::ordered_json;

const ordered_json kWhole = {{"type", "string"}, {"pattern", "^-?[0-9]+$"}};
const ordered_json kTime = {{"type", "string"}, {"format", "date-time"}};

ordered_json ObjectOf(const ordered_json& properties, const ordered_json& required) {
  return {{"type", "object"},
          {"properties", properties},
          {"required", required},
          {"additionalProperties", false}};
}
ordered_json ListOf(const ordered_json& items) { return {{"type", "array"}, {"items", items}}; }

ordered_json ValueOf(const domain::Field& field) {
  if (field.owner) {
    return {{"type", {"string", "null"}},
            {"description", "A member's name. Null: nobody, or erased."}};
  }
  switch (field.shape) {
    case FieldShape::kNumber:
      return kWhole;
    case FieldShape::kFlag:
      return {{"type", "boolean"}};
    case FieldShape::kTime:
      return kTime;
    case FieldShape::kNumbers:
      return ListOf({{"type", "integer"}});
    case FieldShape::kTexts:
      return ListOf({{"type", "string"}});
    case FieldShape::kText:
    case FieldShape::kId:
      break;
    case FieldShape::kStruct:
      return {{"type", "string"}, {"contentEncoding", "base64"}};
  }
  return {{"type", "string"}};
}

ordered_json SchemaOf(const domain::RecordType& type) {
  ordered_json properties = ordered_json::object();
  ordered_json required = ordered_json::array();
  for (const domain::Field& field : type.fields()) {
    ordered_json value = ValueOf(field);
    if (field.nullable && !field.owner) {
      value = {{"anyOf", {value, {{"type", "null"}}}}};
    }
    properties[std::string(field.name)] = value;
    required.push_back(std::string(field.name));
  }
  properties["revision"] = kWhole;
  required.push_back("revision");
  return ObjectOf(properties, required);
}

// As protobuf writes JSON, with every plain field.
ordered_json SchemaOf(const google::protobuf::Descriptor& message) {
  ordered_json properties = ordered_json::object();
  ordered_json required = ordered_json::array();
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    ordered_json value = {{"type", "string"}};
    switch (field.cpp_type()) {
      case FieldDescriptor::CPPTYPE_INT64:
        value = kWhole;
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        value = {{"type", "integer"}};
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        value = {{"type", "boolean"}};
        break;
      case FieldDescriptor::CPPTYPE_ENUM:
        value["enum"] = ordered_json::array();
        for (int j = 0; j < field.enum_type()->value_count(); ++j) {
          value["enum"].push_back(field.enum_type()->value(j)->name());
        }
        break;
      case FieldDescriptor::CPPTYPE_MESSAGE:
        value = field.message_type()->full_name() == "google.protobuf.Timestamp"
                    ? kTime
                    : SchemaOf(*field.message_type());
        break;
      default:
        break;
    }
    properties[field.name()] = field.is_repeated() ? ListOf(value) : value;
    if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
      required.push_back(field.name());
    }
  }
  return ObjectOf(properties, required);
}

ordered_json Schema() {
  ordered_json records = ordered_json::object();
  ordered_json all = ordered_json::array();
  const auto add = [&](const domain::RecordType& type) {
    records[std::string(type.table())] = ListOf(SchemaOf(type));
    all.push_back(std::string(type.table()));
  };
  for (const domain::RecordType* type : domain::AllRecords()) {
    if (type->HasOwner() && type != &domain::TypeOf<domain::RoleGrant>()) {
      add(*type);
    }
  }
  add(domain::TypeOf<domain::RoleGrant>());
  const ordered_json properties = {
      {"format", {{"const", "perigee.v1.member_export"}}},
      {"program", {{"type", "string"}}},
      {"member", {{"type", "string"}}},
      {"merged_members",
       ListOf(ObjectOf({{"member", {{"type", "string"}}}, {"display_name", {{"type", "string"}}}},
                       {"member", "display_name"}))},
      {"revision", kWhole},
      {"time", kTime},
      {"accounts", ListOf(ObjectOf({{"account", SchemaOf(*v1::Account::descriptor())},
                                    {"lots", ListOf(SchemaOf(*v1::Lot::descriptor()))}},
                                   {"account", "lots"}))},
      {"records", ObjectOf(records, all)},
      {"statements",
       ListOf(ObjectOf({{"account", {{"type", "string"}}},
                        {"lines", ListOf(SchemaOf(*v1::StatementLine::descriptor()))}},
                       {"account", "lines"}))},
  };
  ordered_json schema = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "All that a programme stores of a member"},
      {"description",
       "The document of perigee.v1.MemberService.ExportMember: the state at `revision`, with all "
       "of the members that are merged into the member. `records` "
       "are the stored rows by kind. `accounts` have the balances and the open lots, `statements` "
       "each transfer of an account, newest first. 64-bit numbers are texts. An enum of a row is "
       "its number in the contract."}};
  schema.update(ObjectOf(properties, {"format", "program", "member", "merged_members", "revision",
                                      "time", "accounts", "records", "statements"}));
  return schema;
}

TEST(ExportSchemaTest, TheSchemaIsThatOfTheDescriptions) {
  const std::string path =
      std::string(PERIGEE_SOURCE_DIR) + "/protos/perigee/v1/member_export.schema.json";
  const std::string schema = Schema().dump(2) + "\n";
  if (std::getenv("PERIGEE_WRITE_SCHEMA") != nullptr) {
    std::ofstream(path) << schema;
  }
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), schema)
      << "write it anew with PERIGEE_WRITE_SCHEMA=1";
}

}  // namespace
}  // namespace perigee::tests
