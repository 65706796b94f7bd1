// Walks all commands of the client against a server that only notes what it is asked, and finds by
// trial which field each option fills. Then the server refuses that field, and the client must name
// the option.

#include "clients/cli/form.h"

#include <map>
#include <mutex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "absl/strings/str_replace.h"
#include "clients/cli/commands/command.h"
#include "clients/cli/failure.h"
#include "clients/cli/session.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "perigee/v1/board.pb.h"

namespace perigee::cli {
namespace {

using ::testing::StartsWith;

// What was asked: methods and requests, in order.
using Asked = std::vector<std::pair<std::string, std::string>>;

// A refusal of a field. `id` is the part of a name that is meant.
grpc::Status Refusal(const std::string& field, const std::string& id) {
  google::rpc::Status wire;
  google::rpc::ErrorInfo info;
  info.set_reason("INVALID_FIELD");
  (*info.mutable_metadata())["id"] = id;
  wire.add_details()->PackFrom(info);
  google::rpc::BadRequest bad;
  bad.add_field_violations()->set_field(field);
  wire.add_details()->PackFrom(bad);
  return {grpc::INVALID_ARGUMENT, field + " is not liked", wire.SerializeAsString()};
}

const google::protobuf::MethodDescriptor* MethodOf(const std::string& path) {
  const std::string name = absl::StrReplaceAll(path.substr(1), {{"/", "."}});
  return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(name);
}

// Notes each request. Answers with an empty message, or refuses a field.
class NotingServer : public grpc::CallbackGenericService {
 public:
  NotingServer() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(this);
    server_ = builder.BuildAndStart();
  }

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  void Refuse(const std::string& method, const grpc::Status& refusal) {
    const std::lock_guard lock(mutex_);
    refused_ = {method, refusal};
  }
  Asked Take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, {});
  }

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Answer(*this, context->method());
  }

 private:
  class Answer : public grpc::ServerGenericBidiReactor {
   public:
    Answer(NotingServer& server, std::string method) : server_(server), method_(std::move(method)) {
      StartRead(&bytes_);
    }
    void OnReadDone(bool /*ok*/) override {
      grpc::Slice slice;
      bytes_.DumpToSingleSlice(&slice);
      const std::string request(reinterpret_cast<const char*>(slice.begin()), slice.size());
      const grpc::Status noted = server_.Note(method_, request);
      if (!noted.ok()) {
        Finish(noted);
      } else if (MethodOf(method_)->server_streaming()) {
        Finish({grpc::FAILED_PRECONDITION, "nothing to stream"});
      } else {
        const grpc::Slice empty("");
        bytes_ = grpc::ByteBuffer(&empty, 1);
        StartWriteAndFinish(&bytes_, {}, grpc::Status::OK);
      }
    }
    void OnDone() override { delete this; }

   private:
    NotingServer& server_;
    std::string method_;
    grpc::ByteBuffer bytes_;
  };

  // Answers the refusal, if the method is to be refused.
  grpc::Status Note(const std::string& method, const std::string& request) {
    const std::lock_guard lock(mutex_);
    asked_.emplace_back(method, request);
    return refused_.first == method ? refused_.second : grpc::Status::OK;
  }

  int port_ = 0;
  std::mutex mutex_;
  Asked asked_;
  std::pair<std::string, grpc::Status> refused_;
  std::unique_ptr<grpc::Server> server_;
};

struct Ran {
  int exit_code = kExitOk;
  std::string said;
  Asked asked;
};

Ran RunOn(NotingServer& server, std::vector<std::string> words) {
  std::ostringstream out;
  std::ostringstream err;
  Session session(out);
  Chosen chosen;
  CLI::App app("", "perigee");
  app.fallthrough();
  AddPerigee(app, session.options, chosen);
  words.insert(words.end(), {"--public", server.address(), "--internal", server.address(), "-p",
                             "demo", "--request-id", "0193e5c0-0000-7000-8000-000000000001"});
  std::ranges::reverse(words);
  try {
    app.parse(words);
  } catch (const CLI::ParseError& error) {
    return {kExitUsage, error.what(), {}};
  }
  Ran ran;
  if (const absl::Status status = chosen(session); !status.ok()) {
    ran.exit_code = PrintFailure(status, err);
    ran.said = absl::StrReplaceAll(err.str(), {{"perigee: ", ""}});
  }
  ran.asked = server.Take();
  return ran;
}

