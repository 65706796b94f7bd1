#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/ledger/ledger.h"
#include "server/domain/member/member.h"
#include "server/ports/member/member_reader.h"

namespace perigee::sql {

class Connection;

class MemberRepository : public ports::MemberReader {
 public:
  explicit MemberRepository(Connection& connection) : connection_(connection) {}

  absl::StatusOr<std::optional<domain::Member>> Find(const std::string& program,
                                                     const std::string& member_id) override;
  absl::StatusOr<std::vector<domain::Member>> FindByKeys(
      const std::string& program, std::span<const domain::MemberKey> keys) override;
  absl::StatusOr<std::vector<domain::Member>> FindByIds(
      const std::string& program, std::span<const std::string> member_ids) override;
  // Asks for the existing ones of these members, each with the key of its texts (empty if it has
  // none), and for their accounts, in any order. A member is visited before its accounts. The
  // visits happen before the next Sync returns.
  absl::Status AskWithAccounts(
      const std::string& program, std::span<const std::string> member_ids,
      std::function<void(domain::Member member, std::string_view text_key)> visit,
      std::function<void(domain::Account account)> visit_account);
  absl::StatusOr<std::vector<domain::Member>> List(const std::string& program,
                                                   const domain::MemberKey& after,
                                                   int limit) override;
  absl::StatusOr<std::vector<ports::MemberFacts>> ListFacts(const std::string& program,
                                                            const domain::MemberKey& after,
                                                            int limit) override;
  absl::StatusOr<domain::MergedMembers> Merged(const std::string& program) override;
  absl::StatusOr<std::vector<ports::MemberCount>> Count(const std::string& program) override;

 private:
  Connection& connection_;
};

}  // namespace perigee::sql
