#include "server/runtime/insider_metrics.h"

#include "server/domain/idea/idea.h"
#include "server/domain/insider/seat.h"
#include "server/ports/program_health.h"
#include "server/runtime/metric_family.h"

namespace perigee::runtime {

using prometheus::BuildCounter;
using prometheus::BuildGauge;

InsiderMetrics::InsiderMetrics(prometheus::Registry& registry)
    : gate_decisions_(Each(Family(BuildCounter, registry, "perigee_gate_decisions_total",
                                  "Times that a member asked to read an insider item or a part, by "
                                  "what came out; closed or not there is missing."),
                           "outcome", "released", "insider", "missing")),
      item_reads_(Each(Family(BuildCounter, registry, "perigee_item_reads_total",
                              "Reads that the gate let through, by their entry of the access log."),
                       "entry", "new", "shared")),
      attachment_bytes_(Family(BuildCounter, registry, "perigee_attachment_bytes_total",
                               "Bytes of attachments that were handed to the network.")
                            .Add({})),
      downloads_shut_(Family(BuildCounter, registry, "perigee_downloads_shut_total",
                             "Downloads that ended because the gate closed meanwhile.")
                          .Add({})),
      releases_ahead_(Family(BuildGauge, registry, "perigee_insider_releases_ahead",
                             "Instants at which an embargo of an insider item is to end.")),
      seats_(Family(BuildGauge, registry, "perigee_insider_seats",
                    "Claims to seats of insider items, by state.")),
      ideas_(Family(BuildGauge, registry, "perigee_ideas",
                    "Ideas of members who are there, by state.")),
      idea_votes_(Family(BuildGauge, registry, "perigee_idea_votes",
                         "Votes for ideas, by members who are there.")) {}

void InsiderMetrics::GateAsked(ports::GateAnswer answer) {
  gate_decisions_.at(static_cast<std::size_t>(answer))->Increment();
}

void InsiderMetrics::ItemShown(bool shared) { item_reads_.at(shared ? 1 : 0)->Increment(); }

void InsiderMetrics::AttachmentBytesSent(std::int64_t bytes) {
  attachment_bytes_.Increment(static_cast<double>(bytes));
}

void InsiderMetrics::DownloadShut() { downloads_shut_.Increment(); }

void InsiderMetrics::Health(const std::string& program, const ports::ProgramHealth& health) {
  const prometheus::Labels labels = {{"program", program}};
  SetByState(seats_, program, domain::SeatState::kExpired, health.seats);
  SetByState(ideas_, program, domain::IdeaState::kDeclined, health.ideas.ideas);
  idea_votes_.Add(labels).Set(static_cast<double>(health.ideas.votes));
  releases_ahead_.Add(labels).Set(static_cast<double>(health.releases_ahead));
}

void InsiderMetrics::ProgramDeleted(const std::string& program) {
  for (Gauges* gauges : {&releases_ahead_, &seats_, &ideas_, &idea_votes_}) {
    RemoveProgram(program, *gauges);
  }
}

}  // namespace perigee::runtime