// The paths of the fields in which two requests differ, and those that only one names in its mask.
std::set<std::string> Differences(const std::string& method, const std::string& one,
                                  const std::string& other) {
  google::protobuf::DynamicMessageFactory factory;
  const google::protobuf::Message* kind = factory.GetPrototype(MethodOf(method)->input_type());
  const std::unique_ptr<google::protobuf::Message> left(kind->New());
  const std::unique_ptr<google::protobuf::Message> right(kind->New());
  left->ParseFromString(one);
  right->ParseFromString(other);
  // A message of ours that only one has differs in its fields, and not as a whole.
  for (int i = 0; i < kind->GetDescriptor()->field_count(); ++i) {
    const google::protobuf::FieldDescriptor* field = kind->GetDescriptor()->field(i);
    if (field->message_type() != nullptr && !field->is_repeated() &&
        field->message_type()->file()->package() == "perigee.v1") {
      left->GetReflection()->MutableMessage(left.get(), field);
      right->GetReflection()->MutableMessage(right.get(), field);
    }
  }
  std::string report;
  google::protobuf::util::MessageDifferencer differencer;
  // A path that has another place in the mask is in both.
  differencer.TreatAsSet(google::protobuf::FieldMask::descriptor()->FindFieldByName("paths"));
  differencer.set_report_moves(false);
  differencer.ReportDifferencesToString(&report);
  differencer.Compare(*left, *right);
  std::set<std::string> paths;
  std::istringstream lines(report);
  // Such as `modified: transfers[0].amount: 1 -> 2`, `added: update_mask.paths[0]: "facet"`.
  for (std::string word, path, line; lines >> word >> path && std::getline(lines, line);) {
    path = path.substr(0, path.find(':'));
    const std::size_t mask = path.find("update_mask");
    if (mask == std::string::npos) {
      paths.insert(path);
    } else if (const std::size_t quote = line.rfind('"', line.size() - 2);
               quote != std::string::npos) {
      const std::string resource = MethodOf(method)->input_type()->field(0)->name();
      paths.insert(resource + "." + line.substr(quote + 1, line.size() - quote - 2));
    }
  }
  return paths;
}

// Two values that an option may take; the first pair that the client takes is used.
using Pair = std::pair<std::string, std::string>;
const Pair kPairs[] = {{"one", "two"},
                       {"7", "8"},
                       {"one/gold", "two/gold"},
                       {"gold:one", "gold:two"},
                       {"2027-01-02T00:00:00Z", "2027-01-03T00:00:00Z"},
                       {"no", "yes"},
                       {"customer", "donor"},
                       {"person", "bot"},
                       {"week", "month"},
                       {"monday", "sunday"},
                       {"moderator", "analyst"},
                       {"staff", "service"},
                       {"dense", "ordinal"},
                       {"learning", "helping"},
                       {"import", "observed"},
                       {"peer", "self"},
                       {"accept", "decline"},
                       {"reserved", "sent"},
                       {"submitted", "accepted"},
                       {"access", "stage"},
                       {"held", "fulfilled"},
                       {"promise", "thanks"},
                       {"open", "overdue"},
                       {"given", "received"},
                       {"leading", "exploring"},
                       {"champions", "owed"},
                       {"active", "suspended"},
                       {"waiting", "granted"},
                       {"waiting", "dead"},
                       {"considered", "planned"},
                       {"briefing", "preview"},
                       {"reported", "triage"},
                       {"insider", "seats"},
                       {"one=1", "two=2"},
                       {"one 2030-05-01T00:00:00 UTC", "two 2030-05-01T00:00:00 UTC"}};

// The command line of one command.
class CommandLine {
 public:
  CommandLine(std::vector<std::string> path, const CLI::App& command) : path_(std::move(path)) {
    for (const CLI::Option* option : command.get_options()) {
      if (option->get_name() == "--help") {
        continue;
      }
      options_.push_back(option);
      // A display name that is not given is made of the id.
      if (option->get_required() || option->get_name() == "--display-name") {
        given_.insert(option);
      }
    }
  }

  const std::vector<const CLI::Option*>& options() const { return options_; }
  bool Given(const CLI::Option* option) const { return given_.contains(option); }
  std::vector<std::string> Words(const CLI::Option* changed = nullptr) const {
    std::vector<std::string> words = path_;
    for (const CLI::Option* option : options_) {
      const bool change = option == changed;
      if (!Given(option) && !change) {
        continue;
      }
      if (!option->get_positional()) {
        words.push_back(option->get_name());
      }
      if (option->get_items_expected_max() > 0) {
        words.push_back(Value(option, change));
      }
    }
    return words;
  }
  std::string Value(const CLI::Option* option, bool changed) const {
    const std::size_t tried = pairs_.contains(option) ? pairs_.at(option) : 0;
    const Pair& pair = kPairs[std::min(tried, std::size(kPairs) - 1)];
    return changed ? pair.second : pair.first;
  }
  // Mends what the client does not take; false if there is nothing left to try.
  bool Mend(const std::string& said, const CLI::Option* changed) {
    for (const CLI::Option* option : options_) {
      const std::string& name = option->get_name();
      if ((Given(option) || option == changed) &&
          (said.starts_with(name) || said.starts_with("Could not convert: " + name))) {
        return ++pairs_[option] < std::size(kPairs);
      }
    }
    for (const CLI::Option* option : options_) {
      if (given_.insert(option).second) {
        return true;
      }
    }
    return false;
  }

