#include <memory>
#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/follow.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/audit.grpc.pb.h"
#include "perigee/v1/member.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using Stub = v1::AuditAdminService::Stub;

std::string Who(const v1::AuditPrincipal& principal) {
  const std::string kind = Word(principal.kind());
  if (!principal.name().empty()) {
    return kind + " " + IdOf(principal.name());
  }
  return principal.pseudonym().empty() ? kind : kind + " " + principal.pseudonym();
}

std::string What(const v1::AuditChange& change) {
  std::string what =
      Word(change.action()) + " " + (change.resource().empty() ? change.kind() : change.resource());
  const char* separator = ": ";
  if (change.action() == v1::AuditChange::ACTION_READ) {
    what = "read personal data";
    separator = " of ";
  } else if (change.action() == v1::AuditChange::ACTION_REFUSED) {
    what = "was refused: " + change.refused();
  }
  for (const v1::AuditMember& member : change.members()) {
    if (member.name().empty() || member.name() != change.resource()) {
      what += separator + (member.erased() ? "erased " + member.pseudonym() : IdOf(member.name()));
      separator = ", ";
    }
  }
  return change.more_members() == 0
             ? what
             : what + " and " + std::to_string(change.more_members()) + " more";
}

std::string What(const v1::AuditEntry& entry) {
  std::string what;
  for (const v1::AuditChange& change : entry.changes()) {
    what += (what.empty() ? "" : "; ") + What(change);
  }
  return entry.more_changes() == 0
             ? what
             : what + "; and " + std::to_string(entry.more_changes()) + " more";
}

std::string Method(const v1::AuditEntry& entry) {
  return entry.method().empty() ? "-" : IdOf(entry.method());
}

Rows<v1::AuditEntry> AuditEntryRows() {
  return {{"REVISION", "TIME", "WHO", "METHOD", "WHAT"}, [](const v1::AuditEntry& entry) -> Row {
            return {std::to_string(entry.revision()), FormatTimestamp(entry.time()),
                    Who(entry.principal()), Method(entry), What(entry)};
          }};
}

void Show(Session& session, const v1::AuditEntry& entry) {
  Card card;
  card.Add("name", entry.name());
  card.Add("time", FormatTimestamp(entry.time()));
  card.Add("who", Who(entry.principal()));
  card.Add("method", entry.method().empty() ? "-" : entry.method());
  for (const v1::AuditChange& change : entry.changes()) {
    card.Add("what", What(change));
  }
  card.Add("hash", entry.hash());
  card.Add("previous hash", entry.previous_hash());
  card.Print(session.out());
}

// `count`: how many entries to show; 0: all.
absl::Status Watch(Session& session, v1::WatchAuditEntriesRequest request, int count) {
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session.Channel(Door::kInternal));
  Stub stub(channel);
  int seen = 0;
  return Follow<v1::WatchAuditEntriesResponse>(
      session, [&](auto* context) { return stub.WatchAuditEntries(context, request); },
      [&](const v1::WatchAuditEntriesResponse& message) {
        request.set_after_revision(message.revision());
        if (message.heartbeat()) {
          return true;
        }
        const v1::AuditEntry& entry = message.audit_entry();
        if (!session.PrintPlain(message)) {
          session.out() << entry.revision() << "  " << FormatTimestamp(entry.time()) << "  "
                        << Who(entry.principal()) << "  " << Method(entry) << "  " << What(entry)
                        << std::endl;
        }
        return count == 0 || ++seen < count;
      });
}

Rows<v1::PersonalRead> PersonalReadRows() {
  return {{"TIME", "WHO", "METHOD"}, [](const v1::PersonalRead& read) -> Row {
            return {FormatTimestamp(read.time()), read.by_system() ? "a system" : "staff",
                    IdOf(read.method())};
          }};
}

void BindFilter(Form& form) {
  form.Add("--member", "filter.member", "Only entries of this member, by id",
           {.read = IdIn("members")});
  form.Add("--pseudonym", "filter.pseudonym",
           "Only entries of this member or person of staff, by pseudonym");
  form.Add("--by", "filter.principal", "Only entries that this pseudonym caused");
  form.Add("--by-kind", "filter.principal_kind",
           "Only entries that these caused: member, staff, service or job");
  form.Add("--kind", "filter.kinds",
           "Only entries about such resources, as member, role_grant or personal_read; may be "
           "repeated");
}

}  // namespace

void AddAudit(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "audit", "Who did what to whom and when, and who read what");
  AddCall<v1::ListAuditEntriesRequest>(
      noun, chosen,
      {"list", "List what was done, newest first",
       "  perigee audit list -p demo --limit 10\n"
       "  perigee audit list --member m-001 --kind personal_read --from 2026-01-01 -p demo"},
      [](Form& form) {
        form.InProgram();
        BindFilter(form);
        form.Add("--from", "start_time", "Only from this time on, a day at its first instant");
        form.Add("--until", "end_time", "Only before this time, a day at its first instant");
        BindLimit(form, "50");
      },
      List(Door::kInternal, &Stub::ListAuditEntries, AuditEntryRows()));
  AddCall<v1::GetAuditEntryRequest>(
      noun, chosen, {"show", "Show one entry, with its hash", "  perigee audit show 1 -p demo"},
      [](Form& form) {
        form.Add("ENTRY", "name", "The entry's revision", {.read = IdIn("auditEntries")})
            ->required();
      },
      Send(Door::kInternal, &Stub::GetAuditEntry, Show));
  const auto count = std::make_shared<int>(0);
  AddCall<v1::WatchAuditEntriesRequest>(
      noun, chosen,
      {"watch", "Show what is done as it is done, until Ctrl-C",
       "  perigee audit watch -p demo --after 0 --count 3"},
      [count](Form& form) {
        form.InProgram();
        BindFilter(form);
        form.Add("--after", "after_revision", "From after this revision on; 0: from the first");
        form.command().add_option("--count", *count, "End after so many entries; 0: never");
      },
      [count](Session& session, const v1::WatchAuditEntriesRequest& request) {
        return Watch(session, request, *count);
      });
  AddCall<v1::ListPersonalReadsRequest>(
      noun, chosen,
      {"reads", "List who was shown personal data of you, the member",
       "  perigee audit reads m-001 -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Your id");
        BindLimit(form, "50");
      },
      List(Door::kPublic, &v1::MemberService::Stub::ListPersonalReads, PersonalReadRows()));
}

}  // namespace perigee::cli
