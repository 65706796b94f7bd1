#include "server/services/insider/leak_admin_service.h"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/leak.pb.h"
#include "perigee/v1/member.pb.h"
#include "server/core/error.h"
#include "server/domain/insider/canary_trace.h"
#include "server/domain/insider/item.h"
#include "server/domain/insider/item_read.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/record_reader.h"
#include "server/use_cases/insider/copies.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/domain/insider/canary_texts.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using testing::HasSubstr;
using testing::SizeIs;

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";
const std::string kBriefing = kAcme + "/items/briefing";

// In `acme`, ada and bob have read the item `briefing` of 1500 words.
class LeakAdminServiceTest : public testing::Test {
 protected:
  LeakAdminServiceTest() {
    domain::InsiderItem item;
    item.id = "briefing";
    item.display_name = "The next bike";
    item.version = 1;
    Write([&](domain::Changes& changes, domain::Revision revision) {
      item.revision = revision;
      changes.records.Put(item);
      changes.records.Put(domain::ItemVersion{"briefing", 1, text, "", server.clock.Now(), 0});
    });
    ReadBy(KeyOf("ada"));
    ReadBy(KeyOf("bob"));
  }

  // Notes that the member was shown the body. `wait`: until that and all before is durable.
  void ReadBy(const domain::MemberKey& reader, bool wait = true) {
    ports::Unit unit = UnitOf([reader, this](domain::Changes& changes, domain::Revision revision) {
      changes.records.Put(
          domain::ReadAt(reader, {"briefing", 1, ""}, server.clock.Now(), revision));
    });
    if (wait) {
      EXPECT_THAT(use_cases::WriteAndWait(server.store(), std::move(unit)), IsOk());
    } else {
      server.store().Write(std::move(unit),
                           [](const auto& outcome) { EXPECT_THAT(outcome, IsOk()); });
    }
  }
  void ReadByTenThousandOthers() {
    for (std::uint32_t i = 1; i <= 10'000; ++i) {
      domain::MemberKey reader;
      reader.bytes[0] = 0xF0;
      reader.bytes[14] = static_cast<std::uint8_t>(i / 256);
      reader.bytes[15] = static_cast<std::uint8_t>(i % 256);
      ReadBy(reader, i % 500 == 0);
    }
  }

  template <class Fill>
  ports::Unit UnitOf(Fill fill) {
    ports::Unit unit;
    unit.program = "acme";
    unit.now = server.clock.Now();
    unit.decide = [fill](ports::StoreReader&,
                         const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
      ports::Decision decision;
      fill(decision.changes, context.revision);
      return decision;
    };
    return unit;
  }
  template <class Fill>
  void Write(Fill fill) {
    EXPECT_THAT(use_cases::WriteAndWait(server.store(), UnitOf(fill)), IsOk());
  }
  template <class Body>
  void Read(const Body& body) {
    EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
      body(reader);
      return absl::OkStatus();
    }),
                IsOk());
  }
  domain::MemberKey KeyOf(const std::string& member) {
    domain::MemberKey key;
    Read([&](ports::StoreReader& reader) {
      key = reader.members().Find("acme", member).value().value().key;
    });
    return key;
  }
  // The copy that the member was shown.
  std::string CopyOf(const std::string& member) {
    const domain::MemberKey viewer = KeyOf(member);
    std::string copy;
    Read([&](ports::StoreReader& reader) {
      const SealKey key = use_cases::CanaryKey(reader, "acme").value();
      copy = domain::MarkedCopy(use_cases::BytesOf(key), use_cases::CopyOf("briefing", 1, viewer),
                                text)
                 .value();
    });
    return copy;
  }
  static v1::TraceLeakRequest TraceOf(const std::string& leak, const std::string& item = "") {
    v1::TraceLeakRequest request;
    request.set_parent(kAcme);
    request.set_leak(leak);
    request.set_item(item);
    return request;
  }
  v1::LeakTrace Trace(const std::string& leak) {
    return server.Must<v1::LeakTrace>(server.Token("ROLE_PROGRAM_ADMIN"),
                                      "LeakAdminService/TraceLeak", TraceOf(leak));
  }
  absl::Status Call(const std::string& who, const std::string& method,
                    const google::protobuf::Message& request) {
    return server.CallWith(server.Token(who), MethodNamed("LeakAdminService/" + method), request);
  }
  absl::Status Call(const std::string& method, const google::protobuf::Message& request) {
    return Call("ROLE_PROGRAM_ADMIN", method, request);
  }
  template <class Request>
  v1::LeakCase Do(const std::string& method, const Request& request) {
    return server.Must<v1::LeakCase>(server.Token("ROLE_PROGRAM_ADMIN"),
                                     "LeakAdminService/" + method, request);
  }
  template <class Request>
  Request Of(const std::string& name, const std::string& reason = "") {
    Request request;
    request.set_name(name);
    request.set_reason(reason);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::NameLeakSuspectRequest Naming(const std::string& name, const std::string& suspect) {
    auto request = Of<v1::NameLeakSuspectRequest>(name, "They told us");
    request.set_suspect(suspect);
    return request;
  }
  // How often staff were shown ada's data by a method that is not named.
  int UnnamedReadsOfAda() {
    v1::ListPersonalReadsRequest request;
    request.set_parent(kAda);
    int unnamed = 0;
    const auto reads = server.Must<v1::ListPersonalReadsResponse>(
        server.Token("ada"), "MemberService/ListPersonalReads", request);
    for (const v1::PersonalRead& read : reads.personal_reads()) {
      unnamed += read.method().empty() ? 1 : 0;
    }
    return unnamed;
  }

  AccessServer server;
  const std::string text = TextOf(kEnglish, 1500, 1);
  const std::string reported = kAcme + server.acme.leak_case;
};

