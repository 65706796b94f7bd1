#pragma once

#include "perigee/v1/member.pb.h"
#include "server/services/member/export_stream.h"
#include "server/services/service.h"

namespace perigee {
class PageTokens;
}  // namespace perigee

namespace perigee::ports {
class BoardView;
class Ids;
class MemberSearch;
}  // namespace perigee::ports

namespace perigee::services {

// What members see and do themselves (member.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class MemberService final : public Service {
 public:
  MemberService(Call& call, ports::Ids& ids, ports::BoardView& boards, const PageTokens& tokens);

  // Ends the streams, so that the server can shut down without cutting them off.
  void StopStreams() { exports_.Stop(); }
  // Ends the streams whose callers may not have them any more, or read nothing.
  void RecheckStreams() { exports_.Recheck(); }

 private:
  ports::Ids& ids_;
  ExportStreams exports_;
};

// Keeps the members of a programme (member.proto). The constructor's arguments must outlive it.
// Safe from many threads.
class MemberAdminService final : public Service {
 public:
  MemberAdminService(Call& call, ports::Ids& ids, const PageTokens& tokens,
                     ports::MemberSearch& search);

 private:
  ports::Ids& ids_;
  const PageTokens& tokens_;
};

}  // namespace perigee::services
