#include "server/use_cases/thanks/reciprocity.h"

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "server/core/status_macros.h"
#include "server/domain/ask/ask.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/domain/thanks/thanks.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/ports/thanks/thanks_reader.h"
#include "server/use_cases/all_records.h"
#include "server/use_cases/lookup.h"

namespace perigee::use_cases {
namespace {

using domain::MemberKey;
using domain::MergedMembers;
using ports::ThanksEdge;
using ports::ThanksSide;
using ports::ThanksTie;

constexpr int kPage = 1000;

// When the person accepted asks.
absl::StatusOr<std::vector<Time>> AcceptedAsksOf(ports::StoreReader& reader,
                                                 const std::string& program,
                                                 const std::vector<MemberKey>& person) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Ask> asks,
                           AllRecordsOf<domain::Ask>(reader, program, person));
  std::vector<Time> times;
  for (const domain::Ask& ask : asks) {
    if (ask.accepted) {
      times.push_back(ask.answer_time.value());
    }
  }
  return times;
}

// The network of a programme while its edges are read.
class Network {
 public:
  void Add(const MergedMembers& merged, const ThanksEdge& edge) {
    if (!merged.IsOneOfMany(edge.giver) && !merged.IsOneOfMany(edge.receiver)) {
      ++reciprocity_.edges;
      reciprocity_.mutual += edge.has_reverse ? 1 : 0;
      return;
    }
    // Several edges of members may be one of persons.
    const std::pair persons(merged.HeadOf(edge.giver), merged.HeadOf(edge.receiver));
    if (persons.first != persons.second) {
      of_merged_.insert(persons);
    }
  }

  domain::NetworkReciprocity Take() {
    for (const auto& [giver, receiver] : of_merged_) {
      ++reciprocity_.edges;
      reciprocity_.mutual += of_merged_.contains({receiver, giver}) ? 1 : 0;
    }
    of_merged_.clear();
    return reciprocity_;
  }

 private:
  domain::NetworkReciprocity reciprocity_;
  std::set<std::pair<MemberKey, MemberKey>> of_merged_;
};

}  // namespace

absl::StatusOr<PersonReciprocity> ReciprocityOfPerson(ports::StoreReader& reader,
                                                      const std::string& program,
                                                      const std::string& member_id, Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member, RequireMember(reader, program, member_id));
  PERIGEE_ASSIGN_OR_RETURN(const MergedMembers merged, reader.members().Merged(program));
  const std::vector<MemberKey> person = merged.AllOf(member.key);
  std::map<MemberKey, domain::Exchange> exchanges;
  std::vector<Time> of_brand;
  for (const MemberKey& key : person) {
    for (const ThanksSide side : {ThanksSide::kGiver, ThanksSide::kReceiver}) {
      PERIGEE_RETURN_IF_ERROR(
          reader.thanks().VisitTies(program, side, key, [&](const ThanksTie& tie) {
            const MemberKey other = merged.HeadOf(tie.other);
            if (other.IsNil()) {
              if (side == ThanksSide::kReceiver) {
                of_brand.push_back(tie.time);
              }
            } else if (other != member.key) {
              domain::Exchange& exchange = exchanges[other];
              (side == ThanksSide::kGiver ? exchange.given : exchange.received) +=
                  domain::Novelty(tie.earlier) * domain::Decayed(tie.time, now);
            }
          }));
    }
  }
  std::vector<domain::Exchange> sums;
  sums.reserve(exchanges.size());
  for (const auto& [other, exchange] : exchanges) {
    sums.push_back(exchange);
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<Time> accepts,
                           AcceptedAsksOf(reader, program, person));
  return PersonReciprocity{domain::ReciprocityOf(sums),
                           domain::BrandReciprocity(of_brand, accepts, now), std::ssize(of_brand),
                           std::ssize(accepts)};
}

absl::StatusOr<domain::NetworkReciprocity> ReciprocityOfProgram(const ports::Store& store,
                                                                const std::string& program) {
  MergedMembers merged;
  PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, program).status());
    PERIGEE_ASSIGN_OR_RETURN(merged, reader.members().Merged(program));
    return absl::OkStatus();
  }));
  Network network;
  std::vector<ThanksEdge> edges;
  ThanksEdge last;
  do {
    PERIGEE_RETURN_IF_ERROR(store.Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(edges, reader.thanks().Edges(program, last, kPage));
      return absl::OkStatus();
    }));
    for (const ThanksEdge& edge : edges) {
      network.Add(merged, edge);
      last = edge;
    }
  } while (std::cmp_equal(edges.size(), kPage));
  return network.Take();
}

}  // namespace perigee::use_cases
