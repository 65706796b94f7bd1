#include "server/core/json.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include <nlohmann/json.hpp>  // repo-lint: its parser turns text into events, which is no I/O

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "server/core/text.h"

namespace perigee {
namespace {

constexpr std::size_t kLevelsMax = 32;

// The code point at the front of well-formed UTF-8, which it takes off. Any byte stands for itself
// elsewhere.
std::uint32_t TakeCodePoint(std::string_view& text) {
  const auto first = static_cast<std::uint8_t>(text.front());
  const std::size_t bytes = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  std::uint32_t code = bytes == 1 ? first : first & (0x7FU >> bytes);
  for (std::size_t i = 1; i < bytes && i < text.size(); ++i) {
    code = code << 6 | (static_cast<std::uint8_t>(text[i]) & 0x3FU);
  }
  text.remove_prefix(std::min(bytes, text.size()));
  return code;
}

// Orders code points as their first UTF-16 code units. Of two that differ, both beyond the first
// plane, the smaller one has the smaller units too.
std::uint32_t Utf16Rank(std::uint32_t code) {
  constexpr std::uint32_t kFirstPlaneEnd = 0x10000;
  constexpr std::uint32_t kAfterSurrogates = 0xE000;
  // All of a surrogate pair's first units lie before U+E000.
  return code >= kFirstPlaneEnd ? code : code >= kAfterSurrogates ? code + 0x110000U : code;
}

// As ECMAScript writes a finite number (Number::toString, which RFC 8785 demands).
std::string NumberText(double value) {
  if (value == 0) {
    return "0";  // Also of -0.
  }
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), std::abs(value),
                                 std::chars_format::scientific);
  // d.ddde±xx: the shortest digits, and the power of ten of the first one.
  const std::string_view spelled(buffer.data(), static_cast<std::size_t>(end.ptr - buffer.data()));
  const std::size_t e = spelled.find('e');
  std::string digits(spelled.substr(0, 1));
  if (e > 2) {
    digits.append(spelled.substr(2, e - 2));
  }
  int power = 0;
  const std::size_t sign = e + 1;
  std::from_chars(spelled.data() + sign + 1, spelled.data() + spelled.size(), power);
  const int point = (spelled[sign] == '-' ? -power : power) + 1;  // Digits before the point.
  const int count = static_cast<int>(digits.size());

  constexpr int kPlainMax = 21;
  constexpr int kPlainMin = -6;
  std::string text = value < 0 ? "-" : "";
  if (count <= point && point <= kPlainMax) {
    return text + digits + std::string(static_cast<std::size_t>(point - count), '0');
  }
  if (0 < point && point <= kPlainMax) {
    return text + digits.insert(static_cast<std::size_t>(point), ".");
  }
  if (kPlainMin < point && point <= 0) {
    return text + "0." + std::string(static_cast<std::size_t>(-point), '0') + digits;
  }
  if (count > 1) {
    digits.insert(1, ".");
  }
  return absl::StrCat(text, digits, point > 0 ? "e+" : "e-", std::abs(point - 1));
}

