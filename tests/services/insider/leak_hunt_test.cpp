// Looks for what hidden insider items give away. Two servers have the same history, but for what
// their hidden items are. Every method of the contract, as its descriptor describes it, is called
// on both in the same way by everybody who may know nothing of the items, and must answer the same.

#include <algorithm>
#include <cstdio>
#include <functional>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/message.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "perigee/v1/agreement.pb.h"
#include "perigee/v1/champion.pb.h"
#include "perigee/v1/feedback.pb.h"
#include "perigee/v1/idea.pb.h"
#include "perigee/v1/insider.pb.h"
#include "perigee/v1/insider_read.pb.h"
#include "perigee/v1/member.pb.h"
#include "perigee/v1/seat.pb.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/journal/journal_reader.h"
#include "server/services/insider/insider_service.h"
#include "server/services/lookup.h"
#include "server/services/permissions.h"
#include "server/use_cases/insider/gate.h"
#include "tests/matchers/status.h"
#include "tests/services/access/access_server.h"

namespace perigee::tests {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using std::chrono::hours;

const std::string kAcme = "programs/acme";
// Stands in every id and text of a hidden item.
constexpr char kSecret[] = "zanzibar";
// Those who may know nothing of any hidden item. Program admins and operators make them, and
// analysts audit every change.
constexpr const char* kCallers[] = {
    "ada", "ian", "ROLE_MODERATOR", "ROLE_REVIEWER", "ROLE_INGESTION", "stranger", ""};

// A server whose programme `acme` has hidden items, if it has `secrets`, and one draft more. Ivy is
// an insider of most of them. Ian will see one from its opening on.
class World {
 public:
  explicit World(bool secrets) : World(secrets, {}) {}
  World(bool secrets, const AccessServer::MakeService& insider)
      : server(insider ? std::make_unique<AccessServer>(insider)
                       : std::make_unique<AccessServer>()) {
    opening = server->clock.Now() + hours(24);
    for (const std::string id : {"ivy", "ian"}) {
      v1::CreateMemberRequest member;
      member.set_parent(kAcme);
      member.set_member_id(id);
      member.mutable_member()->set_display_name("Member " + id);
      Order<v1::Member>("MemberAdminService/CreateMember", member);
      server->Identify(kAcme + "/members/" + id, id);
      v1::CreateTitleRequest title;
      title.set_parent(kAcme);
      title.set_title_id("of-" + id);
      title.mutable_title()->set_display_name("Title");
      title.mutable_title()->set_term_months(12);
      title.mutable_title()->add_nominators(v1::NOMINATOR_STAFF);
      Order<v1::Title>("ChampionAdminService/CreateTitle", title);
      v1::CreateAppointmentRequest appoint;
      appoint.set_parent(kAcme + "/members/" + id);
      appoint.set_title(kAcme + "/titles/of-" + id);
      Order<v1::Appointment>("ChampionAdminService/CreateAppointment", appoint);
    }
    MakeItem("plain", "Plain", "title:of-ivy");
    if (secrets) {
      MakeSecrets();
    }
  }

  // Sends an order of the operator's, with an id of its own.
  template <class Response, class Request>
  Response Order(const std::string& method, Request request, const std::string& who = "root") {
    request.set_request_id(server->NewRequestId());
    return server->Must<Response>(server->Token(who), method, request);
  }

