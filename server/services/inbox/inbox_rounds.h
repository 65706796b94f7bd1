#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "server/core/time.h"
#include "server/core/uuid.h"
#include "server/domain/journal/entry_notices.h"
#include "server/domain/member/member_key.h"
#include "server/domain/record/revision.h"

namespace perigee::ports {
class InboxStats;
}  // namespace perigee::ports

namespace perigee::services {

class Call;
class InboxWatch;

// Decides when watched inboxes are looked at, and looks at them. It does so in rounds on the
// executor, one round at a time: a round learns from new entries whom they may concern, takes up
// whose time has come, and looks at a few inboxes over one view of the store. So neither a commit
// nor an instant at which something opens for everybody starts more than one piece of work, and
// other reads come in between. One timer waits for the next instant of all watchers. Safe from many
// threads.
class InboxRounds final : public std::enable_shared_from_this<InboxRounds> {
 public:
  // Both must outlive it.
  InboxRounds(Call& call, ports::InboxStats& stats) : call_(call), stats_(stats) {}

  // A programme has new entries. Does not block.
  void Hear(const std::string& program, domain::Revision head);
  // From then on the watch is woken by all news of the programme, until Expect says which concern
  // it.
  void Join(const std::string& program, const std::shared_ptr<InboxWatch>& watch);
  void Leave(InboxWatch* watch);
  // Looks at the inbox in one of the next rounds. Does not block.
  void Enqueue(const std::shared_ptr<InboxWatch>& watch);
  // After a look at a view with that head: what the watch waits for. The members are one person,
  // and `items` those of which it waits for a seat.
  void Expect(InboxWatch* watch, domain::Revision viewed,
              const std::vector<domain::MemberKey>& members, const std::vector<std::string>& items,
              Time next);

 private:
  struct Watched {
    std::weak_ptr<InboxWatch> watch;
    std::string program;
    std::vector<domain::MemberKey> members{};  // Empty before the first look.
    std::vector<std::string> items{};
    Time next = kEndOfTime;
  };
  using Watches = std::unordered_set<InboxWatch*>;
  // The watchers of a programme.
  struct Room {
    // Up to which entries need not be looked at: all inboxes were looked at later. 0: not known.
    domain::Revision seen = 0;
    domain::Revision head = 0;
    bool has_news = false;
    Watches all;
    Watches fresh;  // Before their first look.
    std::unordered_map<domain::MemberKey, Watches, UuidHash> by_member;
    std::map<std::string, Watches> by_item;
  };
  // Whom the entries between two revisions may concern.
  struct News {
    std::string program;
    domain::Revision seen = 0;
    domain::Revision head = 0;
    domain::InboxTouch touch{};
  };
  using Lock = std::unique_lock<std::mutex>;
  using Woken = std::vector<std::shared_ptr<InboxWatch>>;

  // Starts a round unless one is under way, which then goes on.
  void Start(Lock& lock);
  void Submit();
  void Round();
  void SpreadNews();
  // Reads the entries.
  void Learn(News& news) const;
  void WakeDue();
  void LookAtSome();
  // Goes on if there is more to do, and otherwise waits for the next instant.
  void Rest();
  void Await(Lock& lock);
  // Takes the watch out of the indexes of its room.
  void Unlist(const Watched& watched, InboxWatch* watch);
  void Add(const Watches& watches, Woken& woken) const;

  Call& call_;
  ports::InboxStats& stats_;

  std::mutex mutex_;
  std::map<std::string, Room> rooms_;
  std::unordered_map<InboxWatch*, Watched> watched_;
  std::set<std::pair<Time, InboxWatch*>> due_;
  std::deque<std::weak_ptr<InboxWatch>> queue_;
  bool running_ = false;
  Time awaited_ = kEndOfTime;  // When the newest timer ends, by the clock.
};

}  // namespace perigee::services
