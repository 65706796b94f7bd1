#include "server/services/program/program_service.h"

#include <string>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/program/program_reader.h"
#include "server/services/convert.h"
#include "server/services/ledger/assets.h"
#include "server/services/lookup.h"
#include "server/services/paging.h"
#include "server/services/program/rule_changes.h"
#include "server/services/update_mask.h"
#include "server/use_cases/program/programs.h"
#include "server/use_cases/rule/rules.h"

namespace perigee::services {
namespace {

constexpr Changeable<domain::Program> kChangeable[] = {
    {"display_name",
     [](domain::Program& program, const domain::Program& given) {
       program.display_name = given.display_name;
     }},
    {"ask_limit", [](domain::Program& program,
                     const domain::Program& given) { program.ask_limit = given.ask_limit; }},
    {"ask_window_days",
     [](domain::Program& program, const domain::Program& given) {
       program.ask_window_days = given.ask_window_days;
     }},
    {"thanks_limit",
     [](domain::Program& program, const domain::Program& given) {
       program.thanks_limit = given.thanks_limit;
     }},
    {"thanks_period",
     [](domain::Program& program, const domain::Program& given) {
       program.thanks_period = given.thanks_period;
     }},
    {"orbit_review_months",
     [](domain::Program& program, const domain::Program& given) {
       program.orbit_review_months = given.orbit_review_months;
     }},
};

absl::StatusOr<domain::Program> ParseProgram(const v1::Program& program) {
  domain::Program out;
  out.display_name = program.display_name();
  if (!program.time_zone().empty()) {
    out.time_zone = program.time_zone();
  }
  if (program.has_ask_limit()) {
    out.ask_limit = program.ask_limit();
  }
  if (program.has_ask_window_days()) {
    out.ask_window_days = program.ask_window_days();
  }
  out.thanks_limit = program.thanks_limit();
  if (!v1::Program::ThanksPeriod_IsValid(program.thanks_period())) {
    return InvalidField("program.thanks_period", "must be WEEK or MONTH");
  }
  out.thanks_period = static_cast<domain::ThanksPeriod>(program.thanks_period());
  out.orbit_review_months = program.orbit_review_months();
  return out;
}

absl::StatusOr<Change> ChangeToCreateProgram(const CallContext&,
                                             const v1::CreateProgramRequest& request) {
  PERIGEE_RETURN_IF_ERROR(CheckId("program_id", request.program_id()));
  PERIGEE_ASSIGN_OR_RETURN(domain::Program program, ParseProgram(request.program()));
  program.id = request.program_id();
  PERIGEE_RETURN_IF_ERROR(domain::ValidateProgram(program));
  return Change{
      request.program_id(),
      [program = std::move(program)](ports::StoreReader& reader, const ports::UnitContext& unit) {
        return Answered(use_cases::CreateProgram(reader, unit, program),
                        [](const domain::Program& made) { return ToProto(made); });
      }};
}

absl::StatusOr<Change> ChangeToUpdateProgram(const CallContext&,
                                             const v1::UpdateProgramRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("program.name", request.program().name(), kProgramPattern));
  PERIGEE_ASSIGN_OR_RETURN(
      use_cases::Edit<domain::Program> edit,
      ParseEdit(request.update_mask(), request.program(), kChangeable, ParseProgram));
  domain::Program judged;  // Checks the edited fields alone.
  judged.id = parts[0];
  judged.display_name = "unchanged";
  judged.display_name = parts[0];
  edit.apply(judged);
  PERIGEE_RETURN_IF_ERROR(domain::ValidateProgram(judged));
  return Change{parts[0], [id = parts[0], edit = std::move(edit)](ports::StoreReader& reader,
                                                                  const ports::UnitContext& unit) {
                  return Answered(use_cases::UpdateProgram(reader, unit, id, edit),
                                  [](const domain::Program& changed) { return ToProto(changed); });
                }};
}

// A change of state: use_cases::CloseProgram or ReopenProgram.
absl::StatusOr<Change> ChangeOfState(const std::string& name,
                                     decltype(use_cases::CloseProgram)* move) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kProgramPattern));
  return Change{
      .program = parts[0],
      .decide =
          [id = parts[0], move](ports::StoreReader& reader, const ports::UnitContext& unit) {
            return Answered(move(reader, unit, id),
                            [](const domain::Program& changed) { return ToProto(changed); });
          },
      .in_closed = true};
}

