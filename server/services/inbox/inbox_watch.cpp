#include "server/services/inbox/inbox_watch.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "server/core/error.h"
#include "server/core/page_token.h"
#include "server/core/resource_name.h"
#include "server/core/status_macros.h"
#include "server/ports/clock.h"
#include "server/ports/journal/journal_feed.h"
#include "server/ports/store.h"
#include "server/ports/telemetry.h"
#include "server/services/inbox/inbox_convert.h"
#include "server/services/inbox/inbox_cursor.h"
#include "server/services/inbox/inbox_rounds.h"
#include "server/services/lookup.h"
#include "server/use_cases/inbox/inbox.h"
#include "server/use_cases/inbox/inbox_news.h"

namespace perigee::services {
namespace {

// A look beside the rounds may miss an entry of its own time, so one in a round follows.
constexpr std::chrono::seconds kAfterALookBeside{1};

// The position of a cursor that one of the members of the person got.
absl::StatusOr<domain::InboxPosition> PositionOf(const PageTokens& tokens,
                                                 const std::vector<domain::MemberKey>& members,
                                                 const std::string& cursor) {
  absl::StatusOr<domain::InboxPosition> position = domain::InboxPosition();
  for (const domain::MemberKey& member : members) {
    position = InboxCursors(tokens, member).Decode(cursor);
    if (position.ok()) {
      break;
    }
  }
  return position;
}

}  // namespace

InboxWatches::InboxWatches(Call& call, const PageTokens& tokens, ports::InboxStats& stats)
    : call_(call),
      tokens_(tokens),
      stats_(stats),
      rounds_(std::make_shared<InboxRounds>(call, stats)),
      listening_(
          call.store().feed().Listen([this](const std::string& program, domain::Revision head) {
            rounds_->Hear(program, head);
          })) {}

InboxWatches::~InboxWatches() = default;

grpc::ServerWriteReactor<grpc::ByteBuffer>* InboxWatches::Start(
    const RunningCall& running, const v1::WatchInboxRequest& request) {
  const auto watch = std::make_shared<InboxWatch>(*this, running, request);
  if (open_.Add(watch)) {
    watch->Open();
  } else {
    watch->Stop();
  }
  return watch.get();
}

InboxWatch::InboxWatch(InboxWatches& all, const RunningCall& running,
                       const v1::WatchInboxRequest& request)
    : WatchStream(all.call_, running, std::make_unique<v1::WatchInboxRequest>(request)),
      all_(all),
      tokens_(all.tokens_),
      stats_(all.stats_),
      rounds_(all.rounds_),
      from_cursor_(request.from_cursor()) {}

void InboxWatch::Open() {
  const auto& request = static_cast<const v1::WatchInboxRequest&>(*request_);
  const auto parts = ParseName("parent", request.parent(), kMemberPattern);
  if (!parts.ok()) {
    End(parts.status());
    return;
  }
  program_ = (*parts)[0];
  member_id_ = (*parts)[1];
  // Before the first look, so that no entry is missed.
  rounds_->Join(program_, std::static_pointer_cast<InboxWatch>(shared_from_this()));
  Begin();
}

void InboxWatch::OnDone() {
  rounds_->Leave(this);
  all_.open_.Remove(shared_from_this());
}

void InboxWatch::WhenReady(Lock&, const std::function<void()>&) {
  rounds_->Enqueue(std::static_pointer_cast<InboxWatch>(shared_from_this()));
}

absl::Status InboxWatch::Look() {
  const Time now = call_.clock().Now();
  return call_.store().Read([&](ports::StoreReader& reader) {
    use_cases::InboxGround ground(reader, program_);
    return Take(ground, now, now + kAfterALookBeside);
  });
}

absl::Status InboxWatch::Take(use_cases::InboxGround& ground, Time now, Time again) {
  std::optional<domain::InboxPosition> position;
  bool started = false;
  {
    Lock lock(mutex_);
    if (to_send_.has_value()) {
      look_again_ = true;
      return Admit(lock);
    }
    position = position_;
    started = started_;
  }
  PERIGEE_ASSIGN_OR_RETURN(const domain::Member member,
                           RequireMember(ground.reader(), program_, member_id_));
  PERIGEE_ASSIGN_OR_RETURN(use_cases::Inbox inbox, use_cases::Inbox::Of(ground, member, now));
  if (!position.has_value() && from_cursor_.empty()) {
    PERIGEE_ASSIGN_OR_RETURN(position, use_cases::PresentPosition(inbox));
  } else if (!position.has_value()) {
    PERIGEE_ASSIGN_OR_RETURN(position, PositionOf(tokens_, inbox.members(), from_cursor_));
  }
  PERIGEE_ASSIGN_OR_RETURN(use_cases::InboxNews news, use_cases::NewsAfter(inbox, *position));
  Batch batch;
  batch.more = news.more;
  NoticeWriter writer(ground.reader(), program_, member.id);
  for (const domain::Notification& notice : news.notices) {
    PERIGEE_ASSIGN_OR_RETURN(*batch.message.add_notifications(), writer.ToProto(notice));
  }
  rounds_->Expect(this, news.head, inbox.members(), inbox.waits_for(), std::min(news.next, again));
  Lock lock(mutex_);
  PERIGEE_RETURN_IF_ERROR(Admit(lock));
  head_ = inbox.members().front();
  if (news.notices.empty()) {
    position_ = std::move(news.position);
    look_due_ |= news.more;
    return absl::OkStatus();
  }
  position_ = std::move(position);
  batch.position = std::move(news.position);
  to_send_ = std::move(batch);
  if (started) {  // What came while nobody listened is late for another reason.
    for (const domain::Notification& notice : news.notices) {
      stats_.Delivered(now - notice.place.time);
    }
  }
  return absl::OkStatus();
}

std::string InboxWatch::Cursor() const {
  return position_.has_value() ? InboxCursors(tokens_, head_).Encode(*position_) : from_cursor_;
}

std::optional<grpc::ByteBuffer> InboxWatch::Next(Lock& lock) {
  if (!to_send_.has_value()) {
    const bool first = position_.has_value() && !std::exchange(started_, true);
    return first ? std::optional(Heartbeat(lock)) : std::nullopt;
  }
  Batch batch = *std::exchange(to_send_, std::nullopt);
  started_ = true;
  position_ = std::move(batch.position);
  look_due_ |= batch.more || std::exchange(look_again_, false);
  batch.message.set_cursor(Cursor());
  return ToBytes(batch.message);
}

grpc::ByteBuffer InboxWatch::Heartbeat(Lock&) {
  v1::WatchInboxResponse message;
  message.set_cursor(Cursor());
  message.set_heartbeat(true);
  return ToBytes(message);
}

}  // namespace perigee::services