// The show: one of 10 002 readers, by a passage with other line breaks, quotes and spaces.
TEST_F(LeakAdminServiceTest, APastedPassageTellsOneOfTenThousandReaders) {
  ReadByTenThousandOthers();
  const std::string copy = CopyOf("ada");
  EXPECT_EQ(UnnamedReadsOfAda(), 0);

  const v1::LeakTrace long_one = Trace(Pasted(Excerpt(copy, 600, 300)));
  EXPECT_EQ(long_one.finding(), v1::LeakTrace::FINDING_CANDIDATES);
  EXPECT_EQ(long_one.item(), kBriefing);
  ASSERT_EQ(long_one.candidates_size(), 1);
  EXPECT_EQ(long_one.candidates(0).member(), kAda);
  EXPECT_EQ(long_one.candidates(0).item(), kBriefing);
  EXPECT_EQ(long_one.candidates(0).version(), 1);
  EXPECT_GT(long_one.candidates(0).marks_read(), 200);
  EXPECT_EQ(long_one.candidates(0).marks_agreeing(), long_one.candidates(0).marks_read());
  EXPECT_EQ(long_one.candidates(0).false_chance(), domain::kFalseChanceStatedMin);
  EXPECT_THAT(long_one.candidates(0).confidence(), HasSubstr("at most 1 in 1000000000"));
  EXPECT_THAT(long_one.caution(), HasSubstr("That does not say who made it public"));
  EXPECT_THAT(long_one.caution(), HasSubstr("Retyping removes the marks"));
  RecordProperty("marks_of_300_words", long_one.candidates(0).marks_read());

  const v1::LeakTrace short_one = Trace(Pasted(Excerpt(copy, 600, 40)));
  ASSERT_EQ(short_one.candidates_size(), 1);
  EXPECT_EQ(short_one.candidates(0).member(), kAda);
  EXPECT_LE(short_one.candidates(0).false_chance(), 1e-6);
  RecordProperty("confidence_of_40_words", short_one.candidates(0).confidence());
  // Ada learns that her data was shown, and not by what.
  EXPECT_EQ(UnnamedReadsOfAda(), 2);
}

TEST_F(LeakAdminServiceTest, WhatWasRetypedNamesNobody) {
  const std::string copy = CopyOf("ada");
  const v1::LeakTrace retyped = Trace(Pasted(Excerpt(text, 600, 300)));
  EXPECT_EQ(retyped.finding(), v1::LeakTrace::FINDING_NO_MARK);
  EXPECT_GT(retyped.words_found(), 280);
  EXPECT_EQ(retyped.item(), kBriefing);
  EXPECT_EQ(retyped.candidates_size(), 0);
  EXPECT_THAT(retyped.caution(), HasSubstr("Retyping removes the marks"));
  EXPECT_EQ(Trace(Stripped(Excerpt(copy, 600, 300))).finding(), v1::LeakTrace::FINDING_NO_MARK);
  EXPECT_EQ(Trace(Excerpt(copy, 600, 10)).finding(), v1::LeakTrace::FINDING_TOO_LITTLE);
  EXPECT_EQ(UnnamedReadsOfAda(), 0);
}

TEST_F(LeakAdminServiceTest, OnlyAdminsTrace) {
  for (const char* who : {"ada", "ROLE_MODERATOR", "ROLE_REVIEWER", "ROLE_ANALYST"}) {
    EXPECT_THAT(Call(who, "TraceLeak", TraceOf("a")), HasReason(Reason::kPermissionDenied)) << who;
  }
}

TEST_F(LeakAdminServiceTest, RequestsAreCheckedFieldByField) {
  EXPECT_THAT(Call("TraceLeak", TraceOf("")), IsInvalidField("leak"));
  EXPECT_THAT(Call("TraceLeak", TraceOf("\xFF")), IsInvalidField("leak"));
  EXPECT_THAT(Call("TraceLeak", TraceOf(std::string(1024 * 1024 + 1, 'a'))),
              IsInvalidField("leak"));
  EXPECT_THAT(Call("TraceLeak", TraceOf(std::string(1024 * 1024, 'a'))), IsOk());
  EXPECT_THAT(Call("TraceLeak", TraceOf("a", "briefing")), IsInvalidField("item"));
  EXPECT_THAT(Call("TraceLeak", TraceOf("a", kAcme + "/items/none")), HasReason(Reason::kNotFound));
  v1::ReportLeakRequest report;
  report.set_parent(kAcme);
  report.set_request_id(server.NewRequestId());
  EXPECT_THAT(Call("ReportLeak", report), IsInvalidField("summary"));
  report.set_summary("On a forum");
  report.set_item(kAcme + "/items/none");
  EXPECT_THAT(Call("ReportLeak", report), HasReason(Reason::kNotFound));
  v1::ListLeakCasesRequest list;
  list.set_parent(kAcme);
  list.set_state(static_cast<v1::LeakCase::State>(77));
  EXPECT_THAT(Call("ListLeakCases", list), IsInvalidField("state"));
}

