#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/str_format.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/commands/follow.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/table.h"
#include "perigee/v1/inbox.grpc.pb.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::cli {
namespace {

using Stub = v1::InboxService::Stub;

// A name without the programme's, such as `items/roadmap`.
std::string WithinProgram(const std::string& name) {
  const std::string program = ProgramOf(name);
  return name.size() > program.size() ? name.substr(program.size() + 1) : name;
}

Rows<v1::Notification> NotificationRows() {
  return {{"TIME", "NEW", "WHAT", "OF", "NAME", "NOTIFICATION"},
          [](const v1::Notification& one) -> Row {
            return {FormatTimestamp(one.time()),   one.read() ? "" : "*", Word(one.kind()),
                    WithinProgram(one.resource()), one.display_name(),    IdOf(one.name())};
          }};
}

std::string Clock(std::int32_t minute) {
  return absl::StrFormat("%02d:%02d", minute / 60, minute % 60);
}

void ShowSettings(Session& session, const v1::InboxSettings& settings) {
  Card card;
  card.Add("name", settings.name());
  const std::string muted = Words<v1::Notification::Topic>(settings.muted_topics());
  card.Add("muted", muted.empty() ? "nothing" : muted);
  card.Add("digest", Word(settings.digest()));
  const bool is_quiet = settings.quiet_begin_minute() != settings.quiet_end_minute();
  card.Add("quiet", is_quiet ? Clock(settings.quiet_begin_minute()) + " to " +
                                   Clock(settings.quiet_end_minute())
                             : "never");
  card.Add("time zone", settings.time_zone().empty() ? "the programme's" : settings.time_zone());
  card.Print(session.out());
}

void ShowDigest(Session& session, const v1::InboxDigest& digest) {
  session.out() << "from " << FormatTimestamp(digest.start_time()) << " to "
                << FormatTimestamp(digest.end_time()) << '\n';
  Table table({"TOPIC", ">CAME", "NEWEST"});
  for (const v1::InboxDigest::TopicDigest& topic : digest.topics()) {
    std::string newest;
    for (const v1::Notification& one : topic.newest()) {
      newest +=
          (newest.empty() ? "" : ", ") + Word(one.kind()) + " " + WithinProgram(one.resource());
    }
    table.Add({Word(topic.topic()), std::to_string(topic.count()), newest});
  }
  table.Print(session.out());
  session.out() << (digest.more() ? "and more\n" : "");
}

// `count`: how many notifications to show; 0: all.
absl::Status Watch(Session& session, v1::WatchInboxRequest request, int count) {
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, session.Channel(Door::kPublic));
  Stub stub(channel);
  int seen = 0;
  return Follow<v1::WatchInboxResponse>(
      session, [&](auto* context) { return stub.WatchInbox(context, request); },
      [&](const v1::WatchInboxResponse& message) {
        request.set_from_cursor(message.cursor());
        if (session.PrintPlain(message)) {
          seen += message.notifications_size();
          return count == 0 || seen < count;
        }
        for (const v1::Notification& one : message.notifications()) {
          session.out() << FormatTimestamp(one.time()) << "  " << Word(one.kind()) << "  "
                        << WithinProgram(one.resource()) << "  " << one.display_name() << std::endl;
          ++seen;
        }
        return count == 0 || seen < count;
      });
}

// A reader of a time of day, such as 22:30, as minutes since midnight.
absl::StatusOr<std::string> ReadClock(Session& /*session*/, const Form::Message& /*so_far*/,
                                      const std::string& typed) {
  int hour = 0;
  int minute = 0;
  char rest = 0;
  // NOLINTNEXTLINE(cert-err34-c): the numbers are checked below.
  const int read = std::sscanf(typed.c_str(), "%2d:%2d%c", &hour, &minute, &rest);
  if (read != 2 || hour < 0 || hour > 23 || minute < 0 || minute > 59) {
    return InvalidField("", "must be a time of day such as 22:30");
  }
  return std::to_string(hour * 60 + minute);
}

// A name of a setting's resource from its member's id.
absl::StatusOr<std::string> ReadSettingsOf(Session& session, const Form::Message& /*so_far*/,
                                           const std::string& typed) {
  PERIGEE_ASSIGN_OR_RETURN(const std::string member, session.Name("members", typed));
  return member + "/inboxSettings";
}

// A reader of a notification's id, or of its full name. The member is bound before.
absl::StatusOr<std::string> ReadNotification(Session& /*session*/, const Form::Message& so_far,
                                             const std::string& typed) {
  return typed.starts_with("programs/") ? typed
                                        : TextAt(so_far, "parent") + "/notifications/" + typed;
}

