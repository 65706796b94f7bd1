#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/insider_read.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Own = v1::InsiderService::Stub;
using Admin = v1::ItemReadAdminService::Stub;

constexpr char kOpened[] =
    "  printf 'It folds.\\n' >plan.md\n"
    "  perigee items create plan --display-name 'The plan of May' --kind roadmap -p demo\n"
    "  perigee items add-version plan plan.md -p demo\n"
    "  perigee items open plan -p demo\n";

std::string WhatOf(const v1::OwnItemRead& read) {
  return read.attachment().empty() ? "body" : read.attachment();
}

Rows<v1::ItemOverview> ItemRows() {
  return {{"ITEM", "NAME", "KIND", "STATE", ">VERSION", "UNTIL", "AGREEMENT"},
          [](const v1::ItemOverview& item) -> Row {
            return {IdOf(item.name()),
                    item.display_name(),
                    Word(item.kind()),
                    Word(item.state()),
                    std::to_string(item.version()),
                    FormatTimestamp(item.release_time()),
                    IdOf(item.agreement())};
          }};
}

Rows<v1::OwnItemRead> OwnReadRows() {
  return {{"TIME", "ITEM", ">VERSION", "WHAT"}, [](const v1::OwnItemRead& read) -> Row {
            return {FormatTimestamp(read.create_time()), IdOf(read.item()),
                    std::to_string(read.version()), WhatOf(read)};
          }};
}

Rows<v1::ItemRead> ReadRows() {
  return {{"REVISION", "TIME", "MEMBER", "ITEM", ">VERSION", "WHAT"},
          [](const v1::ItemRead& one) -> Row {
            const v1::AuditMember& member = one.member();
            return {std::to_string(one.revision()),
                    FormatTimestamp(one.read().create_time()),
                    member.erased() ? "erased " + member.pseudonym() : IdOf(member.name()),
                    IdOf(one.read().item()),
                    std::to_string(one.read().version()),
                    WhatOf(one.read())};
          }};
}

void ShowOpened(Session& session, const v1::OpenedItem& opened) {
  const v1::ItemOverview& item = opened.item();
  Card card;
  card.Add("name", item.name());
  card.Add("display name", item.display_name());
  card.Add("kind", Word(item.kind()));
  card.Add("state", Word(item.state()));
  card.Add("until", FormatTimestamp(item.release_time()));
  card.Add("agreement", item.agreement());
  card.Add("version", std::to_string(item.version()));
  card.Add("digest", opened.digest());
  card.Add("on record since", FormatTimestamp(opened.read().create_time()));
  card.Print(session.out());
  session.out() << '\n' << opened.body();
  if (!opened.body().ends_with('\n')) {
    session.out() << '\n';
  }
}

void BindQuery(Form& form) {
  form.Add("--query", "query", "Only items that have this in their display name");
}

void BindFilter(Form& form) {
  form.InProgram();
  form.Add("--item", "item", "Only reads of this item", {.read = IdIn("items")});
  form.Add("--member", "member", "Only reads by this member", {.read = IdIn("members")});
  form.Add("--pseudonym", "pseudonym", "Only reads by this member, by pseudonym");
  form.Add("--from", "start_time", "Only from this time on, a day at its first instant");
  form.Add("--until", "end_time", "Only before this time, a day at its first instant");
}

// Page after page, as they come, so that a long log needs no memory.
absl::Status Export(Session& session, v1::ListItemReadsRequest request) {
  request.set_page_size(1000);
  do {
    PERIGEE_ASSIGN_OR_RETURN(const v1::ListItemReadsResponse page,
                             session.Ask(Door::kInternal, &Admin::ListItemReads, request));
    for (const v1::ItemRead& read : page.item_reads()) {
      session.out() << JsonOf(read) << '\n';
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

}  // namespace

void AddInsider(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "insider", "What a member may read before everybody else");
  AddCall<v1::ListItemsRequest>(
      noun, chosen,
      {"list", "List the items that are open for a member",
       std::string(kOpened) + "  perigee insider list m-001 -p demo\n"
                              "  perigee insider list m-001 --query may -p demo"},
      [](Form& form) {
        BindMemberList(form);
        BindQuery(form);
      },
      List(Door::kPublic, &Own::ListItems, ItemRows()));
  AddCall<v1::CountItemsRequest>(
      noun, chosen,
      {"count", "Count the items that are open for a member",
       "  perigee insider count m-001 -p demo"},
      [](Form& form) {
        BindMember(form, "parent");
        BindQuery(form);
      },
      Send(Door::kPublic, &Own::CountItems,
           [](Session& session, const v1::CountItemsResponse& count) {
             session.out() << count.items() << '\n';
           }));
  AddCall<v1::GetItemRequest>(
      noun, chosen,
      {"get", "Read an item as a member, in the member's own copy; the read is put on record first",
       std::string(kOpened) + "  perigee insider get plan --as m-001 -p demo"},
      [](Form& form) {
        form.Add("ITEM", "name", "Its id", {.read = IdIn("items")})->required();
        form.Add("--as", "member", "Your id", {.read = IdIn("members")})->required();
      },
      Send(Door::kPublic, &Own::GetItem, ShowOpened));
  AddCall<v1::ListOwnItemReadsRequest>(
      noun, chosen,
      {"reads", "List what is on record of your reads",
       std::string(kOpened) + "  perigee insider get plan --as m-001 -p demo\n"
                              "  perigee insider reads m-001 -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Your id");
        BindLimit(form, "50");
      },
      List(Door::kPublic, &Own::ListOwnItemReads, OwnReadRows()));
}

void AddItemReads(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "reads", "Who was shown which insider item, for staff");
  AddCall<v1::ListItemReadsRequest>(
      noun, chosen,
      {"list", "List reads of insider items, newest first",
       std::string(kOpened) + "  perigee insider get plan --as m-001 -p demo\n"
                              "  perigee reads list --item plan -p demo\n"
                              "  perigee reads list --member m-001 --from 2026-01-01 -p demo"},
      [](Form& form) {
        BindFilter(form);
        BindLimit(form, "50");
      },
      List(Door::kInternal, &Admin::ListItemReads, ReadRows()));
  AddCall<v1::ListItemReadsRequest>(
      noun, chosen,
      {"export", "Print all reads of insider items, newest first, as JSON, one a line",
       "  perigee reads export -p demo >reads.jsonl"},
      BindFilter, Export);
}

}  // namespace perigee::cli
