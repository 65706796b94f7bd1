#include "server/adapters/member/member_search.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <future>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/core/error.h"
#include "server/core/unicode.h"
#include "tests/jobs/programme.h"
#include "tests/matchers/status.h"
#include "tests/support/names.h"
#include "tests/support/need.h"
#include "tests/support/spellings.h"

namespace perigee::tests {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class MemberSearchTest : public testing::Test {
 protected:
  std::vector<std::string> Find(const std::string& query, int limit = 100'000) {
    const auto found = search.Find("demo", SearchKey(query), "", limit);
    EXPECT_THAT(found, IsOk());
    return found.value_or(std::vector<std::string>());
  }
  // Makes members of these names in one unit: m-100000, m-100001 …
  void MakeAll(const std::vector<std::string>& names) {
    ports::Unit unit;
    unit.program = "demo";
    unit.now = programme.clock.Now();
    unit.decide = [&](ports::StoreReader&, const ports::UnitContext& context) {
      ports::Decision decision;
      for (std::size_t i = 0; i < names.size(); ++i) {
        domain::Member member;
        const std::uint32_t n = static_cast<std::uint32_t>(i) + 1000;
        std::memcpy(member.key.bytes.data(), &n, sizeof n);
        member.id = "m-" + std::to_string(100'000 + i);
        member.display_name = names[i];
        member.revision = context.revision;
        decision.changes.records.Put(std::move(member));
      }
      return absl::StatusOr<ports::Decision>(std::move(decision));
    };
    std::promise<absl::Status> done;
    programme.store().Write(std::move(unit), [&](const absl::StatusOr<ports::Outcome>& outcome) {
      done.set_value(outcome.status());
    });
    EXPECT_THAT(done.get_future().get(), IsOk());
  }

  Programme programme;
  adapters::StoreMemberSearch search{programme.store()};
};

TEST_F(MemberSearchTest, EveryNameIsFoundByItselfInAllItsSpellings) {
  std::vector<std::string> names = NamesOfAllLanguages();
  if (names.empty()) {
    PERIGEE_SKIP_OR_FAIL("the data set strings-names");
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  MakeAll(names);
  int searches = 0;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string id = "m-" + std::to_string(100'000 + i);
    std::vector<std::string> spellings = {names[i], NfdOf(names[i])};
    if (names[i].find("\u0131") == std::string::npos) {  // The capital of the Turkish letter is I.
      spellings.push_back(UpperOf(names[i]));
    }
    for (const std::string& spelling : spellings) {
      const auto found = search.Find("demo", SearchKey(spelling), id.substr(0, 2), 100'000);
      ASSERT_THAT(found, IsOk());
      EXPECT_TRUE(std::ranges::binary_search(*found, id)) << names[i];
      ++searches;
    }
  }
  std::printf("%zu names, %d searches\n", names.size(), searches);
}

TEST_F(MemberSearchTest, ErasedMembersAreNotFound) {
  programme.AddMember("ada");
  programme.AddMember("adam");
  EXPECT_THAT(Find("ada"), ElementsAre("ada", "adam"));
  EXPECT_THAT(Find("ada", 1), ElementsAre("ada"));
  programme.Erase(programme.KeyOf("ada"));
  EXPECT_THAT(Find("ada"), ElementsAre("adam"));
}

TEST_F(MemberSearchTest, MergedMembersAreNotFound) {
  programme.AddMember("ada");
  programme.AddMember("adam");
  EXPECT_THAT(Find("ada"), ElementsAre("ada", "adam"));
  programme.SetHead("ada", "adam");
  EXPECT_THAT(Find("ada"), ElementsAre("adam"));
  EXPECT_THAT(*adapters::StoreMemberSearch(programme.store()).Find("demo", "ada", "", 10),
              ElementsAre("adam"));
  programme.SetHead("ada", "");
  EXPECT_THAT(Find("ada"), ElementsAre("ada", "adam"));
}

TEST_F(MemberSearchTest, AProgrammeThatWasMadeAnewHasItsOwnMembers) {
  programme.AddMember("ada");
  EXPECT_THAT(Find("ada"), ElementsAre("ada"));
  programme.Delete();
  EXPECT_THAT(search.Find("demo", "ada", "", 10), HasReason(Reason::kNotFound));
  programme.DoWhatIsDue();
  programme.Make();
  programme.AddMember("bob");
  programme.AddMember("cid");
  EXPECT_THAT(Find("ada"), IsEmpty());
  EXPECT_THAT(Find("b"), ElementsAre("bob"));
}

TEST_F(MemberSearchTest, ProgrammesThatAreNotSearchedAreForgotten) {
  adapters::StoreMemberSearch small(programme.store(), 1);
  programme.AddMember("ada");
  programme.AddMember("bob");
  EXPECT_THAT(*small.Find("demo", "a", "", 10), ElementsAre("ada"));
  EXPECT_THAT(small.Find("other", "a", "", 10), HasReason(Reason::kNotFound));
  EXPECT_THAT(*small.Find("demo", "b", "", 10), ElementsAre("bob"));
}

}  // namespace
}  // namespace perigee::tests