absl::StatusOr<Change> ChangeToDeleteProgram(const CallContext&,
                                             const v1::DeleteProgramRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", request.name(), kProgramPattern));
  if (request.confirmed_name() != request.name()) {
    return InvalidField("confirmed_name", "must be the name of the programme, " + request.name());
  }
  return Change{
      .program = parts[0],
      .decide = [id = parts[0]](ports::StoreReader& reader,
                                const ports::UnitContext&) -> absl::StatusOr<ports::Decision> {
        PERIGEE_RETURN_IF_ERROR(use_cases::CheckDeletable(reader, id));
        return ports::Decision{.answer = v1::DeleteProgramResponse().SerializeAsString(),
                               .deletes_program = true};
      },
      .in_closed = true};
}

absl::StatusOr<v1::ListProgramsResponse> ListPrograms(const v1::ListProgramsRequest& request,
                                                      const ports::Store& store,
                                                      const PageTokens& tokens) {
  PERIGEE_ASSIGN_OR_RETURN(const Page page, Page::Parse(tokens, "ListPrograms", request));
  PERIGEE_ASSIGN_OR_RETURN(std::vector<domain::Program> programs,
                           ReadFrom(store, [&](ports::StoreReader& reader) {
                             return reader.programs().List(page.after(), page.Limit());
                           }));
  v1::ListProgramsResponse response;
  response.set_next_page_token(page.Cut(programs, &domain::Program::id));
  for (const domain::Program& program : programs) {
    *response.add_programs() = ToProto(program);
  }
  return response;
}

absl::StatusOr<Change> ChangeToCreateAsset(const CallContext&,
                                           const v1::CreateAssetRequest& request) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("parent", request.parent(), kProgramPattern));
  PERIGEE_RETURN_IF_ERROR(CheckId("asset_id", request.asset_id()));
  domain::Asset asset;
  asset.id = request.asset_id();
  asset.display_name = request.asset().display_name();
  asset.decimals = request.asset().decimals();
  asset.spendable = request.asset().spendable();
  asset.overdraft = request.asset().overdraft();
  asset.lot_lifetime_months = request.asset().lot_lifetime_months();
  PERIGEE_RETURN_IF_ERROR(domain::ValidateAsset(asset));
  return Change{parts[0], [program = parts[0], asset = std::move(asset)](
                              ports::StoreReader& reader, const ports::UnitContext& unit) {
                  return Answered(
                      use_cases::CreateAsset(reader, unit, program, asset),
                      [&](const domain::Asset& made) { return ToProto(program, made); });
                }};
}

// All versions of the rule with that name.
absl::StatusOr<std::vector<v1::Rule>> ReadRule(const std::string& name, const ports::Store& store) {
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                           ParseName("name", name, kRulePattern));
  PERIGEE_ASSIGN_OR_RETURN(const std::vector<domain::Rule> versions,
                           ReadFrom(store, [&](auto& reader) {
                             return use_cases::RuleVersions(reader, parts[0], parts[1]);
                           }));
  std::vector<v1::Rule> rules;
  rules.reserve(versions.size());
  for (const domain::Rule& version : versions) {
    rules.push_back(ToProto(parts[0], version));
  }
  return rules;
}

}  // namespace

