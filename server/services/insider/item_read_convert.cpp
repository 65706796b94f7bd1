#include "server/services/insider/item_read_convert.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "server/core/resource_name.h"
#include "server/domain/insider/item.h"
#include "server/services/paging.h"
#include "server/services/token_number.h"
#include "server/use_cases/insider/gate.h"

namespace perigee::services {

v1::ItemOverview OverviewOf(const std::string& program, const use_cases::OpenItem& open) {
  const domain::InsiderItem& item = open.item;
  v1::ItemOverview out;
  out.set_name(FormatName(kItemPattern, {program, item.id}));
  out.set_display_name(item.display_name);
  out.set_kind(static_cast<v1::InsiderItem::Kind>(item.kind));
  out.set_version(item.version);
  out.set_revision(item.revision);
  if (open.outcome == domain::GateOutcome::kReleased) {
    // Whether it is released for others too, or when, is not for those who are no insiders.
    out.set_state(v1::InsiderItem::STATE_RELEASED);
    return out;
  }
  out.set_state(v1::InsiderItem::STATE_EMBARGOED);
  if (!item.releases.empty()) {
    *out.mutable_release_time() =
        ToTimestamp(std::ranges::max_element(item.releases, {}, &domain::ItemRelease::time)->time);
  }
  if (!item.agreement.empty()) {
    out.set_agreement(FormatName(kAgreementPattern, {program, item.agreement}));
  }
  return out;
}

v1::OwnItemRead OwnReadOf(const std::string& program, const domain::ItemRead& read) {
  v1::OwnItemRead out;
  out.set_item(FormatName(kItemPattern, {program, read.item}));
  out.set_version(read.version);
  out.set_attachment(read.attachment);
  *out.mutable_create_time() = ToTimestamp(read.create_time);
  *out.mutable_until_time() = ToTimestamp(read.until_time);
  return out;
}

v1::ItemRead ToProto(const std::string& program, const domain::ItemRead& read,
                     const MemberNames& names) {
  v1::ItemRead out;
  out.set_revision(read.revision);
  v1::AuditMember& member = *out.mutable_member();
  if (const auto known = names.find(read.member); known != names.end()) {
    member.set_name(known->second);
  }
  member.set_pseudonym(read.member.Hex());
  member.set_erased(member.name().empty());
  *out.mutable_read() = OwnReadOf(program, read);
  return out;
}

ports::ItemReadPlace PlaceOf(const Page& page) {
  if (page.after().empty()) {
    return {kEndOfTime, 0};
  }
  const std::string_view place = page.after();
  const std::size_t space = place.find(' ');
  return {FromMicros(NumberIn(place.substr(0, space))), NumberIn(place.substr(space + 1))};
}

std::string CutReads(const Page& page, std::vector<domain::ItemRead>& reads) {
  return page.Cut(reads, [](const domain::ItemRead& read) {
    return absl::StrCat(ToMicros(read.create_time), " ", read.revision);
  });
}

}  // namespace perigee::services