void BindNotifications(Form& form) {
  form.Add("NOTIFICATION", "names", "Ids of notifications; may be repeated",
           {.read = ReadNotification});
  form.Add("--up-to", "up_to", "This one, and all that stand below it in the list",
           {.read = ReadNotification});
}

constexpr char kThanked[] = "  perigee thanks give m-001 m-002 --text 'For the answer' -p demo\n";

void AddSettings(CLI::App& noun, Chosen& chosen) {
  AddCall<v1::GetInboxSettingsRequest>(
      noun, chosen,
      {"settings", "Show how a member wants to be told", "  perigee inbox settings m-001 -p demo"},
      [](Form& form) {
        form.Add("MEMBER", "name", "Your id", {.read = ReadSettingsOf})->required();
      },
      Send(Door::kPublic, &Stub::GetInboxSettings, ShowSettings));
  AddCall<v1::UpdateInboxSettingsRequest>(
      noun, chosen,
      {"set", "Change what is given, leave the rest",
       "  perigee inbox set m-001 --digest daily --mute thanks --mute badges -p demo\n"
       "  perigee inbox set m-001 --quiet-from 22:00 --quiet-to 07:30 --zone Europe/Vienna -p "
       "demo"},
      [](Form& form) {
        form.Add("MEMBER", "settings.name", "Your id", {.read = ReadSettingsOf})->required();
        form.Add("--mute", "settings.muted_topics",
                 "Only these are muted from now on; may be repeated: " +
                     WordsOf(*v1::Notification::Topic_descriptor()));
        form.AddClear("--mute-nothing", {"settings.muted_topics"}, "Nothing is muted any more");
        form.Add("--digest", "settings.digest", WordsOf(*v1::InboxSettings::Digest_descriptor()));
        form.Add("--quiet-from", "settings.quiet_begin_minute",
                 "Nothing is pushed from this time of day on, such as 22:00", {.read = ReadClock});
        form.Add("--quiet-to", "settings.quiet_end_minute", "Until this time of day",
                 {.read = ReadClock});
        form.Add("--zone", "settings.time_zone", "An IANA name, such as Europe/Vienna");
        form.AddClear("--zone-of-programme", {"settings.time_zone"}, "The programme's zone");
        BindEtag(form, "settings.etag");
      },
      Send(Door::kPublic, &Stub::UpdateInboxSettings, ShowSettings));
}

}  // namespace

void AddInbox(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "inbox", "What a member is told");
  AddCall<v1::ListNotificationsRequest>(
      noun, chosen,
      {"list", "List what you, the member, were told, newest first",
       "  perigee inbox list m-001 -p demo --limit 10\n"
       "  perigee inbox list m-001 --unread --topic insider -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Your id");
        form.AddFlag("--unread", "unread_only", "Only what is not marked as read");
        form.Add("--topic", "topic", WordsOf(*v1::Notification::Topic_descriptor()));
        BindLimit(form, "50");
      },
      List(Door::kPublic, &Stub::ListNotifications, NotificationRows()));
  AddCall<v1::MarkReadRequest>(
      noun, chosen,
      {"read", "Mark notifications as read",
       std::string(kThanked) + "  perigee inbox list m-002 --limit 1 --names -p demo >newest\n"
                               "  perigee inbox read m-002 --up-to \"$(cat newest)\" -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Your id");
        BindNotifications(form);
      },
      Send(Door::kPublic, &Stub::MarkRead, Say("marked as read")));
  const auto count = std::make_shared<int>(0);
  AddCall<v1::WatchInboxRequest>(
      noun, chosen,
      {"watch", "Show what comes as it comes, until Ctrl-C",
       std::string("  perigee inbox list m-002 --json -p demo | grep -o '\"cursor\":\"[^\"]*\"' | "
                   "cut -d'\"' -f4 >cursor\n") +
           kThanked + "  perigee inbox watch m-002 --cursor \"$(cat cursor)\" --count 1 -p demo"},
      [count](Form& form) {
        BindMember(form, "parent", "Your id");
        form.Add("--cursor", "from_cursor", "Go on after this one");
        form.command().add_option("--count", *count, "End after so many notifications; 0: never");
      },
      [count](Session& session, const v1::WatchInboxRequest& request) {
        return Watch(session, request, *count);
      });
  AddCall<v1::GetDigestRequest>(
      noun, chosen,
      {"digest", "Sum up what came since the last digest", "  perigee inbox digest m-001 -p demo"},
      [](Form& form) {
        BindMember(form, "parent", "Your id");
        form.AddFlag("--complete", "complete", "The last day or week that is over");
      },
      Send(Door::kPublic, &Stub::GetDigest, ShowDigest));
  AddSettings(noun, chosen);
}

}  // namespace perigee::cli