ProgramAdminService::ProgramAdminService(Call& call, const PageTokens& tokens)
    : Service(call, "perigee.v1.ProgramAdminService"), tokens_(tokens) {
  Write<v1::CreateProgramRequest>("CreateProgram", ChangeToCreateProgram);
  Read<v1::GetProgramRequest>(
      "GetProgram", [this](const CallContext&, const auto& asked) -> absl::StatusOr<v1::Program> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("name", asked.name(), kProgramPattern));
        PERIGEE_ASSIGN_OR_RETURN(const domain::Program program,
                                 ReadFrom(store(), [&](ports::StoreReader& reader) {
                                   return RequireProgram(reader, parts[0]);
                                 }));
        return ToProto(program);
      });
  Read<v1::ListProgramsRequest>("ListPrograms", [this](const CallContext&, const auto& asked) {
    return services::ListPrograms(asked, store(), tokens_);
  });
  Write<v1::UpdateProgramRequest>("UpdateProgram", ChangeToUpdateProgram);
  Write<v1::CloseProgramRequest>("CloseProgram", [](const CallContext&, const auto& asked) {
    return ChangeOfState(asked.name(), use_cases::CloseProgram);
  });
  Write<v1::ReopenProgramRequest>("ReopenProgram", [](const CallContext&, const auto& asked) {
    return ChangeOfState(asked.name(), use_cases::ReopenProgram);
  });
  Write<v1::DeleteProgramRequest>("DeleteProgram", ChangeToDeleteProgram);
  Write<v1::CreateAssetRequest>("CreateAsset", ChangeToCreateAsset);
  Read<v1::GetAssetRequest>(
      "GetAsset", [this](const CallContext&, const auto& asked) -> absl::StatusOr<v1::Asset> {
        PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                 ParseName("name", asked.name(), kAssetPattern));
        PERIGEE_ASSIGN_OR_RETURN(const domain::Asset asset,
                                 ReadFrom(store(), [&](ports::StoreReader& reader) {
                                   return RequireAsset(reader, parts[0], parts[1]);
                                 }));
        return ToProto(parts[0], asset);
      });
  Read<v1::ListAssetsRequest>("ListAssets", [this](const CallContext&, const auto& asked) {
    return services::ListAssets(asked, store(), tokens_);
  });
  Write<v1::CreateRuleRequest>("CreateRule", ChangeToCreateRule);
  Read<v1::GetRuleRequest>(
      "GetRule", [this](const CallContext&, const auto& asked) -> absl::StatusOr<v1::Rule> {
        PERIGEE_ASSIGN_OR_RETURN(std::vector<v1::Rule> versions, ReadRule(asked.name(), store()));
        return std::move(versions.back());
      });
  Read<v1::ListRulesRequest>("ListRules", [this](const CallContext&, const auto& asked) {
    return ListOfProgram<v1::ListRulesResponse>(
        store(), tokens_, "ListRules", asked,
        [](auto& reader, const auto& program, const Page&) {
          return use_cases::NewestRules(reader, program);
        },
        [](auto& answer, const auto& program, const domain::Rule& rule) {
          *answer.add_rules() = ToProto(program, rule);
        });
  });
  Read<v1::ListRuleVersionsRequest>(
      "ListRuleVersions",
      [this](const CallContext&,
             const auto& asked) -> absl::StatusOr<v1::ListRuleVersionsResponse> {
        PERIGEE_ASSIGN_OR_RETURN(const Page page,
                                 Page::Parse(tokens_, "ListRuleVersions " + asked.name(), asked));
        PERIGEE_ASSIGN_OR_RETURN(std::vector<v1::Rule> versions, ReadRule(asked.name(), store()));
        // Versions count from 1 without gaps.
        const std::ptrdiff_t shown = page.after().empty() ? 0 : std::stoll(page.after());
        versions.erase(versions.begin(),
                       versions.begin() + std::min<std::ptrdiff_t>(shown, std::ssize(versions)));
        v1::ListRuleVersionsResponse answer;
        answer.set_next_page_token(page.Cut(
            versions, [](const v1::Rule& last) { return std::to_string(last.version()); }));
        answer.mutable_rules()->Add(versions.begin(), versions.end());
        return answer;
      });
  Write<v1::UpdateRuleRequest>("UpdateRule", ChangeToUpdateRule);
  Write<v1::SetRulesRequest>("SetRules", ChangeToSetRules);
}

}  // namespace perigee::services
