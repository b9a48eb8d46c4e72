#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/saga/engine.h"
#include "services/order/domain/order_state.h"
#include "services/order/sagas/saga_reader.h"

namespace orderflow::order {

// What a fact about a saga is about.
enum class FactKind {
  kStands,       // where the order and its saga stand
  kWaitsFor,     // what has to happen before it goes on
  kHappensNext,  // what it does by itself, and when
  kLastError,    // what went wrong last
  kPersonCan,    // what a person can do about it
};

struct SagaFact {
  FactKind kind = FactKind::kStands;
  std::string step;                // empty: of the whole saga
  std::optional<Timestamp> since;  // at the latest since when it is so
  std::optional<Timestamp> at;     // when it happens by itself
  std::string text;                // one sentence for a person
};

// Says what an order's saga waits for, since when, what happens next and when, its last errors, and
// what a person can do, which is what the engine accepts at this moment. `paused_steps` are those
// that are paused in all sagas; the newest of `definitions` is what the saga can be moved to. Pure.
// A saga that this binary cannot act on (a newer definition, a damaged row) is explained as that.
std::vector<SagaFact> ExplainSaga(const OrderSagaView& view, const saga::PausedSteps& paused_steps,
                                  const std::vector<const saga::SagaDefinition*>& definitions);

}  // namespace orderflow::order