  std::int64_t Head() {
    std::int64_t head = 0;
    EXPECT_THAT(server->store().Read([&](ports::StoreReader& reader) -> absl::Status {
      PERIGEE_ASSIGN_OR_RETURN(const auto entries, reader.journal().Read("acme", 0, 100'000));
      head = entries.back().revision;
      return absl::OkStatus();
    }),
                IsOk());
    return head;
  }
  // Changes the draft until the programme has come to that revision.
  void GrowTo(std::int64_t revision) {
    for (int turn = 0; Head() < revision; ++turn) {
      v1::UpdateItemRequest update;
      update.mutable_item()->set_name(kAcme + "/items/plain");
      update.mutable_item()->set_display_name("Plain " + std::to_string(turn % 2));
      update.mutable_update_mask()->add_paths("display_name");
      Order<v1::InsiderItem>("InsiderAdminService/UpdateItem", update);
    }
  }

  std::string Page() {
    std::ostringstream page;
    prometheus::TextSerializer().Serialize(page, server->metrics.registry().Collect());
    return page.str();
  }

  std::unique_ptr<AccessServer> server;
  Time opening;  // Of the item that ian will see.

 private:
  void MakeItem(const std::string& id, const std::string& name, const std::string& audience,
                const std::function<void(v1::InsiderItem&)>& with = {}) {
    v1::CreateItemRequest create;
    create.set_parent(kAcme);
    create.set_item_id(id);
    create.mutable_item()->set_display_name(name);
    create.mutable_item()->set_kind(v1::InsiderItem::KIND_PREVIEW);
    create.mutable_item()->set_audience(audience);
    if (with) {
      with(*create.mutable_item());
    }
    Order<v1::InsiderItem>("InsiderAdminService/CreateItem", create);
    v1::AddItemVersionRequest body;
    body.set_parent(kAcme + "/items/" + id);
    body.set_body("About " + name + ", which nobody knows.");
    Order<v1::ItemVersion>("InsiderAdminService/AddItemVersion", body);
  }
  void MakeSecret(const std::string& what, const std::string& audience = "title:of-ivy",
                  const std::function<void(v1::InsiderItem&)>& with = {}) {
    MakeItem(what + "-" + kSecret, what + " " + kSecret, audience, with);
  }
  template <class Request>
  void Move(const std::string& move, const std::string& what, Request request = {}) {
    request.set_name(kAcme + "/items/" + what + "-" + kSecret);
    Order<v1::InsiderItem>("InsiderAdminService/" + move, request);
  }

  void MakeSecrets() {
    v1::CreateAgreementRequest agreement;
    agreement.set_parent(kAcme);
    agreement.set_agreement_id(std::string("nda-") + kSecret);
    agreement.mutable_agreement()->set_display_name(std::string("NDA ") + kSecret);
    Order<v1::Agreement>("AgreementAdminService/CreateAgreement", agreement);
    v1::AddAgreementVersionRequest text;
    text.set_parent(kAcme + "/agreements/nda-" + kSecret);
    text.set_body(std::string("Nothing about ") + kSecret);
    text.set_required(true);
    Order<v1::AgreementVersion>("AgreementAdminService/AddAgreementVersion", text);
    // For everybody, but not yet: not even its agreement may be known.
    MakeSecret("draft", "");
    MakeSecret("scheduled", "title:of-ian");
    v1::ScheduleItemRequest schedule;
    *schedule.mutable_open_time() = services::ToTimestamp(opening);
    Move("ScheduleItem", "scheduled", schedule);
    MakeSecret("embargoed");
    Move<v1::OpenItemRequest>("OpenItem", "embargoed");
    MakeSecret("agreed", "title:of-ivy", [](v1::InsiderItem& item) {
      item.set_agreement(kAcme + "/agreements/nda-" + kSecret);
    });
    Move<v1::OpenItemRequest>("OpenItem", "agreed");
    MakeSecret("seated", "title:of-ivy", [](v1::InsiderItem& item) { item.set_seats(3); });
    Move<v1::OpenItemRequest>("OpenItem", "seated");
    MakeSecret("withdrawn", "");
    Move<v1::OpenItemRequest>("OpenItem", "withdrawn");
    Move<v1::WithdrawItemRequest>("WithdrawItem", "withdrawn");
    const std::string ivy = kAcme + "/members/ivy";
    v1::ClaimSeatRequest claim;
    claim.set_parent(ivy);
    claim.set_item(kAcme + "/items/seated-" + kSecret);
    Order<v1::InsiderSeat>("SeatService/ClaimSeat", claim, "ivy");
    v1::PresentAgreementRequest present;
    present.set_parent(ivy);
    present.set_agreement(kAcme + "/agreements/nda-" + kSecret);
    Order<v1::PresentAgreementResponse>("AgreementService/PresentAgreement", present, "ivy");
    v1::SubmitIdeaRequest idea;
    idea.set_parent(ivy);
    idea.mutable_idea()->set_title(std::string("Another ") + kSecret);
    idea.mutable_idea()->set_item(kAcme + "/items/embargoed-" + kSecret);
    Order<v1::Idea>("IdeaService/SubmitIdea", idea, "ivy");
  }
};

void ForEachText(const Message& message,
                 const std::function<void(const FieldDescriptor&, const std::string&)>& visit) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const auto& reflection = *message.GetReflection();
    const int count = field->is_repeated() ? reflection.FieldSize(message, field) : 1;
    for (int i = 0; i < count; ++i) {
      if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        ForEachText(field->is_repeated() ? reflection.GetRepeatedMessage(message, field, i)
                                         : reflection.GetMessage(message, field),
                    visit);
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
        visit(*field, field->is_repeated() ? reflection.GetRepeatedString(message, field, i)
                                           : reflection.GetString(message, field));
      }
    }
  }
}

