#include <vector>

#include "server/domain/insider/item_read.h"
#include "server/ports/insider/item_read_reader.h"
#include "server/use_cases/decided.h"
#include "tests/conformance/store/store_conformance.h"

namespace perigee::tests {
namespace {

using ports::VersionReader;

}  // namespace

TEST_P(StoreConformance, EachReaderOfAVersionIsListedOnce) {
  MakeProgram();
  const auto read = [&](const domain::MemberKey& member, const domain::ItemPart& part) {
    ASSERT_THAT(
        Write(UnitOf(
            [&](auto&, const auto& unit) -> absl::StatusOr<use_cases::Decided<domain::ItemRead>> {
              return use_cases::Put(domain::ReadAt(member, part, unit.now, unit.revision));
            })),
        IsOk());
  };
  read(bob_, {"preview", 1, ""});
  read(ada_, {"preview", 1, ""});
  read(ada_, {"preview", 1, ""});
  read(ada_, {"preview", 2, ""});
  read(bob_, {"preview", 2, "plan"});  // No body.
  read(bob_, {"roadmap", 1, ""});
  const auto readers = [&](const VersionReader& after, int limit) {
    return Reading<std::vector<VersionReader>>([&](ports::StoreReader& reader) {
      return reader.item_reads().Readers(kProgram, "preview", after, limit);
    });
  };
  const std::vector<VersionReader> all = {{1, ada_}, {1, bob_}, {2, ada_}};
  EXPECT_EQ(readers({}, 100), all);
  EXPECT_EQ(readers({}, 2), (std::vector<VersionReader>{all[0], all[1]}));
  EXPECT_EQ(readers(all[1], 100), (std::vector<VersionReader>{all[2]}));
  EXPECT_EQ(readers({1, {}}, 1), (std::vector<VersionReader>{all[0]}));
  EXPECT_EQ(readers(all[2], 100), std::vector<VersionReader>());
}

}  // namespace perigee::tests
