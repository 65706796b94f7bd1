#include "server/adapters/access/strict_json.h"

#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace perigee::adapters {
namespace {

using nlohmann::json;

constexpr std::size_t kLevelsMax = 32;

// Watches a parser. It says what it thinks at the end, because a parser's watcher cannot stop it.
class Watcher {
 public:
  bool Saw(std::size_t level, json::parse_event_t event, const json& value) {
    if (event == json::parse_event_t::key) {
      // The key's level is that inside of its object.
      sound_ = sound_ && keys_[level - 1].insert(value.get<std::string>()).second;
    } else if (event == json::parse_event_t::object_start ||
               event == json::parse_event_t::array_start) {
      sound_ = sound_ && level < kLevelsMax;
      if (sound_) {
        keys_[level].clear();
      }
    }
    return sound_;
  }
  bool sound() const { return sound_; }

 private:
  bool sound_ = true;
  std::array<std::set<std::string>, kLevelsMax> keys_;  // Of the open object on each level.
};

}  // namespace

std::optional<json> ParseJsonObject(std::string_view text) {
  // The parser takes a zero byte for the end of the text and would not look at what follows.
  if (text.find('\0') != std::string_view::npos) {
    return std::nullopt;
  }
  Watcher watcher;
  json parsed = json::parse(
      text,
      [&watcher](int level, json::parse_event_t event, json& value) {
        return watcher.Saw(static_cast<std::size_t>(level), event, value);
      },
      /*allow_exceptions=*/false);
  if (!watcher.sound() || !parsed.is_object()) {
    return std::nullopt;
  }
  return std::make_optional(std::move(parsed));
}

}  // namespace perigee::adapters
