#include "tests/bench/parts.h"

#include <array>
#include <utility>

namespace perigee::bench {
namespace {

constexpr std::array kParts{
    Part{"reads", "a board's page, rank and neighbours, as many as go", MeasureReads},
    Part{"pages-written", "a board's page while the board changes", MeasurePagesUnderWrites},
    Part{"many-pages", "more different pages than a server keeps", MeasureManyPages},
    Part{"steady", "a board's page at a steady rate", MeasureSteadyReads},
    Part{"alone", "a board's page and rank, one at a time", MeasureReadsAlone},
    Part{"explain", "what makes an entry, one at a time", MeasureExplain},
    Part{"redis", "rank and neighbours of a server with Redis", MeasureReadsOnRedis},
    Part{"signed-in", "a board's page for callers who sign in", MeasureSignedIn},
    Part{"insider", "insider items that are read again, and a list of which most is hidden",
         MeasureInsider},
    Part{"transfers", "durable transfers, as many as go", MeasureTransfers},
    Part{"transfer-alone", "durable transfers, one at a time", MeasureTransfersAlone},
    Part{"slow-sync", "durable transfers on a disk that syncs slowly", MeasureSlowSync},
    Part{"activities", "activities by stream", MeasureActivities},
    Part{"closing", "others' writes while a period of the whole board closes", MeasureClosing},
    Part{"seen", "changes on a watched board", MeasureChangeSeen},
    Part{"watchers", "many who watch a board that does not change", MeasureWatchers},
    Part{"inbox", "many who watch their inboxes, and all come back at once", MeasureInbox},
    Part{"downloads", "downloads of an item that is withdrawn", MeasureDownloads},
    Part{"start", "from the start of the server to ready", MeasureStart},
    Part{"rebuild", "boards built from the store and from Redis", MeasureRebuild},
    Part{"memory", "what a member takes on a board", MeasureMemory},
    Part{"boards-in-use", "durable writes while many boards are in use", MeasureBoardsInUse, true},
    Part{"sweeps", "work on all members, and others' writes meanwhile", MeasureSweeps, true},
    Part{"before", "writes and reads against those of an older server, --before", MeasureBefore},
    Part{"lineup", "plain rates, as other backends quote theirs", MeasureLineup},
};

}  // namespace

std::span<const Part> Parts() { return kParts; }

void Bench::Add(Line line, const Rounds& rounds) const {
  line.engine = site.engine();
  report.lines.push_back(MakeLine(std::move(line), rounds));
}

void Bench::Add(Fact fact) const {
  fact.engine = site.engine();
  report.facts.push_back(std::move(fact));
}

}  // namespace perigee::bench
