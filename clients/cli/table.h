#pragma once

#include <cstddef>
#include <initializer_list>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace perigee::cli {

// How many columns of a terminal `text` takes: wide characters two, combining ones none.
std::size_t DisplayWidth(std::string_view text);

// Rows under headings, for people. A heading that starts with '>' makes its column right-aligned.
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

// One thing's properties, one a line; those without a value are left out.
class Card {
 public:
  void Add(std::string_view label, std::string_view value);
  void Print(std::ostream& out) const;

 private:
  std::vector<std::pair<std::string, std::string>> lines_;
};

}  // namespace perigee::cli
