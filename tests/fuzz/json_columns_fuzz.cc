// JSON columns of orders and sagas: what is read is written so that it is read the same (but for
// bytes that are no UTF-8, which a column cannot hold: they are replaced when they are first
// written).
#include <string_view>

#include "services/order/persistence/row_codec.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view json(reinterpret_cast<const char*>(data), size);
  if (const auto lines = order::DecodeLines(json); lines.ok()) {
    const std::string written = order::EncodeLines(*lines);
    const auto again = order::DecodeLines(written);
    fuzz::Require(again.ok() && order::EncodeLines(*again) == written);
  }
  if (const auto history = order::DecodeHistory(json); history.ok()) {
    const std::string written = order::EncodeHistory(*history);
    const auto again = order::DecodeHistory(written);
    fuzz::Require(again.ok() && order::EncodeHistory(*again) == written);
  }
  if (const auto steps = order::DecodeSteps(json); steps.ok()) {
    saga::SagaInstance saga;
    saga.steps = *steps;
    saga::SagaDefinition definition;
    definition.steps.resize(saga.steps.size());
    const std::string written = order::EncodeSteps(saga, definition);
    const auto again = order::DecodeSteps(written);
    fuzz::Require(again.ok());
    saga.steps = *again;
    fuzz::Require(order::EncodeSteps(saga, definition) == written);
  }
  (void)order::DecodeViolations(json);
  return 0;
}

}  // namespace orderflow
