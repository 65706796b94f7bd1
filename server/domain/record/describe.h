#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "server/core/check.h"
#include "server/core/time.h"
#include "server/core/uuid.h"
#include "server/domain/record/record.h"
#include "server/domain/record/wire.h"

namespace perigee::domain {

// The parts of a record's Fields(). A record R has
//
//   static constexpr int kNumber = 3;                  // Of the record, in journal entries.
//   static constexpr std::string_view kTable = "note";
//   static constexpr bool kAppendOnly = false;
//   static constexpr std::string_view kOwnerIndex = "note_member";  // If it has one.
//   Revision revision = 0;  // Of the last change. A column, but no field.
//   static auto Fields() {
//     return std::tuple(Key(1, "id", &Note::id), Owner(2, "member_key", &Note::member),
//                       Personal(3, "text", &Note::text), Plain(4, "state", &Note::state),
//                       Due(5, "due_time", &Note::due_time));
//   }
//
// If it has an owner and personal fields, its table has no columns for these, but `sealed` and, for
// each findable one, `<name>_index`. All of these are blobs and may be null.
//
// Fields of a record keep their order; new ones come last. A field is a whole number, flag, enum,
// time, id or text; an optional of these; a set of enums (one bit each), a list of texts without
// line feeds, a list of ids, or one or many structs that have Fields() of their own.
template <class T>
struct Stored;

template <class R, class T>
struct FieldOf {
  void Write(const R& record, FieldSink& sink) const { Stored<T>::Write(record.*member, sink); }
  void Read(FieldSource& source, R& record) const { Stored<T>::Read(source, record.*member); }

