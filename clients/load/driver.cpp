#include "clients/load/driver.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/load/watchers.h"
#include "perigee/v1/capital.grpc.pb.h"
#include "server/core/status_macros.h"

namespace perigee::load {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::seconds kPatienceToConnect{10};
constexpr std::chrono::seconds kPatienceToSee{5};
// Rates of the overload as parts of the peak's rate, and the number of open calls that finds the
// peak.
constexpr std::array<double, 4> kOverloads{0.5, 1, 2, 3};
constexpr int kInFlightAtPeak = 256;
constexpr double kSecondsAlone = 1;

absl::Status Connected(const Load& load) {
  const auto end = std::chrono::system_clock::now() + kPatienceToConnect;
  for (const Call& call : load.calls) {
    for (const auto& channel : call.channels) {
      if (!channel->WaitForConnected(end)) {
        return absl::UnavailableError("no connection for " + call.method);
      }
    }
  }
  return absl::OkStatus();
}

Load MakeLoad(const Options& options, std::vector<Call> calls, const std::atomic<bool>& stop) {
  return {std::move(calls), std::chrono::milliseconds(options.deadline_ms), &stop};
}

// `shape`: the rate of each part of the run, as a part of the full rate.
absl::StatusOr<Report> Measure(const Options& options, const Load& load,
                               std::vector<double> shape = {1}) {
  PERIGEE_RETURN_IF_ERROR(Connected(load));
  Report report;
  if (options.rate == 0) {
    report.Add(load, RunFor(load, options.in_flight, options.seconds));
    return report;
  }
  for (double& rate : shape) {
    rate *= options.rate;
  }
  const auto length =
      std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(options.seconds));
  report.Add(load, RunOpen(load,
                           Schedule(std::move(shape), length,
                                    options.constant ? Schedule::Arrivals::kConstant
                                                     : Schedule::Arrivals::kPoisson),
                           options.in_flight_max));
  return report;
}

absl::StatusOr<Report> MeasureOne(const Options& options, Call call,
                                  const std::atomic<bool>& stop) {
  return Measure(options, MakeLoad(options, {std::move(call)}, stop));
}

// Measures a load while a board is watched. Watchers wait for the calls named `transfer`.
absl::StatusOr<Report> MeasureWatched(const Options& options, const Target& target,
                                      std::vector<Call> calls, const std::atomic<bool>& stop,
                                      std::vector<double> shape) {
  Watchers watchers(Connect(target.public_address, options.channels, target.connection),
                    target.Period(), target.page_size, options.watchers);
  PERIGEE_RETURN_IF_ERROR(watchers.AwaitOpen());
  for (Call& call : calls) {
    if (call.name == "transfer") {
      call.answered = [&watchers](grpc::ByteBuffer& answer) {
        v1::PostTransfersResponse response;
        if (grpc::SerializationTraits<v1::PostTransfersResponse>::Deserialize(&answer, &response)
                .ok()) {
          watchers.Written(response.revision());
        }
      };
    }
  }
  PERIGEE_ASSIGN_OR_RETURN(
      Report report, Measure(options, MakeLoad(options, std::move(calls), stop), std::move(shape)));
  const double seconds = report.rows.front().seconds;
  report.rows.push_back({"seen by a watcher", watchers.Finish(kPatienceToSee), seconds});
  report.notes.push_back(absl::StrFormat("%d watchers were shown %d states, %.1f/s",
                                         options.watchers, watchers.states(),
                                         static_cast<double>(watchers.states()) / seconds));
  return report;
}

Call CallNamed(const std::string& what, const Target& target, std::uint32_t run) {
  if (what == "pages") {
    return PageCall(target);
  }
  if (what == "around") {
    return AroundCall(target);
  }
  if (what == "statements") {
    return StatementCall(target);
  }
  return TransferCall(target, run);
}

std::uint32_t NewRun() { return std::random_device{}(); }

}  // namespace

absl::StatusOr<Target> FindTarget(cli::Session& session, const Options& options) {
  Target target;
  PERIGEE_ASSIGN_OR_RETURN(target.public_address, session.Address(cli::Door::kPublic));
  PERIGEE_ASSIGN_OR_RETURN(target.internal_address, session.Address(cli::Door::kInternal));
  PERIGEE_RETURN_IF_ERROR(session.ConnectionTo(target.public_address).status());
  PERIGEE_ASSIGN_OR_RETURN(target.connection, session.ConnectionTo(target.internal_address));
  PERIGEE_ASSIGN_OR_RETURN(target.program, session.ProgramName());
  PERIGEE_ASSIGN_OR_RETURN(target.board, session.Name("boards", options.board));
  target.channels = options.channels;
  target.page_size = options.page_size;
  PERIGEE_RETURN_IF_ERROR(Explore(target));
  return target;
}

