#include "clients/cli/form.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <google/protobuf/field_mask.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/session.h"
#include "server/core/check.h"
#include "server/core/error.h"
#include "server/core/status_macros.h"

namespace perigee::cli {

namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Timestamp;

// A step of a path: a field, and the place of the element if the path names one.
struct Step {
  const FieldDescriptor* field = nullptr;
  std::optional<int> element;
};

std::vector<Step> StepsOf(const Descriptor* message, const std::string& path) {
  std::vector<Step> steps;
  const std::vector<std::string> parts = absl::StrSplit(path, '.');
  for (const std::string& part : parts) {
    PERIGEE_CHECK(message != nullptr, "only a message has fields");
    const std::size_t bracket = part.find('[');
    Step step{message->FindFieldByName(part.substr(0, bracket)), std::nullopt};
    PERIGEE_CHECK(step.field != nullptr, "the option's field is one of the request");
    if (bracket != std::string::npos) {
      step.element = std::stoi(part.substr(bracket + 1));
    }
    message = step.field->message_type();
    steps.push_back(step);
  }
  return steps;
}

// The message that has the last field of the path. It is made if it is missing.
Message& HolderOf(Message& root, const std::vector<Step>& steps) {
  Message* at = &root;
  for (auto step = steps.begin(); step + 1 < steps.end(); ++step) {
    const Reflection& reflection = *at->GetReflection();
    if (!step->element.has_value()) {
      at = reflection.MutableMessage(at, step->field);
      continue;
    }
    while (reflection.FieldSize(*at, step->field) <= *step->element) {
      reflection.AddMessage(at, step->field);
    }
    at = reflection.MutableRepeatedMessage(at, step->field, *step->element);
  }
  return *at;
}

bool IsTime(const FieldDescriptor* field) {
  return field->message_type() == Timestamp::descriptor();
}

absl::StatusOr<std::int64_t> ParseWhole(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) {
    return InvalidField("", "must be a whole number");
  }
  return value;
}

absl::Status SetText(Message& holder, const FieldDescriptor* field, const std::string& text) {
  const Reflection& reflection = *holder.GetReflection();
  if (field->is_repeated()) {
    reflection.AddString(&holder, field, text);
  } else {
    reflection.SetString(&holder, field, text);
  }
  return absl::OkStatus();
}

absl::Status SetWord(Message& holder, const FieldDescriptor* field, const std::string& name) {
  const Reflection& reflection = *holder.GetReflection();
  const auto* value = field->enum_type()->FindValueByName(name);
  if (field->is_repeated()) {
    reflection.AddEnum(&holder, field, value);
  } else {
    reflection.SetEnum(&holder, field, value);
  }
  return absl::OkStatus();
}

absl::Status SetNumber(Message& holder, const FieldDescriptor* field, const std::string& text) {
  PERIGEE_ASSIGN_OR_RETURN(const std::int64_t value, ParseWhole(text));
  const Reflection& reflection = *holder.GetReflection();
  if (field->cpp_type() == FieldDescriptor::CPPTYPE_INT64) {
    reflection.SetInt64(&holder, field, value);
  } else if (value < INT32_MIN || value > INT32_MAX) {
    return InvalidField("", "is too large");
  } else {
    reflection.SetInt32(&holder, field, static_cast<std::int32_t>(value));
  }
  return absl::OkStatus();
}

// Sets or adds a value that is stated as text.
absl::Status Set(Message& holder, const FieldDescriptor* field, const std::string& text) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return SetText(holder, field, text);
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetWord(holder, field, text);
    case FieldDescriptor::CPPTYPE_BOOL:
      if (text != "yes" && text != "no") {
        return InvalidField("", "must be yes or no, not \"" + text + "\"");
      }
      holder.GetReflection()->SetBool(&holder, field, text == "yes");
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return SetNumber(holder, field, text);
    default: {
      PERIGEE_CHECK(IsTime(field), "a field that one option fills is no other message");
      PERIGEE_ASSIGN_OR_RETURN(const Time time, ParseTime(text));
      Message* value = holder.GetReflection()->MutableMessage(&holder, field);
      *static_cast<Timestamp*>(value) = ToTimestamp(time);
      return absl::OkStatus();
    }
  }
}

