#pragma once

#include <cstddef>
#include <string_view>

#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"

namespace perigee {

// Hash and equality for sets of pointers to objects with an `Id()`. A set can be searched by an id
// alone, without making an object.
struct HashById {
  using is_transparent = void;
  std::size_t operator()(std::string_view id) const {
    return absl::Hash<absl::string_view>()(absl::string_view(id.data(), id.size()));
  }
  template <class Pointer>
  std::size_t operator()(const Pointer& record) const {
    return (*this)(record->Id());
  }
};

struct EqualById {
  using is_transparent = void;
  template <class Pointer>
  bool operator()(const Pointer& a, const Pointer& b) const {
    return a->Id() == b->Id();
  }
  template <class Pointer>
  bool operator()(const Pointer& a, std::string_view id) const {
    return a->Id() == id;
  }
};

}  // namespace perigee
