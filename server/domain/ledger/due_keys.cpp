#include "server/domain/ledger/due_keys.h"

#include <cstddef>

namespace perigee::domain {
namespace {

constexpr std::size_t kHoldBytes = sizeof(Revision) + sizeof(std::int32_t);
constexpr std::size_t kLotBytes = kHoldBytes + sizeof(std::int32_t);

// Big-endian, so that the byte order is the order of the numbers, which are never negative.
template <class Number>
void Append(Number number, std::string& bytes) {
  for (std::size_t left = sizeof(Number); left > 0; --left) {
    bytes.push_back(static_cast<char>((number >> (8 * (left - 1))) & 0xff));
  }
}

template <class Number>
Number TakeFirst(std::string_view& bytes) {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(0, sizeof(Number))) {
    number = number << 8 | static_cast<unsigned char>(byte);
  }
  bytes.remove_prefix(sizeof(Number));
  return static_cast<Number>(number);
}

TransferId TakeTransfer(std::string_view& bytes) {
  const auto revision = TakeFirst<Revision>(bytes);
  return {revision, TakeFirst<std::int32_t>(bytes)};
}

}  // namespace

std::string DueKeyOfHold(TransferId hold) {
  std::string key;
  Append(hold.revision, key);
  Append(hold.index, key);
  return key;
}

std::string DueKeyOfLot(TransferId lot, std::int32_t part) {
  std::string key = DueKeyOfHold(lot);
  Append(part, key);
  return key;
}

std::optional<TransferId> HoldOfDueKey(std::string_view key) {
  return key.size() == kHoldBytes ? std::optional(TakeTransfer(key)) : std::nullopt;
}

std::optional<LotKey> LotOfDueKey(std::string_view key) {
  if (key.size() != kLotBytes) {
    return std::nullopt;
  }
  const TransferId lot = TakeTransfer(key);
  return LotKey{lot, TakeFirst<std::int32_t>(key)};
}

}  // namespace perigee::domain
