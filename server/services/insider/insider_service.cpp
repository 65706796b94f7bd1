#include "server/services/insider/insider_service.h"

#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/core/unicode.h"
#include "server/domain/insider/gate.h"
#include "server/domain/member/member.h"
#include "server/domain/member/merged_members.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/telemetry.h"
#include "server/services/gatekeeper.h"
#include "server/services/insider/item_read_convert.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/use_cases/insider/open_items.h"
#include "server/use_cases/insider/reads.h"

namespace perigee::services {
namespace {

constexpr std::size_t kQueryBytesMax = 200;

// The SearchKey of what is looked for in names. Empty: everything.
absl::StatusOr<std::string> ParseQuery(const std::string& query) {
  PERIGEE_RETURN_IF_ERROR(CheckText("query", query, 0, kQueryBytesMax));
  std::string key = SearchKey(query);
  if (key.empty() && !query.empty()) {
    return InvalidField("query", "has nothing that shows");
  }
  return key;
}

// The items that are open for the member. See OpenItemsOf.
absl::StatusOr<std::vector<use_cases::OpenItem>> OpenItems(ports::StoreReader& reader,
                                                           const std::vector<std::string>& member,
                                                           const std::string& key,
                                                           const std::string& after, int limit,
                                                           Time now) {
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member person,
                           RequireMember(reader, member[0], member[1]));
  PERIGEE_ASSIGN_OR_RETURN(use_cases::PersonalGate gate,
                           use_cases::PersonalGate::Of(reader, member[0], person, now));
  return use_cases::OpenItemsOf(reader, member[0], gate, key, after, limit);
}

absl::StatusOr<v1::ListItemsResponse> ListItems(const CallContext& call,
                                                const v1::ListItemsRequest& request,
                                                const ports::Store& store,
                                                const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string key, ParseQuery(request.query()));
  PERIGEE_ASSIGN_OR_RETURN(
      const Page page, Page::Parse(tokens, "ListItems " + request.parent() + " " + key, request));
  PERIGEE_ASSIGN_OR_RETURN(
      std::vector<use_cases::OpenItem> open, ReadFrom(store, [&](ports::StoreReader& reader) {
        return OpenItems(reader, parts, key, page.after(), page.Limit(), call.now);
      }));
  v1::ListItemsResponse response;
  response.set_next_page_token(
      page.Cut(open, [](const use_cases::OpenItem& one) { return one.item.id; }));
  for (const use_cases::OpenItem& one : open) {
    *response.add_items() = OverviewOf(parts[0], one);
  }
  return response;
}

absl::StatusOr<v1::CountItemsResponse> CountItems(const CallContext& call,
                                                  const v1::CountItemsRequest& request,
                                                  const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string key, ParseQuery(request.query()));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<use_cases::OpenItem> open,
                           ReadFrom(store, [&](ports::StoreReader& reader) {
                             return OpenItems(reader, parts, key, "", 0, call.now);
                           }));
  v1::CountItemsResponse response;
  response.set_items(static_cast<int>(open.size()));
  return response;
}

// Puts the read of that body on record. The answer names the entry.
Change RecordOf(const std::string& program, const use_cases::OpenBody& opened, Time now) {
  return {program,
          [program, member = opened.reader, part = opened.part, now](
              ports::StoreReader& reader,
              const ports::UnitContext& unit) -> absl::StatusOr<ports::Decision> {
            PERIGEE_ASSIGN_OR_RETURN(
                use_cases::RecordedRead recorded,
                use_cases::RecordItemRead(reader, unit, program, member, part, now));
            v1::OpenedItem named;
            *named.mutable_read() = OwnReadOf(program, recorded.entry);
            return use_cases::DecisionOf(std::move(recorded), named.SerializeAsString());
          }};
}

absl::StatusOr<RecordedAnswer<v1::OpenedItem>> GetItem(const CallContext& call,
                                                       const v1::GetItemRequest& request,
                                                       const ports::Store& store,
                                                       ports::Telemetry& telemetry) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kItemPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string member,
                           ParseMemberRef("member", request.member(), parts[0]));
  PERIGEE_RETURN_IF_ERROR(RequireOwn(call.caller, "InsiderService/GetItem", parts[0]));
  const absl::StatusOr<use_cases::OpenBody> opened =
      ReadFrom(store, [&](ports::StoreReader& reader) {
        return use_cases::OpenBodyOf(reader, parts[0], member, parts[1], call.now);
      });
  if (!opened.ok()) {
    if (ReasonOf(opened.status()) == Reason::kNotFound) {
      telemetry.GateAsked(ports::GateAnswer::kMissing);
    }
    return opened.status();
  }
  telemetry.GateAsked(opened->open.outcome == domain::GateOutcome::kReleased
                          ? ports::GateAnswer::kReleased
                          : ports::GateAnswer::kInsider);
  telemetry.ItemShown(opened->on_record.has_value());
  RecordedAnswer<v1::OpenedItem> answer;
  *answer.message.mutable_item() = OverviewOf(parts[0], opened->open);
  answer.message.set_body(opened->body);
  answer.message.set_digest(opened->digest);
  if (opened->on_record.has_value()) {
    *answer.message.mutable_read() = OwnReadOf(parts[0], *opened->on_record);
  } else {
    answer.record = RecordOf(parts[0], *opened, call.now);
  }
  return answer;
}

absl::StatusOr<v1::ListOwnItemReadsResponse> ListOwn(const v1::ListOwnItemReadsRequest& request,
                                                     const ports::Store& store,
                                                     const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kMemberPattern));
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens, "ListOwnItemReads " + request.parent(), request));
  using Answer = absl::StatusOr<v1::ListOwnItemReadsResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                             RequireMember(reader, parts[0], parts[1]));
    PERIGEE_ASSIGN_OR_RETURN(const domain::MergedMembers merged, reader.members().Merged(parts[0]));
    ports::ItemReadQuery query;
    query.before = PlaceOf(page);
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<domain::ItemRead> reads,
        use_cases::ReadsOf(reader, parts[0], merged.AllOf(member.key), query, page.Limit()));
    v1::ListOwnItemReadsResponse response;
    response.set_next_page_token(CutReads(page, reads));
    for (const domain::ItemRead& read : reads) {
      *response.add_reads() = OwnReadOf(parts[0], read);
    }
    return response;
  });
}

}  // namespace

InsiderService::InsiderService(Call& call, const PageTokens& tokens, ports::Telemetry& telemetry)
    : Service(call, "perigee.v1.InsiderService") {
  Read<v1::ListItemsRequest>("ListItems",
                             [this, &tokens](const CallContext& context, const auto& asked) {
                               return services::ListItems(context, asked, store(), tokens);
                             });
  Read<v1::CountItemsRequest>("CountItems", [this](const CallContext& context, const auto& asked) {
    return services::CountItems(context, asked, store());
  });
  Read<v1::GetItemRequest>("GetItem",
                           [this, &telemetry](const CallContext& context, const auto& asked) {
                             return services::GetItem(context, asked, store(), telemetry);
                           });
  Read<v1::ListOwnItemReadsRequest>("ListOwnItemReads",
                                    [this, &tokens](const CallContext&, const auto& asked) {
                                      return ListOwn(asked, store(), tokens);
                                    });
}

}  // namespace perigee::services
