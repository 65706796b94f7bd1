#include "clients/cli/session.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include <nlohmann/json.hpp>

#include "clients/cli/failure.h"
#include "clients/cli/format.h"
#include "clients/cli/ids.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "perigee/v1/program.grpc.pb.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/domain/ledger/ledger.h"

namespace perigee::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::chrono::milliseconds kBackoffMin{100};
constexpr std::chrono::milliseconds kBackoffMax{5000};
constexpr std::chrono::seconds kPatience{60};
// A server that never answered is rather absent than restarting.
constexpr std::chrono::seconds kPatienceAtFirst{3};

nlohmann::json ReadReadyFile() {
  const std::optional<fs::path> folder = RunFolder();
  if (!folder.has_value()) {
    return {};
  }
  std::ifstream file(*folder / "ready.json");
  return nlohmann::json::parse(file, nullptr, false);
}

// Whether the server that `./dev up` runs has that address.
bool IsOfRunFolder(const std::string& address) {
  const nlohmann::json ready = ReadReadyFile();
  return ready.is_object() &&
         (ready.value("public", "") == address || ready.value("internal", "") == address);
}

// The token that `perigee login` left, or empty.
std::string TokenFileIn(const fs::path& folder) {
  std::error_code error;
  const fs::path file = folder / kTokenFile;
  return fs::exists(file, error) ? file.string() : std::string();
}

// Prints the name of the message, or else the names of the messages in it. An entry of a board is
// known by its member.
void PrintNames(const google::protobuf::Message& message, std::ostream& out) {
  const google::protobuf::Descriptor& kind = *message.GetDescriptor();
  const google::protobuf::Reflection& reflection = *message.GetReflection();
  for (const char* field : {"name", "member"}) {
    if (const auto* name = kind.FindFieldByName(field); name != nullptr) {
      out << reflection.GetString(message, name) << '\n';
      return;
    }
  }
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  reflection.ListFields(message, &fields);
  for (const auto* field : fields) {
    if (field->message_type() == nullptr) {
      continue;
    }
    if (!field->is_repeated()) {
      PrintNames(reflection.GetMessage(message, field), out);
      continue;
    }
    for (int i = 0; i < reflection.FieldSize(message, field); ++i) {
      PrintNames(reflection.GetRepeatedMessage(message, field, i), out);
    }
  }
}

}  // namespace

std::optional<fs::path> RunFolder() {
  std::error_code error;
  const auto is_there = [&error](const fs::path& folder) {
    return fs::exists(folder / "ready.json", error);
  };
  for (fs::path folder = fs::current_path(error); !error; folder = folder.parent_path()) {
    if (is_there(folder / ".run")) {
      return folder / ".run";
    }
    if (folder == folder.root_path()) {
      break;
    }
  }
  if (const char* home = std::getenv("PERIGEE_HOME"); home != nullptr) {
    if (is_there(fs::path(home) / ".run")) {
      return fs::path(home) / ".run";
    }
  }
  return std::nullopt;
}

absl::StatusOr<std::string> Session::Address(Door door) const {
  const bool is_public = door == Door::kPublic;
  if (const std::string& given = is_public ? options.public_address : options.internal_address;
      !given.empty()) {
    return given;
  }
  const nlohmann::json ready = ReadReadyFile();
  const char* key = is_public ? "public" : "internal";
  if (ready.is_object() && ready.contains(key) && ready[key].is_string()) {
    return ready[key].get<std::string>();
  }
  return UsageFailure(std::string("where is the server? Start one with `./dev up`, or give --") +
                      key + " ADDRESS or set PERIGEE_" + (is_public ? "PUBLIC" : "INTERNAL") + ".");
}

absl::StatusOr<Connection> Session::ConnectionTo(const std::string& address) {
  const std::lock_guard lock(connection_mutex_);
  if (!connection_.has_value()) {
    ConnectionOptions connection = options.connection;
    if (const std::optional<fs::path> folder = RunFolder();
        folder.has_value() && connection.token_file.empty() &&
        std::getenv("PERIGEE_TOKEN") == nullptr && IsOfRunFolder(address)) {
      connection.token_file = TokenFileIn(*folder);
    }
    PERIGEE_ASSIGN_OR_RETURN(connection_, Connection::Read(connection));
  }
  PERIGEE_RETURN_IF_ERROR(connection_->MayReach(address));
  return *connection_;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::Channel(Door door) {
  const std::lock_guard lock(mutex_);
  std::shared_ptr<grpc::Channel>& channel = channels_[door];
  if (channel == nullptr) {
    PERIGEE_ASSIGN_OR_RETURN(const std::string address, Address(door));
    PERIGEE_ASSIGN_OR_RETURN(const Connection connection, ConnectionTo(address));
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2000);
    channel = connection.Channel(address, arguments);
  }
  return channel;
}

