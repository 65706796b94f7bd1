#include "clients/cli/xml_rows.h"

#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include <expat.h>

#include "clients/cli/failure.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

constexpr int kPieceBytes = 256 * 1024;

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

absl::Status Parse(std::ifstream& in, Reading& reading, XmlProgress progress,
                   const std::function<void(const XmlProgress&)>& report) {
  for (bool last = false; !last;) {
    void* buffer = XML_GetBuffer(reading.parser, kPieceBytes);
    if (buffer == nullptr) {
      return absl::ResourceExhaustedError("out of memory");
    }
    in.read(static_cast<char*>(buffer), kPieceBytes);
    const auto taken = static_cast<int>(in.gcount());
    if (in.bad()) {
      return UsageFailure("cannot read " + reading.file + ".");
    }
    last = taken < kPieceBytes;
    if (XML_ParseBuffer(reading.parser, taken, last ? 1 : 0) != XML_STATUS_OK) {
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
