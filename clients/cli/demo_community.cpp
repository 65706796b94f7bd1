#include "clients/cli/demo_community.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <string>
#include <string_view>

#include "clients/cli/format.h"

namespace perigee::cli {

namespace {

// Given and family names of one language, with the order and the space between them that people use
// there.
struct Language {
  std::array<std::string_view, 6> given;
  std::array<std::string_view, 6> family;
  bool family_first = false;
  std::string_view between = " ";
};

constexpr std::array<Language, 22> kLanguages = {{
    {{"Olivia", "Noah", "Grace", "Liam", "Ruby", "Ethan"},
     {"Walker", "Hughes", "Bennett", "O’Neill", "Clarke", "Stone"}},
    {{"Jürgen", "Annelie", "Björn", "Käthe", "Sören", "Mareike"},
     {"Groß", "Müller", "Schäfer", "Böhm", "Weiß", "Köhler"}},
    {{"Zoé", "François", "Anaïs", "Rémi", "Noëlle", "Gaël"},
     {"Lefèvre", "Château", "Béranger", "Noël", "D’Arcy", "Gérard"}},
    {{"Łukasz", "Małgorzata", "Żaneta", "Stanisław", "Bożena", "Jędrzej"},
     {"Wójcik", "Kowalczyk", "Dąbrowska", "Zieliński", "Śliwa", "Gołąb"}},
    {{"İpek", "Çağla", "Oğuz", "Gülşen", "Şükrü", "Umut"},
     {"Yıldız", "Öztürk", "Çelik", "Şahin", "Doğan", "Kılıç"}},
    {{"Nguyệt", "Hiếu", "Phương", "Đức", "Thảo", "Quỳnh"},
     {"Nguyễn", "Trần", "Phạm", "Đặng", "Võ", "Lê"},
     true},
    {{"Ольга", "Фёдор", "Людмила", "Юрий", "Жанна", "Игорь"},
     {"Соловьёв", "Чернышёв", "Щукина", "Быков", "Ершов", "Цветкова"}},
    {{"Оксана", "Ґрицько", "Їжак", "Євген", "Соломія", "Тарас"},
     {"Шевченко", "Ковальчук", "Їжакевич", "Мельник", "Гнатюк", "Бойко"}},
    {{"Ελένη", "Γιώργος", "Χρυσή", "Ανδρέας", "Ξένια", "Θάνος"},
     {"Παππάς", "Νικολάου", "Ξενάκης", "Βλάχος", "Ζέρβας", "Ρήγας"}},
    {{"ليلى", "يوسف", "مريم", "خالد", "نور", "سامي"},
     {"الحداد", "منصور", "العطار", "شاهين", "النجار", "درويش"}},
    {{"נעמי", "אורי", "תמר", "יונתן", "שירה", "איתן"},
     {"לוי", "אברהמי", "מזרחי", "פרץ", "שלום", "גולן"}},
    {{"شیرین", "کوروش", "پریسا", "آرش", "ژاله", "بهرام"},
     {"کریمی", "پهلوان", "چراغی", "گلستان", "رستمی", "یزدانی"}},
    {{"आरती", "विक्रम", "श्रेया", "अर्जुन", "मीनाक्षी", "राजेश"},
     {"शर्मा", "त्रिपाठी", "वर्मा", "जोशी", "मिश्रा", "चौहान"}},
    {{"অনন্যা", "সৌরভ", "তৃষা", "দীপঙ্কর", "মৌসুমী", "রবি"},
     {"চট্টোপাধ্যায়", "সেন", "ঘোষ", "রায়", "দাস", "মুখার্জি"}},
    {{"கவிதா", "முருகன்", "செல்வி", "அருண்", "மீனா", "கார்த்திக்"},
     {"சுந்தரம்", "பிள்ளை", "ராஜன்", "நாயகி", "வேலன்", "குமார்"}},
    {{"సుజాత", "వెంకట్", "లక్ష్మి", "రాము", "పద్మ", "కృష్ణ"}, {"రెడ్డి", "నాయుడు", "రావు", "శర్మ", "చౌదరి", "వర్మ"}},
    {{"มาลี", "สมชาย", "กมลชนก", "ปิติ", "วรรณา", "ณัฐ"},
     {"ศรีสุข", "ทองดี", "วงศ์ใหญ่", "แก้วมณี", "พรหมมา", "จันทร์เพ็ญ"}},
    {{"さくら", "健太", "美咲", "大輔", "ひかり", "翔"},
     {"佐藤", "鈴木", "高橋", "渡辺", "小林", "斎藤"},
     true},
    {{"伟", "秀英", "欣怡", "子轩", "丽", "建国"},
     {"王", "李", "欧阳", "陈", "刘", "赵"},
     true,
     ""},
    {{"서연", "민준", "지우", "하늘", "은지", "도윤"},
     {"김", "이", "박", "남궁", "최", "정"},
     true,
     ""},
    {{"ნინო", "გიორგი", "თამარ", "ლევან", "მარიამ", "ირაკლი"},
     {"ბერიძე", "კაპანაძე", "გელაშვილი", "ჯანელიძე", "ლომიძე", "მაისურაძე"}},
    {{"Անահիտ", "Տիգրան", "Նարե", "Արամ", "Շուշան", "Վահե"},
     {"Պետրոսյան", "Սարգսյան", "Գրիգորյան", "Հակոբյան", "Մկրտչյան", "Ղազարյան"}},
}};

constexpr std::array<std::string_view, 8> kFacets = {
    "cyclist", "parent", "gardener", "night-owl", "barista", "musician", "maker", "traveller"};

// Random numbers that are the same on every machine. The standard distributions are not.
class Dice {
 public:
  Dice(std::uint64_t seed, std::uint64_t turn) : engine_(seed * 0x9E3779B97F4A7C15ULL + turn) {
    engine_.discard(8);
  }
  std::uint64_t Below(std::uint64_t n) { return engine_() % n; }
  template <class Array>
  auto Of(const Array& choices) {
    return choices[Below(choices.size())];
  }

