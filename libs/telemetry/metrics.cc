#include "libs/telemetry/metrics.h"

#include <sstream>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/mutex.h"
#include "libs/telemetry/metric_names.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace orderflow::telemetry {
namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_(counter) {}
  void Increment(double by) override { counter_.Increment(by); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& gauge) : gauge_(gauge) {}
  void Set(double value) override { gauge_.Set(value); }
  void Add(double by) override { gauge_.Increment(by); }

 private:
  prometheus::Gauge& gauge_;
};

class PrometheusHistogram final : public Histogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_(histogram) {}
  void Observe(double value) override { histogram_.Observe(value); }

 private:
  prometheus::Histogram& histogram_;
};

std::vector<std::string> NamesOf(const Labels& labels) {
  std::vector<std::string> names;
  for (const auto& [name, value] : labels) {
    names.push_back(name);
  }
  return names;
}

using Key = std::pair<std::string, Labels>;

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  Mutex mutex;
  std::map<std::string, MetricDescription> descriptions ABSL_GUARDED_BY(mutex);
  std::map<Key, std::unique_ptr<Counter>> counters ABSL_GUARDED_BY(mutex);
  std::map<Key, std::unique_ptr<Gauge>> gauges ABSL_GUARDED_BY(mutex);
  std::map<Key, std::unique_ptr<Histogram>> histograms ABSL_GUARDED_BY(mutex);

  // A name means one thing: its type, its labels, and the help that was given first.
  const std::string& HelpOf(const MetricDescription& metric) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    INVARIANT(NamingProblem(metric.name, metric.type).empty(),
              "a metric's name follows the scheme of metric_names.h");
    const MetricDescription& known = descriptions.try_emplace(metric.name, metric).first->second;
    INVARIANT(known.type == metric.type, "a metric name has one type");
    INVARIANT(known.labels == metric.labels, "a metric name has the same labels everywhere");
    return known.help;
  }
};

std::vector<double> DurationBuckets() {
  return {0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60};
}

std::vector<double> SizeBuckets() {
  return {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
}

Metrics::Metrics() : state_(std::make_unique<State>()) {}

Metrics::~Metrics() = default;

Counter& Metrics::AddCounter(const std::string& name, const std::string& help,
                             const Labels& labels) {
  MutexLock lock(state_->mutex);
  std::unique_ptr<Counter>& counter = state_->counters[{name, labels}];
  if (counter == nullptr) {
    const std::string& first_help =
        state_->HelpOf({name, MetricType::kCounter, help, NamesOf(labels)});
    auto& family =
        prometheus::BuildCounter().Name(name).Help(first_help).Register(state_->registry);
    counter = std::make_unique<PrometheusCounter>(family.Add(labels));
  }
  return *counter;
}

Gauge& Metrics::AddGauge(const std::string& name, const std::string& help, const Labels& labels) {
  MutexLock lock(state_->mutex);
  std::unique_ptr<Gauge>& gauge = state_->gauges[{name, labels}];
  if (gauge == nullptr) {
    const std::string& first_help =
        state_->HelpOf({name, MetricType::kGauge, help, NamesOf(labels)});
    auto& family = prometheus::BuildGauge().Name(name).Help(first_help).Register(state_->registry);
    gauge = std::make_unique<PrometheusGauge>(family.Add(labels));
  }
  return *gauge;
}

Histogram& Metrics::AddHistogram(const std::string& name, const std::string& help,
                                 const std::vector<double>& buckets, const Labels& labels) {
  MutexLock lock(state_->mutex);
  std::unique_ptr<Histogram>& histogram = state_->histograms[{name, labels}];
  if (histogram == nullptr) {
    const std::string& first_help =
        state_->HelpOf({name, MetricType::kHistogram, help, NamesOf(labels)});
    auto& family =
        prometheus::BuildHistogram().Name(name).Help(first_help).Register(state_->registry);
    histogram = std::make_unique<PrometheusHistogram>(family.Add(labels, buckets));
  }
  return *histogram;
}

void Metrics::Declare(const MetricDescription& metric) {
  MutexLock lock(state_->mutex);
  state_->HelpOf(metric);
}

std::vector<MetricDescription> Metrics::Describe() const {
  MutexLock lock(state_->mutex);
  std::vector<MetricDescription> all;
  for (const auto& [name, description] : state_->descriptions) {
    all.push_back(description);
  }
  return all;
}

std::string Metrics::Expose() const {
  std::ostringstream text;
  prometheus::TextSerializer().Serialize(text, state_->registry.Collect());
  return text.str();
}

}  // namespace orderflow::telemetry
