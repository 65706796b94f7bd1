#pragma once

#include <functional>
#include <string>
#include <vector>

#include <google/protobuf/repeated_ptr_field.h>

#include "absl/status/statusor.h"
#include "perigee/v1/board.pb.h"
#include "server/services/board/board_pages.h"
#include "server/services/call.h"

namespace perigee::services {

// Shows in the answer of a write where its members stand afterwards on the boards that its caller
// names, so that the caller sees its own change without another call. The constructor's arguments
// must outlive it. Safe from many threads.
class PlacesAfterWrite {
 public:
  PlacesAfterWrite(ports::BoardView& view, ports::MemberDirectory& directory,
                   const PageTokens& tokens, ports::Executor& executor)
      : view_(view), pages_(view, directory, tokens), executor_(executor) {}

  // For Change::more. `boards` is the request's field of that name; Response has one too, which
  // gets a slice of each board, in that order, without those that cannot be read. `members` are
  // ids, each once. kInvalidField for a name of no board of the programme, and for more than ten.
  template <class Response>
  absl::StatusOr<AnswerMore> For(const std::string& program,
                                 const google::protobuf::RepeatedPtrField<std::string>& boards,
                                 std::vector<std::string> members) {
    absl::StatusOr<Asked> asked = Parse(program, boards, std::move(members));
    if (!asked.ok() || asked->boards.empty()) {
      return asked.ok() ? absl::StatusOr<AnswerMore>(AnswerMore()) : asked.status();
    }
    return [this, asked = *std::move(asked)](const CallContext& call, const ports::Outcome& outcome,
                                             std::function<void(std::string)> then) {
      Find(call.now, outcome.revision, asked, [then = std::move(then)](const Places& places) {
        Response response;
        response.mutable_boards()->Add(places.begin(), places.end());
        then(response.SerializeAsString());
      });
    };
  }

 private:
  using Places = std::vector<v1::ListEntriesResponse>;
  struct Asked {
    std::string program;
    std::vector<std::string> boards;   // Ids.
    std::vector<std::string> members;  // Ids.
  };

  static absl::StatusOr<Asked> Parse(const std::string& program,
                                     const google::protobuf::RepeatedPtrField<std::string>& boards,
                                     std::vector<std::string> members);
  // Calls `then` once the boards hold `revision`, or after two seconds.
  void Find(Time now, domain::Revision revision, Asked asked,
            std::function<void(const Places&)> then);
  // WouldBlock only if `at_once`.
  absl::StatusOr<Places> Read(Time now, domain::Revision revision, const Asked& asked,
                              bool at_once);

  ports::BoardView& view_;
  BoardPages pages_;
  ports::Executor& executor_;
};

}  // namespace perigee::services
