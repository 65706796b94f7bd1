#include "server/services/permissions.h"

#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "perigee/v1/feedback.pb.h"
#include "perigee/v1/insider.pb.h"
#include "perigee/v1/insight.pb.h"
#include "perigee/v1/leak.pb.h"
#include "server/core/error.h"
#include "server/domain/access/personal_read.h"
#include "server/ports/journal/journal_reader.h"
#include "server/services/member/member_service.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"
#include "tests/services/access/requests.h"
#include "tests/services/idea/put_item.h"
#include "tests/services/insider/insider_server.h"

namespace perigee::tests {
namespace {

using google::protobuf::MethodDescriptor;

// The columns of the table.
constexpr const char* kCallers[] = {"ada",
                                    "ROLE_MODERATOR",
                                    "ROLE_REVIEWER",
                                    "ROLE_PROGRAM_ADMIN",
                                    "ROLE_ANALYST",
                                    "ROLE_INGESTION",
                                    "root",
                                    "stranger",
                                    ""};
constexpr const char* kTitles[] = {"member",    "moderator", "reviewer", "admin", "analyst",
                                   "ingestion", "operator",  "stranger", "nobody"};

// `o`: allowed. `x`: the caller's roles do not allow it. `-`: there is no such thing for the
// caller. `u`: the caller must sign in.
char Mark(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
      return 'u';
    case absl::StatusCode::kPermissionDenied:
      return 'x';
    case absl::StatusCode::kNotFound:
      return '-';
    case absl::StatusCode::kInternal:
      ADD_FAILURE() << status.ToString();
      return '!';
    default:
      return 'o';  // Another refusal comes from the handler.
  }
}

// In `acme`, ada has also redeemed a reward, staff hold her on a level of a scheme of tiers, bob
// has accepted the agreement of an insider item, has a seat of it and has given feedback on
// another and is suspected of a leak, and there is the webhook crm. In both programmes, bob is a
// candidate for the title hero,
// the insider item `preview` is a draft, and the item `open` is open.
class PermissionsTest : public testing::Test {
 protected:
  PermissionsTest() {
    const std::string root = server.Token("root");
    v1::PostTransfersRequest post;
    post.set_parent("programs/acme");
    v1::Transfer& transfer = *post.add_transfers();
    transfer.set_debit_account("programs/acme/assets/access/accounts/issued");
    transfer.set_credit_account("programs/acme/members/ada/accounts/access");
    transfer.set_amount(1);
    post.set_request_id(server.NewRequestId());
    server.Must<v1::PostTransfersResponse>(root, "CapitalAdminService/PostTransfers", post);
    v1::CreateRewardRequest create;
    create.set_parent("programs/acme");
    create.set_reward_id("seat");
    create.mutable_reward()->set_display_name("A seat");
    create.mutable_reward()->set_reward_class(v1::REWARD_CLASS_ACCESS);
    create.mutable_reward()->set_price(1);
    create.set_request_id(server.NewRequestId());
    server.Must<v1::Reward>(root, "RewardAdminService/CreateReward", create);
    v1::RedeemRequest redeem;
    redeem.set_parent("programs/acme/members/ada");
    redeem.set_reward("programs/acme/rewards/seat");
    redeem.set_request_id(server.NewRequestId());
    server.Must<v1::Redemption>(root, "RewardService/Redeem", redeem);
    v1::SetTierSchemeRequest set;
    set.mutable_scheme()->set_name("programs/acme/tierSchemes/loyalty");
    set.mutable_scheme()->set_display_name("Loyalty");
    v1::TierLevel& level = *set.mutable_scheme()->add_levels();
    level.set_id("gold");
    level.set_display_name("Gold");
    level.set_at_least(1000);
    set.set_request_id(server.NewRequestId());
    server.Must<v1::TierScheme>(root, "TierAdminService/SetTierScheme", set);
    v1::LockTierStandingRequest lock;
    lock.set_name("programs/acme/members/ada/tierStandings/loyalty");
    lock.set_level("gold");
    lock.set_reason("On leave");
    lock.set_request_id(server.NewRequestId());
    server.Must<v1::TierStanding>(root, "TierAdminService/LockTierStanding", lock);
    MakeAgreement(server, "programs/acme", "nda");
    domain::InsiderItem tour = OpenItem(server, "tour");
    tour.agreement = "nda";
    PutItem(server, "acme", tour);
    AcceptAs(server, root, "programs/acme/members/bob", "programs/acme/agreements/nda");
    server.Must<v1::InsiderSeat>(
        root, "SeatService/ClaimSeat",
        ClaimOf(server, "programs/acme/members/bob", "programs/acme/items/tour"));
    for (const char* program : {"acme", "umbrella"}) {
      PutItem(server, program, OpenItemOf("open"));
    }
    v1::GiveFeedbackRequest feedback;
    feedback.set_parent("programs/acme/members/bob");
    feedback.mutable_feedback()->set_item("programs/acme/items/open");
    feedback.mutable_feedback()->set_text("The bell is too quiet");
    feedback.set_request_id(server.NewRequestId());
    server.Must<v1::Feedback>(root, "FeedbackService/GiveFeedback", feedback);
    v1::StartLeakTriageRequest triage;
    triage.set_name("programs/acme" + server.acme.leak_case);
    triage.set_reason("It was seen");
    triage.set_request_id(server.NewRequestId());
    server.Must<v1::LeakCase>(root, "LeakAdminService/StartLeakTriage", triage);
    v1::NameLeakSuspectRequest suspect;
    suspect.set_name(triage.name());
    suspect.set_suspect("programs/acme/members/bob");
    suspect.set_reason("The mark is his");
    suspect.set_request_id(server.NewRequestId());
    server.Must<v1::LeakCase>(root, "LeakAdminService/NameLeakSuspect", suspect);
    for (const std::string program : {"programs/acme", "programs/umbrella"}) {
      v1::CreateWebhookRequest webhook;
      webhook.set_parent(program);
      webhook.set_webhook_id("crm");
      webhook.mutable_webhook()->set_url("https://crm.example/hook");
      webhook.set_request_id(server.NewRequestId());
      server.Must<v1::WebhookSecretResponse>(root, "WebhookAdminService/CreateWebhook", webhook);
      v1::CreateTitleRequest title;
      title.set_parent(program);
      title.set_title_id("hero");
      title.mutable_title()->set_display_name("Hero");
      title.mutable_title()->set_term_months(12);
      title.mutable_title()->add_nominators(v1::NOMINATOR_STAFF);
      v1::CandidateCriterion& presence = *title.mutable_title()->add_criteria();
      presence.set_id("presence");
      presence.set_display_name("Presence");
      presence.set_measure(v1::CandidateCriterion::MEASURE_ACTIVE_DAYS);
      presence.set_window_days(30);
      presence.set_at_least(1);
      title.set_request_id(server.NewRequestId());
      server.Must<v1::Title>(root, "ChampionAdminService/CreateTitle", title);
      v1::CreateItemRequest item;
      item.set_parent(program);
      item.set_item_id("preview");
      item.mutable_item()->set_display_name("The next bike");
      item.mutable_item()->set_kind(v1::InsiderItem::KIND_PREVIEW);
      item.set_request_id(server.NewRequestId());
      server.Must<v1::InsiderItem>(root, "InsiderAdminService/CreateItem", item);
      v1::AddItemVersionRequest body;
      body.set_parent(program + "/items/preview");
      body.set_body("It folds.");
      body.set_request_id(server.NewRequestId());
      server.Must<v1::ItemVersion>(root, "InsiderAdminService/AddItemVersion", body);
    }
  }

