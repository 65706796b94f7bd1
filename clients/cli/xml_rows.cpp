#include "clients/cli/xml_rows.h"

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <utility>

#include <expat.h>

#include "clients/cli/failure.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

constexpr int kPieceBytes = 256 * 1024;
// The longest reference that matters: `&#x10FFFF;`, with some leading zeros.
constexpr std::size_t kReferenceBytesMax = 16;
constexpr std::string_view kReplacement = "\xef\xbf\xbd";

struct Reading {
  const std::string& file;
  const std::function<absl::Status(const XmlRow&)>& visit;
  XML_Parser parser;
  XmlRow::Attributes attributes = {};
  absl::Status status = absl::OkStatus();
};

void OnElement(void* data, const XML_Char* name, const XML_Char** attributes) {
  auto& reading = *static_cast<Reading*>(data);
  if (std::strcmp(name, "row") != 0 || !reading.status.ok()) {
    return;
  }
  reading.attributes.clear();
  for (; *attributes != nullptr; attributes += 2) {
    reading.attributes.emplace_back(attributes[0], attributes[1]);
  }
  reading.status = reading.visit(
      XmlRow(reading.file, XML_GetCurrentLineNumber(reading.parser), reading.attributes));
  if (!reading.status.ok()) {
    XML_StopParser(reading.parser, XML_FALSE);
  }
}

absl::Status At(const std::string& file, std::uint64_t line, std::string_view what) {
  return UsageFailure(file + ":" + std::to_string(line) + ": " + std::string(what));
}

bool IsXmlCharacter(std::uint32_t code) {
  return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

// Whether the text between `&#` and `;` names a character that XML allows.
bool IsAllowedReference(std::string_view digits) {
  const bool hex = digits.starts_with('x');
  digits.remove_prefix(hex ? 1 : 0);
  std::uint32_t code = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  // The parser itself refuses what is no number.
  return error != std::errc() || end != digits.data() + digits.size() || IsXmlCharacter(code);
}

// Replaces characters that XML forbids, raw or as references, and keeps in `rest` the beginning of
// a reference whose end is in the next piece.
std::string Cleaned(std::string piece, bool last, std::string& rest) {
  piece.insert(0, std::exchange(rest, {}));
  std::string out;
  out.reserve(piece.size());
  for (std::size_t at = 0; at < piece.size(); ++at) {
    const auto byte = static_cast<unsigned char>(piece[at]);
    if (byte < 0x20 && !IsXmlCharacter(byte)) {
      out += kReplacement;
      continue;
    }
    if (byte == '&') {
      const std::string_view ahead = std::string_view(piece).substr(at, kReferenceBytesMax);
      const std::size_t end = ahead.find(';');
      if (end == std::string_view::npos && at + ahead.size() == piece.size() && !last) {
        rest = piece.substr(at);
        return out;
      }
      if (end != std::string_view::npos && ahead.starts_with("&#") &&
          !IsAllowedReference(ahead.substr(2, end - 2))) {
        out += kReplacement;
        at += end;
        continue;
      }
    }
    out += piece[at];
  }
  return out;
}

absl::Status Parse(std::ifstream& in, Reading& reading, XmlProgress progress,
                   const std::function<void(const XmlProgress&)>& report) {
  std::string rest;
  for (bool last = false; !last;) {
    std::string piece(kPieceBytes, '\0');
    in.read(piece.data(), kPieceBytes);
    const auto taken = static_cast<int>(in.gcount());
    if (in.bad()) {
      return UsageFailure("cannot read " + reading.file + ".");
    }
    last = taken < kPieceBytes;
    piece.resize(static_cast<std::size_t>(taken));
    const std::string clean = Cleaned(std::move(piece), last, rest);
    if (XML_Parse(reading.parser, clean.data(), static_cast<int>(clean.size()), last ? 1 : 0) !=
        XML_STATUS_OK) {
      return reading.status.ok() ? At(reading.file, XML_GetCurrentLineNumber(reading.parser),
                                      XML_ErrorString(XML_GetErrorCode(reading.parser)))
                                 : reading.status;
    }
    progress.bytes += static_cast<std::uint64_t>(taken);
    report(progress);
  }
  return absl::OkStatus();
}

}  // namespace

std::optional<std::string_view> XmlRow::Text(std::string_view name) const {
  for (const auto& [key, value] : attributes_) {
    if (key == name) {
      return value;
    }
  }
  return std::nullopt;
}

absl::StatusOr<std::optional<std::int64_t>> XmlRow::Whole(std::string_view name) const {
  const std::optional<std::string_view> text = Text(name);
  if (!text.has_value()) {
    return std::nullopt;
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) {
    return Refuse(std::string(name) + "=\"" + std::string(*text) + "\" is no whole number");
  }
  return value;
}

absl::StatusOr<std::int64_t> XmlRow::RequiredWhole(std::string_view name) const {
  PERIGEE_ASSIGN_OR_RETURN(const std::optional<std::int64_t> value, Whole(name));
  if (!value.has_value()) {
    return Refuse("the row has no " + std::string(name));
  }
  return *value;
}

absl::StatusOr<Time> XmlRow::RequiredTime(std::string_view name) const {
  const std::optional<std::string_view> text = Text(name);
  if (!text.has_value()) {
    return Refuse("the row has no " + std::string(name));
  }
  absl::StatusOr<Time> time = ParseTime(*text);
  return time.ok() ? time
                   : Refuse(std::string(name) + "=\"" + std::string(*text) + "\" is no time");
}

std::string XmlRow::Place() const {
  return std::filesystem::path(file_).filename().string() + ":" + std::to_string(line_);
}

absl::Status XmlRow::Refuse(std::string_view what) const { return At(file_, line_, what); }

absl::Status ForEachXmlRow(const std::string& path,
                           const std::function<absl::Status(const XmlRow&)>& visit,
                           const std::function<void(const XmlProgress&)>& progress) {
  std::ifstream in(path, std::ios::binary);
  std::error_code error;
  const std::uintmax_t size = std::filesystem::file_size(path, error);
  if (!in || error) {
    return UsageFailure("cannot read " + path + ".");
  }
  const std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser(
      XML_ParserCreate(nullptr), &XML_ParserFree);
  Reading reading{path, visit, parser.get()};
  XML_SetUserData(parser.get(), &reading);
  XML_SetStartElementHandler(parser.get(), OnElement);
  return Parse(in, reading, XmlProgress{0, size}, progress);
}

}  // namespace perigee::cli
