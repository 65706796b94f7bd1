#include "tests/support/any_record.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "server/core/check.h"
#include "server/core/time.h"
#include "server/domain/activity/activity.h"
#include "server/domain/journal/records.h"
#include "server/domain/member/member.h"
#include "server/domain/program/program.h"
#include "server/domain/rule/rules.h"

namespace perigee::tests {
namespace {

// There are so few keys that a record often replaces another one.
constexpr std::uint64_t kKeys = 4;

class DrawnSource final : public domain::FieldSource {
 public:
  DrawnSource(const domain::RecordType& type, std::uint64_t seed, const domain::MemberKey& member)
      : type_(type), random_(seed), key_(seed % kKeys), member_(member) {}

  bool IsNull() const override { return field().nullable && key_ % 2 == 0; }
  void Skip() override { ++next_; }
  std::int64_t Int() override {
    const domain::Field& asked = field();
    ++next_;
    if (asked.due) {
      const Time first = *ParseTime("2026-01-01T00:00:00Z");
      return ToMicros(first + std::chrono::minutes(random_() % (365 * 24 * 60)));
    }
    return static_cast<std::int64_t>(asked.key ? key_ : random_() % 2);
  }
  std::string_view Bytes() override {
    const domain::Field& asked = field();
    ++next_;
    if (asked.owner) {
      return member_.Raw();
    }
    if (asked.kind == domain::FieldKind::kBlob && !asked.key) {
      return {};  // A list or a struct without content.
    }
    const std::uint64_t number = asked.key ? key_ : random_();
    bytes_ = std::string(asked.name) + " " + std::to_string(number);
    if (asked.kind == domain::FieldKind::kBlob) {
      bytes_.resize(sizeof(Uuid::bytes), 'k');
    }
    return bytes_;
  }

 private:
  const domain::Field& field() const { return type_.fields()[next_]; }

  const domain::RecordType& type_;
  std::mt19937_64 random_;
  const std::uint64_t key_;
  const domain::MemberKey member_;
  std::size_t next_ = 0;
  std::string bytes_;
};

}  // namespace

domain::RecordChange AnyRecord(const domain::RecordType& type, std::uint64_t seed,
                               const domain::MemberKey& member, std::int64_t revision) {
  DrawnSource source(type, seed, member);
  std::shared_ptr<void> record = type.Make();
  PERIGEE_CHECK(type.Read(source, revision, record.get()), "what is drawn is a record");
  return {&type, std::move(record), false};
}

void PutOtherRecords(std::uint64_t seed, const domain::MemberKey& member, std::int64_t revision,
                     domain::RecordChanges& changes,
                     const std::set<const domain::RecordType*>& by_hand) {
  const std::array by_tests = {
      &domain::TypeOf<domain::Program>(),  &domain::TypeOf<domain::Asset>(),
      &domain::TypeOf<domain::Rule>(),     &domain::TypeOf<domain::Member>(),
      &domain::TypeOf<domain::Activity>(), &domain::TypeOf<domain::Edge>()};
  for (const domain::RecordType* type : domain::AllRecords()) {
    if (std::ranges::find(by_tests, type) == by_tests.end() && !by_hand.contains(type)) {
      changes.Add(AnyRecord(*type, seed, member, revision));
    }
  }
}

}  // namespace perigee::tests
