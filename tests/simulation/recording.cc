#include "tests/simulation/recording.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>

#include "services/order/sagas/saga_definitions.h"
#include "tests/simulation/saga_recorder.h"
#include "tests/simulation/world.h"

namespace orderflow::simulation {
namespace {

// The transitions of one history.
std::vector<std::string> TransitionsOf(const saga::SagaDefinition& definition,
                                       const testing::SagaHistory& history) {
  SagaCoverage coverage;
  auto transition =
      saga::Engine::Start(definition, history.saga_id, history.order_id, history.start);
  coverage.ObserveStart(transition.saga);
  for (const auto& [context, event] : history.events) {
    const SagaCoverage::Before before(transition.saga);
    auto next = saga::Engine::Apply(definition, transition.saga, event, context);
    if (!next.ok()) {
      continue;  // a cancel that came too late
    }
    transition = *std::move(next);
    coverage.Observe(before, event, transition.saga);
  }
  return coverage.Reached();
}

class Recording {
 public:
  explicit Recording(std::filesystem::path folder) : folder_(std::move(folder)) {}

  // False: it could not be written.
  bool Add(const testing::SagaHistory& history) {
    const auto definition = order::FindSagaDefinition(history.definition, history.version);
    if (!definition.ok()) {
      return false;
    }
    const size_t before = shown_.size();
    for (const std::string& transition : TransitionsOf(**definition, history)) {
      shown_.insert(transition);
    }
    if (shown_.size() == before) {
      return true;
    }
    const auto text = testing::WriteHistory(**definition, history);
    const int number = ++written_[history.definition];
    const auto path =
        folder_ / fmt::format("{}_v{}_{:02}.jsonl", history.definition, history.version, number);
    ++count_;
    return text.ok() && (std::ofstream(path) << *text).good();
  }
  size_t shown() const { return shown_.size(); }
  int count() const { return count_; }

 private:
  const std::filesystem::path folder_;
  std::set<std::string> shown_;
  std::map<std::string, int> written_;  // by definition
  int count_ = 0;
};

}  // namespace

int RecordHistories(const Schedule& first, uint64_t schedules, const std::string& folder) {
  Recording recording(folder);
  const size_t all = SagaCoverage().Missing().size();
  Schedule schedule = first;
  for (; schedules > 0 && recording.shown() < all; --schedules, ++schedule.seed) {
    Coverage coverage;
    SagaRecorder recorder;
    World world(schedule, coverage);
    world.Record(recorder);
    world.Run();
    for (const auto& [saga_id, history] : recorder.histories()) {
      if (!recording.Add(history)) {
        std::printf("history of saga %s not written\n", saga_id.value().c_str());
        return -1;
      }
    }
  }
  std::printf("%zu of %zu transitions of sagas are in the histories\n", recording.shown(), all);
  return recording.count();
}

}  // namespace orderflow::simulation