  AccessServer server;
};

TEST_F(PermissionsTest, EveryRpcHasALineAndEveryLineAnRpc) {
  std::vector<std::string> lines;
  for (const services::Permission& permission : services::AllPermissions()) {
    lines.emplace_back(permission.method);
    EXPECT_TRUE(services::BoundPermission::Of("perigee.v1." + lines.back(),
                                              *MethodNamed(permission.method).input_type()))
        << permission.method << " names a field that its request lacks";
  }
  std::vector<std::string> rpcs;
  std::vector<std::string> files;
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const char* file :
       {"access",       "attachment", "activity",  "ask",      "audience", "audit",
        "badge",        "board",      "candidate", "capital",  "champion", "contribution",
        "credential",   "explain",    "facet",     "insider",  "insight",  "invitation",
        "member",       "orbit",      "program",   "reward",   "thanks",   "tier",
        "insider_read", "agreement",  "seat",      "feedback", "idea",     "leak",
        "inbox",        "delivery"}) {
    const auto* proto = pool->FindFileByName("perigee/v1/" + std::string(file) + ".proto");
    ASSERT_NE(proto, nullptr) << file;
    for (int i = 0; i < proto->service_count(); ++i) {
      for (int j = 0; j < proto->service(i)->method_count(); ++j) {
        rpcs.push_back(proto->service(i)->name() + "/" + proto->service(i)->method(j)->name());
      }
    }
  }
  EXPECT_THAT(lines, ::testing::UnorderedElementsAreArray(rpcs));
}

