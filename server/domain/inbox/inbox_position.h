#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/domain/record/revision.h"

namespace perigee::domain {

struct InboxPlace;

// What of an inbox was told, or read: all notifications of entries up to a revision, and of each
// thing that stands there by itself the stage up to which it was told. It only grows, and does not
// depend on any clock. So what one server told, no other tells again, and whatever opens later is
// told, however long ago it came to be.
class InboxPosition {
 public:
  struct Told {
    std::uint64_t standing = 0;
    std::int64_t stage = 0;
    bool operator==(const Told&) const = default;
    static auto Fields();
  };

  InboxPosition() = default;
  explicit InboxPosition(Revision revision) : revision_(revision) {}

  Revision revision() const { return revision_; }
  std::span<const Told> told() const { return told_; }
  bool Has(const InboxPlace& place) const;

  // Moves on to that revision. An earlier one changes nothing.
  void MoveTo(Revision revision);
  // Notes a standing notification.
  void Tell(const InboxPlace& place);
  // Notes all that the other one has.
  void Add(const InboxPosition& other);
  // Forgets those of which `may_come` says that they are in no inbox any more. `may_come` is
  // sorted.
  void KeepOnly(std::span<const std::uint64_t> may_come);

  // A few bytes for each that was told.
  std::string Encode() const;
  // nullopt for bytes that Encode did not make.
  static std::optional<InboxPosition> Decode(std::string_view bytes);

  bool operator==(const InboxPosition&) const = default;

 private:
  Revision revision_ = 0;
  std::vector<Told> told_;  // By `standing`.
};

}  // namespace perigee::domain
