#pragma once

#include <string>

#include "server/core/time.h"
#include "server/domain/insider/agreement.h"
#include "server/domain/insider/item.h"

namespace perigee::tests {

// A draft with two seats and one release for everybody, on 1 May 2026 in Berlin.
inline domain::InsiderItem Preview() {
  domain::InsiderItem item;
  item.id = "preview";
  item.display_name = "The next bike";
  item.kind = domain::ItemKind::kPreview;
  item.audience = "title:mvp";
  item.agreement = "secrecy";
  item.seats = 2;
  item.seat_days = 30;
  item.releases = {{"all", "Everybody", "", "2026-05-01T00:00:00", "Europe/Berlin", Time{}}};
  return item;
}

// Its second version is required.
inline domain::Agreement Secrecy() {
  domain::Agreement agreement;
  agreement.id = "secrecy";
  agreement.display_name = "Keep it to yourself";
  agreement.version = 3;
  agreement.required_version = 2;
  agreement.accepted_days = 30;
  return agreement;
}

}  // namespace perigee::tests
