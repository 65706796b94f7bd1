#include "server/services/insider/leak_admin_service.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/sha256.h"
#include "server/core/status_macros.h"
#include "server/core/text.h"
#include "server/domain/program/program.h"
#include "server/ports/record_reader.h"
#include "server/services/idea/idea_convert.h"
#include "server/services/insider/leak_convert.h"
#include "server/services/lookup.h"
#include "server/services/measurements.h"
#include "server/services/paging.h"
#include "server/services/thanks/thanks_convert.h"
#include "server/use_cases/insider/gate.h"
#include "server/use_cases/insider/leaks.h"

namespace perigee::services {
namespace {

using domain::LeakCase;
using use_cases::LeakCaseOrder;

// A trace that somebody asks for. One of a programme that was deleted and made anew is another one.
struct AskedTrace {
  std::string program;
  std::string item;
  std::string key;

  static absl::StatusOr<AskedTrace> Of(const ports::Store& store,
                                       const v1::TraceLeakRequest& request) {
    PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                             ParseName("parent", request.parent(), kProgramPattern));
    PERIGEE_ASSIGN_OR_RETURN(const std::string item,
                             ParseItemRef("item", request.item(), parts[0]));
    if (request.leak().empty() || request.leak().size() > domain::kLeakBytesMax) {
      return InvalidField("leak", absl::StrCat("must be 1 to ", domain::kLeakBytesMax, " bytes"));
    }
    if (!IsValidUtf8(request.leak())) {
      return InvalidField("leak", "is not UTF-8");
    }
    using Asked = absl::StatusOr<AskedTrace>;
    return ReadFrom(store, [&](ports::StoreReader& reader) -> Asked {
      PERIGEE_ASSIGN_OR_RETURN(const domain::Program owner, RequireProgram(reader, parts[0]));
      if (!item.empty()) {
        PERIGEE_RETURN_IF_ERROR(use_cases::RequireItem(reader, parts[0], item).status());
      }
      return AskedTrace{
          parts[0], item,
          absl::StrCat("TraceLeak ", request.parent(), " ", ToMicros(owner.create_time), " ",
                       item, " ", Hex(Sha256(request.leak())))};
    });
  }
};

absl::StatusOr<v1::LeakTrace> TraceLeak(const CallContext& call,
                                        const v1::TraceLeakRequest& request,
                                        const ports::Store& store, Measurements& measurements) {
  PERIGEE_ASSIGN_OR_RETURN(const AskedTrace asked, AskedTrace::Of(store, request));
  PERIGEE_ASSIGN_OR_RETURN(const std::string bytes,
                           measurements.Find(asked.key, call.now, call.at_once));
  v1::LeakTrace trace;
  trace.ParseFromString(bytes);
  return ReadFrom(store, [&](ports::StoreReader& reader) {
    return WithNames(reader, asked.program, std::move(trace));
  });
}

// Has the trace made, and then calls `again`.
void AwaitTrace(const v1::TraceLeakRequest& request, const ports::Store& store,
                Measurements& measurements, std::function<void()> again) {
  absl::StatusOr<AskedTrace> asked = AskedTrace::Of(store, request);
  if (!asked.ok()) {
    again();  // The handler refuses.
    return;
  }
  const std::string key = asked->key;
  measurements.Make(
      key,
      [&store, asked = *std::move(asked), leak = request.leak()](
          Time now, const std::function<absl::Status()>& goes_on) -> absl::StatusOr<std::string> {
        PERIGEE_ASSIGN_OR_RETURN(
            const domain::JoinedTraces traces,
            use_cases::TraceLeak(store, asked.program, asked.item, leak, goes_on));
        return ToProto(asked.program, traces, now).SerializeAsString();
      },
      std::move(again));
}

// The answer of a change to a case.
absl::StatusOr<ports::Decision> AnsweredWithCase(ports::StoreReader& reader,
                                                 const std::string& program,
                                                 use_cases::DecidedLeakCase decided) {
  if (!decided.ok()) {
    return decided.status();
  }
  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                           PersonNames::Of(reader, program, {decided->value.suspect}));
  return Answered(std::move(decided),
                  [&](const LeakCase& leak) { return ToProto(program, leak, names); });
}

absl::StatusOr<Change> ChangeToReport(const CallContext& call,
                                      const v1::ReportLeakRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::string item, ParseItemRef("item", request.item(), parts[0]));
  PERIGEE_RETURN_IF_ERROR(domain::CheckLeakSummary(request.summary()));
  return Change{
      parts[0], [program = parts[0], item, summary = request.summary(), by = JudgeOf(call.caller)](
                    ports::StoreReader& reader, const ports::UnitContext& unit) {
        return AnsweredWithCase(reader, program,
                                use_cases::ReportLeak(reader, unit, program, item, summary, by));
      }};
}

// The change that `move`, (StoreReader&, UnitContext, LeakCaseOrder, Judge) → DecidedLeakCase,
// makes.
template <class Request, class Move>
absl::StatusOr<Change> ChangeCase(const CallContext& call, const Request& request, Move move) {
  PERIGEE_ASSIGN_OR_RETURN(const auto name,
                           ParseNumbered("name", request.name(), kLeakCasePattern));
  return Change{name.first,
                [order = LeakCaseOrder{name.first, name.second, request.reason(), request.etag()},
                 by = JudgeOf(call.caller),
                 move](ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return AnsweredWithCase(reader, order.program, move(reader, unit, order, by));
                }};
}

