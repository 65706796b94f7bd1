#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include "server/ports/program/insight.h"

// What the files of metrics share.
namespace perigee::runtime {

inline const prometheus::Histogram::BucketBoundaries kSecondsBuckets = {
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
    0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};

inline double Seconds(std::chrono::nanoseconds took) {
  return std::chrono::duration<double>(took).count();
}

template <class Build>
auto& Family(Build build, prometheus::Registry& registry, const char* name, const char* help) {
  return build().Name(name).Help(help).Register(registry);
}

// A counter of the family for each value of the label.
template <class... Values>
std::array<prometheus::Counter*, sizeof...(Values)> Each(
    prometheus::Family<prometheus::Counter>& family, const char* label, Values... values) {
  return {&family.Add({{label, values}})...};
}

// Sets the gauge of every state from `first` to `last`.
template <class State>
void SetByState(prometheus::Family<prometheus::Gauge>& gauges, const std::string& program,
                State first, State last, const std::vector<ports::InsightCount>& found) {
  std::map<std::string, std::int64_t> counts;
  for (const ports::InsightCount& count : found) {
    counts[count.state] += count.items;
  }
  for (auto state = static_cast<int>(first); state <= static_cast<int>(last); ++state) {
    const std::string name(NameOf(static_cast<State>(state)));
    gauges.Add({{"program", program}, {"state", name}}).Set(static_cast<double>(counts[name]));
  }
}

// The same of all states up to the last, from 1 on.
template <class State>
void SetByState(prometheus::Family<prometheus::Gauge>& gauges, const std::string& program,
                State last, const std::map<State, std::int64_t>& counts) {
  for (int i = 1; i <= static_cast<int>(last); ++i) {
    const auto state = static_cast<State>(i);
    const auto count = counts.find(state);
    gauges.Add({{"program", program}, {"state", std::string(NameOf(state))}})
        .Set(count == counts.end() ? 0 : static_cast<double>(count->second));
  }
}

// Removes the figures that have the label.
template <class Family>
void RemoveProgram(const std::string& program, Family& family) {
  for (const prometheus::MetricFamily& figures : family.Collect()) {
    for (const prometheus::ClientMetric& figure : figures.metric) {
      prometheus::Labels labels;
      for (const prometheus::ClientMetric::Label& label : figure.label) {
        labels.emplace(label.name, label.value);
      }
      if (labels["program"] == program) {
        family.Remove(&family.Add(labels));
      }
    }
  }
}

}  // namespace perigee::runtime
