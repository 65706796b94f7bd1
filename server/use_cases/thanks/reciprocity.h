#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "server/core/time.h"
#include "server/domain/thanks/reciprocity.h"

namespace perigee::ports {
class Store;
class StoreReader;
}  // namespace perigee::ports

namespace perigee::use_cases {

// A person's figures. All thanks count that are live, also those of members who were erased since.
struct PersonReciprocity {
  domain::MemberReciprocity members;  // With other members.
  std::optional<double> brand;        // See domain::BrandReciprocity.
  std::int64_t brand_thanks = 0;      // Of the brand to the person.
  std::int64_t asks_accepted = 0;     // By the person.
};

// kNotFound. Reads all live thanks of the person, and keeps one sum for each partner.
absl::StatusOr<PersonReciprocity> ReciprocityOfPerson(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const std::string& member, Time now);

// The network of all live thanks between members, who count as persons. kNotFound. Costs one pass
// over an index of all thanks and one look-up for each edge. It reads in portions, each from a view
// of its own, so thanks that are given or withdrawn meanwhile may count or not. Memory holds one
// portion and the edges of merged members. Blocks.
absl::StatusOr<domain::NetworkReciprocity> ReciprocityOfProgram(const ports::Store& store,
                                                                const std::string& program);

}  // namespace perigee::use_cases
