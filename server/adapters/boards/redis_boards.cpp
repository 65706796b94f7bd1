#include "server/adapters/boards/redis_boards.h"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/adapters/boards/ranked_slice.h"
#include "server/adapters/boards/redis_encoding.h"
#include "server/adapters/boards/redis_scripts.h"
#include "server/core/status_macros.h"

namespace perigee::adapters {
namespace {

using domain::Place;
using ports::Mark;
using ports::PeriodKey;
using ports::Slice;

constexpr std::size_t kPlacesPerCommand = 256;
constexpr std::size_t kCommandsPerTrip = 16;
constexpr std::size_t kPlacesPerScan = 2000;
constexpr std::size_t kEveryPlace = 1'000'000'000;
constexpr int kScansMax = 3;
constexpr int kIsLater = 2;  // What the script that commits answers then.
constexpr char kStagedSeconds[] = "60";

absl::Status NotWhole() { return absl::NotFoundError("the period is not held whole"); }

std::string SchemeArg(domain::Scheme scheme) { return absl::StrCat(static_cast<int>(scheme)); }

// The four keys of a period, or those of them that are staged as `stage`.
std::vector<std::string> KeysOf(const PeriodKey& key, const std::string& stage = "") {
  const std::string prefix = absl::StrCat("perigee:{", key.program, "/", key.board, "}:", key.epoch,
                                          ":", key.period, ":", SchemeArg(key.scheme), ":", stage);
  return {prefix + "meta", prefix + "places", prefix + "states", prefix + "distinct"};
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

bool IsInteger(const redisReply& reply) { return reply.type == REDIS_REPLY_INTEGER; }

// The mark and the total that every read begins with.
absl::StatusOr<Slice> HeadOf(const redisReply& reply) {
  const auto elements = ElementsOf(reply);
  if (elements.size() < 2 || elements[0]->type != REDIS_REPLY_STRING || !IsInteger(*elements[1])) {
    return NotWhole();
  }
  const std::optional<Mark> mark = DecodeMark(TextOf(*elements[0]));
  if (!mark) {
    return NotWhole();
  }
  return Slice{{}, elements[1]->integer, *mark};
}

absl::StatusOr<Place> PlaceOf(const redisReply& reply) {
  std::optional<Place> place;
  if (reply.type == REDIS_REPLY_STRING) {
    place = DecodeMember(TextOf(reply));
  }
  if (!place) {
    return NotWhole();
  }
  return *std::move(place);
}

absl::Status AppendSlice(const redisReply& reply, domain::Scheme scheme, std::size_t limit,
                         Slice& slice) {
  const auto elements = ElementsOf(reply);
  if (elements.size() != 3 || !IsInteger(*elements[0]) || !IsInteger(*elements[1])) {
    return NotWhole();
  }
  const auto first = static_cast<std::size_t>(elements[0]->integer);
  std::vector<Place> places;
  for (const redisReply* const member : ElementsOf(*elements[2])) {
    PERIGEE_ASSIGN_OR_RETURN(Place place, PlaceOf(*member));
    places.push_back(std::move(place));
  }
  const std::size_t lead = first > 0 ? 1 : 0;
  const std::size_t count = std::min(limit, static_cast<std::size_t>(slice.total) - first);
  if (places.size() < lead + count) {
    return NotWhole();
  }
  SliceEdges edges;
  if (lead > 0) {
    edges.before = places.front().score;
  }
  if (places.size() > lead + count) {
    edges.after = places[lead + count].score;
  }
  places.resize(lead + count);
  places.erase(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(lead));
  auto ranked = RankSlice(scheme, first, elements[1]->integer, edges, std::move(places));
  std::ranges::move(ranked, std::back_inserter(slice.places));
  return absl::OkStatus();
}

bool NamesAMemberTwice(std::span<const Place> places) {
  std::unordered_set<std::string_view> ids;
  ids.reserve(places.size());
  return std::ranges::any_of(
      places, [&](const Place& place) { return !ids.insert(place.member_id).second; });
}

// The commands that stage some places, given in order, and each score that is not `last_score`.
void AppendStaging(const std::vector<std::string>& keys, bool dense, std::span<const Place> places,
                   std::optional<std::int64_t>& last_score, std::size_t* distinct,
                   std::vector<RedisCommand>& commands) {
  RedisCommand add_places = {"ZADD", keys[1]};
  RedisCommand add_states = {"HSET", keys[2]};
  RedisCommand add_distinct = {"ZADD", keys[3]};
  for (const Place& place : places) {
    const std::string score = FormatRedisScore(place.score.score);
    add_places.push_back(score);
    add_places.push_back(EncodeMember(place));
    add_states.push_back(place.member_id);
    add_states.push_back(EncodeState(place.score));
    if (dense && last_score != place.score.score) {
      add_distinct.push_back(score);
      add_distinct.push_back(EncodeScore(place.score.score));
      ++*distinct;
    }
    last_score = place.score.score;
  }
  for (RedisCommand* const command : {&add_places, &add_states, &add_distinct}) {
    if (command->size() > 2) {
      commands.push_back(std::move(*command));
    }
  }
}

// Adds `count` places from `first` on to the digest, and answers mark and total.
absl::StatusOr<Slice> Scan(RedisPool& redis, const PeriodKey& key, std::size_t first,
                           std::size_t count, domain::PlacesDigest& digest) {
  PERIGEE_ASSIGN_OR_RETURN(
      const RedisReply reply,
      redis.Run(Scripts().scan, KeysOf(key), {absl::StrCat(first), absl::StrCat(count)}));
  PERIGEE_ASSIGN_OR_RETURN(Slice head, HeadOf(*reply));
  const auto places = ElementsOf(*ElementsOf(*reply).back());
  for (std::size_t i = 0; i + 1 < places.size(); i += 2) {
    PERIGEE_ASSIGN_OR_RETURN(const Place place, PlaceOf(*places[i]));
    // The double decides the order: one that does not go with the member is damage.
    if (!IsRedisScoreOf(place.score.score, TextOf(*places[i + 1]))) {
      return NotWhole();
    }
    digest.Add(place);
  }
  return head;
}

}  // namespace

absl::StatusOr<Mark> RedisBoards::Marked(const PeriodKey& key) {
  PERIGEE_ASSIGN_OR_RETURN(const RedisReply reply, redis_.Run(Scripts().marked, KeysOf(key), {}));
  PERIGEE_ASSIGN_OR_RETURN(const Slice head, HeadOf(*reply));
  return head.mark;
}

absl::Status RedisBoards::Stage(const std::vector<std::string>& keys, const PeriodKey& key,
                                const Mark& mark, std::span<const Place> places,
                                std::size_t* distinct) {
  std::vector<RedisCommand> commands = {{"MULTI"}};
  // A transaction, so that a trip cut short leaves no key without a time to live.
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
  std::optional<std::int64_t> last_score;
  while (!places.empty()) {
    const std::size_t some = std::min(kPlacesPerCommand, places.size());
    AppendStaging(keys, key.scheme == domain::Scheme::kDense, places.first(some), last_score,
                  distinct, commands);
    places = places.subspan(some);
    if (commands.size() >= kCommandsPerTrip) {
      PERIGEE_RETURN_IF_ERROR(send());
    }
  }
  commands.push_back({"HSET", keys[0], "mark", EncodeMark(mark), "count", absl::StrCat(total),
                      "distinct", absl::StrCat(*distinct)});
  return send();
}

absl::Status RedisBoards::Replace(const PeriodKey& key, const Mark& mark,
                                  std::vector<Place> places) {
  if (NamesAMemberTwice(places)) {
    return absl::InvalidArgumentError("a member stands twice in one period");
  }
  std::ranges::sort(places, domain::StandsBefore);
  const std::vector<std::string> staged = KeysOf(key, StageName());
  std::size_t distinct = 0;
  PERIGEE_RETURN_IF_ERROR(Stage(staged, key, mark, places, &distinct));
  std::vector<std::string> keys = KeysOf(key);
  keys.insert(keys.end(), staged.begin(), staged.end());
  PERIGEE_ASSIGN_OR_RETURN(
      const RedisReply reply,
      redis_.Run(Scripts().commit, keys,
                 {absl::StrCat(places.size()), absl::StrCat(distinct), EncodeMark(mark)}));
  if (IsInteger(*reply) && reply->integer == kIsLater) {
    return absl::AbortedError("the period stands at a later revision");
  }
  if (!IsInteger(*reply) || reply->integer != 1) {
    return absl::UnavailableError("Redis lost part of what was written");
  }
  return absl::OkStatus();
}

absl::Status RedisBoards::Apply(const PeriodKey& key, const Mark& from, const Mark& to,
                                std::span<const ports::ScoreChange> changes) {
  std::vector<std::string> args = {EncodeMark(from), EncodeMark(to), SchemeArg(key.scheme)};
  args.reserve(args.size() + 3 * changes.size());
  for (const ports::ScoreChange& change : changes) {
    args.push_back(change.member_id);
    args.push_back(change.score ? EncodeState(*change.score) : "");
    args.push_back(change.score ? FormatRedisScore(change.score->score) : "");
  }
  PERIGEE_ASSIGN_OR_RETURN(const RedisReply reply, redis_.Run(Scripts().apply, KeysOf(key), args));
  if (!IsInteger(*reply) || reply->integer != 1) {
    return absl::AbortedError("the period does not stand where the batch starts");
  }
  return absl::OkStatus();
}

absl::Status RedisBoards::Drop(const PeriodKey& key) {
  RedisCommand command = {"UNLINK"};
  std::ranges::move(KeysOf(key), std::back_inserter(command));
  return redis_.Run(command).status();
}

absl::StatusOr<Slice> RedisBoards::ReadSlices(const RedisScript& script, const PeriodKey& key,
                                              const std::vector<std::string>& args,
                                              std::size_t limit) {
  PERIGEE_ASSIGN_OR_RETURN(const RedisReply reply, redis_.Run(script, KeysOf(key), args));
  PERIGEE_ASSIGN_OR_RETURN(Slice slice, HeadOf(*reply));
  for (const redisReply* const element : ElementsOf(*reply).subspan(2)) {
    PERIGEE_RETURN_IF_ERROR(AppendSlice(*element, key.scheme, limit, slice));
  }
  return slice;
}

absl::StatusOr<Slice> RedisBoards::Top(const PeriodKey& key, const std::optional<Place>& after,
                                       int limit) {
  std::vector<std::string> args = {SchemeArg(key.scheme), absl::StrCat(limit)};
  if (after) {
    args.push_back(FormatRedisScore(after->score.score));
    args.push_back(EncodeMember(*after));
  }
  return ReadSlices(Scripts().top, key, args, static_cast<std::size_t>(std::max(limit, 0)));
}

absl::StatusOr<Slice> RedisBoards::Around(const PeriodKey& key, const std::string& member_id,
                                          int limit) {
  return ReadSlices(Scripts().around, key, {SchemeArg(key.scheme), absl::StrCat(limit), member_id},
                    static_cast<std::size_t>(std::max(limit, 0)));
}

absl::StatusOr<Slice> RedisBoards::Find(const PeriodKey& key,
                                        std::span<const std::string> member_ids) {
  std::vector<std::string> args = {SchemeArg(key.scheme)};
  args.insert(args.end(), member_ids.begin(), member_ids.end());
  return ReadSlices(Scripts().find, key, args, 1);
}

absl::StatusOr<domain::PlacesDigest> RedisBoards::Digest(const PeriodKey& key, Mark* mark) {
  for (int attempt = 0;; ++attempt) {
    // A period that never stays as it is from scan to scan is read in one at last.
    const std::size_t step = attempt < kScansMax ? kPlacesPerScan : kEveryPlace;
    domain::PlacesDigest digest;
    std::int64_t total = 0;
    bool moved = false;
    for (std::size_t first = 0; !moved && (first == 0 || first < static_cast<std::size_t>(total));
         first += step) {
      PERIGEE_ASSIGN_OR_RETURN(const Slice head, Scan(redis_, key, first, step, digest));
      moved = first > 0 && head.mark != *mark;
      *mark = head.mark;
      total = head.total;
    }
    if (!moved) {
      return digest;
    }
  }
}

}  // namespace perigee::adapters
