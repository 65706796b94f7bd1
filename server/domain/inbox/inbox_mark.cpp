#include "server/domain/inbox/inbox_mark.h"

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {

auto InboxPosition::Told::Fields() {
  return std::tuple(Plain(1, "standing", &Told::standing), Plain(2, "stage", &Told::stage));
}

auto InboxMark::Fields() {
  return std::tuple(OwnerKey(1, "member_key", &InboxMark::member),
                    Plain(2, "read_revision", &InboxMark::read_revision),
                    Plain(3, "read_standing", &InboxMark::read_standing),
                    Plain(4, "read_besides", &InboxMark::read_besides));
}
template <>
const RecordType& TypeOf<InboxMark>() {
  static const RecordTypeFor<InboxMark> kType;
  return kType;
}

auto PushMark::Fields() {
  return std::tuple(OwnerKey(1, "member_key", &PushMark::member),
                    Plain(2, "pushed_revision", &PushMark::pushed_revision),
                    Plain(3, "pushed_standing", &PushMark::pushed_standing));
}
template <>
const RecordType& TypeOf<PushMark>() {
  static const RecordTypeFor<PushMark> kType;
  return kType;
}
namespace {

InboxPosition PositionOf(Revision revision, std::span<const InboxPosition::Told> all) {
  InboxPosition position(revision);
  for (const InboxPosition::Told& told : all) {
    InboxPlace place;
    place.standing = told.standing;
    place.stage = told.stage;
    position.Tell(place);
  }
  return position;
}

}  // namespace

InboxPosition PositionOf(const InboxMark& mark) {
  return PositionOf(mark.read_revision, mark.read_standing);
}

InboxPosition PositionOf(const PushMark& mark) {
  return PositionOf(mark.pushed_revision, mark.pushed_standing);
}

bool IsRead(const InboxMark& mark, const InboxPosition& position, const InboxPlace& place) {
  return position.Has(place) ||
         std::ranges::find(mark.read_besides, FormatInboxId(place)) != mark.read_besides.end();
}

absl::Status Note(const InboxPosition& position, std::vector<InboxPlace> besides, InboxMark& mark) {
  for (const std::string& id : mark.read_besides) {
    if (const std::optional<InboxPlace> place = ParseInboxId(id)) {
      besides.push_back(*place);
    }
  }
  std::set<std::pair<Revision, std::int64_t>> kept;
  for (const InboxPlace& place : besides) {
    if (!position.Has(place)) {
      kept.emplace(place.revision, place.number);
    }
  }
  if (kept.size() > kReadBesidesMax) {
    return Error(
        Reason::kTooManyReadMarks,
        absl::StrCat("more than ", kReadBesidesMax,
                     " notifications would be read one by one; mark all up to one of them"),
        {{"limit", absl::StrCat(kReadBesidesMax)}});
  }
  mark.read_revision = position.revision();
  mark.read_standing.assign(position.told().begin(), position.told().end());
  mark.read_besides.clear();
  for (const auto& [revision, number] : kept) {
    InboxPlace place;
    place.revision = revision;
    place.number = number;
    mark.read_besides.push_back(FormatInboxId(place));
  }
  return absl::OkStatus();
}

void Note(const InboxPosition& position, PushMark& mark) {
  mark.pushed_revision = position.revision();
  mark.pushed_standing.assign(position.told().begin(), position.told().end());
}

}  // namespace perigee::domain
