#include "server/use_cases/insider/open_items.h"

#include <utility>

#include "server/core/error.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/unicode.h"
#include "server/domain/insider/canary.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/insider/copies.h"
#include "server/use_cases/insider/reads.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {

using domain::InsiderItem;

namespace {

constexpr int kAtOnce = 200;

// Fills in the reader's copy of the newest body.
absl::Status Copy(ports::StoreReader& reader, const std::string& program, OpenBody& opened) {
  domain::ItemVersion like;
  like.item = opened.part.item;
  like.version = opened.part.version;
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<domain::ItemVersion> version,
                           reader.records().Find(program, like));
  if (!version.has_value()) {
    return absl::OkStatus();  // There is none yet.
  }
  PERIGEE_ASSIGN_OR_RETURN(const SealKey key, CanaryKey(reader, program));
  absl::StatusOr<std::string> copy = domain::MarkedCopy(
      BytesOf(key), CopyOf(version->item, version->version, opened.reader), version->body);
  if (!copy.ok()) {
    // A body is within the limits of a copy.
    return Error(Reason::kInternal,
                 "a body cannot be marked: " + std::string(copy.status().message()));
  }
  opened.body = *std::move(copy);
  opened.digest = Hex(Sha256(domain::WithoutMarks(version->body)));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<OpenBody> OpenBodyOf(ports::StoreReader& reader, const std::string& program,
                                    const std::string& member, const std::string& item, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member person, RequireMember(reader, program, member));
  PERIGEE_ASSIGN_OR_RETURN(PersonalGate gate, PersonalGate::Of(reader, program, person, now));
  OpenBody opened;
  PERIGEE_ASSIGN_OR_RETURN(opened.open, gate.Require(item));
  opened.reader = gate.member().key;
  opened.part = {opened.open.item.id, opened.open.item.version, ""};
  PERIGEE_RETURN_IF_ERROR(Copy(reader, program, opened));
  PERIGEE_ASSIGN_OR_RETURN(opened.on_record,
                           ReadOnRecord(reader, program, opened.reader, opened.part, now));
  return opened;
}

absl::StatusOr<std::vector<OpenItem>> OpenItemsOf(ports::StoreReader& reader,
                                                  const std::string& program, PersonalGate& gate,
                                                  const std::string& part_of_name,
                                                  const std::string& after, int limit) {
  std::vector<OpenItem> open;
  InsiderItem last;
  last.id = after;
  std::vector<InsiderItem> items;
  do {
    PERIGEE_ASSIGN_OR_RETURN(items,
                             reader.records().List<InsiderItem>(program, {}, &last, kAtOnce));
    for (InsiderItem& item : items) {
      last.id = item.id;
      PERIGEE_ASSIGN_OR_RETURN(const domain::GateOutcome outcome, gate.Ask(item));
      if (domain::IsOpen(outcome) &&
          SearchKey(item.display_name).find(part_of_name) != std::string::npos) {
        open.push_back({std::move(item), outcome});
      }
    }
  } while (std::cmp_equal(items.size(), kAtOnce) &&
           (limit == 0 || std::cmp_less(open.size(), limit)));
  if (limit != 0 && std::cmp_less(limit, open.size())) {
    open.erase(open.begin() + limit, open.end());
  }
  return open;
}

}  // namespace perigee::use_cases
