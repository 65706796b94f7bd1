#include "tests/bench/sample.h"

#include "server/core/status_macros.h"
#include "tests/bench/report.h"
#include "tests/bench/requests.h"
#include "tests/support/process.h"

namespace perigee::bench {
namespace {

double CpuSeconds(const std::vector<pid_t>& processes) {
  double seconds = 0;
  for (const pid_t process : processes) {
    seconds += tests::CpuSeconds(process);
  }
  return seconds;
}

}  // namespace

absl::StatusOr<Sample> TakeSample(const tests::ServerProcess& server,
                                  const std::vector<pid_t>& store, const load::Load& load,
                                  int in_flight, double seconds) {
  const double cpu = server.CpuSeconds();
  const double store_cpu = CpuSeconds(store);
  const load::Result result = load::RunFor(load, in_flight, seconds);
  const load::Outcome outcome = result.Total();
  PERIGEE_RETURN_IF_ERROR(AllWell(load.calls.front().name, outcome));
  const double micros_a_call = 1e6 / static_cast<double>(outcome.Ok());
  return Sample{result.Rate(),
                outcome.Micros(0.5),
                outcome.Micros(0.99),
                (server.CpuSeconds() - cpu) * micros_a_call,
                (CpuSeconds(store) - store_cpu) * micros_a_call,
                outcome.Ok()};
}

Sample MedianOf(const std::vector<Sample>& samples) {
  const auto median = [&](double Sample::*figure) {
    std::vector<double> values;
    for (const Sample& sample : samples) {
      values.push_back(sample.*figure);
    }
    return Median(values);
  };
  Sample medians{median(&Sample::rate), median(&Sample::p50_us), median(&Sample::p99_us),
                 median(&Sample::cpu_us), median(&Sample::store_cpu_us)};
  for (const Sample& sample : samples) {
    medians.calls += sample.calls;
  }
  return medians;
}

}  // namespace perigee::bench