  Field field;
  T R::*member;
};

template <class T>
concept HasFields = requires {
  T::Fields();
};

template <HasFields R>
void WriteFields(const R& record, FieldSink& sink) {
  std::apply([&](const auto&... of) { (of.Write(record, sink), ...); }, R::Fields());
}
template <HasFields R>
void ReadFields(FieldSource& source, R& record) {
  std::apply([&](const auto&... of) { (of.Read(source, record), ...); }, R::Fields());
}
template <HasFields R>
std::vector<Field> FieldList() {
  return std::apply([](const auto&... of) { return std::vector<Field>{of.field...}; }, R::Fields());
}

template <class T>
requires(std::integral<T> || std::is_enum_v<T>) struct Stored<T> {
  static constexpr FieldKind kKind = FieldKind::kInt;
  static constexpr FieldShape kShape =
      std::is_same_v<T, bool> ? FieldShape::kFlag : FieldShape::kNumber;
  static void Write(const T& value, FieldSink& sink) { sink.Int(static_cast<std::int64_t>(value)); }
  static void Read(FieldSource& source, T& value) {
    const std::int64_t number = source.Int();
    value = static_cast<T>(number);
    if (static_cast<std::int64_t>(value) != number) {
      source.Fail();
    }
  }
};

template <>
struct Stored<Time> {
  static constexpr FieldKind kKind = FieldKind::kInt;
  static constexpr FieldShape kShape = FieldShape::kTime;
  static void Write(const Time& value, FieldSink& sink) { sink.Int(ToMicros(value)); }
  static void Read(FieldSource& source, Time& value) { value = FromMicros(source.Int()); }
};

template <>
struct Stored<Uuid> {
  static constexpr FieldKind kKind = FieldKind::kBlob;
  static constexpr FieldShape kShape = FieldShape::kId;
  static void Write(const Uuid& value, FieldSink& sink) {
    sink.Bytes(value.IsNil() ? std::string_view() : value.Raw());
  }
  static void Read(FieldSource& source, Uuid& value) { value = Uuid::FromRaw(source.Bytes()); }
};

template <>
struct Stored<std::string> {
  static constexpr FieldKind kKind = FieldKind::kText;
  static constexpr FieldShape kShape = FieldShape::kText;
  static void Write(const std::string& value, FieldSink& sink) { sink.Bytes(value); }
  static void Read(FieldSource& source, std::string& value) { value = source.Bytes(); }
};

template <>
struct Stored<std::vector<std::string>> {
  static constexpr FieldKind kKind = FieldKind::kText;
  static constexpr FieldShape kShape = FieldShape::kTexts;
  static void Write(const std::vector<std::string>& value, FieldSink& sink) {
    sink.Made(absl::StrJoin(value, "\n"));
  }
  static void Read(FieldSource& source, std::vector<std::string>& value) {
    const std::string joined(source.Bytes());
    value.clear();
    if (!joined.empty()) {
      value = absl::StrSplit(joined, '\n');
    }
  }
};

template <>
struct Stored<std::vector<Uuid>> {
  static constexpr FieldKind kKind = FieldKind::kBlob;
  static constexpr FieldShape kShape = FieldShape::kStruct;
  static void Write(const std::vector<Uuid>& value, FieldSink& sink) {
    std::string bytes;
    for (const Uuid& id : value) {
      bytes.append(id.Raw());
    }
    sink.Made(std::move(bytes));
  }
  static void Read(FieldSource& source, std::vector<Uuid>& value) {
    constexpr std::size_t kBytes = sizeof(Uuid::bytes);
    const std::string_view bytes = source.Bytes();
    value.clear();
    for (std::size_t at = 0; at < bytes.size(); at += kBytes) {
      value.push_back(Uuid::FromRaw(bytes.substr(at, kBytes)));
    }
    if (bytes.size() % kBytes != 0) {
      source.Fail();
    }
  }
};

// One bit for each enum value, so the values must be below 63.
template <class E>
requires std::is_enum_v<E>
struct Stored<std::vector<E>> {
  static constexpr FieldKind kKind = FieldKind::kInt;
  static constexpr FieldShape kShape = FieldShape::kNumbers;
  static void Write(const std::vector<E>& value, FieldSink& sink) {
    std::int64_t bits = 0;
    for (const E item : value) {
      bits |= std::int64_t{1} << static_cast<int>(item);
    }
    sink.Int(bits);
  }
  static void Read(FieldSource& source, std::vector<E>& value) {
    const std::int64_t bits = source.Int();
    value.clear();
    for (int item = 0; item < 63; ++item) {
      if ((bits >> item & 1) != 0) {
        value.push_back(static_cast<E>(item));
      }
    }
  }
};

template <class T>
struct Stored<std::optional<T>> {
  static constexpr FieldKind kKind = Stored<T>::kKind;
  static constexpr FieldShape kShape = Stored<T>::kShape;
  static void Write(const std::optional<T>& value, FieldSink& sink) {
    if (value.has_value()) {
      Stored<T>::Write(*value, sink);
    } else {
      sink.Null();
    }
  }
  static void Read(FieldSource& source, std::optional<T>& value) {
    if (source.IsNull()) {
      source.Skip();
      value.reset();
    } else {
      Stored<T>::Read(source, value.emplace());
    }
  }
};

// A struct inside a record, stored as the bytes of its fields.
template <HasFields R>
struct Stored<R> {
  static constexpr FieldKind kKind = FieldKind::kBlob;
  static constexpr FieldShape kShape = FieldShape::kStruct;
  static void Write(const R& value, FieldSink& sink) { sink.Made(Bytes(value)); }
  static void Read(FieldSource& source, R& value) {
    if (!Parse(source.Bytes(), value)) {
      source.Fail();
    }
  }
  static std::string Bytes(const R& value) {
    const std::vector<Field> fields = FieldList<R>();
    WireSink sink(fields, WireSink::Part::kAll);
    WriteFields(value, sink);
    return sink.Take();
  }
  static bool Parse(std::string_view bytes, R& value) {
    const std::vector<Field> fields = FieldList<R>();
    WireSource source(fields);
    if (!source.Parse(bytes)) {
      return false;
    }
    ReadFields(source, value);
    return !source.failed();
  }
};

template <HasFields R>
struct Stored<std::vector<R>> {
  static constexpr FieldKind kKind = FieldKind::kBlob;
  static constexpr FieldShape kShape = FieldShape::kStruct;
  static void Write(const std::vector<R>& value, FieldSink& sink) {
    std::string bytes;
    for (const R& item : value) {
      AppendSized(Stored<R>::Bytes(item), bytes);
    }
    sink.Made(std::move(bytes));
  }
  static void Read(FieldSource& source, std::vector<R>& value) {
    std::string_view bytes = source.Bytes();
    value.clear();
    while (!bytes.empty()) {
      const std::optional<std::string_view> item = TakeSized(bytes);
      if (!item.has_value() || !Stored<R>::Parse(*item, value.emplace_back())) {
        source.Fail();
        return;
      }
    }
  }
};

template <class T>
inline constexpr bool kIsOptional = false;
template <class T>
inline constexpr bool kIsOptional<std::optional<T>> = true;

template <class R, class T>
FieldOf<R, T> Plain(int number, std::string_view name, T R::*member) {
  Field field{number, name, Stored<T>::kKind};
  field.nullable = kIsOptional<T>;
  field.shape = Stored<T>::kShape;
  return {field, member};
}
template <class R, class T>
FieldOf<R, T> Key(int number, std::string_view name, T R::*member) {
  FieldOf<R, T> of = Plain(number, name, member);
  of.field.key = true;
  return of;
}
template <class R>
FieldOf<R, Uuid> Owner(int number, std::string_view name, Uuid R::*member) {
  FieldOf<R, Uuid> of = Plain(number, name, member);
  of.field.owner = true;
  return of;
}
// For a record whose owner is its key, such as a member's own record.
template <class R>
FieldOf<R, Uuid> OwnerKey(int number, std::string_view name, Uuid R::*member) {
  FieldOf<R, Uuid> of = Owner(number, name, member);
  of.field.key = true;
  return of;
}
template <class R, class T>
FieldOf<R, T> Personal(int number, std::string_view name, T R::*member) {
  FieldOf<R, T> of = Plain(number, name, member);
  of.field.personal = true;
  return of;
}
// A personal field by which records are looked up, for equality only. Its table has a column
// `<name>_index`.
template <class R>
FieldOf<R, std::string> Findable(int number, std::string_view name, std::string R::*member) {
  FieldOf<R, std::string> of = Personal(number, name, member);
  of.field.findable = true;
  return of;
}
// At most one of a record's fields. While it is not null, the record is listed in the table of due
// things under the kind that ports::DueKindOf gives.
template <class R>
FieldOf<R, std::optional<Time>> Due(int number, std::string_view name,
                                    std::optional<Time> R::*member) {
  FieldOf<R, std::optional<Time>> of = Plain(number, name, member);
  of.field.due = true;
  return of;
}

// The RecordType of R, built from its description.
template <class R>
class RecordTypeFor final : public RecordType {
 public:
  RecordTypeFor()
      : RecordType(R::kNumber, R::kTable, R::kAppendOnly, OwnerIndex(), FieldList<R>()) {
    std::set<int> numbers;
    for (const Field& field : fields()) {
      PERIGEE_CHECK(field.number > 0 && numbers.insert(field.number).second,
                    "a record has two fields of one number");
      PERIGEE_CHECK(!(field.key && field.personal), "a key would outlive its person");
      PERIGEE_CHECK(!field.findable || HasOwner(), "nobody's erasure would clear the index");
      PERIGEE_CHECK(!(field.due && R::kAppendOnly),
                    "an append-only record would stay due for ever");
    }
    const auto key = std::ranges::find_if(fields(), &Field::key);
    PERIGEE_CHECK(
        !IsKnownByOwner() || (key->owner && std::ranges::count_if(fields(), &Field::owner) == 1),
        "an owner in a record's key must come first in it and be the only owner");
    PERIGEE_CHECK(!IsKnownByOwner() || !due_field().has_value(),
                  "a record deleted with its owner would stay due: give it a key of its own");
    PERIGEE_CHECK(std::ranges::count_if(fields(), &Field::due) <= 1,
                  "a record falls due at one time");
  }

