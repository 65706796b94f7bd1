#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <google/protobuf/message.h>
#include <grpcpp/grpcpp.h>

#include "absl/status/statusor.h"
#include "clients/cli/connection.h"
#include "server/core/civil_time.h"

namespace perigee::cli {

enum class Door { kPublic, kInternal };

// The options that every command has.
struct Options {
  std::string public_address;
  std::string internal_address;
  ConnectionOptions connection;
  std::string program;
  std::string request_id;
  bool json = false;
  bool names = false;
  int timeout_seconds = 30;
};

// The folder of the server that `./dev up` runs: `.run` in this folder, in the nearest one above,
// or in the one that `./dev perigee` names. nullopt if no server runs there.
std::optional<std::filesystem::path> RunFolder();
// In that folder: the token of who is signed in, and the keys of the development issuer.
inline constexpr char kTokenFile[] = "token";
inline constexpr char kIssuerFolder[] = "issuer";

// A method of a stub, such as `&v1::MemberService::Stub::GetMember`.
template <class Stub, class Request, class Response>
using Rpc = grpc::Status (Stub::*)(grpc::ClientContext*, const Request&, Response*);

// One run of the client: where the server is, how to call it and where to print. Safe from many
// threads.
class Session {
 public:
  explicit Session(std::ostream& out) : out_(out) {}

  Options options;

  // The address of a door: from the options, or from the ready file of `./dev up` in this folder or
  // one above.
  absl::StatusOr<std::string> Address(Door door) const;
  // How to connect to that address, from the options. Their files are read once.
  absl::StatusOr<Connection> ConnectionTo(const std::string& address);
  // The channel to that door.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> Channel(Door door);

  // Calls a method until it is answered or refused for good. A failure that may pass is tried again
  // with the same message for up to a minute. `replayed` says whether the answer is that of an
  // earlier try.
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Ask(Door door, Rpc<Stub, Request, Response> method,
                               const Request& request, bool* replayed = nullptr) {
    absl::StatusOr<std::shared_ptr<grpc::Channel>> channel = Channel(door);
    if (!channel.ok()) {
      return channel.status();
    }
    Stub stub(*channel);
    Response response;
    absl::Status status = Retry([&](grpc::ClientContext& context) {
      SetDeadline(context);
      grpc::Status answer = (stub.*method)(&context, request, &response);
      if (replayed != nullptr) {
        *replayed = context.GetServerInitialMetadata().contains("perigee-replayed");
      }
      return answer;
    });
    if (!status.ok()) {
      return status;
    }
    return response;
  }

  // All pages of a list as one response, or its first `limit` items if `limit` is not 0. The first
  // field of the response is the list.
  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> AskAll(Door door, Rpc<Stub, Request, Response> method, Request request,
                                  int limit) {
    Response all;
    do {
      request.set_page_size(limit == 0 ? 1000 : limit - CountItems(all));
      absl::StatusOr<Response> page = Ask(door, method, request);
      if (!page.ok()) {
        return page.status();
      }
      request.set_page_token(page->next_page_token());
      all.clear_next_page_token();
      all.MergeFrom(*page);
    } while (!request.page_token().empty() && (limit == 0 || CountItems(all) < limit));
    return all;
  }

  // Tries until the call is answered or refused for good: for up to a minute, or some seconds if no
  // server has answered yet.
  absl::Status Retry(const std::function<grpc::Status(grpc::ClientContext&)>& attempt);
  void SetDeadline(grpc::ClientContext& context) const;

  // `--request-id`, or a new one.
  std::string RequestId() const;
  // `programs/{program}` from `--program`; a usage failure if that is not given.
  absl::StatusOr<std::string> ProgramName() const;
  // The time zone of that programme.
  absl::StatusOr<Zone> ProgramZone();
  // `what` if it is a full name, else programs/{program}/{collection}/{what}.
  absl::StatusOr<std::string> Name(const std::string& collection, const std::string& what) const;

  std::ostream& out() { return out_; }
  // If `--json` is given, prints the message as one line of JSON and answers true. So it does with
  // `--names`, but prints the names of what the message holds, one a line.
  bool PrintPlain(const google::protobuf::Message& message);
  // The same of the answers about several things, by the ids of these: `--json` prints one object.
  template <class Response>
  bool PrintPlain(const std::vector<std::pair<std::string, Response>>& by_ids) {
    std::vector<std::pair<std::string, const google::protobuf::Message*>> messages;
    for (const auto& [id, response] : by_ids) {
      messages.emplace_back(id, &response);
    }
    return PrintPlainByIds(messages);
  }

  // An amount as people read it. Asks for the programme's assets once.
  std::string Amount(const std::string& program_name, const std::string& asset,
                     std::int64_t amount);
  // What people write as an amount, in the asset's smallest unit. kInvalidField if it is none, for
  // any field.
  absl::StatusOr<std::int64_t> ReadAmount(const std::string& program_name, const std::string& asset,
                                          const std::string& typed);

 private:
  absl::StatusOr<int> Decimals(const std::string& program_name, const std::string& asset);
  static int CountItems(const google::protobuf::Message& list);
  bool PrintPlainByIds(
      const std::vector<std::pair<std::string, const google::protobuf::Message*>>& by_ids);

  std::ostream& out_;
  std::atomic<bool> heard_ = false;  // A server has answered.
  std::mutex connection_mutex_;
  std::optional<Connection> connection_;
  std::mutex mutex_;
  std::map<Door, std::shared_ptr<grpc::Channel>> channels_;
  std::map<std::string, std::map<std::string, int>> decimals_;
};

}  // namespace perigee::cli
