#include "server/domain/insider/prose.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace perigee::domain {
namespace {

constexpr std::string_view kSpaces = " \t\r";

std::string_view TrimmedRight(std::string_view text) {
  return text.substr(0, text.find_last_not_of(kSpaces) + 1);
}

// How long the marks of quotes and list items and the indentation before a line's content are.
std::size_t ZoneSize(std::string_view line) {
  const auto space_at = [&](std::size_t i) {
    return i < line.size() && (line[i] == ' ' || line[i] == '\t');
  };
  std::size_t i = 0;
  while (i < line.size()) {
    const std::size_t digits = line.find_first_not_of("0123456789", i);
    if (space_at(i) || line[i] == '>') {
      ++i;
    } else if (std::string_view("-+*").find(line[i]) != std::string_view::npos && space_at(i + 1)) {
      i += 2;
    } else if (digits != std::string_view::npos && digits > i &&
               (line[digits] == '.' || line[digits] == ')') && space_at(digits + 1)) {
      i = digits + 2;
    } else {
      break;
    }
  }
  return i;
}

// Whether the line begins an item of a bullet list, whatever stands before it.
bool BeginsItem(std::string_view line) {
  const std::size_t mark = line.find_first_not_of(' ');
  return mark <= 3 && mark + 1 < line.size() && line[mark + 1] == ' ' &&
         std::string_view("-+*").find(line[mark]) != std::string_view::npos;
}

// Whether a `<` may begin HTML. An address in angle brackets is none.
bool HasHtml(std::string_view content) {
  for (std::size_t i = content.find('<'); i != std::string_view::npos;
       i = content.find('<', i + 1)) {
    const char next = i + 1 < content.size() ? content[i + 1] : ' ';
    if (next == '/' || next == '!' || next == '?') {
      return true;
    }
    if (absl::ascii_isalpha(static_cast<unsigned char>(next))) {
      const std::string_view inside = content.substr(i, content.find('>', i) - i);
      if (inside.find_first_of(kSpaces) != std::string_view::npos ||
          inside.find_first_of(":@") == std::string_view::npos) {
        return true;
      }
    }
  }
  return false;
}

// Whether the line may begin a block of HTML that an empty line does not end.
bool BeginsLongHtml(std::string_view content) {
  constexpr std::array kBegins = {"<!", "<?", "<pre", "<script", "<style", "<textarea"};
  return std::any_of(kBegins.begin(), kBegins.end(), [&](const char* begin) {
    return absl::StartsWithIgnoreCase(absl::string_view(content.data(), content.size()), begin);
  });
}

bool IsUnderline(std::string_view content) {
  return content.find_first_not_of('=') == std::string_view::npos ||
         content.find_first_not_of('-') == std::string_view::npos;
}

// A range of bytes.
using Range = std::pair<std::size_t, std::size_t>;

// The code spans of a line. nullopt if one may begin or end in another line, or if that depends on
// escapes or HTML.
std::optional<std::vector<Range>> CodeSpans(std::string_view content) {
  std::vector<Range> spans;
  std::size_t open = 0;
  std::size_t open_size = 0;
  for (std::size_t i = content.find('`'); i != std::string_view::npos; i = content.find('`', i)) {
    const std::size_t end = std::min(content.find_first_not_of('`', i), content.size());
    if (open_size == 0) {
      open = i;
      open_size = end - i;
    } else if (open_size == end - i) {
      spans.emplace_back(open, end);
      open_size = 0;
    }
    i = end;
  }
  const bool doubtful =
      open_size != 0 || (!spans.empty() && (content.find("\\`") != std::string_view::npos ||
                                            content.find('<') != std::string_view::npos));
  return doubtful ? std::nullopt : std::optional(std::move(spans));
}

// Whether `(` begins a destination that ends in `)` without a title.
bool IsPlainDestination(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '<' || c == ' ' || c == '\t') {
      return false;
    }
    if (c == '\\') {
      ++i;
    } else if (c == '(') {
      ++depth;
    } else if (c == ')' && --depth == 0) {
      return true;
    }
  }
  return false;
}

class Finder {
 public:
  explicit Finder(std::string_view text) : text_(text), prose_(text.size(), false) {}

  std::vector<bool> Find() && {
    for (std::size_t begin = 0; begin < text_.size() && !lost_;) {
      const std::size_t end = std::min(text_.find('\n', begin), text_.size());
      Take(begin, TrimmedRight(text_.substr(begin, end - begin)));
      begin = end + 1;
    }
    EndSegment();
    return std::move(prose_);
  }

 private:
  // A line's content, which begins at `begin`.
  struct Line {
    std::size_t begin;
    std::string_view content;
    bool prose;
  };
  // A fenced block of code, of which `indent` stands before each line.
  struct Fence {
    std::string mark;
    std::string indent;
  };

