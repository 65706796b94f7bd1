#pragma once

#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace perigee::cli {

// The number of terminal columns that `text` takes: two for a wide character, none for a combining
// one.
std::size_t DisplayWidth(std::string_view text);

// Rows under headings, for people. A heading that starts with '>' aligns its column to the right.
class Table {
 public:
  explicit Table(std::vector<std::string> headings);
  void Add(std::vector<std::string> row);
  bool Empty() const { return rows_.empty(); }
  void Print(std::ostream& out) const;

 private:
  std::vector<std::string> headings_;
  std::vector<bool> right_;
  std::vector<std::vector<std::string>> rows_;
};

// The properties of one thing, one a line. A property without a value is left out.
class Card {
 public:
  void Add(std::string_view label, std::string_view value);
  void Print(std::ostream& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

}  // namespace perigee::cli
