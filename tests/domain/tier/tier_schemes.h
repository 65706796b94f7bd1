#pragma once

#include <string>

#include "server/core/civil_time.h"
#include "server/core/time.h"
#include "server/domain/tier/tier_scheme.h"

namespace perigee::tests {

// Bronze from 100, silver from 500, gold from 1000: what was earned within 12 months, reviewed
// after 12 months, with a low-water mark of 90 % and a notice of 30 days.
inline domain::TierScheme LoyaltyScheme() {
  domain::TierScheme scheme;
  scheme.id = "loyalty";
  scheme.display_name = "Loyalty";
  scheme.levels = {{"bronze", "Bronze", 100}, {"silver", "Silver", 500}, {"gold", "Gold", 1000}};
  scheme.rule_version = 7;
  return scheme;
}

inline Zone Berlin() { return *Zone::Load("Europe/Berlin"); }

inline Time Utc(const std::string& text) { return *ParseTime(text); }

}  // namespace perigee::tests
