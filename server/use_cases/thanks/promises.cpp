#include "server/use_cases/thanks/promises.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/thanks/thanks.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::Promise;

absl::Status PromiseNotFound(const std::string& program, domain::Revision id) {
  return NotFound(FormatName(kPromisePattern, {program, absl::StrCat(id)}));
}

absl::StatusOr<Promise> RequirePromise(ports::StoreReader& reader, const std::string& program,
                                       domain::Revision id) {
  PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
  Promise like;
  like.id = id;
  PERIGEE_ASSIGN_OR_RETURN(std::optional<Promise> found, reader.records().Find(program, like));
  if (!found.has_value()) {
    return PromiseNotFound(program, id);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Member> member,
                           reader.members().FindByKeys(program, {&found->member, 1}));
  return member.empty() ? PromiseNotFound(program, id) : absl::StatusOr<Promise>(*std::move(found));
}

}  // namespace

DecidedPromise MakePromise(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, const PromiseDraft& draft) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireNamedMember(reader, program, draft.member));
  Promise promise;
  promise.id = promise.revision = unit.revision;
  promise.member = member.key;
  promise.kind = draft.kind;
  promise.text = draft.text;
  promise.due_time = draft.due_time;
  promise.made_by = draft.made_by;
  promise.create_time = unit.now;
  PERIGEE_RETURN_IF_ERROR(domain::CheckPromise(promise, unit.now));
  return Put(std::move(promise));
}

DecidedPromise MovePromise(ports::StoreReader& reader, const ports::UnitContext& unit,
                           const std::string& program, domain::Revision id,
                           domain::PromiseMove move) {
  PERIGEE_ASSIGN_OR_RETURN(Promise promise, RequirePromise(reader, program, id));
  PERIGEE_RETURN_IF_ERROR(domain::Make(move, unit.now, promise));
  promise.revision = unit.revision;
  return Put(std::move(promise));
}

absl::Status SettleByThanks(ports::StoreReader& reader, const ports::UnitContext& unit,
                            const std::string& program, const domain::MergedMembers& merged,
                            const domain::Thanks& thanks, domain::Changes& changes) {
  PERIGEE_ASSIGN_OR_RETURN(Promise promise, RequirePromise(reader, program, thanks.promise));
  if (merged.HeadOf(promise.member) != merged.HeadOf(thanks.receiver)) {
    return PromiseNotFound(program, thanks.promise);
  }
  if (promise.kind != domain::PromiseKind::kThanks) {
    return InvalidField("promise", "must be one of kind THANKS");
  }
  PERIGEE_RETURN_IF_ERROR(domain::Make(domain::PromiseMove::kKeep, unit.now, promise));
  promise.thanks = thanks.id;
  promise.revision = unit.revision;
  changes.records.Put(std::move(promise));
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