std::unique_ptr<Message> AnswerOf(const google::protobuf::MethodDescriptor& method,
                                  const std::string& bytes) {
  std::unique_ptr<Message> answer(google::protobuf::MessageFactory::generated_factory()
                                      ->GetPrototype(method.output_type())
                                      ->New());
  EXPECT_TRUE(answer->ParseFromString(bytes)) << method.full_name();
  return answer;
}

// Names of all resources that the operator finds in `acme`, by listing what can be listed.
std::set<std::string> NamesIn(World& world) {
  std::set<std::string> names{kAcme};
  std::vector<std::string> open{kAcme};
  while (!open.empty()) {
    const std::string parent = open.back();
    open.pop_back();
    for (const services::Permission& permission : services::AllPermissions()) {
      if (permission.method.find("/List") == std::string_view::npos ||
          permission.resource != "parent") {
        continue;
      }
      const auto& method = MethodNamed(permission.method);
      const auto request = NewRequest(method);
      request->GetReflection()->SetString(
          request.get(), request->GetDescriptor()->FindFieldByName("parent"), parent);
      const AccessServer::Received received =
          world.server->Receive(world.server->Token("root"), method, *request);
      if (!received.status.ok()) {
        continue;
      }
      ForEachText(*AnswerOf(method, received.bytes), [&](const FieldDescriptor& field,
                                                         const std::string& text) {
        if (field.name() == "name" && text.starts_with(kAcme + "/") && names.insert(text).second) {
          open.push_back(text);
        }
      });
    }
  }
  return names;
}

// Sets every text of the request that may name something: the field that says what the call
// concerns to `resource`, a `member` to the caller's, and others to `other`.
void Fill(Message& message, const std::string& prefix, const services::Permission& permission,
          const std::string& resource, const std::string& member, const std::string& other) {
  const auto* descriptor = message.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor& field = *descriptor->field(i);
    const std::string path = prefix + field.name();
    if (field.is_repeated()) {
      continue;
    }
    if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      if (field.message_type()->full_name().starts_with("perigee.")) {
        Fill(*message.GetReflection()->MutableMessage(&message, &field), path + ".", permission,
             resource, member, other);
      }
    } else if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING &&
               field.type() == FieldDescriptor::TYPE_STRING) {
      const bool is_query = field.name() == "query" || field.name() == "filter";
      const std::string text = path == permission.resource       ? resource
                               : field.name() == "member"        ? member
                               : field.name().ends_with("token") ? ""
                               : is_query                        ? kSecret
                                                                 : other;
      message.GetReflection()->SetString(&message, &field, text);
    }
  }
}

// The details of a refusal as text. The order of the metadata on the wire and how long to wait
// before a retry are by chance.
std::string DetailsOf(const std::string& bytes) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(bytes));
  for (google::protobuf::Any& detail : *details.mutable_details()) {
    if (detail.Is<google::rpc::RetryInfo>()) {
      detail.PackFrom(google::rpc::RetryInfo());
    }
  }
  return std::to_string(details.ByteSizeLong()) + ' ' + details.DebugString();
}

// Whether the texts of the field are sealed with a key of the server, so that only their lengths
// tell something.
bool IsSealed(const FieldDescriptor& field) {
  return field.name().ends_with("token") || field.name() == "cursor" || field.name() == "made_by";
}

