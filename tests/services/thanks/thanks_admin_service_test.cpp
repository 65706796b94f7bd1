#include "server/services/thanks/thanks_admin_service.h"

#include <chrono>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "perigee/v1/member.pb.h"
#include "perigee/v1/program.pb.h"
#include "perigee/v1/thanks.pb.h"
#include "server/core/error.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const std::string kAcme = "programs/acme";
const std::string kAda = kAcme + "/members/ada";
const std::string kBob = kAcme + "/members/bob";

// In `acme`, the brand thanked bob once and owes thanks to bob.
class ThanksAdminServiceTest : public testing::Test {
 protected:
  absl::Status Call(const std::string& method, const google::protobuf::Message& request,
                    std::string* answer = nullptr) {
    return server.CallWith(moderator, MethodNamed(method), request, answer);
  }
  v1::ThankMemberRequest ThanksTo(const std::string& member, const std::string& promise = "") {
    v1::ThankMemberRequest request;
    request.set_parent(member);
    request.set_text("For all you do");
    request.set_promise(promise);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::MakePromiseRequest PromiseTo(const std::string& member, v1::Promise::Kind kind,
                                   std::chrono::seconds ahead) {
    v1::MakePromiseRequest request;
    request.set_parent(member);
    request.set_kind(kind);
    request.set_text("A visit to the lab");
    const auto due = server.clock.Now().time_since_epoch() + ahead;
    request.mutable_due_time()->set_seconds(
        std::chrono::duration_cast<std::chrono::seconds>(due).count());
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::Promise Make(const v1::MakePromiseRequest& request) {
    return server.Must<v1::Promise>(moderator, "ThanksAdminService/MakePromise", request);
  }
  template <class Request>
  Request Named(const std::string& name) {
    Request request;
    request.set_name(name);
    request.set_request_id(server.NewRequestId());
    return request;
  }
  v1::ListPromisesResponse List(v1::Promise::State state, int size = 0,
                                const std::string& token = "") {
    v1::ListPromisesRequest request;
    request.set_parent(kAcme);
    request.set_state(state);
    request.set_page_size(size);
    request.set_page_token(token);
    return server.Must<v1::ListPromisesResponse>(server.Token("ROLE_MODERATOR"),
                                                 "ThanksAdminService/ListPromises", request);
  }

  AccessServer server;
  const std::string moderator = server.Token("ROLE_MODERATOR");
};

TEST_F(ThanksAdminServiceTest, ThanksOfTheBrandSettleWhatIsOwed) {
  const std::string owed = kAcme + server.acme.promise;
  EXPECT_THAT(Call("ThanksAdminService/ThankMember", ThanksTo(kAda, owed)),
              HasReason(Reason::kNotFound));
  EXPECT_THAT(Call("ThanksAdminService/ThankMember",
                   ThanksTo(kBob, "programs/umbrella" + server.umbrella.promise)),
              IsInvalidField("promise"));
  const auto thanks =
      server.Must<v1::Thanks>(moderator, "ThanksAdminService/ThankMember", ThanksTo(kBob, owed));
  EXPECT_EQ(thanks.giver(), "");
  EXPECT_EQ(thanks.receiver(), kBob);
  EXPECT_EQ(thanks.promise(), owed);
  const auto kept = List(v1::Promise::STATE_KEPT);
  ASSERT_THAT(kept.promises(), SizeIs(1));
  EXPECT_EQ(kept.promises(0).thanks(), thanks.name());
  EXPECT_THAT(Call("ThanksAdminService/ThankMember", ThanksTo(kBob, owed)),
              HasReason(Reason::kIllegalMove));
}

TEST_F(ThanksAdminServiceTest, PromisesAreListedByDueTimeAndBecomeOverdue) {
  using std::chrono::hours;
  const v1::Promise later = Make(PromiseTo(kAda, v1::Promise::KIND_PROMISE, hours(2)));
  const v1::Promise sooner = Make(PromiseTo(kBob, v1::Promise::KIND_PROMISE, hours(1)));
  EXPECT_EQ(later.state(), v1::Promise::STATE_OPEN);
  EXPECT_EQ(later.member(), kAda);
  EXPECT_THAT(later.made_by(), SizeIs(32));
  std::vector<std::string> names;
  std::string token;
  do {
    const auto page = List(v1::Promise::STATE_OPEN, 1, token);
    for (const v1::Promise& promise : page.promises()) {
      names.push_back(promise.name());
    }
    token = page.next_page_token();
  } while (!token.empty());
  EXPECT_THAT(names,
              testing::ElementsAre(sooner.name(), later.name(), kAcme + server.acme.promise));
  EXPECT_THAT(List(v1::Promise::STATE_OVERDUE).promises(), IsEmpty());
  server.clock.Advance(hours(1));
  EXPECT_THAT(List(v1::Promise::STATE_OVERDUE).promises(), SizeIs(1));
  EXPECT_THAT(List(v1::Promise::STATE_OPEN).promises(), SizeIs(2));
  EXPECT_THAT(List(v1::Promise::STATE_UNSPECIFIED).promises(), SizeIs(3));
  const auto kept =
      server.Must<v1::Promise>(server.Token("ROLE_MODERATOR"), "ThanksAdminService/KeepPromise",
                               Named<v1::KeepPromiseRequest>(sooner.name()));
  EXPECT_EQ(kept.state(), v1::Promise::STATE_KEPT);
  const auto cancelled =
      server.Must<v1::Promise>(server.Token("ROLE_MODERATOR"), "ThanksAdminService/CancelPromise",
                               Named<v1::CancelPromiseRequest>(later.name()));
  EXPECT_EQ(cancelled.state(), v1::Promise::STATE_CANCELLED);
  EXPECT_THAT(List(v1::Promise::STATE_OVERDUE).promises(), IsEmpty());
}

TEST_F(ThanksAdminServiceTest, FieldsAreChecked) {
  using std::chrono::hours;
  const auto refused = [&](const v1::MakePromiseRequest& request, const std::string& field) {
    EXPECT_THAT(Call("ThanksAdminService/MakePromise", request), IsInvalidField(field));
  };
  v1::MakePromiseRequest request = PromiseTo(kAda, v1::Promise::KIND_UNSPECIFIED, hours(1));
  refused(request, "kind");
  request.set_kind(v1::Promise::KIND_THANKS);
  request.set_text("");
  refused(request, "text");
  request.set_text("a visit");
  request.clear_due_time();
  refused(request, "due_time");
  refused(PromiseTo(kAda, v1::Promise::KIND_PROMISE, hours(-1)), "due_time");
  EXPECT_THAT(Call("ThanksAdminService/KeepPromise",
                   Named<v1::KeepPromiseRequest>(kAcme + "/promises/4711")),
              HasReason(Reason::kNotFound));
  v1::ThankMemberRequest thanks = ThanksTo(kAda);
  thanks.set_text("");
  EXPECT_THAT(Call("ThanksAdminService/ThankMember", thanks), IsInvalidField("text"));
  server.Suspend(kAda);
  EXPECT_THAT(Call("ThanksAdminService/ThankMember", ThanksTo(kAda)),
              HasReason(Reason::kMemberSuspended));
}

TEST_F(ThanksAdminServiceTest, AllThanksAndTheirReciprocityAreForStaff) {
  v1::GiveThanksRequest give;
  give.set_parent(kAda);
  give.set_receiver(kBob);
  give.set_text("For the help");
  give.set_request_id(server.NewRequestId());
  const auto given = server.Must<v1::Thanks>(server.Token("ada"), "ThanksService/GiveThanks", give);
  v1::ListAllThanksRequest list;
  list.set_parent(kAcme);
  list.set_page_size(1);
  const auto all =
      server.Must<v1::ListAllThanksResponse>(moderator, "ThanksAdminService/ListAllThanks", list);
  ASSERT_THAT(all.thanks(), SizeIs(1));
  EXPECT_EQ(all.thanks(0).name(), given.name());
  list.set_page_token(all.next_page_token());
  const auto rest =
      server.Must<v1::ListAllThanksResponse>(moderator, "ThanksAdminService/ListAllThanks", list);
  ASSERT_THAT(rest.thanks(), SizeIs(1));
  EXPECT_EQ(rest.thanks(0).name(), kAcme + server.acme.thanks);
  EXPECT_EQ(rest.next_page_token(), "");
  v1::GetProgramReciprocityRequest ask;
  ask.set_name(kAcme);
  const auto found = server.Must<v1::ProgramReciprocity>(
      server.Token("ROLE_ANALYST"), "ThanksAdminService/GetProgramReciprocity", ask);
  EXPECT_EQ(found.edges(), 1);
  EXPECT_EQ(found.mutual_edges(), 0);
  EXPECT_TRUE(found.has_index());
  ask.set_name("programs/umbrella");
  EXPECT_FALSE(server
                   .Must<v1::ProgramReciprocity>(server.Token("root"),
                                                 "ThanksAdminService/GetProgramReciprocity", ask)
                   .has_index());
  // An erased side takes its thanks out of the lists.
  v1::EraseMemberRequest erase;
  erase.set_name(kBob);
  v1::GetMemberRequest get;
  get.set_name(kBob);
  erase.set_etag(
      server.Must<v1::Member>(server.Token("root"), "MemberService/GetMember", get).etag());
  erase.set_request_id(server.NewRequestId());
  ASSERT_THAT(
      server.CallWith(server.Token("root"), MethodNamed("MemberAdminService/EraseMember"), erase),
      IsOk());
  list.set_page_token("");
  list.set_page_size(10);
  EXPECT_THAT(
      server.Must<v1::ListAllThanksResponse>(moderator, "ThanksAdminService/ListAllThanks", list)
          .thanks(),
      IsEmpty());
  EXPECT_THAT(List(v1::Promise::STATE_OPEN).promises(), IsEmpty());
}

TEST_F(ThanksAdminServiceTest, TheExportOfAMemberHasWhatIsPromised) {
  v1::ExportMemberRequest request;
  request.set_name(kBob);
  std::string bytes;
  ASSERT_THAT(server.CallWith(server.Token("ROLE_PROGRAM_ADMIN"),
                              MethodNamed("MemberService/ExportMember"), request, &bytes),
              IsOk());
  EXPECT_THAT(bytes, HasSubstr("For the answers"));
}

TEST_F(ThanksAdminServiceTest, TheProgrammeHasTheSettingsOfThanks) {
  v1::UpdateProgramRequest request;
  request.mutable_program()->set_name(kAcme);
  request.mutable_program()->set_thanks_limit(7);
  request.mutable_program()->set_thanks_period(v1::Program::THANKS_PERIOD_MONTH);
  request.mutable_update_mask()->add_paths("thanks_limit");
  request.mutable_update_mask()->add_paths("thanks_period");
  request.set_request_id(server.NewRequestId());
  const std::string root = server.Token("root");
  const auto changed = server.Must<v1::Program>(root, "ProgramAdminService/UpdateProgram", request);
  EXPECT_EQ(changed.thanks_limit(), 7);
  EXPECT_EQ(changed.thanks_period(), v1::Program::THANKS_PERIOD_MONTH);
  EXPECT_FALSE(changed.display_name().empty());
  request.mutable_program()->set_thanks_limit(1001);
  request.set_request_id(server.NewRequestId());
  EXPECT_THAT(server.CallWith(root, MethodNamed("ProgramAdminService/UpdateProgram"), request),
              IsInvalidField("program.thanks_limit"));
}

}  // namespace
}  // namespace perigee::tests