absl::StatusOr<Change> ChangeToName(const CallContext& call,
                                    const v1::NameLeakSuspectRequest& request) {
  std::string suspect;
  if (!request.suspect().empty()) {
    PERIGEE_ASSIGN_OR_RETURN(const auto name,
                             ParseNumbered("name", request.name(), kLeakCasePattern));
    PERIGEE_ASSIGN_OR_RETURN(suspect, ParseMemberRef("suspect", request.suspect(), name.first));
  }
  return ChangeCase(call, request,
                    [suspect](auto& reader, const auto& unit, const auto& order, const auto& by) {
                      return use_cases::NameSuspect(reader, unit, order, suspect, by);
                    });
}

// ConfirmLeak or DismissLeak.
template <class Request>
auto Deciding(bool confirm) {
  return [confirm](const CallContext& call, const Request& request) {
    return ChangeCase(call, request,
                      [confirm](auto& reader, const auto& unit, const auto& order, const auto& by) {
                        return use_cases::DecideLeakCase(reader, unit, order, confirm, by);
                      });
  };
}

absl::StatusOr<v1::LeakCase> GetCase(const v1::GetLeakCaseRequest& request,
                                     const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const auto name,
                           ParseNumbered("name", request.name(), kLeakCasePattern));
  return ReadFrom(store, [&](ports::StoreReader& reader) -> absl::StatusOr<v1::LeakCase> {
    PERIGEE_ASSIGN_OR_RETURN(const LeakCase leak,
                             use_cases::RequireLeakCase(reader, name.first, name.second));
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names,
                             PersonNames::Of(reader, name.first, {leak.suspect}));
    return ToProto(name.first, leak, names);
  });
}

absl::StatusOr<v1::ListLeakCasesResponse> ListCases(const v1::ListLeakCasesRequest& request,
                                                    const ports::Store& store,
                                                    const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  if (!v1::LeakCase::State_IsValid(request.state())) {
    return InvalidField("state", "is not a state of leak cases");
  }
  PERIGEE_ASSIGN_OR_RETURN(const Page page,
                           Page::Parse(tokens,
                                       absl::StrCat("ListLeakCases ", request.parent(), " ",
                                                    static_cast<int>(request.state())),
                                       request));
  PERIGEE_ASSIGN_OR_RETURN(const domain::Revision first, AfterOf(page));
  using Answer = absl::StatusOr<v1::ListLeakCasesResponse>;
  return ReadFrom(store, [&](ports::StoreReader& reader) -> Answer {
    PERIGEE_RETURN_IF_ERROR(RequireProgram(reader, parts[0]).status());
    std::vector<ports::FieldIs> filter;
    if (request.state() != v1::LeakCase::STATE_UNSPECIFIED) {
      filter.push_back({"state", static_cast<std::int64_t>(request.state())});
    }
    LeakCase after;
    after.id = first;
    PERIGEE_ASSIGN_OR_RETURN(
        std::vector<LeakCase> cases,
        reader.records().List<LeakCase>(parts[0], filter, &after, page.Limit()));
    v1::ListLeakCasesResponse response;
    response.set_next_page_token(
        page.Cut(cases, [](const LeakCase& last) { return absl::StrCat(last.id); }));
    std::vector<domain::MemberKey> suspects;
    for (const LeakCase& leak : cases) {
      suspects.push_back(leak.suspect);
    }
    PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, parts[0], suspects));
    for (const LeakCase& leak : cases) {
      *response.add_leak_cases() = ToProto(parts[0], leak, names);
    }
    return response;
  });
}

}  // namespace

LeakAdminService::LeakAdminService(Call& call, const PageTokens& tokens, Measurements& measurements)
    : Service(call, "perigee.v1.LeakAdminService") {
  ReadLong<v1::TraceLeakRequest>(
      "TraceLeak",
      [this, &measurements](const CallContext& context, const auto& asked) {
        return services::TraceLeak(context, asked, store(), measurements);
      },
      [this, &measurements](const auto& asked, std::function<void()> again) {
        AwaitTrace(asked, store(), measurements, std::move(again));
      });
  Write<v1::ReportLeakRequest>("ReportLeak", ChangeToReport);
  Read<v1::GetLeakCaseRequest>("GetLeakCase", [this](const CallContext&, const auto& asked) {
    return GetCase(asked, store());
  });
  Read<v1::ListLeakCasesRequest>("ListLeakCases",
                                 [this, &tokens](const CallContext&, const auto& asked) {
                                   return ListCases(asked, store(), tokens);
                                 });
  Write<v1::StartLeakTriageRequest>(
      "StartLeakTriage", [](const CallContext& context, const auto& asked) {
        return ChangeCase(context, asked,
                          [](auto& reader, const auto& unit, const auto& order, const auto& by) {
                            return use_cases::StartTriage(reader, unit, order, by);
                          });
      });
  Write<v1::NameLeakSuspectRequest>("NameLeakSuspect", ChangeToName);
  Write<v1::ConfirmLeakRequest>("ConfirmLeak", Deciding<v1::ConfirmLeakRequest>(true));
  Write<v1::DismissLeakRequest>("DismissLeak", Deciding<v1::DismissLeakRequest>(false));
}

}  // namespace perigee::services
