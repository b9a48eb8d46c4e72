// JSON columns of orders and sagas: what is read is written so that it is read the same.
#include <string_view>

#include "services/order/persistence/row_codec.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  if (const auto lines = order::DecodeLines(json); lines.ok()) {
    (void)order::EncodeLines(*lines);
  }
  if (const auto history = order::DecodeHistory(json); history.ok()) {
    fuzz::Require(order::DecodeHistory(order::EncodeHistory(*history)).ok());
  }
  if (const auto steps = order::DecodeSteps(json); steps.ok()) {
    saga::SagaInstance saga;
    saga.steps = *steps;
    saga::SagaDefinition definition;
    definition.steps.resize(saga.steps.size());
    fuzz::Require(order::DecodeSteps(order::EncodeSteps(saga, definition)).ok());
  }
  (void)order::DecodeViolations(json);
  return 0;
}

}  // namespace orderflow