bool AppendText(std::string_view text, std::string& out) {
  if (!IsValidUtf8(text)) {
    return false;
  }
  constexpr std::string_view kShort = "\b\t\n\f\r\"\\";
  constexpr std::string_view kLetters = "btnfr\"\\";
  out.push_back('"');
  for (const char c : text) {
    if (const std::size_t at = kShort.find(c); at != std::string_view::npos) {
      out.push_back('\\');
      out.push_back(kLetters[at]);
    } else if (static_cast<std::uint8_t>(c) < 0x20) {
      out.append("\\u00").append(absl::BytesToHexString(absl::string_view(&c, 1)));
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return true;
}

// Builds a value from the events of a parser, and stops it at what Json does not have.
class Builder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return Add(Json()); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(std::int64_t value) override { return Add(static_cast<double>(value)); }
  bool number_unsigned(std::uint64_t value) override { return Add(static_cast<double>(value)); }
  bool number_float(double value, const std::string&) override {
    return std::isfinite(value) && Add(value);
  }
  bool string(std::string& value) override { return Add(std::move(value)); }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return Open(true); }
  bool start_array(std::size_t) override { return Open(false); }
  bool end_object() override {
    Json::Object whole = std::move(open_.back().object);
    open_.pop_back();
    return Add(std::move(whole));
  }
  bool end_array() override {
    Json::Array whole = std::move(open_.back().array);
    open_.pop_back();
    return Add(std::move(whole));
  }
  bool key(std::string& name) override {
    open_.back().key = std::move(name);
    return !open_.back().object.contains(open_.back().key);
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override {
    return false;
  }

  Json Take() { return std::move(whole_); }

 private:
  struct Level {
    bool is_object = false;
    Json::Object object;
    Json::Array array;
    std::string key;
  };

  bool Open(bool is_object) {
    open_.emplace_back().is_object = is_object;
    return open_.size() <= kLevelsMax;
  }
  bool Add(Json value) {
    if (open_.empty()) {
      whole_ = std::move(value);
    } else if (open_.back().is_object) {
      open_.back().object.emplace(std::move(open_.back().key), std::move(value));
    } else {
      open_.back().array.push_back(std::move(value));
    }
    return true;
  }

  std::vector<Level> open_;
  Json whole_;
};

// Appends the canonical spelling. False if there is none.
struct Speller {
  std::string& out;

  bool operator()(std::nullptr_t) const { return Append("null"); }
  bool operator()(bool value) const { return Append(value ? "true" : "false"); }
  bool operator()(double value) const { return std::isfinite(value) && Append(NumberText(value)); }
  bool operator()(const std::string& value) const { return AppendText(value, out); }
  bool operator()(const Json::Array& array) const {
    char before = '[';
    for (const Json& item : array) {
      out.push_back(std::exchange(before, ','));
      if (!AppendWhole(item)) {
        return false;
      }
    }
    return Append(array.empty() ? "[]" : "]");
  }
  bool operator()(const Json::Object& object) const {
    char before = '{';
    for (const auto& [key, value] : object) {
      out.push_back(std::exchange(before, ','));
      if (!AppendText(key, out) || !Append(":") || !AppendWhole(value)) {
        return false;
      }
    }
    return Append(object.empty() ? "{}" : "}");
  }

  bool AppendWhole(const Json& json) const {
    const std::optional<std::string> spelled = CanonicalJson(json);
    return spelled.has_value() && Append(*spelled);
  }
  bool Append(std::string_view text) const {
    out.append(text);
    return true;
  }
};

}  // namespace

bool Json::ByUtf16::operator()(std::string_view a, std::string_view b) const {
  while (!a.empty() && !b.empty()) {
    const std::uint32_t left = TakeCodePoint(a);
    const std::uint32_t right = TakeCodePoint(b);
    if (left != right) {
      return Utf16Rank(left) < Utf16Rank(right);
    }
  }
  return a.empty() && !b.empty();
}

const Json* Json::Find(std::string_view key) const {
  if (object() == nullptr) {
    return nullptr;
  }
  const auto found = object()->find(key);
  return found == object()->end() ? nullptr : &found->second;
}

const std::string* Json::TextAt(std::string_view key) const {
  const Json* const found = Find(key);
  return found == nullptr ? nullptr : found->text();
}

std::optional<Json> ParseJson(std::string_view text) {
  // The parser takes a zero byte for the end of the text and would not look at what follows.
  if (text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  Builder builder;
  if (!nlohmann::json::sax_parse(text.begin(), text.end(), &builder)) {
    return std::nullopt;
  }
  return builder.Take();
}

std::optional<std::string> CanonicalJson(const Json& json) {
  std::string out;
  return std::visit(Speller{out}, json.value_) ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace perigee
