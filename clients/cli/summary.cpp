#include "clients/cli/summary.h"

#include <nlohmann/json.hpp>

#include "clients/cli/sender.h"
#include "clients/cli/session.h"
#include "clients/cli/stackexchange.h"
#include "clients/cli/table.h"

namespace perigee::cli {

namespace {

constexpr int kUnusableShown = 10;

nlohmann::json ToJson(const Tally& tally) {
  return {{"recorded", tally.recorded},
          {"replayed", tally.replayed},
          {"refused", tally.Refused()},
          {"refused_by_reason", tally.refused},
          {"first_refusal", tally.first_refusal}};
}

nlohmann::json ToJson(const UpdateSummary& update) {
  return {{"renamed", update.renamed},
          {"undone", update.undone},
          {"transfers_reversed", update.transfers_reversed},
          {"gone_before", update.gone_before},
          {"not_reversed", update.not_reversed},
          {"members_gone", update.members_gone}};
}

void PrintUpdate(Session& session, const UpdateSummary& update) {
  Table table({"CHANGED SINCE THE EARLIER DUMP", ">COUNT"});
  const auto add = [&](const std::string& what, std::int64_t count) {
    table.Add({what, std::to_string(count)});
  };
  add("members renamed", update.renamed);
  for (const auto& [kind, count] : update.undone) {
    add(kind + "s gone from the dump, taken back", count);
  }
  add("transfers reversed", update.transfers_reversed);
  add("activities gone from the dump, with nothing left to take back", update.gone_before);
  for (const auto& [reason, count] : update.not_reversed) {
    add("transfers that could not be reversed, " + reason, count);
  }
  add("members gone from the dump, left as they are", update.members_gone);
  session.out() << '\n';
  table.Print(session.out());
}

void PrintRefusals(Session& session, const std::string& what, const Tally& tally) {
  for (const auto& [reason, count] : tally.refused) {
    session.out() << what << " refused, " << reason << ": " << count << '\n';
  }
  if (!tally.first_refusal.empty()) {
    session.out() << "the first: " << tally.first_refusal << '\n';
  }
}

}  // namespace

void PrintSummary(Session& session, const std::vector<PlanStep>& steps,
                  const ImportSummary& summary) {
  if (session.options.json) {
    nlohmann::json json = {
        {"members", ToJson(summary.members)},       {"activities", ToJson(summary.activities)},
        {"stand_in_names", summary.stand_in_names}, {"passed_over", summary.passed_over},
        {"unusable_rows", summary.unusable_rows},   {"revision", summary.revision}};
    if (summary.champions.has_value()) {
      json["champions"] = ToJson(*summary.champions);
    }
    if (summary.update.has_value()) {
      json["update"] = ToJson(*summary.update);
    }
    for (const PlanStep& step : steps) {
      json["set_up"].push_back({{"what", step.what}, {"done", step.done}});
    }
    session.out() << json.dump() << '\n';
    return;
  }
  PrintSteps(session.out(), steps);
  Table table({"SENT", ">RECORDED", ">THERE BEFORE", ">REFUSED"});
  const auto add = [&](const std::string& what, const Tally& tally) {
    table.Add({what, std::to_string(tally.recorded), std::to_string(tally.replayed),
               std::to_string(tally.Refused())});
  };
  add("members", summary.members);
  add("activities", summary.activities);
  if (summary.champions.has_value()) {
    add("calls about champions", *summary.champions);
  }
  session.out() << '\n';
  table.Print(session.out());
  PrintRefusals(session, "members", summary.members);
  PrintRefusals(session, "activities", summary.activities);
  if (summary.update.has_value()) {
    PrintUpdate(session, *summary.update);
  }
  if (!summary.unusable_rows.empty()) {
    session.out() << "rows that cannot be used: " << summary.unusable_rows.size() << '\n';
    int shown = 0;
    for (const auto& [place, why] : summary.unusable_rows) {
      if (shown++ == kUnusableShown) {
        session.out() << "  …\n";
        break;
      }
      session.out() << "  " << why << '\n';
    }
  }
  if (!summary.passed_over.empty() || summary.stand_in_names > 0) {
    Table passed({"PASSED OVER", ">COUNT"});
    for (const auto& [why, count] : summary.passed_over) {
      passed.Add({why, std::to_string(count)});
    }
    if (summary.stand_in_names > 0) {
      passed.Add({"display name replaced by a stand-in", std::to_string(summary.stand_in_names)});
    }
    session.out() << '\n';
    passed.Print(session.out());
  }
}

}  // namespace perigee::cli
