#include <string>

#include "clients/cli/commands/command.h"
#include "clients/cli/commands/send.h"
#include "clients/cli/format.h"
#include "clients/cli/session.h"
#include "clients/cli/table.h"
#include "clients/cli/toml_table.h"
#include "perigee/v1/leak.grpc.pb.h"

namespace perigee::cli {
namespace {

using Admin = v1::LeakAdminService::Stub;

// What each finding means for the one who asks.
std::string Meaning(const v1::LeakTrace& trace) {
  switch (trace.finding()) {
    case v1::LeakTrace::FINDING_NO_MARK:
      return trace.words_found() > 0 ? "the passage is there, and its marks are gone"
                                     : "nothing of any item";
    case v1::LeakTrace::FINDING_TOO_LITTLE:
      return "too little is left to tell one reader from all others";
    case v1::LeakTrace::FINDING_NO_READER:
      return "marks, but those of no reader's copy";
    default:
      return "copies that agree; read what that does not say";
  }
}

void ShowTrace(Session& session, const v1::LeakTrace& trace) {
  Card card;
  card.Add("finding", Word(trace.finding()) + ": " + Meaning(trace));
  card.Add("item", trace.item());
  card.Add("words found", std::to_string(trace.words_found()));
  card.Add("marks read", std::to_string(trace.marks_read()));
  card.Print(session.out());
  if (trace.candidates_size() > 0) {
    Table table({"CANDIDATE", "ITEM", ">VERSION", ">MARKS", ">AGREEING", "CONFIDENCE"});
    for (const v1::LeakTrace::Candidate& one : trace.candidates()) {
      table.Add({one.member().empty() ? "erased" : IdOf(one.member()), IdOf(one.item()),
                 std::to_string(one.version()), std::to_string(one.marks_read()),
                 std::to_string(one.marks_agreeing()), one.confidence()});
    }
    table.Print(session.out());
  }
  session.out() << trace.caution() << '\n';
}

void ShowCase(Session& session, const v1::LeakCase& leak) {
  Card card;
  card.Add("name", leak.name());
  card.Add("state", Word(leak.state()));
  card.Add("item", leak.item());
  card.Add("summary", leak.summary());
  card.Add("suspect", leak.suspect());
  card.Add("why", leak.suspect_reason());
  card.Add("reason", leak.reason());
  card.Add("reported", FormatTimestamp(leak.create_time()));
  card.Add("decided", FormatTimestamp(leak.decide_time()));
  card.Print(session.out());
}

Rows<v1::LeakCase> CaseRows() {
  return {{"CASE", "STATE", "ITEM", "SUSPECT", "REPORTED", "DECIDED", "REASON"},
          [](const v1::LeakCase& leak) -> Row {
            return {IdOf(leak.name()),
                    Word(leak.state()),
                    IdOf(leak.item()),
                    IdOf(leak.suspect()),
                    FormatTimestamp(leak.create_time()),
                    FormatTimestamp(leak.decide_time()),
                    leak.reason()};
          }};
}

absl::StatusOr<std::string> ReadPassage(Session& /*session*/,
                                        const google::protobuf::Message& /*so_far*/,
                                        const std::string& path) {
  return ReadTomlFile(path);
}

void BindCase(Form& form) {
  form.Add("CASE", "name", "Its id", {.read = IdIn("leakCases")})->required();
}

void BindItem(Form& form, const std::string& help) {
  form.Add("--item", "item", help, {.read = IdIn("items")});
}

constexpr char kReported[] =
    "  perigee leak report --summary 'A picture on a forum' --names -p demo |\n";
constexpr char kTriaged[] = "    xargs perigee leak triage --names |\n";

void AddMoves(CLI::App& noun, Chosen& chosen) {
  const std::string triaged = std::string(kReported) + kTriaged;
  AddCall<v1::StartLeakTriageRequest>(
      noun, chosen,
      {"triage", "Begin to look into a case",
       std::string(kReported) + "    xargs perigee leak triage"},
      [](Form& form) {
        BindCase(form);
        form.Add("--reason", "reason", "Why");
        BindEtag(form);
      },
      Send(Door::kInternal, &Admin::StartLeakTriage, ShowCase));
  AddCall<v1::NameLeakSuspectRequest>(
      noun, chosen,
      {"suspect", "Name a member as the suspect, or nobody",
       triaged + "    xargs perigee leak suspect --member m-001 --reason 'They told us' -p demo"},
      [](Form& form) {
        BindCase(form);
        form.Add("--member", "suspect", "Whom; nobody if left out", {.read = IdIn("members")});
        form.Add("--reason", "reason", "Why");
        BindEtag(form);
      },
      Send(Door::kInternal, &Admin::NameLeakSuspect, ShowCase));
  AddCall<v1::ConfirmLeakRequest>(
      noun, chosen,
      {"confirm", "Decide that it was a leak; nothing else follows from it",
       triaged + "    xargs perigee leak confirm --reason 'We found where it came from'"},
      [](Form& form) {
        BindCase(form);
        form.Add("--reason", "reason", "Why")->required();
        BindEtag(form);
      },
      Send(Door::kInternal, &Admin::ConfirmLeak, ShowCase));
  AddCall<v1::DismissLeakRequest>(
      noun, chosen,
      {"dismiss", "Decide that there is nothing in it",
       triaged + "    xargs perigee leak dismiss --reason 'It was public'"},
      [](Form& form) {
        BindCase(form);
        form.Add("--reason", "reason", "Why")->required();
        BindEtag(form);
      },
      Send(Door::kInternal, &Admin::DismissLeak, ShowCase));
}

}  // namespace

void AddLeak(CLI::App& root, Chosen& chosen) {
  CLI::App& noun = AddNoun(root, "leak", "What got out of insider items");
  AddCall<v1::TraceLeakRequest>(
      noun, chosen,
      {"trace", "Compare a passage with the copies of all readers",
       "  echo 'We launch the new bicycle in autumn' >passage.txt\n"
       "  perigee leak trace passage.txt -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("FILE", "leak", "The passage, copied as it was found, in UTF-8",
                 {.read = ReadPassage})
            ->required();
        BindItem(form, "The item that it is of; all if left out");
      },
      Send(Door::kInternal, &Admin::TraceLeak, ShowTrace));
  AddCall<v1::ReportLeakRequest>(
      noun, chosen,
      {"report", "Note that something got out",
       "  perigee leak report --summary 'A picture on a forum' -p demo"},
      [](Form& form) {
        form.InProgram();
        BindItem(form, "What got out, if that is known");
        form.Add("--summary", "summary", "What got out, where, and how it was found")->required();
      },
      Send(Door::kInternal, &Admin::ReportLeak, ShowCase));
  AddCall<v1::ListLeakCasesRequest>(
      noun, chosen, {"cases", "List cases", "  perigee leak cases --state triage -p demo"},
      [](Form& form) {
        form.InProgram();
        form.Add("--state", "state", WordsOf(*v1::LeakCase::State_descriptor()));
        BindLimit(form);
      },
      List(Door::kInternal, &Admin::ListLeakCases, CaseRows()));
  AddCall<v1::GetLeakCaseRequest>(
      noun, chosen, {"show", "Show a case", std::string(kReported) + "    xargs perigee leak show"},
      BindCase, Send(Door::kInternal, &Admin::GetLeakCase, ShowCase));
  AddMoves(noun, chosen);
}

}  // namespace perigee::cli
