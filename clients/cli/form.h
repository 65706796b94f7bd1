#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <CLI/CLI.hpp>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace perigee::cli {

class Session;
struct RefusedField;

// Makes a field's text of what the user typed. `so_far` is the request with the fields that were
// bound before. kInvalidField if the text is wrong, for any field.
using Reader = std::function<absl::StatusOr<std::string>(
    Session&, const google::protobuf::Message& so_far, const std::string& typed)>;

// How a field is read. Enums, times and numbers need no reader.
struct Reading {
  Reader read{};
  std::string fallback{};  // What counts as typed if nothing is.
};

// The command line of one request: each option and argument is bound to the field that it fills. If
// the server refuses a field, the same binding says which option the user typed.
class Form {
 public:
  using Message = google::protobuf::Message;
  // Puts what the user typed into the request.
  using Filler = std::function<absl::Status(Session&, const std::string& typed, Message& request)>;

  // `request`: the kind of request. Both must outlive the form.
  Form(CLI::App& command, const google::protobuf::Descriptor* request);
  Form(const Form&) = delete;
  Form& operator=(const Form&) = delete;
  ~Form();

  // Binds an option, as CLI11 spells it (`--facet`, `MEMBER`), to a field, such as
  // `member.display_name` or `transfers[0].amount`. If the field is repeated, so may the option be.
  // Several options may make one field of text, each from what the ones before made.
  CLI::Option* Add(const std::string& option, const std::string& path, const std::string& help,
                   Reading reading = {});
  CLI::Option* AddFlag(const std::string& option, const std::string& path, const std::string& help);
  // An option that fills fields in a way of its own. It may be repeated.
  CLI::Option* AddFilling(const std::string& option, std::vector<std::string> paths,
                          const std::string& help, Filler fill);
  // A flag of an update that leaves the fields empty.
  CLI::Option* AddClear(const std::string& option, std::vector<std::string> paths,
                        const std::string& help);
  // `--program` fills `parent`.
  void InProgram();

  // An option besides those that must be given has to be given. So it is in an update anyway.
  void RequireChange() { requires_change_ = true; }

  CLI::App& command() { return command_; }

  // Fills a new request from the parsed command line, with `request_id` and `update_mask` where the
  // kind has them. A usage failure names the option.
  absl::Status Fill(Session& session, Message& request) const;
  // The same failure, with the option that the user typed in the place of the field.
  absl::Status NameOption(const absl::Status& failure) const;

 private:
  struct Binding;

  Binding& Bind(std::vector<std::string> paths);
  static CLI::Option* Keep(Binding& binding, CLI::Option* option);
  absl::Status FillMask(Message& request) const;
  std::string OptionOf(const RefusedField& refused) const;

  bool requires_change_ = false;
  CLI::App& command_;
  const google::protobuf::Descriptor* request_;
  std::vector<std::unique_ptr<Binding>> bindings_;
};

// A reader of a resource's id in a collection of the programme, or of its full name.
Reader IdIn(std::string collection);
// A reader of MEMBER/ID in a collection of the member, such as `m-001/12`, or of its full name.
Reader IdOfMemberIn(std::string collection);
// The same within another collection than `members`. `form` says how it is written.
Reader IdWithin(std::string outer, std::string collection, std::string form);
// A reader of an id in a collection of what the field at `path` names, such as the facet of a
// member.
Reader IdUnder(std::string path, std::string collection);
// A reader of a programme's id, or of its full name.
Reader IdOfProgram();
// A reader of a word of an enum: `partner` for STAKEHOLDER_KIND_PARTNER.
Reader WordOf(const google::protobuf::EnumDescriptor* words);

// What a user types for a part of a whole: WHAT=WEIGHT, or WHAT for a weight of 1.
struct Weighted {
  std::string what;
  std::int64_t weight = 1;
};
// kInvalidField, for any field, if the weight is no number.
absl::StatusOr<Weighted> ParseWeighted(const std::string& typed);

// The text of a field of a message, such as `transfers[0].debit_account`.
std::string TextAt(const google::protobuf::Message& message, const std::string& path);

}  // namespace perigee::cli
