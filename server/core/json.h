#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace perigee {

// A JSON value of I-JSON (RFC 7493): numbers are doubles, and no object has a key twice.
class Json {
 public:
  // By UTF-16 code units, the order of RFC 8785.
  struct ByUtf16 {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
  };
  using Array = std::vector<Json>;
  using Object = std::map<std::string, Json, ByUtf16>;

  Json() = default;  // null
  // NOLINTBEGIN(google-explicit-constructor): documents are written as nested lists of values.
  Json(bool value) : value_(value) {}
  Json(double value) : value_(value) {}
  Json(std::string value) : value_(std::move(value)) {}
  Json(std::string_view value) : value_(std::string(value)) {}
  Json(const char* value) : value_(std::string(value)) {}
  Json(Array value) : value_(std::move(value)) {}
  Json(Object value) : value_(std::move(value)) {}
  // NOLINTEND(google-explicit-constructor)

  // Null if it is of another kind.
  const std::string* text() const { return std::get_if<std::string>(&value_); }
  const Array* array() const { return std::get_if<Array>(&value_); }
  const Object* object() const { return std::get_if<Object>(&value_); }
  // The value, or the text, of a key. Null if this is no object, or has no such key or text.
  const Json* Find(std::string_view key) const;
  const std::string* TextAt(std::string_view key) const;

  bool operator==(const Json&) const = default;

 private:
  friend std::optional<std::string> CanonicalJson(const Json& json);

  std::variant<std::nullptr_t, bool, double, std::string, Array, Object> value_ = nullptr;
};

// The value that `text` is. nullopt for every other text, and if an object has a key twice (readers
// differ in which one they take), a text has half of a surrogate pair, a number is beyond a double,
// or it is nested deeper than 32 levels.
std::optional<Json> ParseJson(std::string_view text);

// The one spelling that RFC 8785 (JCS) gives the value, so that it can be hashed. nullopt if it has
// a number that is not finite, or a text that is not UTF-8.
std::optional<std::string> CanonicalJson(const Json& json);

}  // namespace perigee
