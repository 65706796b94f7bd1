#pragma once

#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/core/status_macros.h"
#include "server/domain/member/member_key.h"
#include "server/ports/record_reader.h"
#include "server/ports/store.h"

namespace perigee::use_cases {

// All records that meet the condition, in order of their keys.
template <class R>
absl::StatusOr<std::vector<R>> AllRecords(ports::StoreReader& reader, const std::string& program,
                                          const ports::FieldIs& condition) {
  constexpr int kPage = 500;
  std::vector<R> all;
  std::vector<R> page;
  do {
    PERIGEE_ASSIGN_OR_RETURN(
        page,
        reader.records().List<R>(program, {condition}, all.empty() ? nullptr : &all.back(), kPage));
    all.insert(all.end(), page.begin(), page.end());
  } while (std::cmp_equal(page.size(), kPage));
  return all;
}

// All records of these members, whose owner is the field `member_key`, in no order.
template <class R>
absl::StatusOr<std::vector<R>> AllRecordsOf(ports::StoreReader& reader, const std::string& program,
                                            const std::vector<domain::MemberKey>& members) {
  std::vector<R> all;
  for (const domain::MemberKey& member : members) {
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<R> own,
        AllRecords<R>(reader, program, {"member_key", std::string(member.Raw())}));
    all.insert(all.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  }
  return all;
}

}  // namespace perigee::use_cases
