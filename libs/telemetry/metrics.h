#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace orderflow::telemetry {

using Labels = std::map<std::string, std::string>;

// Only ever grows. Threadsafe.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void Increment(double by = 1) = 0;
};

// Goes up and down. Threadsafe.
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void Set(double value) = 0;
  virtual void Add(double by) = 0;  // negative: takes away
};

// Counts observations in buckets. Threadsafe.
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void Observe(double value) = 0;
};

enum class MetricType { kCounter, kGauge, kHistogram };

// What is known of a metric before it has a value.
struct MetricDescription {
  std::string name;
  MetricType type;
  std::string help;
  std::vector<std::string> labels{};  // their names, sorted
};

// Bucket bounds: seconds from 1 ms to 60 s, and sizes from 1 to 4096.
std::vector<double> DurationBuckets();
std::vector<double> SizeBuckets();

// The metrics of one process. Asking for the same name and labels again returns the same object;
// references stay valid as long as this. Keep them: a look-up costs more than an increment.
// Names follow metric_names.h. No ids as labels; a name has the same labels wherever it is used.
// Threadsafe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  Counter& AddCounter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& AddGauge(const std::string& name, const std::string& help, const Labels& labels = {});
  Histogram& AddHistogram(const std::string& name, const std::string& help,
                          const std::vector<double>& buckets, const Labels& labels = {});

  // Makes a metric known whose labels get their values later, from the first use on.
  void Declare(const MetricDescription& metric);

  // Everything that was added or declared, by name.
  std::vector<MetricDescription> Describe() const;

  // The Prometheus text exposition format, version 0.0.4.
  std::string Expose() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::telemetry