  void Write(const void* record, FieldSink& sink) const override {
    WriteFields(*static_cast<const R*>(record), sink);
  }
  std::shared_ptr<void> Make() const override { return std::make_shared<R>(); }
  bool Read(FieldSource& source, std::int64_t revision, void* record) const override {
    R& to = *static_cast<R*>(record);
    ReadFields(source, to);
    to.revision = revision;
    return !source.failed();
  }
  bool ReadPersonal(FieldSource& source, void* record) const override {
    R& to = *static_cast<R*>(record);
    std::apply([&](const auto&... of) { (ReadOne(source, to, of), ...); }, R::Fields());
    return !source.failed();
  }
  std::int64_t RevisionOf(const void* record) const override {
    return static_cast<const R*>(record)->revision;
  }
  std::shared_ptr<void> Clone(const void* record) const override {
    return std::make_shared<R>(*static_cast<const R*>(record));
  }
  void ClearPersonal(void* record) const override {
    R& from = *static_cast<R*>(record);
    std::apply([&](const auto&... of) { (ClearOne(from, of), ...); }, R::Fields());
  }

 private:
  static constexpr std::string_view OwnerIndex() {
    if constexpr (requires { R::kOwnerIndex; }) {
      return R::kOwnerIndex;
    } else {
      return {};
    }
  }
  template <class T>
  static void ReadOne(FieldSource& source, R& record, const FieldOf<R, T>& of) {
    if (of.field.personal) {
      of.Read(source, record);
    } else {
      source.Skip();
    }
  }
  template <class T>
  static void ClearOne(R& record, const FieldOf<R, T>& of) {
    if (of.field.personal) {
      record.*of.member = T{};
    }
  }
};

}  // namespace perigee::domain