// The file beside this test is the table as the server keeps it: three marks a caller, for its own,
// another member's, and another programme's. A change of permissions shows there.
TEST_F(PermissionsTest, TheServerKeepsTheTable) {
  std::ostringstream table;
  table << "# o allowed, x denied, - hidden, u must sign in;"
           " on one's own, another member's, another programme's\n";
  int calls = 0;
  for (const services::Permission& permission : services::AllPermissions()) {
    table << permission.method << ":";
    for (std::size_t i = 0; i < std::size(kCallers); ++i) {
      const std::string caller = kCallers[i];
      table << ' ' << kTitles[i] << ' ';
      for (const Relation relation : {Relation::kOwn, Relation::kOthers, Relation::kForeign}) {
        const std::string token = caller.empty() ? "" : server.Token(caller);
        table << Mark(server.CallWith(token, MethodNamed(permission.method),
                                      *RequestFor(server, permission, relation)));
        ++calls;
      }
    }
    table << '\n';
  }
  std::printf("%d calls: %zu RPCs, %zu callers, 3 relations\n", calls,
              services::AllPermissions().size(), std::size(kCallers));
  const std::string path = std::string(PERIGEE_SOURCE_DIR) + "/tests/services/permissions.txt";
  if (std::getenv("PERIGEE_WRITE_PERMISSIONS") != nullptr) {
    std::ofstream(path) << table.str();
  }
  std::ifstream file(path);
  const std::string kept(std::istreambuf_iterator<char>(file), {});
  EXPECT_EQ(table.str(), kept);
}

// For a caller without a role in it, a programme that is there answers as one that is not, byte for
// byte except for the name.
TEST_F(PermissionsTest, AForeignProgrammeAnswersAsAMissingOne) {
  for (const services::Permission& permission : services::AllPermissions()) {
    // A programme publishes its key and the list of what it revoked.
    const bool is_published = permission.method == "CredentialService/GetIssuer" ||
                              permission.method == "CredentialService/GetStatusList";
    if (permission.resource.empty() || is_published) {
      continue;
    }
    for (const char* caller : {"ada", "ROLE_PROGRAM_ADMIN", "stranger"}) {
      const auto foreign = RequestFor(server, permission, Relation::kForeign);
      const auto missing = RequestFor(server, permission, Relation::kForeign);
      std::string resource = ResourceOf(server, permission, Relation::kForeign);
      Set(*missing, std::string(permission.resource),
          resource.replace(resource.find("umbrella"), 8, "parasols"));
      const MethodDescriptor& method = MethodNamed(permission.method);
      absl::Status there = server.CallWith(server.Token(caller), method, *foreign);
      absl::Status gone = server.CallWith(server.Token(caller), method, *missing);
      EXPECT_EQ(ReasonOf(there), Reason::kNotFound) << permission.method;
      EXPECT_EQ(ReasonOf(gone), Reason::kNotFound) << permission.method;
      const std::string renamed(gone.message());
      EXPECT_EQ(
          std::string(there.message()).replace(there.message().find("umbrella"), 8, "parasols"),
          renamed)
          << permission.method;
      EXPECT_EQ(MetadataOf(there).size(), MetadataOf(gone).size());
    }
  }
}

