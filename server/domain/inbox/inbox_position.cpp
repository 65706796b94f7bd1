#include "server/domain/inbox/inbox_position.h"

#include <algorithm>
#include <cstddef>

#include "server/domain/inbox/notification.h"

namespace perigee::domain {
namespace {

using Told = InboxPosition::Told;

// A number of seven bits a byte, the lowest first.
void AppendNumber(std::uint64_t number, std::string& to) {
  for (; number > 0x7F; number >>= 7U) {
    to.push_back(static_cast<char>((number & 0x7FU) | 0x80U));
  }
  to.push_back(static_cast<char>(number));
}

std::optional<std::uint64_t> TakeNumber(std::string_view& from) {
  std::uint64_t number = 0;
  for (unsigned shift = 0; shift < 63 && !from.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(from.front());
    from.remove_prefix(1);
    number |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
    if (byte <= 0x7F) {
      return number;
    }
  }
  return std::nullopt;
}

constexpr std::size_t kKeyBytes = 8;

}  // namespace

bool InboxPosition::Has(const InboxPlace& place) const {
  if (place.revision > 0) {
    return place.revision <= revision_;
  }
  const auto found = std::ranges::lower_bound(told_, place.standing, {}, &Told::standing);
  return found != told_.end() && found->standing == place.standing && place.stage <= found->stage;
}

void InboxPosition::MoveTo(Revision revision) { revision_ = std::max(revision_, revision); }

void InboxPosition::Tell(const InboxPlace& place) {
  const auto found = std::ranges::lower_bound(told_, place.standing, {}, &Told::standing);
  if (found != told_.end() && found->standing == place.standing) {
    found->stage = std::max(found->stage, place.stage);
  } else {
    told_.insert(found, {place.standing, place.stage});
  }
}

void InboxPosition::Add(const InboxPosition& other) {
  MoveTo(other.revision_);
  for (const Told& told : other.told_) {
    InboxPlace place;
    place.standing = told.standing;
    place.stage = told.stage;
    Tell(place);
  }
}

void InboxPosition::KeepOnly(std::span<const std::uint64_t> may_come) {
  std::erase_if(told_, [&](const Told& told) {
    return !std::ranges::binary_search(may_come, told.standing);
  });
  told_.shrink_to_fit();
}

std::string InboxPosition::Encode() const {
  std::string bytes;
  AppendNumber(static_cast<std::uint64_t>(revision_), bytes);
  for (const Told& told : told_) {
    for (std::size_t i = 0; i < kKeyBytes; ++i) {
      bytes.push_back(static_cast<char>(told.standing >> (8 * (kKeyBytes - 1 - i)) & 0xFFU));
    }
    AppendNumber(static_cast<std::uint64_t>(told.stage), bytes);
  }
  return bytes;
}

std::optional<InboxPosition> InboxPosition::Decode(std::string_view bytes) {
  const std::optional<std::uint64_t> revision = TakeNumber(bytes);
  if (!revision.has_value()) {
    return std::nullopt;
  }
  InboxPosition position(static_cast<Revision>(*revision));
  while (!bytes.empty()) {
    if (bytes.size() <= kKeyBytes) {
      return std::nullopt;
    }
    Told told;
    for (const char byte : bytes.substr(0, kKeyBytes)) {
      told.standing = told.standing << 8U | static_cast<unsigned char>(byte);
    }
    bytes.remove_prefix(kKeyBytes);
    const std::optional<std::uint64_t> stage = TakeNumber(bytes);
    if (!stage.has_value() ||
        (!position.told_.empty() && position.told_.back().standing >= told.standing)) {
      return std::nullopt;
    }
    told.stage = static_cast<std::int64_t>(*stage);
    position.told_.push_back(told);
  }
  return position;
}

}  // namespace perigee::domain
