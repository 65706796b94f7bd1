#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace perigee {

// Bytes in the format of gzip (RFC 1952). The same bytes give the same answer.
std::string Gzip(std::string_view bytes);
// nullopt unless `packed` is one whole member of gzip with at most `most` bytes in it.
std::optional<std::string> Gunzip(std::string_view packed, std::size_t most);

}  // namespace perigee