absl::StatusOr<std::string> ReadTime(Session& session, const Message& /*so_far*/,
                                     const std::string& typed) {
  PERIGEE_ASSIGN_OR_RETURN(const Time time,
                           ParseMoment(typed, [&session] { return session.ProgramZone(); }));
  return FormatTime(time);
}

// The reader of a field that comes without one.
Reader ReaderByKind(const FieldDescriptor* field) {
  if (field->enum_type() != nullptr) {
    return WordOf(field->enum_type());
  }
  return IsTime(field) ? ReadTime : Reader();
}

constexpr char kTimeHelp[] =
    "\n\nA TIME is a day in the programme's time zone, 2026-11-21, or a time with a zone of its "
    "own, 2026-11-21T23:45:36Z.";

absl::Status NothingToChange() {
  return UsageFailure(
      "nothing to change was given; `--help` of the command lists what can be changed.");
}

// The kind of value that the help shows.
const char* KindOf(const FieldDescriptor* field) {
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return "NUMBER";
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return IsTime(field) ? "TIME" : "TEXT";
    default:
      return "TEXT";
  }
}

}  // namespace

// An option, the fields that it fills, and how.
struct Form::Binding {
  std::string label;
  std::vector<std::string> paths;
  CLI::Option* option = nullptr;  // Null for an option that every command has.
  std::string fallback;
  std::string typed;
  std::vector<std::string> typed_each;
  bool flag = false;
  std::function<absl::Status(Session&, Message& request)> fill;

  bool Given() const { return option != nullptr && option->count() > 0; }
  bool FillsAny() const { return option == nullptr || Given() || !fallback.empty(); }
  bool Fills(const std::string& field) const {
    return std::ranges::any_of(paths, [&](const std::string& path) {
      return field == path || field.starts_with(path + ".") || field.starts_with(path + "[");
    });
  }
  bool Typed(const std::string& text) const {
    return Given() && (typed == text || std::ranges::find(typed_each, text) != typed_each.end());
  }
};

Form::Form(CLI::App& command, const Descriptor* request) : command_(command), request_(request) {}

Form::~Form() = default;

Form::Binding& Form::Bind(std::vector<std::string> paths) {
  Binding& binding = *bindings_.emplace_back(std::make_unique<Binding>());
  for (const std::string& path : paths) {
    StepsOf(request_, path);
  }
  binding.paths = std::move(paths);
  return binding;
}

CLI::Option* Form::Keep(Binding& binding, CLI::Option* option) {
  binding.option = option;
  binding.label = option->get_name();
  if (!option->get_positional()) {
    // An option that may be repeated would take the arguments after it, too.
    option->allow_extra_args(false);
  }
  return option;
}

CLI::Option* Form::Add(const std::string& option, const std::string& path, const std::string& help,
                       Reading reading) {
  Binding& binding = Bind({path});
  const std::vector<Step> steps = StepsOf(request_, path);
  const FieldDescriptor* field = steps.back().field;
  const Reader read = reading.read != nullptr ? std::move(reading.read) : ReaderByKind(field);
  binding.fill = [&binding, steps, field, read](Session& session,
                                                Message& request) -> absl::Status {
    const std::vector<std::string> one = {binding.Given() ? binding.typed : binding.fallback};
    for (const std::string& typed : field->is_repeated() ? binding.typed_each : one) {
      std::string text = typed;
      if (read != nullptr) {
        PERIGEE_ASSIGN_OR_RETURN(text, read(session, request, typed));
      }
      PERIGEE_RETURN_IF_ERROR(Set(HolderOf(request, steps), field, text));
    }
    return absl::OkStatus();
  };
  Keep(binding, field->is_repeated() ? command_.add_option(option, binding.typed_each, help)
                                     : command_.add_option(option, binding.typed, help));
  binding.option->type_name(KindOf(field));
  if (IsTime(field) && command_.get_footer().find(kTimeHelp) == std::string::npos) {
    command_.footer(command_.get_footer() + kTimeHelp);
  }
  if (!reading.fallback.empty()) {
    binding.fallback = std::move(reading.fallback);
    binding.option->default_str(binding.fallback);
  }
  return binding.option;
}

