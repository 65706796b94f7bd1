#include "server/core/gzip.h"

#include <zlib.h>

#include "server/core/check.h"

namespace perigee {
namespace {

constexpr int kWindowOfGzip = 15 + 16;  // The largest window, and 16 for the format of gzip.
constexpr int kMemory = 8;

Bytef* BytesOf(std::string_view text) {
  // zlib takes what it only reads as not const.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

std::string Gzip(std::string_view bytes) {
  z_stream stream{};
  PERIGEE_CHECK(deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, kWindowOfGzip, kMemory,
                             Z_DEFAULT_STRATEGY) == Z_OK,
                "no memory for gzip");
  std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
  stream.next_in = BytesOf(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = BytesOf(packed);
  stream.avail_out = static_cast<uInt>(packed.size());
  const int ended = deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  PERIGEE_CHECK(ended == Z_STREAM_END, "the bound of gzip was too small");
  return packed;
}

std::optional<std::string> Gunzip(std::string_view packed, std::size_t most) {
  z_stream stream{};
  PERIGEE_CHECK(inflateInit2(&stream, kWindowOfGzip) == Z_OK, "no memory for gzip");
  std::string bytes(most, '\0');
  stream.next_in = BytesOf(packed);
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = BytesOf(bytes);
  stream.avail_out = static_cast<uInt>(bytes.size());
  const int ended = inflate(&stream, Z_FINISH);
  bytes.resize(stream.total_out);
  const bool whole = ended == Z_STREAM_END && stream.avail_in == 0;
  inflateEnd(&stream);
  return whole ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace perigee