 private:
  std::mt19937_64 engine_;
};

std::string MemberId(int index) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "m-%03d", index + 1);
  return text.data();
}

std::string MemberName(const std::string& program_name, int index) {
  return program_name + "/members/" + MemberId(index);
}

std::string NameOf(Dice& dice) {
  const Language language = dice.Of(kLanguages);
  const std::string given(dice.Of(language.given));
  const std::string family(dice.Of(language.family));
  const std::string between(language.between);
  return language.family_first ? family + between + given : given + between + family;
}

// Members joined on days of 2024 or 2025, so that the activities of a day do not depend on it.
Time JoinTime(const DemoShape& shape, int index) {
  Dice dice(shape.seed, static_cast<std::uint64_t>(index) * 2 + 1);
  const std::chrono::sys_days first = std::chrono::year{2024} / 1 / 1;
  return first + std::chrono::days(dice.Below(731)) + std::chrono::seconds(dice.Below(86'400));
}

std::string Source(const DemoShape& shape) {
  return "demo.s" + std::to_string(shape.seed) + ".m" + std::to_string(shape.members);
}

// A few members do most of the activities: the place of the actor is the square of an even draw.
// The stride spreads these members over the ids.
int Busy(const DemoShape& shape, Dice& dice) {
  const auto members = static_cast<std::uint64_t>(shape.members);
  const std::uint64_t fair = dice.Below(1'000'000);
  const std::uint64_t place = fair * fair / 1'000'000 * members / 1'000'000;
  std::uint64_t stride = members * 5 / 8 + 1;
  while (std::gcd(stride, members) != 1) {
    ++stride;
  }
  return static_cast<int>((place * stride + shape.seed) % members);
}

// An activity type and its share in percent.
struct Habit {
  std::string_view type;
  std::uint64_t share;
  bool actor;
  bool recipient;
};
constexpr std::array<Habit, 6> kHabits = {{{"question-answered", 45, true, true},
                                           {"thanked", 30, true, true},
                                           {"review-written", 12, true, false},
                                           {"friend-introduced", 6, true, true},
                                           {"event-hosted", 4, true, false},
                                           {"post-flagged", 3, false, true}}};

const Habit& HabitOf(Dice& dice) {
  std::uint64_t throw_of = dice.Below(100);
  for (const Habit& habit : kHabits) {
    if (throw_of < habit.share) {
      return habit;
    }
    throw_of -= habit.share;
  }
  return kHabits.back();
}

v1::Activity Base(const DemoShape& shape, std::string_view type, std::string event_id, Time time) {
  v1::Activity activity;
  activity.set_type(std::string(type));
  activity.set_source(Source(shape));
  activity.set_source_event_id(std::move(event_id));
  activity.set_time_source(v1::Activity::TIME_SOURCE_SYSTEM);
  activity.set_imported(true);
  *activity.mutable_occur_time() = ToTimestamp(time);
  return activity;
}

}  // namespace

std::vector<v1::CreateMemberRequest> DemoMembers(const DemoShape& shape) {
  std::vector<v1::CreateMemberRequest> members;
  for (int index = 0; index < shape.members; ++index) {
    Dice dice(shape.seed, static_cast<std::uint64_t>(index) * 2);
    v1::CreateMemberRequest& request = members.emplace_back();
    request.set_member_id(MemberId(index));
    v1::Member& member = *request.mutable_member();
    member.set_display_name(NameOf(dice));
    const auto kind = static_cast<v1::StakeholderKind>(1 + dice.Below(8));
    member.add_kinds(dice.Below(2) == 0 ? v1::STAKEHOLDER_KIND_CUSTOMER : kind);
    member.add_facets(std::string(dice.Of(kFacets)));
    // One member in forty is staff, and one in forty opts out of boards.
    const std::uint64_t role = dice.Below(40);
    member.set_type(role == 0 ? v1::Member::TYPE_STAFF : v1::Member::TYPE_PERSON);
    member.set_board_opt_out(role == 1);
    *member.mutable_join_time() = ToTimestamp(JoinTime(shape, index));
  }
  return members;
}

std::vector<v1::Activity> DemoJoins(const DemoShape& shape, const std::string& program_name) {
  std::vector<v1::Activity> joins;
  for (int index = 0; index < shape.members; ++index) {
    joins.push_back(Base(shape, "joined", "joined-" + MemberId(index), JoinTime(shape, index)));
    joins.back().set_actor(MemberName(program_name, index));
  }
  return joins;
}

std::vector<v1::Activity> DemoDay(const DemoShape& shape, const std::string& program_name,
                                  std::chrono::sys_days day) {
  const auto number = static_cast<std::uint64_t>(day.time_since_epoch().count());
  Dice dice(shape.seed, number << 32);
  const std::uint64_t count =
      static_cast<std::uint64_t>(shape.members) * (20 + dice.Below(30)) / 100;
  std::vector<Time> times(count);
  std::ranges::generate(times, [&] { return day + std::chrono::seconds(dice.Below(86'400)); });
  std::ranges::sort(times);
  std::vector<v1::Activity> activities;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Habit& habit = HabitOf(dice);
    const int actor = Busy(shape, dice);
    const int other = Busy(shape, dice);
    v1::Activity& activity = activities.emplace_back(Base(
        shape, habit.type, "day-" + std::to_string(number) + "-" + std::to_string(i), times[i]));
    if (habit.actor) {
      activity.set_actor(MemberName(program_name, actor));
    }
    if (habit.recipient) {
      activity.set_recipient(MemberName(program_name, other));
    }
    activity.set_quantity(
        habit.type == "event-hosted" ? static_cast<std::int64_t>(5 + dice.Below(36)) : 1);
  }
  return activities;
}

}  // namespace perigee::cli