CLI::Option* Form::AddFlag(const std::string& option, const std::string& path,
                           const std::string& help) {
  Binding& binding = Bind({path});
  binding.fill = [&binding, steps = StepsOf(request_, path)](Session&, Message& request) {
    Message& holder = HolderOf(request, steps);
    holder.GetReflection()->SetBool(&holder, steps.back().field, binding.flag);
    return absl::OkStatus();
  };
  return Keep(binding, command_.add_flag(option, binding.flag, help));
}

CLI::Option* Form::AddFilling(const std::string& option, std::vector<std::string> paths,
                              const std::string& help, Filler fill) {
  Binding& binding = Bind(std::move(paths));
  binding.fill = [&binding, fill = std::move(fill)](Session& session,
                                                    Message& request) -> absl::Status {
    for (const std::string& typed : binding.typed_each) {
      PERIGEE_RETURN_IF_ERROR(fill(session, typed, request));
    }
    return absl::OkStatus();
  };
  return Keep(binding, command_.add_option(option, binding.typed_each, help));
}

CLI::Option* Form::AddClear(const std::string& option, std::vector<std::string> paths,
                            const std::string& help) {
  Binding& binding = Bind(std::move(paths));
  binding.fill = [](Session&, Message&) { return absl::OkStatus(); };
  return Keep(binding, command_.add_flag(option, binding.flag, help));
}

void Form::InProgram() {
  Binding& binding = Bind({"parent"});
  binding.label = "--program";
  binding.fill = [steps = StepsOf(request_, "parent")](Session& session,
                                                       Message& request) -> absl::Status {
    PERIGEE_ASSIGN_OR_RETURN(const std::string program, session.ProgramName());
    return Set(request, steps.back().field, program);
  };
}

absl::Status Form::FillMask(Message& request) const {
  const FieldDescriptor* mask = request_->FindFieldByName("update_mask");
  if (mask == nullptr) {
    return absl::OkStatus();
  }
  auto& filled = *static_cast<google::protobuf::FieldMask*>(
      request.GetReflection()->MutableMessage(&request, mask));
  for (const auto& binding : bindings_) {
    for (const std::string& path : binding->paths) {
      const std::string field = path.substr(path.rfind('.') + 1);
      if (binding->Given() && field != "name" && field != "etag") {
        filled.add_paths(field);
      }
    }
  }
  return filled.paths().empty() ? NothingToChange() : absl::OkStatus();
}

absl::Status Form::Fill(Session& session, Message& request) const {
  for (const auto& binding : bindings_) {
    const absl::Status filled =
        binding->FillsAny() ? binding->fill(session, request) : absl::OkStatus();
    if (ReasonOf(filled) == Reason::kInvalidField) {
      return UsageFailure(std::string(WithField(filled, binding->label).message()) + ".");
    }
    PERIGEE_RETURN_IF_ERROR(filled);
  }
  if (requires_change_ && std::ranges::none_of(bindings_, [](const auto& binding) {
        return binding->Given() && !binding->option->get_required();
      })) {
    return NothingToChange();
  }
  if (const FieldDescriptor* id = request_->FindFieldByName("request_id"); id != nullptr) {
    request.GetReflection()->SetString(&request, id, session.RequestId());
  }
  return FillMask(request);
}

// The option to mend. The id, if the server names one, tells the parts of a name from each other.
// Else the last of several options that fill a field has most to say.
std::string Form::OptionOf(const RefusedField& refused) const {
  if (refused.field == "request_id") {
    return "--request-id";
  }
  const Binding* best = nullptr;
  const auto weight = [&](const Binding& binding) {
    return (refused.id.has_value() && binding.Typed(*refused.id) ? 2 : 0) +
           (binding.Given() ? 1 : 0);
  };
  for (const auto& binding : bindings_) {
    if (binding->Fills(refused.field) && (best == nullptr || weight(*binding) >= weight(*best))) {
      best = binding.get();
    }
  }
  return best == nullptr ? "" : best->label;
}