absl::Status Session::Retry(const std::function<grpc::Status(grpc::ClientContext&)>& attempt) {
  const auto start = std::chrono::steady_clock::now();
  thread_local std::minstd_rand random{std::random_device{}()};
  for (std::chrono::milliseconds backoff = kBackoffMin;; backoff *= 2) {
    grpc::ClientContext context;
    absl::Status status = FromGrpc(attempt(context));
    backoff = std::min(backoff, kBackoffMax);
    const std::chrono::milliseconds jittered(
        std::uniform_int_distribution<std::int64_t>(backoff.count() / 2, backoff.count())(random));
    const auto wait = std::max(jittered, RetryDelay(status).value_or(kBackoffMin / 2));
    if (!CannotBeReached(status)) {
      heard_ = true;
    }
    const auto give_up = start + (heard_ ? kPatience : kPatienceAtFirst);
    if (!MayRetry(status) || std::chrono::steady_clock::now() + wait > give_up) {
      return status;
    }
    std::this_thread::sleep_for(wait);
  }
}

void Session::SetDeadline(grpc::ClientContext& context) const {
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::seconds(options.timeout_seconds));
}

std::string Session::RequestId() const {
  return options.request_id.empty() ? NewRequestId() : options.request_id;
}

absl::StatusOr<std::string> Session::ProgramName() const {
  if (options.program.empty()) {
    return UsageFailure(
        "which programme? Give --program ID or set PERIGEE_PROGRAM; `perigee programs list` shows "
        "which there are.");
  }
  const std::string id =
      options.program.starts_with("programs/") ? options.program.substr(9) : options.program;
  if (const absl::Status checked = CheckId("--program", id); !checked.ok()) {
    return UsageFailure(std::string(checked.message()) + ".");
  }
  return perigee::ProgramName(id);
}

absl::StatusOr<Zone> Session::ProgramZone() {
  v1::GetProgramRequest request;
  PERIGEE_ASSIGN_OR_RETURN(*request.mutable_name(), ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(
      const v1::Program program,
      Ask(Door::kInternal, &v1::ProgramAdminService::Stub::GetProgram, request));
  return Zone::Load(program.time_zone());
}

absl::StatusOr<std::string> Session::Name(const std::string& collection,
                                          const std::string& what) const {
  if (what.starts_with("programs/")) {
    return what;
  }
  PERIGEE_ASSIGN_OR_RETURN(const std::string program, ProgramName());
  return program + "/" + collection + "/" + what;
}

int Session::CountItems(const google::protobuf::Message& list) {
  return list.GetReflection()->FieldSize(list, list.GetDescriptor()->field(0));
}

bool Session::PrintPlain(const google::protobuf::Message& message) {
  if (options.names) {
    PrintNames(message, out_);
    return true;
  }
  if (!options.json) {
    return false;
  }
  out_ << JsonOf(message) << std::endl;
  return true;
}

bool Session::PrintPlainByIds(
    const std::vector<std::pair<std::string, const google::protobuf::Message*>>& by_ids) {
  if (options.json) {
    nlohmann::ordered_json all = nlohmann::ordered_json::object();
    for (const auto& [id, message] : by_ids) {
      all[id] = nlohmann::ordered_json::parse(JsonOf(*message));
    }
    out_ << all.dump() << std::endl;
  }
  for (const auto& [id, message] : by_ids) {
    if (options.names) {
      PrintNames(*message, out_);
    }
  }
  return options.json || options.names;
}

absl::StatusOr<int> Session::Decimals(const std::string& program_name, const std::string& asset) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = decimals_.find(program_name); known != decimals_.end()) {
      const auto found = known->second.find(asset);
      return found == known->second.end() ? 0 : found->second;
    }
  }
  v1::ListAssetsRequest request;
  request.set_parent(program_name);
  request.set_page_size(1000);
  v1::ListAssetsResponse response;
  PERIGEE_ASSIGN_OR_RETURN(const auto channel, Channel(Door::kPublic));
  grpc::ClientContext context;
  SetDeadline(context);
  absl::Status status =
      FromGrpc(v1::CapitalService::Stub(channel).ListAssets(&context, request, &response));
  const std::lock_guard lock(mutex_);
  std::map<std::string, int>& known = decimals_[program_name];
  for (const v1::Asset& item : response.assets()) {
    known[item.name().substr(item.name().rfind('/') + 1)] = item.decimals();
  }
  if (!status.ok()) {
    return status;
  }
  const auto found = known.find(asset);
  return found == known.end() ? 0 : found->second;
}

absl::StatusOr<std::int64_t> Session::ReadAmount(const std::string& program_name,
                                                 const std::string& asset,
                                                 const std::string& typed) {
  PERIGEE_ASSIGN_OR_RETURN(const int decimals, Decimals(program_name, asset));
  return domain::ParseAmount("", typed, decimals);
}

std::string Session::Amount(const std::string& program_name, const std::string& asset,
                            std::int64_t amount) {
  // If the asset cannot be read, the amount is shown in the smallest unit.
  return domain::FormatAmount(amount, Decimals(program_name, asset).value_or(0));
}

}  // namespace perigee::cli
