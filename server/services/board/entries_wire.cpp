#include "server/services/board/entries_wire.h"

#include <algorithm>
#include <array>
#include <bit>

#include <google/protobuf/timestamp.pb.h>

#include "perigee/v1/board.pb.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

using google::protobuf::Timestamp;

// Wire types.
constexpr std::uint64_t kVarint = 0;
constexpr std::uint64_t kLengthDelimited = 2;
constexpr std::size_t kVarintMax = 10;
// The largest sizes of an entry, and of the fields after the entries, without their texts.
constexpr std::size_t kEntryMax = 80;
constexpr std::size_t kRestMax = 40;
constexpr std::string_view kMemberPath = "programs//members/";

// Writes fields into prepared room. As in proto3, 0 and empty fields are left out. All tags here
// are one byte.
class Fields {
 public:
  explicit Fields(char* at) : at_(at) {}
  char* end() const { return at_; }

  void Varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) {
      *at_++ = static_cast<char>(value | 0x80);
    }
    *at_++ = static_cast<char>(value);
  }
  void Raw(std::string_view bytes) { at_ = std::copy(bytes.begin(), bytes.end(), at_); }
  void Number(int field, std::int64_t value) {
    if (value != 0) {
      Tag(field, kVarint);
      Varint(static_cast<std::uint64_t>(value));
    }
  }
  // The caller writes the bytes next.
  void Length(int field, std::size_t size) {
    Tag(field, kLengthDelimited);
    Varint(size);
  }
  void Text(int field, std::string_view text) {
    if (!text.empty()) {
      Length(field, text.size());
      Raw(text);
    }
  }

 private:
  void Tag(int field, std::uint64_t type) {
    *at_++ = static_cast<char>(static_cast<std::uint64_t>(field) << 3 | type);
  }
  char* at_;
};

std::size_t VarintSize(std::uint64_t value) {
  return static_cast<std::size_t>(std::bit_width(value | 1) + 6) / 7;
}

std::size_t NumberSize(std::int64_t value) {
  return value == 0 ? 0 : 1 + VarintSize(static_cast<std::uint64_t>(value));
}

std::size_t LengthSize(std::size_t size) { return 1 + VarintSize(size) + size; }

std::size_t TextSize(std::string_view text) { return text.empty() ? 0 : LengthSize(text.size()); }

std::string FieldOf(int field, std::int64_t value) {
  std::array<char, 1 + kVarintMax> bytes{};
  Fields fields(bytes.data());
  fields.Number(field, value);
  return {bytes.data(), fields.end()};
}

std::string FieldOf(int field, std::string_view text) {
  std::string bytes(1 + kVarintMax + text.size(), '\0');
  Fields fields(bytes.data());
  fields.Text(field, text);
  bytes.resize(static_cast<std::size_t>(fields.end() - bytes.data()));
  return bytes;
}

}  // namespace

EntriesWire::EntriesWire(std::string_view program, std::size_t entries) : program_(program) {
  constexpr std::size_t kCommonTexts = 60;
  bytes_.resize(entries * (kEntryMax + kCommonTexts) + 4 * kRestMax);
}

char* EntriesWire::Room(std::size_t size) {
  if (bytes_.size() - used_ < size) {
    bytes_.resize(2 * bytes_.size() + size);
  }
  return bytes_.data() + used_;
}

void EntriesWire::Add(const domain::RankedPlace& ranked, std::string_view display_name) {
  const domain::Score& score = ranked.place.score;
  const std::string& member = ranked.place.member_id;
  const std::size_t name_size = kMemberPath.size() + program_.size() + member.size();
  const Timestamp time = ToTimestamp(score.reach_time);
  const std::size_t time_size = NumberSize(time.seconds()) + NumberSize(time.nanos());
  const std::size_t size = NumberSize(ranked.rank) + LengthSize(name_size) +
                           TextSize(display_name) + NumberSize(score.score) +
                           LengthSize(time_size) + NumberSize(ranked.tied ? 1 : 0);
  Fields out(Room(kEntryMax + size));
  out.Length(v1::ListEntriesResponse::kEntriesFieldNumber, size);
  out.Number(v1::Entry::kRankFieldNumber, ranked.rank);
  out.Length(v1::Entry::kMemberFieldNumber, name_size);
  out.Raw("programs/");
  out.Raw(program_);
  out.Raw("/members/");
  out.Raw(member);
  out.Text(v1::Entry::kDisplayNameFieldNumber, display_name);
  out.Number(v1::Entry::kScoreFieldNumber, score.score);
  out.Length(v1::Entry::kReachTimeFieldNumber, time_size);
  out.Number(Timestamp::kSecondsFieldNumber, time.seconds());
  out.Number(Timestamp::kNanosFieldNumber, time.nanos());
  out.Number(v1::Entry::kTiedFieldNumber, ranked.tied ? 1 : 0);
  used_ = static_cast<std::size_t>(out.end() - bytes_.data());
}

grpc::Slice EntriesWire::Finish(std::string_view next_page_token, std::int64_t total_size,
                                std::string_view period) {
  Fields out(Room(kRestMax + next_page_token.size() + period.size()));
  out.Text(v1::ListEntriesResponse::kNextPageTokenFieldNumber, next_page_token);
  out.Number(v1::ListEntriesResponse::kTotalSizeFieldNumber, total_size);
  out.Text(v1::ListEntriesResponse::kPeriodFieldNumber, period);
  return {bytes_.data(), static_cast<std::size_t>(out.end() - bytes_.data())};
}

grpc::ByteBuffer AnswerBytes(const grpc::Slice& body, domain::Revision revision) {
  const std::array<grpc::Slice, 2> parts{
      body, grpc::Slice(FieldOf(v1::ListEntriesResponse::kRevisionFieldNumber, revision))};
  return {parts.data(), parts.size()};
}

grpc::ByteBuffer WatchPageBytes(const grpc::Slice& body, domain::Revision revision,
                                std::string_view cursor) {
  const std::string revision_field =
      FieldOf(v1::ListEntriesResponse::kRevisionFieldNumber, revision);
  std::array<char, 1 + 2 * kVarintMax> head{};
  Fields fields(head.data());
  fields.Length(v1::WatchBoardResponse::kPageFieldNumber, revision_field.size() + body.size());
  const std::string page_begins = std::string(head.data(), fields.end()) + revision_field;
  const std::array<grpc::Slice, 3> parts{
      grpc::Slice(page_begins), body,
      grpc::Slice(FieldOf(v1::WatchBoardResponse::kCursorFieldNumber, cursor))};
  return {parts.data(), parts.size()};
}

grpc::ByteBuffer HeartbeatBytes(std::string_view cursor) {
  const grpc::Slice slice(FieldOf(v1::WatchBoardResponse::kCursorFieldNumber, cursor) +
                          FieldOf(v1::WatchBoardResponse::kHeartbeatFieldNumber, 1));
  return {&slice, 1};
}

}  // namespace perigee::services