absl::Status Form::NameOption(const absl::Status& failure) const {
  const RefusedField refused = RefusedFieldOf(failure);
  const std::string option = OptionOf(refused);
  if (option.empty()) {
    return failure;
  }
  std::string message(failure.message());
  if (message.starts_with(refused.field + " ")) {
    message.replace(0, refused.field.size(), option);
  }
  for (const auto& binding : bindings_) {
    for (const std::string& path : binding->paths) {
      // A field of one plain word is not told from prose.
      const std::string field = path.substr(path.rfind('.') + 1);
      if (field.find('_') != std::string::npos) {
        message = absl::StrReplaceAll(message, {{field, binding->label}});
      }
    }
  }
  return WithMessage(failure, message);
}

Reader IdIn(std::string collection) {
  return [collection = std::move(collection)](
             Session& session, const Message& /*so_far*/,
             const std::string& typed) -> absl::StatusOr<std::string> {
    if (typed.find('/') != std::string::npos && !typed.starts_with("programs/")) {
      return InvalidField("", "must be an id or a full name, not \"" + typed + "\"");
    }
    return session.Name(collection, typed);
  };
}

Reader IdOfMemberIn(std::string collection) {
  return IdWithin("members", std::move(collection), "MEMBER/ID, such as m-001/12");
}

Reader IdWithin(std::string outer, std::string collection, std::string form) {
  return [outer = std::move(outer), collection = std::move(collection), form = std::move(form)](
             Session& session, const Message& so_far,
             const std::string& typed) -> absl::StatusOr<std::string> {
    if (typed.starts_with("programs/")) {
      return typed;
    }
    const std::size_t slash = typed.find('/');
    if (slash == std::string::npos) {
      return InvalidField("", "must be " + form + ", not \"" + typed + "\"");
    }
    PERIGEE_ASSIGN_OR_RETURN(const std::string owner,
                             IdIn(outer)(session, so_far, typed.substr(0, slash)));
    return owner + "/" + collection + typed.substr(slash);
  };
}

Reader IdUnder(std::string path, std::string collection) {
  return [path = std::move(path), collection = std::move(collection)](
             Session&, const Message& so_far,
             const std::string& typed) -> absl::StatusOr<std::string> {
    return TextAt(so_far, path) + "/" + collection + "/" + typed;
  };
}

Reader IdOfProgram() {
  return [](Session&, const Message& /*so_far*/,
            const std::string& typed) -> absl::StatusOr<std::string> {
    return typed.starts_with("programs/") ? typed : "programs/" + typed;
  };
}

Reader WordOf(const google::protobuf::EnumDescriptor* words) {
  return [words](Session&, const Message& /*so_far*/,
                 const std::string& typed) -> absl::StatusOr<std::string> {
    const std::string name = Unfriendly(typed, PrefixOf(*words));
    const auto* value = words->FindValueByName(name);
    if (value == nullptr || value->number() == 0) {
      return InvalidField("", "must be one of " + WordsOf(*words) + ", not \"" + typed + "\"");
    }
    return name;
  };
}

absl::StatusOr<Weighted> ParseWeighted(const std::string& typed) {
  const std::size_t equals = typed.find('=');
  Weighted weighted{typed.substr(0, equals)};
  if (equals != std::string::npos &&
      !CLI::detail::lexical_cast(typed.substr(equals + 1), weighted.weight)) {
    return InvalidField("", "has a weight that is no whole number: " + typed);
  }
  return weighted;
}

std::string TextAt(const Message& message, const std::string& path) {
  const std::vector<Step> steps = StepsOf(message.GetDescriptor(), path);
  const Message* at = &message;
  for (auto step = steps.begin(); step + 1 < steps.end(); ++step) {
    const Reflection& reflection = *at->GetReflection();
    at = step->element.has_value()
             ? &reflection.GetRepeatedMessage(*at, step->field, *step->element)
             : &reflection.GetMessage(*at, step->field);
  }
  return at->GetReflection()->GetString(*at, steps.back().field);
}

}  // namespace perigee::cli
