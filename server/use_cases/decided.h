#pragma once

#include <functional>
#include <string>
#include <utility>

#include "server/domain/journal/changes.h"

// What use cases are given.
namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::use_cases {

// What a use case decided: the value to answer with, and what becomes true.
template <class T>
struct Decided {
  T value;
  domain::Changes changes;
};

// The record is put as it is, and answered with.
template <class R>
Decided<R> Put(R record) {
  Decided<R> decided{std::move(record), {}};
  decided.changes.records.Put(decided.value);
  return decided;
}

// How a caller changes a resource that stands.
template <class T>
struct Edit {
  std::function<void(T& present)> apply;
  std::string etag = {};  // The one that the caller has seen; empty: any.
};

}  // namespace perigee::use_cases
