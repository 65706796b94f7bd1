#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "server/core/status_macros.h"
#include "server/ports/portions.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"

namespace perigee::use_cases {

// Calls `work(reader, record)` for each record of that type that meets all conditions of `filter`.
// Each portion of them has a view of its own.
template <class R, class Work>
absl::Status InViews(const ports::Store& store, const std::string& program,
                     const std::vector<ports::FieldIs>& filter, const Work& work) {
  constexpr int kPage = static_cast<int>(ports::kPortion);
  std::vector<R> records;
  do {
    PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(
          records, reader.records().List<R>(program, filter,
                                            records.empty() ? nullptr : &records.back(), kPage));
      for (const R& record : records) {
        PERIGEE_RETURN_IF_ERROR(work(reader, record));
      }
      return absl::OkStatus();
    }));
  } while (std::cmp_equal(records.size(), kPage));
  return absl::OkStatus();
}

}  // namespace perigee::use_cases
