#pragma once

#include <map>
#include <vector>

#include "libs/testing/saga_history.h"

namespace orderflow::simulation {

// Writes down what each saga is told in one schedule: only what was committed. Not threadsafe.
class SagaRecorder {
 public:
  // What a transaction decides; it is forgotten unless Commit follows.
  void Begin() { decided_.clear(); }
  void Start(const saga::SagaInstance& saga, const saga::EngineContext& context);
  void Tell(const SagaId& saga_id, const saga::EngineContext& context, const saga::Event& event);
  void Commit();

  const std::map<SagaId, testing::SagaHistory>& histories() const { return histories_; }

 private:
  std::vector<testing::SagaHistory> decided_;  // starts, and events of sagas that have begun
  std::map<SagaId, testing::SagaHistory> histories_;
};

}  // namespace orderflow::simulation