TEST_F(LeakAdminServiceTest, ACaseIsDecidedByPeopleForReasons) {
  EXPECT_THAT(Call("ConfirmLeak", Of<v1::ConfirmLeakRequest>(reported, "Yes")),
              HasReason(Reason::kIllegalMove));
  const v1::LeakCase triage = Do("StartLeakTriage", Of<v1::StartLeakTriageRequest>(reported));
  EXPECT_EQ(triage.state(), v1::LeakCase::STATE_TRIAGE);
  EXPECT_NE(triage.reported_by(), "");
  EXPECT_THAT(Call("NameLeakSuspect", Naming(reported, "ada")), IsInvalidField("suspect"));
  EXPECT_THAT(Call("NameLeakSuspect", Naming(reported, kAcme + "/members/none")),
              HasReason(Reason::kNotFound));
  const v1::LeakCase named = Do("NameLeakSuspect", Naming(reported, kAda));
  EXPECT_EQ(named.suspect(), kAda);
  EXPECT_EQ(named.suspect_reason(), "They told us");
  EXPECT_NE(named.named_by(), "");
  server.Grant("acme", v1::ROLE_PROGRAM_ADMIN, "ada");
  EXPECT_THAT(Call("ada", "DismissLeak", Of<v1::DismissLeakRequest>(reported, "It was not me")),
              HasReason(Reason::kInvolved));
  EXPECT_THAT(Call("ConfirmLeak", Of<v1::ConfirmLeakRequest>(reported)), IsInvalidField("reason"));
  auto stale = Of<v1::ConfirmLeakRequest>(reported, "Yes");
  stale.set_etag(triage.etag());
  EXPECT_THAT(Call("ConfirmLeak", stale), HasReason(Reason::kEtagMismatch));
  const auto confirm = Of<v1::ConfirmLeakRequest>(reported, "We talked");
  const v1::LeakCase confirmed = Do("ConfirmLeak", confirm);
  EXPECT_EQ(confirmed.state(), v1::LeakCase::STATE_CONFIRMED);
  EXPECT_NE(confirmed.judged_by(), "");
  EXPECT_EQ(Do("ConfirmLeak", confirm).revision(), confirmed.revision());
  v1::GetLeakCaseRequest get;
  get.set_name(reported);
  EXPECT_EQ(Do("GetLeakCase", get).reason(), "We talked");
  get.set_name(kAcme + "/leakCases/999");
  EXPECT_THAT(Call("GetLeakCase", get), HasReason(Reason::kNotFound));
}

TEST_F(LeakAdminServiceTest, CasesAreListedByState) {
  v1::ReportLeakRequest report;
  report.set_parent(kAcme);
  report.set_item(kBriefing);
  report.set_summary("On a forum");
  report.set_request_id(server.NewRequestId());
  const v1::LeakCase other = Do("ReportLeak", report);
  EXPECT_EQ(other.item(), kBriefing);
  Do("StartLeakTriage", Of<v1::StartLeakTriageRequest>(other.name()));
  Do("NameLeakSuspect", Naming(other.name(), kBob));
  const v1::LeakCase unfounded =
      Do("DismissLeak", Of<v1::DismissLeakRequest>(other.name(), "It was public"));
  EXPECT_EQ(unfounded.suspect(), "");
  EXPECT_EQ(unfounded.suspect_reason(), "");
  const auto listed = [&](v1::LeakCase::State state) {
    v1::ListLeakCasesRequest request;
    request.set_parent(kAcme);
    request.set_state(state);
    request.set_page_size(1);
    std::vector<std::string> names;
    do {
      const auto page = server.Must<v1::ListLeakCasesResponse>(
          server.Token("ROLE_PROGRAM_ADMIN"), "LeakAdminService/ListLeakCases", request);
      for (const v1::LeakCase& leak : page.leak_cases()) {
        names.push_back(leak.name());
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return names;
  };
  EXPECT_THAT(listed(v1::LeakCase::STATE_UNSPECIFIED),
              testing::ElementsAre(reported, other.name()));
  EXPECT_THAT(listed(v1::LeakCase::STATE_UNFOUNDED), testing::ElementsAre(other.name()));
  EXPECT_THAT(listed(v1::LeakCase::STATE_TRIAGE), SizeIs(0));
}

}  // namespace
}  // namespace perigee::tests
