#include "server/domain/record/wire.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/core/time.h"
#include "server/core/uuid.h"
#include "server/domain/record/describe.h"

namespace perigee::domain {
namespace {

enum class Colour : std::uint8_t { kRed = 1, kBlue = 7 };

struct Size {
  std::int64_t width = 0;
  std::optional<std::int64_t> height;
  bool operator==(const Size&) const = default;
  static auto Fields() {
    return std::tuple(Plain(1, "width", &Size::width), Plain(2, "height", &Size::height));
  }
};

// A record with one field of every kind.
struct Thing {
  std::string id;
  Uuid owner;
  std::string name;
  std::vector<std::string> words;
  std::int64_t number = 5;
  bool flag = false;
  Colour colour = Colour::kRed;
  Time time{};
  std::optional<std::int64_t> maybe;
  std::vector<Colour> colours;
  std::vector<Size> sizes;
  std::int64_t revision = 0;
  bool operator==(const Thing&) const = default;

  static constexpr int kNumber = 1000;
  static constexpr std::string_view kTable = "thing";
  static constexpr bool kAppendOnly = false;
  static auto Fields() {
    return std::tuple(Key(1, "id", &Thing::id), Owner(2, "owner", &Thing::owner),
                      Personal(3, "name", &Thing::name), Personal(4, "words", &Thing::words),
                      Plain(5, "number", &Thing::number), Plain(6, "flag", &Thing::flag),
                      Plain(7, "colour", &Thing::colour), Plain(8, "time", &Thing::time),
                      Plain(9, "maybe", &Thing::maybe), Plain(10, "colours", &Thing::colours),
                      Plain(11, "sizes", &Thing::sizes));
  }
};

const RecordType& ThingType() {
  static const RecordTypeFor<Thing> kType;
  return kType;
}

Thing Full() {
  Thing thing;
  thing.id = "a";
  thing.owner = Uuid::FromRaw("0123456789abcdef");
  thing.name = "Ada \xF0\x9F\x91\x8B";
  thing.words = {"one", "two"};
  thing.number = std::numeric_limits<std::int64_t>::min();
  thing.flag = true;
  thing.colour = Colour::kBlue;
  thing.time = FromMicros(-1);
  thing.maybe = 0;
  thing.colours = {Colour::kRed, Colour::kBlue};
  thing.sizes = {{1, std::nullopt}, {2, 0}, {0, -3}};
  thing.revision = 9;
  return thing;
}

Thing Empty() {
  Thing thing;
  thing.number = 0;  // A new Thing has 5, but a field that is left out reads 0.
  thing.colour = Colour{};
  return thing;
}

std::string Bytes(const Thing& thing, WireSink::Part part) {
  return EncodeRecord(ThingType(), &thing, part);
}

TEST(WireTest, ARecordComesBackFromItsTwoParts) {
  for (const Thing& thing : {Full(), Empty()}) {
    const std::string plain = Bytes(thing, WireSink::Part::kPlain);
    const std::string personal = Bytes(thing, WireSink::Part::kPersonal);
    const auto back = DecodeRecord(ThingType(), plain, personal, thing.revision);
    ASSERT_NE(back, nullptr);
    EXPECT_EQ(*std::static_pointer_cast<Thing>(back), thing);
  }
}

TEST(WireTest, PersonalFieldsAreInTheirOwnPartAlone) {
  const std::string plain = Bytes(Full(), WireSink::Part::kPlain);
  EXPECT_THAT(plain, testing::Not(testing::HasSubstr("Ada")));
  EXPECT_THAT(plain, testing::Not(testing::HasSubstr("two")));
  EXPECT_THAT(Bytes(Full(), WireSink::Part::kPersonal), testing::HasSubstr("Ada"));
  const auto without = DecodeRecord(ThingType(), plain, {}, 9);
  Thing expected = Full();
  ThingType().ClearPersonal(&expected);
  EXPECT_EQ(*std::static_pointer_cast<Thing>(without), expected);
}

TEST(WireTest, TheBytesAreThoseOfAProtocolBuffer) {
  Thing thing = Empty();
  thing.id = "a";
  thing.number = -1;
  thing.maybe = 0;
  EXPECT_EQ(Bytes(thing, WireSink::Part::kAll), std::string("\x0A\x01"
                                                            "a\x28\x01\x48\x00",
                                                            7));
  EXPECT_EQ(Bytes(Empty(), WireSink::Part::kAll), "");
}

TEST(WireTest, UnknownBytesAreNotRead) {
  const std::string good = Bytes(Full(), WireSink::Part::kAll);
  const std::vector<std::string> bad = {
      good + std::string("\x60\x02", 2),   // Field 12 does not exist.
      good + std::string("\x2A\x01x", 3),  // Field 5 is not bytes.
      good + std::string("\x30\x02", 2),   // Field 6 comes twice.
      good + std::string("\x80", 1),       // The tag is cut off.
      std::string("\x0A\x7F"
                  "a",
                  3),                         // There are fewer bytes than the length says.
      std::string("\x5A\x03\x02\x60\x02", 5)  // A Size has no such field.
  };
  for (const std::string& bytes : bad) {
    EXPECT_EQ(DecodeRecord(ThingType(), bytes, {}, 1), nullptr);
  }
  for (std::size_t size = 0; size < good.size(); ++size) {
    // Cut bytes are read as a smaller record, or not at all.
    const auto cut = DecodeRecord(ThingType(), good.substr(0, size), {}, 9);
    EXPECT_TRUE(cut == nullptr || !(*std::static_pointer_cast<Thing>(cut) == Full()));
  }
}

}  // namespace
}  // namespace perigee::domain
