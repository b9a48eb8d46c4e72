#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/saga/definition.h"
#include "libs/saga/engine.h"

namespace orderflow::testing {

// Everything that one saga's engine was told, in order: played again, it leads to the same states.
struct SagaHistory {
  std::string definition{};
  int version = 0;
  SagaId saga_id{};
  OrderId order_id{};
  saga::EngineContext start{};
  std::vector<std::pair<saga::EngineContext, saga::Event>> events{};
};

// Plays a history through the production engine and writes it down: a JSON object per line, first
// the start, then each event; each with what the saga has become and the commands it sent. Two
// engines or definitions that differ in what they make of a history write different text. kInternal
// and so on: as Engine::Apply.
absl::StatusOr<std::string> WriteHistory(const saga::SagaDefinition& definition,
                                         const SagaHistory& history);

// Reads what WriteHistory has written; what the saga became is not read. kInvalidArgument: it is
// not such a text.
absl::StatusOr<SagaHistory> ReadHistory(const std::string& text);

}  // namespace orderflow::testing