// What a caller can tell from an answer.
std::string Seen(const google::protobuf::MethodDescriptor& method,
                 const AccessServer::Received& received) {
  std::ostringstream seen;
  seen << received.status.error_code() << '\n'
       << received.status.error_message() << '\n'
       << DetailsOf(received.status.error_details()) << '\n';
  for (const auto& [key, value] : received.metadata) {
    seen << key << ": " << (key == "grpc-status-details-bin" ? DetailsOf(value) : value) << '\n';
  }
  if (received.status.ok()) {
    const auto answer = AnswerOf(method, received.bytes);
    std::vector<std::string> tokens;
    ForEachText(*answer, [&](const FieldDescriptor& field, const std::string& text) {
      if (IsSealed(field)) {
        tokens.push_back(text);
      }
    });
    std::string text = answer->DebugString();
    for (const std::string& token : tokens) {
      if (const std::size_t at = text.find(token); at != std::string::npos) {
        text.replace(at, token.size(), std::to_string(token.size()));
      }
    }
    seen << text;
  }
  return seen.str();
}

// Asks both worlds for everything, as each of the callers. Calls `found` with the method and both
// answers where they differ. Returns the number of calls in each world.
int Hunt(World& with, World& without, const std::set<std::string>& hidden, int& request_id,
         const std::function<void(const std::string& method, const std::string& caller,
                                  const std::string& with, const std::string& without)>& found) {
  int calls = 0;
  for (const services::Permission& permission : services::AllPermissions()) {
    // The keys of programmes differ, and sign.
    if (permission.method.starts_with("Credential")) {
      continue;
    }
    const auto& method = MethodNamed(permission.method);
    for (const std::string caller : kCallers) {
      const std::string member = kAcme + "/members/" + (caller == "ian" ? "ian" : "ada");
      for (const std::string& name : hidden) {
        for (const std::string& resource : {name, member, kAcme}) {
          const auto request = NewRequest(method);
          Fill(*request, "", permission, resource, member, name);
          if (const auto* id = request->GetDescriptor()->FindFieldByName("request_id")) {
            char text[37];
            std::snprintf(text, sizeof(text), "00000000-0000-4000-8000-%012d", ++request_id);
            request->GetReflection()->SetString(request.get(), id, text);
          }
          const auto ask = [&](World& world) {
            const std::string token = caller.empty() ? "" : world.server->Token(caller);
            return Seen(method, world.server->Receive(token, method, *request));
          };
          std::string a = ask(with);
          std::string b = ask(without);
          // A board may follow a moment later; what leaks goes on to leak.
          for (int again = 0; again < 3 && a != b; ++again) {
            a = ask(with);
            b = ask(without);
          }
          ++calls;
          if (a != b) {
            found(std::string(permission.method), caller.empty() ? "nobody" : caller,
                  request->ShortDebugString() + "\n" + a, b);
          }
        }
      }
    }
  }
  return calls;
}

// One name of each shape, such as `items/*/versions/*`, is enough besides the items themselves.
std::set<std::string> Shapes(const std::set<std::string>& names) {
  std::set<std::string> shapes;
  std::set<std::string> chosen;
  for (const std::string& name : names) {
    std::string shape;
    bool is_id = false;
    for (std::size_t at = 0; at < name.size();) {
      const std::size_t end = std::min(name.find('/', at), name.size());
      shape += is_id ? "*/" : name.substr(at, end - at) + "/";
      is_id = !is_id;
      at = end + 1;
    }
    if (shape == "programs/*/items/*/" || shapes.insert(shape).second) {
      chosen.insert(name);
    }
  }
  return chosen;
}

class LeakHuntTest : public testing::Test {
 protected:
  // Logs of both worlds go there.
  LeakHuntTest()
      : before_(spdlog::default_logger()),
        logger_(std::make_shared<spdlog::logger>(
            "hunt", std::make_shared<spdlog::sinks::ostream_sink_mt>(log))) {
    logger_->set_level(spdlog::level::trace);
    spdlog::set_default_logger(logger_);
  }
  ~LeakHuntTest() override { spdlog::set_default_logger(before_); }

  std::ostringstream log;

 private:
  const std::shared_ptr<spdlog::logger> before_;
  const std::shared_ptr<spdlog::logger> logger_;
};

std::set<std::string> HiddenIn(World& with, World& without) {
  const std::set<std::string> all = NamesIn(with);
  const std::set<std::string> others = NamesIn(without);
  std::set<std::string> hidden;
  std::ranges::set_difference(all, others, std::inserter(hidden, hidden.end()));
  return Shapes(hidden);
}

