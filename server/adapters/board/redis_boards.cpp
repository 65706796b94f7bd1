#include "server/adapters/board/redis_boards.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string_view>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "server/adapters/board/redis_encoding.h"
#include "server/adapters/board/redis_scripts.h"
#include "server/core/status_macros.h"

namespace perigee::adapters {
namespace {

using domain::Place;
using ports::Mark;
using ports::PeriodCopy;
using ports::PeriodKey;

constexpr std::size_t kPlacesPerCommand = 256;
constexpr std::size_t kCommandsPerTrip = 16;
// About how many places a script reads, try by try. Redis does nothing else meanwhile, some
// milliseconds for ten thousand. A period that changes during several tries is at last read in one
// script, unless that would keep other clients from Redis for too long.
constexpr int kPortions[] = {10'000, 10'000, 10'000, 200'000};
constexpr int kIsLater = 2;  // The answer of the commit script if the held period is later.
constexpr char kStagedSeconds[] = "60";

absl::Status NotWhole() { return absl::NotFoundError("the period is not held whole"); }

std::string LifeArg() { return absl::StrCat(RedisBoards::kLife.count()); }

// The two keys of a period, or the keys of its stage `stage`.
std::vector<std::string> KeysOf(const PeriodKey& key, const std::string& stage = "") {
  const std::string prefix =
      absl::StrCat("perigee:{", key.program, "/", key.board, "}:", key.epoch, ":", key.period, ":",
                   static_cast<int>(key.scheme), ":", stage);
  return {prefix + "meta", prefix + "places"};
}

std::string StageName() {
  std::random_device random;
  return absl::StrCat("staged-", absl::Hex(random(), absl::kZeroPad8),
                      absl::Hex(random(), absl::kZeroPad8), ":");
}

std::string_view TextOf(const redisReply& reply) { return {reply.str, reply.len}; }

std::span<redisReply* const> ElementsOf(const redisReply& reply) {
  return reply.type == REDIS_REPLY_ARRAY
             ? std::span<redisReply* const>(reply.element, reply.elements)
             : std::span<redisReply* const>();
}

// The beginning of the answer of every script that reads.
struct Head {
  Mark mark;
  std::size_t count = 0;
};

absl::StatusOr<Head> HeadOf(const redisReply& reply) {
  const auto elements = ElementsOf(reply);
  if (elements.size() < 2) {
    return NotWhole();
  }
  const std::optional<Mark> mark = DecodeMark(TextOf(*elements[0]));
  if (!mark) {
    return NotWhole();
  }
  return Head{*mark, static_cast<std::size_t>(elements[1]->integer)};
}

bool NamesAMemberTwice(std::span<const Place> places) {
  absl::flat_hash_set<std::string_view> ids;
  ids.reserve(places.size());
  return std::ranges::any_of(
      places, [&](const Place& place) { return !ids.insert(place.member_id).second; });
}

}  // namespace

absl::StatusOr<Mark> RedisBoards::Marked(const PeriodKey& key) {
  PERIGEE_ASSIGN_OR_RETURN(const RedisReply reply, redis_.Run(Scripts().marked, KeysOf(key), {}));
  PERIGEE_ASSIGN_OR_RETURN(const Head head, HeadOf(*reply));
  return head.mark;
}

absl::Status RedisBoards::Stage(const PeriodKey& key, const std::vector<std::string>& keys,
                                const Mark& mark, std::span<const Place> places) {
  std::vector<RedisCommand> commands = {{"MULTI"}};
  // A transaction, so that a broken trip leaves no key without a time to live.
  const auto send = [&] {
    for (const std::string& staged : keys) {
      commands.push_back({"EXPIRE", staged, kStagedSeconds});
    }
    commands.push_back({"EXEC"});
    absl::Status status = redis_.RunAll(commands);
    commands = {{"MULTI"}};
    return status;
  };
  const std::size_t total = places.size();
  while (!places.empty()) {
    const std::size_t some = std::min(kPlacesPerCommand, places.size());
    RedisCommand& staging = commands.emplace_back(RedisCommand{"HSET", keys[1]});
    for (const Place& place : places.first(some)) {
      staging.push_back(SealId(ids_key_, key, place.member_id));
      staging.push_back(EncodeScore(place.score));
    }
    places = places.subspan(some);
    if (commands.size() >= kCommandsPerTrip) {
      PERIGEE_RETURN_IF_ERROR(send());
    }
  }
  commands.push_back({"HSET", keys[0], "mark", EncodeMark(mark), "count", absl::StrCat(total)});
  return send();
}

absl::Status RedisBoards::Replace(const PeriodKey& key, const Mark& mark,
                                  std::vector<Place> places) {
  if (NamesAMemberTwice(places)) {
    return absl::InvalidArgumentError("a member stands twice in one period");
  }
  const std::vector<std::string> staged = KeysOf(key, StageName());
  PERIGEE_RETURN_IF_ERROR(Stage(key, staged, mark, places));
  std::vector<std::string> keys = KeysOf(key);
  keys.insert(keys.end(), staged.begin(), staged.end());
  PERIGEE_ASSIGN_OR_RETURN(const RedisReply reply,
                           redis_.Run(Scripts().commit, keys,
                                      {absl::StrCat(places.size()), EncodeMark(mark), LifeArg()}));
  if (reply->integer == kIsLater) {
    return absl::AbortedError("the period stands at a later revision");
  }
  if (reply->integer != 1) {
    return absl::UnavailableError("Redis lost part of what was written");
  }
  return absl::OkStatus();
}

absl::Status RedisBoards::Apply(const PeriodKey& key, const Mark& from, const Mark& to,
                                std::span<const ports::ScoreChange> changes) {
  std::vector<std::string> args = {EncodeMark(from), EncodeMark(to), LifeArg()};
  args.reserve(args.size() + 2 * changes.size());
  for (const ports::ScoreChange& change : changes) {
    args.push_back(SealId(ids_key_, key, change.member_id));
    args.push_back(change.score ? EncodeScore(*change.score) : "");
  }
  PERIGEE_ASSIGN_OR_RETURN(const RedisReply reply, redis_.Run(Scripts().apply, KeysOf(key), args));
  if (reply->integer != 1) {
    return absl::AbortedError("the period does not stand where the batch starts");
  }
  return absl::OkStatus();
}

absl::Status RedisBoards::Drop(const PeriodKey& key) {
  RedisCommand command = {"UNLINK"};
  std::ranges::move(KeysOf(key), std::back_inserter(command));
  return redis_.Run(command).status();
}

absl::StatusOr<std::optional<PeriodCopy>> RedisBoards::Read(const PeriodKey& key, int portion) {
  PeriodCopy copy;
  std::size_t count = 0;
  std::string cursor = "0";
  bool begun = false;
  do {
    PERIGEE_ASSIGN_OR_RETURN(const RedisReply reply, redis_.Run(Scripts().scan, KeysOf(key),
                                                                {cursor, absl::StrCat(portion)}));
    PERIGEE_ASSIGN_OR_RETURN(const Head head, HeadOf(*reply));
    if (begun && head.mark != copy.mark) {
      return std::nullopt;
    }
    copy.mark = head.mark;
    count = head.count;
    begun = true;
    const auto elements = ElementsOf(*reply);
    if (elements.size() != 4) {
      return NotWhole();
    }
    cursor = TextOf(*elements[2]);
    copy.places.reserve(count);
    if (!UnpackPlaces(TextOf(*elements[3]), copy.places)) {
      return NotWhole();
    }
  } while (cursor != "0");
  for (Place& place : copy.places) {
    std::optional<std::string> id = OpenId(ids_key_, key, place.member_id);
    if (!id.has_value()) {
      return NotWhole();
    }
    place.member_id = *std::move(id);
  }
  if (copy.places.size() != count || NamesAMemberTwice(copy.places)) {
    return std::nullopt;
  }
  return copy;
}

absl::StatusOr<PeriodCopy> RedisBoards::ReadAll(const PeriodKey& key) {
  for (const int portion : kPortions) {
    PERIGEE_ASSIGN_OR_RETURN(std::optional<PeriodCopy> copy, Read(key, portion));
    if (copy) {
      return *std::move(copy);
    }
  }
  return absl::AbortedError("the period moves on too often to be read");
}

}  // namespace perigee::adapters