  void Take(std::size_t begin, std::string_view line) {
    if (fence_.has_value()) {
      TakeCode(line);
      return;
    }
    const std::size_t zone_size = ZoneSize(line);
    const std::string_view zone = line.substr(0, zone_size);
    const std::string_view content = line.substr(zone_size);
    if (content.empty()) {
      EndSegment();
      doubtful_ = doubtful_ && !line.empty();
      return;
    }
    if (OpensFence(zone, content)) {
      // In HTML it is no fence, and then the next one would be taken for its end.
      lost_ = doubtful_;
      EndSegment();
      return;
    }
    if (BeginsItem(line) && !doubtful_) {
      EndSegment();
    }
    doubtful_ = doubtful_ || content.find('|') != std::string_view::npos || HasHtml(content) ||
                IsUnderline(content);
    lost_ = BeginsLongHtml(content);
    const bool code =
        zone.find('\t') != std::string_view::npos || zone.find("    ") != std::string_view::npos;
    const bool heading = content.front() == '#';
    lines_.push_back({begin + zone_size, content, !code && !heading});
  }

  bool OpensFence(std::string_view zone, std::string_view content) {
    const char c = content.front();
    const std::size_t size = std::min(content.find_first_not_of(c), content.size());
    if ((c != '`' && c != '~') || size < 3 ||
        (c == '`' && content.find(c, size) != std::string_view::npos)) {
      return false;
    }
    std::string indent(zone);
    for (char& mark : indent) {
      mark = mark == '>' || mark == '\t' ? mark : ' ';
    }
    fence_ = Fence{std::string(content.substr(0, size)), std::move(indent)};
    return true;
  }

  // A line that stands further left than the fence may end it by ending a list item or a quote, and
  // a closing fence may stand further right. What follows is then known to a parser only.
  void TakeCode(std::string_view line) {
    const std::string& indent = fence_->indent;
    if (line.size() <= indent.size() && line == TrimmedRight(indent)) {
      return;
    }
    if (line.substr(0, indent.size()) != indent) {
      lost_ = true;
      return;
    }
    const std::string_view inside = line.substr(indent.size());
    const std::string_view bare =
        inside.substr(std::min(inside.find_first_not_of(" \t"), inside.size()));
    if (bare.size() >= fence_->mark.size() &&
        bare.find_first_not_of(fence_->mark.front()) == std::string_view::npos) {
      lost_ = bare.size() != inside.size();
      fence_.reset();
    }
  }

  // A segment has whole blocks of text, so nothing inline reaches out of it.
  void EndSegment() {
    if (!doubtful_) {
      for (const Line& line : lines_) {
        Set({line.begin, line.begin + line.content.size()}, line.prose);
      }
      HideCode();
      HideBrackets();
    }
    lines_.clear();
  }

  // If each span ends in its line, the lines tell all spans, whichever blocks they belong to.
  void HideCode() {
    for (const Line& line : lines_) {
      const auto spans = CodeSpans(line.content);
      if (!spans.has_value()) {
        const auto first = std::find_if(lines_.begin(), lines_.end(), [](const Line& each) {
          return each.content.find('`') != std::string_view::npos;
        });
        HideFrom(first->begin + first->content.find('`'));
        return;
      }
      for (const auto& [begin, end] : *spans) {
        Set({line.begin + begin, line.begin + end}, false);
      }
    }
  }

  void HideBrackets() {
    int depth = 0;
    for (const Line& line : lines_) {
      const std::string_view content = line.content;
      for (std::size_t i = 0; i < content.size(); ++i) {
        const std::size_t begin = i;
        const char c = content[i];
        depth += c == '[' ? 1 : 0;
        i += c == '\\' && i + 1 < content.size() ? 1 : 0;  // What follows is no syntax.
        if (depth > 0) {
          Set({line.begin + begin, line.begin + i + 1}, false);
        }
        if (c == ']' && depth > 0 && --depth == 0) {
          const std::string_view rest = content.substr(i + 1);
          if (rest.starts_with(':') || (rest.starts_with('(') && !IsPlainDestination(rest))) {
            HideFrom(line.begin + i);
            return;
          }
        }
      }
    }
  }

  void HideFrom(std::size_t begin) {
    Set({begin, lines_.back().begin + lines_.back().content.size()}, false);
  }

  void Set(Range range, bool prose) {
    for (std::size_t i = range.first; i < range.second; ++i) {
      prose_[i] = prose;
    }
  }

  std::string_view text_;
  std::vector<bool> prose_;
  std::vector<Line> lines_;  // Of the segment so far.
  bool doubtful_ = false;    // The segment may be a table, HTML or a heading.
  bool lost_ = false;        // Nothing is known of what follows.
  std::optional<Fence> fence_;
};

}  // namespace

std::vector<bool> ProseBytes(std::string_view markdown) { return Finder(markdown).Find(); }

}  // namespace perigee::domain