bool Sees(World& world, const std::string& member, const std::string& item) {
  v1::GetItemRequest get;
  get.set_name(kAcme + "/items/" + item);
  get.set_member(kAcme + "/members/" + member);
  return world.server
      ->Receive(world.server->Token(member), MethodNamed("InsiderService/GetItem"), get)
      .status.ok();
}

TEST_F(LeakHuntTest, NobodyLearnsOfWhatIsHidden) {
  World with(true);
  World without(false);
  without.GrowTo(with.Head());
  with.GrowTo(without.Head());
  const std::set<std::string> hidden = HiddenIn(with, without);
  EXPECT_GE(hidden.size(), 10U) << ::testing::PrintToString(hidden);
  // What is hidden is there, for those who may read it.
  EXPECT_TRUE(Sees(with, "ivy", std::string("embargoed-") + kSecret));
  EXPECT_TRUE(Sees(with, "ivy", std::string("seated-") + kSecret));
  with.GrowTo(with.Head());
  without.GrowTo(with.Head());

  int calls = 0;
  int request_id = 0;
  std::set<std::string> leaks;
  const auto hunt = [&] {
    calls += Hunt(
        with, without, hidden, request_id,
        [&](const std::string& method, const std::string& caller, const std::string& a,
            const std::string& b) {
          if (leaks.insert(method + " to " + caller).second) {
            ADD_FAILURE() << method << " answers " << caller << "\n" << a << "\ninstead of\n" << b;
          }
        });
  };
  const auto step_to = [&](Time time) {
    with.server->clock.Set(time);
    without.server->clock.Set(time);
  };
  const std::string scheduled = std::string("scheduled-") + kSecret;
  step_to(with.opening - std::chrono::microseconds(1));
  EXPECT_FALSE(Sees(with, "ian", scheduled));
  hunt();
  for (World* world : {&with, &without}) {
    EXPECT_THAT(world->Page(), ::testing::Not(::testing::HasSubstr(kSecret)));
  }
  EXPECT_THAT(log.str(), ::testing::Not(::testing::HasSubstr(kSecret)));
  step_to(with.opening);
  EXPECT_TRUE(Sees(with, "ian", scheduled));
  EXPECT_FALSE(Sees(with, "ada", scheduled));
  std::printf("%d calls in each of two worlds, %zu hidden names, %zu callers, %zu leaks\n", calls,
              hidden.size(), std::size(kCallers), leaks.size());
}

// An InsiderService whose GetItem does not ask the gate.
class UngatedService final : public services::Service {
 public:
  explicit UngatedService(services::Call& call)
      : services::Service(call, "perigee.v1.InsiderService") {
    Read<v1::GetItemRequest>(
        "GetItem",
        [this](const services::CallContext& /*call*/,
               const v1::GetItemRequest& request) -> absl::StatusOr<v1::OpenedItem> {
          PERIGEE_ASSIGN_OR_RETURN(const std::vector<std::string> parts,
                                   ParseName("name", request.name(), kItemPattern));
          return services::ReadFrom(
              store(), [&](ports::StoreReader& reader) -> absl::StatusOr<v1::OpenedItem> {
                PERIGEE_ASSIGN_OR_RETURN(const domain::InsiderItem item,
                                         use_cases::RequireItem(reader, parts[0], parts[1]));
                v1::OpenedItem opened;
                opened.mutable_item()->set_display_name(item.display_name);
                return opened;
              });
        });
  }
};

TEST_F(LeakHuntTest, FindsAMethodThatDoesNotAskTheGate) {
  const auto ungated = [](services::Call& call) { return std::make_unique<UngatedService>(call); };
  World with(true, ungated);
  World without(false, ungated);
  without.GrowTo(with.Head());
  std::set<std::string> leaks;
  int request_id = 0;
  Hunt(with, without, {kAcme + "/items/embargoed-" + kSecret}, request_id,
       [&](const std::string& method, const std::string& /*caller*/, const std::string& /*with*/,
           const std::string& /*without*/) { leaks.insert(method); });
  EXPECT_THAT(leaks, ::testing::ElementsAre("InsiderService/GetItem"));
}

}  // namespace
}  // namespace perigee::tests
