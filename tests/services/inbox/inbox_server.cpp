#include "tests/services/inbox/inbox_server.h"

#include <chrono>
#include <utility>

#include "server/domain/thanks/thanks.h"
#include "server/ports/member/member_reader.h"
#include "server/ports/store.h"
#include "server/use_cases/write_and_wait.h"
#include "tests/matchers/status.h"

namespace perigee::tests {

InboxServer::InboxServer() {
  MakeProgram();
  for (const char* id : {"ada", "bob", "cyd"}) {
    MakeMember(id);
  }
  Open(0);
  Open(1);
}

InboxServer::~InboxServer() {
  Close(0);
  Close(1);
  StopServing();
}

void InboxServer::Open(std::size_t server) {
  Door& door = doors_[server];
  if (door.call != nullptr) {
    ended_.push_back(std::move(door.call));
  }
  door.call = std::make_unique<services::Call>(store(), clock, call().executor(), telemetry);
  door.service = std::make_unique<services::InboxService>(*door.call, tokens(), telemetry.inboxes);
  door.server = *runtime::GrpcServer::Start({{"127.0.0.1", 0}, {door.service.get()}});
  stubs[server] = v1::InboxService::NewStub(
      grpc::CreateChannel(door.server->address().ToString(), grpc::InsecureChannelCredentials()));
}

void InboxServer::Close(std::size_t server) {
  Door& door = doors_[server];
  door.service->StopStreams();
  stubs[server].reset();
  door.server.reset();
  door.service.reset();
}

void InboxServer::Restart(std::size_t server) {
  Close(server);
  Open(server);
}

domain::MemberKey InboxServer::KeyOf(const std::string& member) {
  domain::MemberKey key;
  EXPECT_THAT(store().Read([&](ports::StoreReader& reader) {
    key = reader.members().Find("acme", member).value().value().key;
    return absl::OkStatus();
  }),
              IsOk());
  return key;
}

domain::Revision InboxServer::Write(
    const std::function<void(domain::Revision revision, Time now, domain::Changes&)>& make) {
  ports::Unit unit;
  unit.program = "acme";
  unit.now = clock.Now();
  unit.decide = [&](ports::StoreReader&,
                    const ports::UnitContext& context) -> absl::StatusOr<ports::Decision> {
    ports::Decision decision;
    make(context.revision, context.now, decision.changes);
    return decision;
  };
  const auto outcome = use_cases::WriteAndWait(store(), std::move(unit));
  EXPECT_THAT(outcome, IsOk());
  return outcome.ok() ? outcome->revision : 0;
}

void InboxServer::Thank(const std::string& member) {
  const domain::MemberKey key = KeyOf(member);
  Write([&](domain::Revision revision, Time now, domain::Changes& changes) {
    domain::Thanks thanks;
    thanks.id = thanks.revision = revision;
    thanks.receiver = key;
    thanks.text = "Well done";
    thanks.create_time = now;
    changes.records.Put(thanks);
  });
}

void InboxServer::PutItem(const std::string& id, Time open, bool withdrawn) {
  Write([&](domain::Revision revision, Time now, domain::Changes& changes) {
    domain::InsiderItem item;
    item.id = id;
    item.display_name = "Secret of " + id;
    item.create_time = now;
    item.open_time = open;
    item.version = 1;
    item.edit_revision = item.revision = revision;
    if (withdrawn) {
      item.withdraw_time = now;
    }
    changes.records.Put(item);
  });
}

InboxStream::InboxStream(v1::InboxService::Stub& stub, const std::string& member,
                         const std::string& cursor)
    : cursor_(cursor) {
  // Far beyond the length of any test, so that a missing message fails it.
  context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  v1::WatchInboxRequest request;
  request.set_parent(NameOfMember(member));
  request.set_from_cursor(cursor);
  stream_ = stub.WatchInbox(&context_, request);
}

InboxStream::~InboxStream() { context_.TryCancel(); }

v1::WatchInboxResponse InboxStream::Next() {
  v1::WatchInboxResponse message;
  if (!stream_->Read(&message)) {
    return {};
  }
  cursor_ = message.cursor();
  return message;
}

v1::WatchInboxResponse InboxStream::NextNews() {
  v1::WatchInboxResponse message = Next();
  while (message.heartbeat()) {
    message = Next();
  }
  return message;
}

absl::Status InboxStream::End() {
  v1::WatchInboxResponse message;
  while (stream_->Read(&message)) {
  }
  return FromWire(stream_->Finish());
}

}  // namespace perigee::tests
