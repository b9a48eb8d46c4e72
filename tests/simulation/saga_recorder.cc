#include "tests/simulation/saga_recorder.h"

#include <iterator>
#include <utility>

namespace orderflow::simulation {

void SagaRecorder::Start(const saga::SagaInstance& saga, const saga::EngineContext& context) {
  decided_.push_back({.definition = saga.definition,
                      .version = saga.definition_version,
                      .saga_id = saga.saga_id,
                      .order_id = saga.order_id,
                      .start = context});
}

void SagaRecorder::Tell(const SagaId& saga_id, const saga::EngineContext& context,
                        const saga::Event& event) {
  testing::SagaHistory& part = decided_.emplace_back();
  part.saga_id = saga_id;
  part.events.emplace_back(context, event);
}

void SagaRecorder::Commit() {
  for (testing::SagaHistory& part : decided_) {
    const auto [history, is_start] = histories_.try_emplace(part.saga_id);
    if (is_start) {
      history->second = std::move(part);
    } else {
      std::move(part.events.begin(), part.events.end(), std::back_inserter(history->second.events));
    }
  }
  decided_.clear();
}

}  // namespace orderflow::simulation