absl::StatusOr<Report> Pages(const Options& options, const Target& target,
                             const std::atomic<bool>& stop) {
  return MeasureOne(options, PageCall(target), stop);
}

absl::StatusOr<Report> Ranks(const Options& options, const Target& target,
                             const std::atomic<bool>& stop) {
  return MeasureOne(options, RankCall(target), stop);
}

absl::StatusOr<Report> Around(const Options& options, const Target& target,
                              const std::atomic<bool>& stop) {
  return MeasureOne(options, AroundCall(target), stop);
}

absl::StatusOr<Report> Transfers(const Options& options, const Target& target,
                                 const std::atomic<bool>& stop) {
  return MeasureOne(options, TransferCall(target, NewRun()), stop);
}

absl::StatusOr<Report> Activities(const Options& options, const Target& target,
                                  const std::atomic<bool>& stop) {
  if (options.per_stream == 0) {
    return MeasureOne(options, ActivityCall(target, NewRun()), stop);
  }
  Options by_stream = options;
  by_stream.rate /= options.per_stream;
  PERIGEE_ASSIGN_OR_RETURN(
      Report report, MeasureOne(by_stream,
                                ActivityStreamCall(target, NewRun(),
                                                   static_cast<std::uint64_t>(options.per_stream),
                                                   static_cast<std::uint64_t>(options.batch)),
                                stop));
  report.notes.push_back(
      absl::StrFormat("%.1f activities/s", report.rows.front().PerSecond() * options.per_stream));
  return report;
}

absl::StatusOr<Report> Watch(const Options& options, const Target& target,
                             const std::atomic<bool>& stop) {
  return MeasureWatched(options, target, {TransferCall(target, NewRun(), Receivers::kTheTop)}, stop,
                        {1});
}

absl::StatusOr<Report> Mix(const Options& options, const Target& target,
                           const std::atomic<bool>& stop) {
  const std::vector<double> shape = options.flat ? std::vector<double>{1} : HoursOfADay();
  return MeasureWatched(options, target, DayOfAnApp(target, NewRun()), stop, shape);
}

absl::StatusOr<Report> Overload(const Options& options, const Target& target,
                                const std::atomic<bool>& stop) {
  Report report;
  const auto measure = [&](const std::string& name, const Options& each) -> absl::StatusOr<Report> {
    Call call = CallNamed(options.what, target, NewRun());
    call.name = name;
    PERIGEE_ASSIGN_OR_RETURN(Report one, MeasureOne(each, std::move(call), stop));
    report.rows.push_back(one.rows.front());
    return one;
  };
  Options alone = options;
  alone.in_flight = 1;
  alone.seconds = kSecondsAlone;
  PERIGEE_RETURN_IF_ERROR(measure("alone before", alone).status());
  Options closed = options;
  closed.in_flight = kInFlightAtPeak;
  PERIGEE_ASSIGN_OR_RETURN(const Report at_peak, measure("peak", closed));
  const double peak = at_peak.rows.front().PerSecond();
  for (const double times : kOverloads) {
    Options open = options;
    open.rate = times * peak;
    const std::string name = absl::StrCat(times, " x the peak");
    PERIGEE_ASSIGN_OR_RETURN(const Report one, measure(name, open));
    report.notes.push_back(absl::StrFormat(
        "%s: offered %.0f/s, good answers %.2f of the peak, sent late at p99 by %.1f ms", name,
        one.offered_per_second, one.good_per_second / peak,
        std::chrono::duration<double, std::milli>(one.lateness.Quantile(0.99)).count()));
    PERIGEE_RETURN_IF_ERROR(measure("alone after it", alone).status());
  }
  return report;
}

absl::StatusOr<Report> Lineup(const Options& options, const Target& target,
                              const std::atomic<bool>& stop) {
  Report report;
  for (const int in_flight : {1, 32}) {
    const std::uint32_t run = NewRun();
    for (Call& call : std::vector<Call>{PageCall(target), AroundCall(target),
                                        ActivityCall(target, run), TransferCall(target, run)}) {
      Options each = options;
      each.rate = 0;
      each.in_flight = in_flight;
      call.name = absl::StrCat(call.name, " ", in_flight, " in flight");
      PERIGEE_ASSIGN_OR_RETURN(const Report one, MeasureOne(each, std::move(call), stop));
      report.rows.push_back(one.rows.front());
    }
  }
  return report;
}

}  // namespace perigee::load
