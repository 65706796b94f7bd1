#pragma once

#include <functional>
#include <string>
#include <utility>

#include "server/domain/journal/changes.h"

// The parameter types of use cases.
namespace perigee::ports {
class StoreReader;
struct UnitContext;
}  // namespace perigee::ports

namespace perigee::use_cases {

// The outcome of a use case: the value to answer with, and the changes.
template <class T>
struct Decided {
  T value;
  domain::Changes changes;
};

// Puts the record as it is and answers with it.
template <class R>
Decided<R> Put(R record) {
  Decided<R> decided{std::move(record), {}};
  decided.changes.records.Put(decided.value);
  return decided;
}

// How a caller changes an existing resource.
template <class T>
struct Edit {
  std::function<void(T& present)> apply;
  std::string etag = {};  // The etag that the caller has seen. Empty: any.
};

}  // namespace perigee::use_cases
