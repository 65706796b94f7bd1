#include "server/services/thanks/thanks_convert.h"

#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/services/call.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

std::string Numbered(std::string_view pattern, const std::string& program, domain::Revision id) {
  return id == 0 ? std::string() : FormatName(pattern, {program, absl::StrCat(id)});
}

}  // namespace

absl::StatusOr<std::pair<std::string, domain::Revision>> ParseNumbered(std::string_view field,
                                                                       const std::string& name,
                                                                       std::string_view pattern) {
  PERIGEE_ASSIGN_OR_RETURN(std::vector<std::string> parts, ParseName(field, name, pattern));
  domain::Revision id = 0;
  if (!absl::SimpleAtoi(parts[1], &id) || absl::StrCat(id) != parts[1]) {
    return NotFound(name);
  }
  return std::pair(std::move(parts[0]), id);
}

absl::Status CheckThankedFor(const std::string& name, const std::string& program) {
  if (name.empty()) {
    return absl::OkStatus();
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("thanked_for", name, kActivityPattern));
  return parts[0] == program ? absl::OkStatus()
                             : InvalidField("thanked_for", "is of another programme");
}

v1::Thanks ToProto(const std::string& program, const domain::Thanks& thanks,
                   const PersonNames& names) {
  v1::Thanks out;
  out.set_name(Numbered(kThanksPattern, program, thanks.id));
  out.set_giver(names(thanks.giver));
  out.set_receiver(names(thanks.receiver));
  out.set_text(thanks.text);
  out.set_thanked_for(thanks.thanked_for);
  *out.mutable_create_time() = ToTimestamp(thanks.create_time);
  out.set_weight(domain::Novelty(thanks.earlier));
  out.set_state(static_cast<v1::Thanks::State>(domain::StateOf(thanks)));
  if (thanks.withdraw_time.has_value()) {
    *out.mutable_withdraw_time() = ToTimestamp(*thanks.withdraw_time);
  }
  out.set_promise(Numbered(kPromisePattern, program, thanks.promise));
  out.set_revision(thanks.revision);
  return out;
}

v1::Promise ToProto(const std::string& program, const domain::Promise& promise, Time now,
                    const PersonNames& names) {
  v1::Promise out;
  out.set_name(Numbered(kPromisePattern, program, promise.id));
  out.set_member(names(promise.member));
  out.set_kind(static_cast<v1::Promise::Kind>(promise.kind));
  out.set_text(promise.text);
  *out.mutable_due_time() = ToTimestamp(promise.due_time);
  out.set_state(static_cast<v1::Promise::State>(domain::StateOf(promise, now)));
  *out.mutable_create_time() = ToTimestamp(promise.create_time);
  out.set_made_by(promise.made_by.IsNil() ? std::string() : promise.made_by.Hex());
  if (promise.end_time.has_value()) {
    *out.mutable_end_time() = ToTimestamp(*promise.end_time);
  }
  out.set_thanks(Numbered(kThanksPattern, program, promise.thanks));
  out.set_revision(promise.revision);
  return out;
}

absl::StatusOr<ports::Decision> AnsweredWithThanks(ports::StoreReader& reader,
                                                   const std::string& program,
                                                   use_cases::DecidedThanks decided) {
  if (!decided.ok()) {
    return decided.status();
  }
  PERIGEE_ASSIGN_OR_RETURN(
      const PersonNames names,
      PersonNames::Of(reader, program, {decided->value.giver, decided->value.receiver}));
  return Answered(std::move(decided),
                  [&](const domain::Thanks& thanks) { return ToProto(program, thanks, names); });
}

absl::Status AddThanks(ports::StoreReader& reader, const std::string& program,
                       const std::vector<domain::Thanks>& thanks,
                       google::protobuf::RepeatedPtrField<v1::Thanks>& list) {
  std::vector<domain::MemberKey> keys;
  for (const domain::Thanks& one : thanks) {
    keys.push_back(one.giver);
    keys.push_back(one.receiver);
  }
  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, program, keys));
  const auto is_there = [&](const domain::MemberKey& side) {
    return side.IsNil() || !names(side).empty();
  };
  for (const domain::Thanks& one : thanks) {
    if (is_there(one.giver) && is_there(one.receiver)) {
      *list.Add() = ToProto(program, one, names);
    }
  }
  return absl::OkStatus();
}

std::string FormatPlace(const ports::TimedPlace& place) {
  return absl::StrCat(ToMicros(place.time), "/", place.id);
}

absl::StatusOr<ports::TimedPlace> ParsePlace(const std::string& text) {
  const std::vector<std::string> parts = absl::StrSplit(text, '/');
  std::int64_t micros = 0;
  ports::TimedPlace place;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &micros) ||
      !absl::SimpleAtoi(parts[1], &place.id)) {
    return Error(Reason::kPageTokenInvalid, "the page token has no place in it");
  }
  place.time = FromMicros(micros);
  return place;
}

}  // namespace perigee::services
