#pragma once

#include <array>
#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace perigee::tests {

inline constexpr std::array kEnglish = {
    "the",      "a",          "new",     "we",       "of",     "and",      "to",     "bicycle",
    "frame",    "launch",     "autumn",  "team",     "price",  "before",   "colour", "light",
    "carbon",   "members",    "preview", "feedback", "is",     "in",       "that",   "with",
    "for",      "wheel",      "brake",   "model",    "weight", "will",     "be",     "until",
    "release",  "please",     "keep",    "this",     "among",  "yourself", "ride",   "test",
    "mountain", "city",       "battery", "range",    "hours",  "charge",   "motor",  "silent",
    "don't",    "half-price", "first",   "second",   "week",   "month"};
inline constexpr std::array kFrench = {
    "le",    "la",      "vélo",     "été",   "nouveau", "modèle",  "dévoilé", "à",    "l'équipe",
    "très",  "léger",   "batterie", "après", "prévu",   "début",   "où",      "déjà", "et",
    "cadre", "qualité", "sécurité", "pour",  "membres", "fidèles", "goûter",  "près", "forêt"};

// Running text of that many words, the same for the same seed: sentences with quotes and commas in
// paragraphs.
inline std::string TextOf(std::span<const char* const> vocabulary, std::size_t words,
                          unsigned seed) {
  std::mt19937 random(seed);
  std::string text;
  for (std::size_t i = 0; i < words; ++i) {
    const std::string word = vocabulary[random() % vocabulary.size()];
    const auto kind = random() % 40;
    text += kind == 0 ? "\"" + word + "\"" : word;
    text += i + 1 == words ? "." : kind == 1 ? ".\n\n" : kind < 4 ? ". " : kind < 6 ? ", " : " ";
  }
  return text;
}

// `count` words of a text from word `from` on, with all that stands between them. Words are what
// spaces part.
inline std::string Excerpt(std::string_view text, std::size_t from, std::size_t count) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n'; };
  std::size_t begin = text.size();
  std::size_t word = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_space(text[i]) && (i == 0 || is_space(text[i - 1]))) {
      begin = word == from ? i : begin;
      if (word == from + count) {
        return std::string(text.substr(begin, i - begin));
      }
      ++word;
    }
  }
  return std::string(text.substr(begin));
}

inline std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
  return text;
}

// A text without any character that shows nothing, as a careful editor leaves it.
inline std::string Stripped(std::string text) {
  for (const char* mark : {"\u200B", "\u200C", "\u2060"}) {
    text = Replaced(std::move(text), mark, "");
  }
  return text;
}

// As mail and office programs paste it: other line breaks, curly quotes, hard and double spaces.
inline std::string Pasted(std::string text) {
  text = Replaced(std::move(text), "\n\n", "\n");
  text = Replaced(std::move(text), "'", "\u2019");
  text = Replaced(std::move(text), " \"", " \u201C");
  std::size_t gap = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ' ' && ++gap % 5 == 0) {
      constexpr std::array kGaps = {"\n> ", "\u00A0", "  ", "\r\n"};
      text.replace(i, 1, kGaps[gap / 5 % kGaps.size()]);
      i += 2;
    }
  }
  return "They say:\n> " + text + "\nWhat do you think?";
}

}  // namespace perigee::tests
