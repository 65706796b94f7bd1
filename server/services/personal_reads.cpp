#include "server/services/personal_reads.h"

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/access/personal_read.h"
#include "server/ports/member/member_reader.h"
#include "server/services/call.h"
#include "server/services/lookup.h"

namespace perigee::services {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using Ids = std::set<std::string, std::less<>>;

void AddNamed(std::string_view text, std::string_view program, Ids& ids) {
  if (ProgramIn(text) == program) {
    const std::optional<std::string_view> member = MemberIn(text, program);
    if (member.has_value() && IsValidId(*member)) {
      ids.emplace(*member);
    }
  }
}

// A text that only looks like a name counts too: rather one member too many than one too few.
void AddMembers(const Message& message, std::string_view program, Ids& ids) {
  const google::protobuf::Reflection& fields = *message.GetReflection();
  std::vector<const FieldDescriptor*> present;
  fields.ListFields(message, &present);
  std::string scratch;
  for (const FieldDescriptor* field : present) {
    const int count = field->is_repeated() ? fields.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        AddMembers(field->is_repeated() ? fields.GetRepeatedMessage(message, field, i)
                                        : fields.GetMessage(message, field),
                   program, ids);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        AddNamed(field->is_repeated()
                     ? fields.GetRepeatedStringReference(message, field, i, &scratch)
                     : fields.GetStringReference(message, field, &scratch),
                 program, ids);
      }
    }
  }
}

// All members of the persons of these names: what is shown of one may be of another.
absl::StatusOr<std::vector<domain::MemberKey>> AllNamed(ports::StoreReader& reader,
                                                        const std::string& program,
                                                        const std::vector<std::string>& ids) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> members,
                           reader.members().FindByIds(program, ids));
  PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(program));
  std::set<domain::MemberKey> all;
  for (const domain::Member& member : members) {
    const std::vector<domain::MemberKey> person = merged.AllOf(member.key);
    all.insert(person.begin(), person.end());
  }
  return std::vector<domain::MemberKey>(all.begin(), all.end());
}

}  // namespace

absl::StatusOr<std::optional<ports::Unit>> RecordOfRead(const RunningCall& call,
                                                        const ports::Store& store,
                                                        const Message& request,
                                                        const Message* answer) {
  if (call.gatekeeper == nullptr || call.caller.only_own || !call.method->permission.has_value() ||
      call.method->permission->permission().personal == Personal::kNo) {
    return std::nullopt;
  }
  const BoundPermission& bound = *call.method->permission;
  const std::optional<std::string_view> in = ProgramIn(bound.Resource(request));
  if (!in.has_value()) {
    return std::nullopt;
  }
  const std::string program(*in);
  Ids ids;
  AddMembers(request, program, ids);
  if (answer != nullptr) {
    AddMembers(*answer, program, ids);
  }
  const bool only_own =
      std::erase_if(ids, [&](const auto& id) { return call.caller.access->IsMember(id); }) > 0 &&
      ids.empty();
  if (only_own || (answer != nullptr && ids.empty())) {
    return std::nullopt;
  }
  std::vector<domain::MemberKey> shown;
  if (!ids.empty()) {
    const std::vector<std::string> named(ids.begin(), ids.end());
    PERIGEE_ASSIGN_OR_RETURN(shown, ReadFrom(store, [&](ports::StoreReader& reader) {
                               return AllNamed(reader, program, named);
                             }));
    if (answer != nullptr && shown.empty()) {
      return std::nullopt;
    }
  }
  ports::Unit unit = call.UnitOfRead(program);
  unit.decide = [program, shown = std::move(shown)](
                    ports::StoreReader& reader,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
    ports::Decision decision;
    decision.changes.records.Put(domain::PersonalRead{shown, context.revision});
    return decision;
  };
  return unit;
}

}  // namespace perigee::services