// And another member's own answers as that of a member who is not there.
TEST_F(PermissionsTest, AnotherMembersOwnAnswersAsAMissingOne) {
  for (const services::Permission& permission : services::AllPermissions()) {
    if (!permission.own.Has(domain::Role::kMember) || permission.owner == services::kByHandler) {
      continue;
    }
    const auto others = RequestFor(server, permission, Relation::kOthers);
    const auto missing = RequestFor(server, permission, Relation::kOthers);
    const std::string field(permission.owner);
    std::string name = Get(*missing, field);
    Set(*missing, field, name.replace(name.find("bob"), 3, "bub"));
    const MethodDescriptor& method = MethodNamed(permission.method);
    const absl::Status there = server.CallWith(server.Token("ada"), method, *others);
    const absl::Status gone = server.CallWith(server.Token("ada"), method, *missing);
    EXPECT_EQ(ReasonOf(there), Reason::kNotFound) << permission.method;
    EXPECT_EQ(std::string(there.message()).replace(there.message().find("bob"), 3, "bub"),
              std::string(gone.message()));
  }
}

// What shows personal data to others leaves an entry that names the RPC, the caller and the
// members.
TEST_F(PermissionsTest, ReadsOfOthersPersonalDataAreRecordedAndNoOthers) {
  const auto after = [&](domain::Revision revision) {
    std::vector<domain::JournalEntry> entries;
    EXPECT_THAT(server.store().Read([&](ports::StoreReader& reader) {
      entries = reader.journal().Read("acme", revision, 1000).value();
      return absl::OkStatus();
    }),
                IsOk());
    return entries;
  };
  int recorded = 0;
  for (const services::Permission& permission : services::AllPermissions()) {
    const std::string_view verb = permission.method.substr(permission.method.find('/') + 1);
    if (verb.starts_with("Try") || verb.starts_with("Trace")) {
      continue;  // It needs more than a name.
    }
    const bool is_read =
        verb.starts_with("Get") || verb.starts_with("List") || verb.starts_with("Explain") ||
        verb.starts_with("Watch") || verb.starts_with("Batch") || verb.starts_with("Search") ||
        verb.starts_with("Find") || verb.starts_with("Export") || verb.starts_with("Preview");
    if (!is_read) {
      EXPECT_EQ(permission.personal, services::Personal::kNo) << permission.method;
      continue;
    }
    for (const bool own : {false, true}) {
      const domain::Revision before = after(0).back().revision;
      const std::string caller = own ? "ada" : "ROLE_PROGRAM_ADMIN";
      const auto request = RequestFor(server, permission, own ? Relation::kOwn : Relation::kOthers);
      static_cast<void>(
          server.CallWith(server.Token(caller), MethodNamed(permission.method), *request));
      const std::vector<domain::JournalEntry> entries = after(before);
      const bool expected = !own && permission.personal != services::Personal::kNo;
      ASSERT_EQ(entries.size(), expected ? 1U : 0U) << permission.method << " own: " << own;
      if (expected) {
        ++recorded;
        EXPECT_EQ(entries[0].method, permission.method);
        EXPECT_EQ(entries[0].by.kind, domain::PrincipalKind::kStaff);
        const auto reads = entries[0].changes.records.All<domain::PersonalRead>();
        ASSERT_EQ(reads.size(), 1U);
        EXPECT_EQ(reads[0]->members.empty(), verb.starts_with("Watch")) << permission.method;
      }
    }
  }
  EXPECT_EQ(recorded, 53);
}

TEST(ServiceDeathTest, AMethodWithoutALineIsABrokenInvariant) {
  EXPECT_FALSE(services::BoundPermission::Of("perigee.v1.MemberService/NoSuch",
                                             *v1::GetMemberRequest::descriptor()));
  EXPECT_FALSE(services::BoundPermission::Of("perigee.v1.MemberService/GetMember",
                                             *v1::ListMembersRequest::descriptor()));
}

}  // namespace
}  // namespace perigee::tests
