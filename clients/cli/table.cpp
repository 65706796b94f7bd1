#include "clients/cli/table.h"

#include <algorithm>

#include <utf8proc.h>

namespace perigee::cli {

namespace {

// Marks that reorder the text after them would also change the next columns.
bool Reorders(utf8proc_int32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
}

// Calls `visit` with each code point and its bytes. Bytes that are not UTF-8 come as U+FFFD.
template <class Visit>
void ForEachCodePoint(std::string_view text, Visit visit) {
  while (!text.empty()) {
    utf8proc_int32_t c = -1;
    const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                        static_cast<utf8proc_ssize_t>(text.size()), &c);
    const std::size_t length = taken > 0 ? static_cast<std::size_t>(taken) : 1;
    visit(taken > 0 ? c : 0xFFFD, taken > 0 ? text.substr(0, length) : "\xEF\xBF\xBD");
    text.remove_prefix(length);
  }
}

std::string Printable(std::string_view text) {
  std::string printable;
  ForEachCodePoint(text, [&](utf8proc_int32_t c, std::string_view bytes) {
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) {
      printable.append(" ");
    } else if (!Reorders(c)) {
      printable.append(bytes);
    }
  });
  return printable;
}

std::string Padding(std::string_view cell, std::size_t width) {
  const std::size_t taken = DisplayWidth(cell);
  return std::string(width > taken ? width - taken : 0, ' ');
}

}  // namespace

std::size_t DisplayWidth(std::string_view text) {
  // A cluster, such as a flag or a family of emoji, is as wide as its widest part.
  std::size_t width = 0;
  std::size_t cluster = 0;
  utf8proc_int32_t previous = 0;
  utf8proc_int32_t state = 0;
  ForEachCodePoint(text, [&](utf8proc_int32_t c, std::string_view) {
    if (previous == 0 || utf8proc_grapheme_break_stateful(previous, c, &state)) {
      width += cluster;
      cluster = 0;
    }
    cluster = std::max(cluster, static_cast<std::size_t>(utf8proc_charwidth(c)));
    previous = c;
  });
  return width + cluster;
}

Table::Table(std::vector<std::string> headings) : headings_(std::move(headings)) {
  for (std::string& heading : headings_) {
    right_.push_back(heading.starts_with('>'));
    if (right_.back()) {
      heading.erase(0, 1);
    }
  }
}

void Table::Add(std::vector<std::string> row) {
  std::ranges::transform(row, row.begin(), Printable);
  row.resize(headings_.size());
  rows_.push_back(std::move(row));
}

void Table::Print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (std::size_t column = 0; column < headings_.size(); ++column) {
    std::size_t width = DisplayWidth(headings_[column]);
    for (const auto& row : rows_) {
      width = std::max(width, DisplayWidth(row[column]));
    }
    widths.push_back(width);
  }
  const auto line = [&](const std::vector<std::string>& cells) {
    std::string text;
    for (std::size_t column = 0; column < cells.size(); ++column) {
      const std::string padding = Padding(cells[column], widths[column]);
      text += right_[column] ? padding + cells[column] : cells[column] + padding;
      text += "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out << text << '\n';
  };
  line(headings_);
  for (const auto& row : rows_) {
    line(row);
  }
}

void Card::Add(std::string_view label, std::string_view value) {
  if (!value.empty()) {
    lines_.emplace_back(label, Printable(value));
  }
}

void Card::Print(std::ostream& out) const {
  std::size_t width = 0;
  for (const auto& [label, value] : lines_) {
    width = std::max(width, DisplayWidth(label));
  }
  for (const auto& [label, value] : lines_) {
    out << label << Padding(label, width) << "  " << value << '\n';
  }
}

}  // namespace perigee::cli
