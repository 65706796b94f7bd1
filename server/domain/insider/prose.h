#pragma once

#include <string_view>
#include <vector>

namespace perigee::domain {

// Which bytes of a Markdown text (CommonMark 0.31, and the tables of GFM) stand in running text:
// true for those of paragraphs, false for code, HTML, headings, tables, whatever is in brackets,
// and where links lead. In doubt false: a byte of running text may be missed, and no other is
// taken for one.
std::vector<bool> ProseBytes(std::string_view markdown);

}  // namespace perigee::domain
