#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"

namespace perigee::cli {

// Reads one table of a file in TOML. A key that nobody reads is an error, so that a misspelt key is
// found.
class TomlTable {
 public:
  TomlTable(std::string_view file, const toml::table& table) : file_(file), table_(table) {}

  std::string Text(const char* key, std::string fallback = "") {
    return Value<std::string>(key, "text", std::move(fallback));
  }
  std::int64_t Whole(const char* key, std::int64_t fallback = 0) {
    return Value<std::int64_t>(key, "a whole number", fallback);
  }
  // What does not fit is still out of a field's range, so the server refuses it.
  std::int32_t Small(const char* key, std::int32_t fallback = 0) {
    using Limits = std::numeric_limits<std::int32_t>;
    return static_cast<std::int32_t>(
        std::clamp<std::int64_t>(Whole(key, fallback), Limits::min(), Limits::max()));
  }
  // A time with its zone, such as "2026-12-01T00:00:00Z". Absent if the key is.
  std::optional<Time> Moment(const char* key) {
    const std::string text = Text(key);
    if (text.empty()) {
      return std::nullopt;
    }
    const absl::StatusOr<Time> time = ParseMoment(text, [] { return UsageFailure("no zone"); });
    if (!time.ok()) {
      Fail(*table_.get(key), std::string(key) + " must be a time such as 2026-12-01T00:00:00Z");
      return std::nullopt;
    }
    return *time;
  }
  bool Flag(const char* key) { return Value<bool>(key, "true or false", false); }
  bool Has(const char* key) const { return table_.contains(key); }

  std::vector<std::string> Texts(const char* key) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    std::vector<std::string> texts;
    if (node != nullptr &&
        (!node->is_array() || !node->as_array()->is_homogeneous<std::string>())) {
      Fail(*node, std::string(key) + " must be a list of texts");
    } else if (node != nullptr) {
      for (const toml::node& text : *node->as_array()) {
        texts.push_back(text.as_string()->get());
      }
    }
    return texts;
  }

  const toml::array* Tables(const char* key) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (node != nullptr && !node->is_array_of_tables()) {
      Fail(*node, std::string(key) + " must be tables, written [[" + key + "]]");
    }
    return node == nullptr ? nullptr : node->as_array();
  }
  const toml::table* Inner(const char* key) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (node != nullptr && !node->is_table()) {
      Fail(*node, std::string(key) + " must be a table");
    }
    return node == nullptr ? nullptr : node->as_table();
  }

  // A value of an enum, by its word.
  template <class Enum>
  Enum Word(const char* key, std::string fallback = "") {
    const google::protobuf::EnumDescriptor& words = *google::protobuf::GetEnumDescriptor<Enum>();
    const std::string word = Text(key, std::move(fallback));
    const auto* value = words.FindValueByName(Unfriendly(word, PrefixOf(words)));
    if (!word.empty() && (value == nullptr || value->number() == 0)) {
      Fail(*table_.get(key),
           std::string(key) + " must be one of " + WordsOf(words) + ", not \"" + word + "\"");
    }
    return value == nullptr ? Enum{} : static_cast<Enum>(value->number());
  }

  void Fail(const toml::node& node, const std::string& what) {
    if (status_.ok()) {
      status_ = UsageFailure(file_ + ":" + std::to_string(node.source().begin.line) + ": " + what);
    }
  }

  // The first error, unknown keys included.
  absl::Status Finish() {
    for (const auto& [key, node] : table_) {
      if (std::ranges::find(known_, key.str()) == known_.end()) {
        Fail(node, "unknown key " + std::string(key.str()));
      }
    }
    return status_;
  }

 private:
  template <class T>
  T Value(const char* key, const char* kind, T fallback) {
    known_.emplace_back(key);
    const toml::node* node = table_.get(key);
    if (node == nullptr) {
      return fallback;
    }
    const std::optional<T> value = node->value_exact<T>();
    if (!value.has_value()) {
      Fail(*node, std::string(key) + " must be " + kind);
    }
    return value.value_or(fallback);
  }

  std::string file_;
  const toml::table& table_;
  std::vector<std::string> known_;
  absl::Status status_;
};

// The text of a file. A usage failure if it cannot be read, or is a folder.
absl::StatusOr<std::string> ReadTomlFile(const std::string& path);

// Parses the text and gives its table to `read`, (const toml::table&) → StatusOr<T>. A text that is
// not TOML is a usage failure that names the file and the line.
template <class Read>
auto ParseToml(std::string_view file_name, std::string_view toml, const Read& read)
    -> decltype(read(std::declval<const toml::table&>())) {
  try {
    return read(toml::parse(toml, file_name));
  } catch (const toml::parse_error& error) {
    return UsageFailure(std::string(file_name) + ":" + std::to_string(error.source().begin.line) +
                        ": " + std::string(error.description()));
  }
}

// Adds what `parse`, (file, table) → StatusOr<Request>, makes of each table. Null: there are none.
template <class Request, class Parse>
absl::Status ParseEach(std::string_view file, const toml::array* tables, Parse parse,
                       std::vector<Request>& requests) {
  if (tables != nullptr) {
    for (const toml::node& table : *tables) {
      absl::StatusOr<Request> request = parse(file, *table.as_table());
      if (!request.ok()) {
        return request.status();
      }
      requests.push_back(*std::move(request));
    }
  }
  return absl::OkStatus();
}

}  // namespace perigee::cli
