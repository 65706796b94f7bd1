#include "server/services/insider/leak_convert.h"
#include "server/domain/insider/leak_traces.h"

#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/core/uuid.h"
#include "server/domain/insider/leak_traces.h"
#include "server/domain/program/program.h"
#include "server/services/convert.h"

namespace perigee::services {
namespace {

v1::LeakTrace::Finding FindingOf(domain::LeakFinding finding) {
  switch (finding) {
    case domain::LeakFinding::kNoMark:
      return v1::LeakTrace::FINDING_NO_MARK;
    case domain::LeakFinding::kTooLittle:
      return v1::LeakTrace::FINDING_TOO_LITTLE;
    case domain::LeakFinding::kNoReader:
      return v1::LeakTrace::FINDING_NO_READER;
    case domain::LeakFinding::kCandidates:
      break;
  }
  return v1::LeakTrace::FINDING_CANDIDATES;
}

std::string ItemName(const std::string& program, const std::string& item) {
  return item.empty() ? std::string() : FormatName(kItemPattern, {program, item});
}

std::string HexOf(const domain::MemberKey& key) { return key.IsNil() ? std::string() : key.Hex(); }

// Rounded so that no more is said than is so.
std::string InWords(double false_chance) {
  constexpr double kSlack = 1e-6;  // Of the division.
  return absl::StrCat("the chance that an innocent reader's copy agrees as well is at most 1 in ",
                      static_cast<std::int64_t>(std::floor(1 / false_chance + kSlack)));
}

}  // namespace

v1::LeakTrace ToProto(const std::string& program, const domain::JoinedTraces& traces, Time now) {
  v1::LeakTrace out;
  out.set_finding(FindingOf(traces.finding));
  out.set_item(ItemName(program, traces.item));
  out.set_words_found(traces.words_found);
  out.set_marks_read(traces.marks_read);
  for (const domain::ItemCandidate& one : traces.candidates) {
    v1::LeakTrace::Candidate& candidate = *out.add_candidates();
    candidate.set_item(ItemName(program, one.item));
    candidate.set_version(static_cast<std::int32_t>(one.candidate.version));
    candidate.set_member(one.candidate.viewer);
    candidate.set_marks_read(one.candidate.marks_read);
    candidate.set_marks_agreeing(one.candidate.marks_agreeing);
    candidate.set_false_chance(one.candidate.false_chance);
    candidate.set_confidence(InWords(one.candidate.false_chance));
  }
  out.set_caution(std::string(domain::kLeakCaution));
  *out.mutable_measure_time() = ToTimestamp(now);
  return out;
}

absl::StatusOr<v1::LeakTrace> WithNames(ports::StoreReader& reader, const std::string& program,
                                        v1::LeakTrace trace) {
  std::vector<domain::MemberKey> keys;
  for (const v1::LeakTrace::Candidate& candidate : trace.candidates()) {
    PERIGEE_ASSIGN_OR_RETURN(const domain::MemberKey key, ParseUuid(candidate.member(), "member"));
    keys.push_back(key);
  }
  PERIGEE_ASSIGN_OR_RETURN(const PersonNames names, PersonNames::Of(reader, program, keys));
  for (int i = 0; i < trace.candidates_size(); ++i) {
    trace.mutable_candidates(i)->set_member(names(keys[static_cast<std::size_t>(i)]));
  }
  return trace;
}

v1::LeakCase ToProto(const std::string& program, const domain::LeakCase& leak,
                     const PersonNames& names) {
  v1::LeakCase out;
  out.set_name(FormatName(kLeakCasePattern, {program, absl::StrCat(leak.id)}));
  out.set_state(static_cast<v1::LeakCase::State>(leak.state));
  out.set_item(ItemName(program, leak.item));
  out.set_summary(leak.summary);
  out.set_suspect(names(leak.suspect));
  out.set_suspect_reason(leak.suspect_reason);
  out.set_reason(leak.reason);
  out.set_reported_by(HexOf(leak.reported_by));
  out.set_named_by(HexOf(leak.named_by));
  out.set_judged_by(HexOf(leak.judged_by));
  *out.mutable_create_time() = ToTimestamp(leak.create_time);
  if (leak.decide_time.has_value()) {
    *out.mutable_decide_time() = ToTimestamp(*leak.decide_time);
  }
  out.set_etag(domain::Etag(leak.revision));
  out.set_revision(leak.revision);
  return out;
}

}  // namespace perigee::services