 private:
  std::vector<std::string> path_;
  std::vector<const CLI::Option*> options_;
  std::set<const CLI::Option*> given_;
  std::map<const CLI::Option*, std::size_t> pairs_;
};

class FormTest : public testing::Test {
 protected:
  FormTest() {
    root_.fallthrough();
    AddPerigee(root_, options_, chosen_);
  }

  // Runs a command line, mended until the client takes it.
  Ran Taken(CommandLine& line, const CLI::Option* changed = nullptr) {
    for (;;) {
      Ran ran = RunOn(server_, line.Words(changed));
      if (ran.exit_code != kExitUsage || !line.Mend(ran.said, changed)) {
        EXPECT_NE(ran.exit_code, kExitUsage) << ran.said;
        return ran;
      }
    }
  }

  // Checks that the refusal of each field that the option fills names the option. Answers how many
  // fields it fills.
  std::size_t Check(CommandLine& line, const CLI::Option* option) {
    Taken(line, option);  // Finds a value.
    const Ran before = Taken(line);
    const std::vector<std::string> words = line.Words(option);
    const Asked after = RunOn(server_, words).asked;
    for (const auto& [method, request] : before.asked) {
      const auto same = std::ranges::find(after, method, &Asked::value_type::first);
      if (same == after.end()) {
        continue;
      }
      const std::set<std::string> fields = Differences(method, request, same->second);
      for (const std::string& field : fields) {
        server_.Refuse(method, Refusal(field, line.Value(option, true)));
        EXPECT_THAT(RunOn(server_, words).said, StartsWith(option->get_name() + " is not liked"))
            << method << " refuses " << field;
        server_.Refuse("", grpc::Status::OK);
      }
      if (!fields.empty()) {
        return fields.size();  // Later calls ask more about the same thing.
      }
    }
    return 0;
  }

  void Walk(const CLI::App& command, const std::vector<std::string>& path) {
    const auto children = command.get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* child : children) {
      std::vector<std::string> words = path;
      words.push_back(child->get_name());
      Walk(*child, words);
    }
    // These commands read a file, or send many requests, or none, or what differs each time, or two
    // of their options must agree.
    const std::set<std::string> composed = {"apply",  "try",      "set",      "stackexchange",
                                            "demo",   "bash",     "login",    "erase-self",
                                            "erase",  "verify",   "criteria", "trace",
                                            "upload", "download", "listen",   "add-version"};
    // These ask for the programme's time zone first, to know the day.
    const bool asks_first = path.size() == 2 && path[0] == "contributions" &&
                            (path[1] == "submit" || path[1] == "revise");
    if (!children.empty() || composed.contains(path.back()) || asks_first) {
      return;
    }
    CommandLine first(path, command);
    for (const CLI::Option* option : first.options()) {
      CommandLine line(path, command);
      SCOPED_TRACE(testing::PrintToString(path) + " " + option->get_name());
      if (Check(line, option) == 0) {
        fill_nothing_.insert(path.back() + " " + option->get_name());
      }
    }
  }

  NotingServer server_;
  Options options_;
  Chosen chosen_;
  CLI::App root_{"", "perigee"};
  std::set<std::string> fill_nothing_;
};

TEST_F(FormTest, ARefusalNamesTheOptionThatFilledTheField) {
  for (const CLI::App* noun : root_.get_subcommands([](const CLI::App*) { return true; })) {
    Walk(*noun, {noun->get_name()});
  }
  EXPECT_EQ(fill_nothing_,
            (std::set<std::string>{"export --out", "issue --out", "revoke --as-staff", "show TITLE",
                                   "status-list --out", "watch --count"}));
}

TEST_F(FormTest, AWrongIdIsThatOfTheOptionThatStatesIt) {
  CLI::App command;
  Form form(command, v1::ListEntriesRequest::descriptor());
  form.Add("BOARD", "parent", "");
  form.Add("--period", "parent", "");
  command.parse("Top --period 2026-11-16");
  const auto said = [&](const std::string& id) {
    return std::string(form.NameOption(FromGrpc(Refusal("parent", id))).message());
  };
  EXPECT_EQ(said("Top"), "BOARD is not liked");
  EXPECT_EQ(said("2026-11-16"), "--period is not liked");
  // The last has most to say, if the server does not say which part is meant.
  EXPECT_EQ(said("other"), "--period is not liked");
}

}  // namespace
}  // namespace perigee::cli
