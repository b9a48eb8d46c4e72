#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libs/saga/definition.h"

namespace orderflow::testing {

// A sound saga for tests of the engine itself, with every shape: two parallel steps before the
// pivot, the pivot, and two parallel steps after it. Three attempts, four for a compensation.
inline saga::SagaDefinition SampleSaga() {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  const saga::RetryPolicy retry{.attempts_max = 3,
                                .backoff = {.initial = milliseconds(100), .max = seconds(1)},
                                .reply_timeout = seconds(10)};
  const saga::RetryPolicy compensation_retry{
      .attempts_max = 4,
      .backoff = {.initial = milliseconds(200), .max = seconds(2)},
      .reply_timeout = seconds(20)};
  const auto step = [&](const char* name, const char* command, const char* compensation,
                        std::vector<std::string> after, bool pivot) {
    return saga::StepDefinition{.name = name,
                                .command = command,
                                .compensation = compensation,
                                .after = std::move(after),
                                .pivot = pivot,
                                .retry = retry,
                                .compensation_retry = compensation_retry};
  };
  return {.name = "sample",
          .version = 2,
          .steps = {step("reserve", "Reserve", "Release", {}, false),
                    step("authorize", "Authorize", "Void", {}, false),
                    step("capture", "Capture", "", {"reserve", "authorize"}, true),
                    step("commit", "Commit", "", {"capture"}, false),
                    step("invoice", "Invoice", "", {"capture"}, false)}};
}

// The same with `commit` beside the pivot.
inline saga::SagaDefinition SampleSagaWithStepBesidePivot() {
  saga::SagaDefinition definition = SampleSaga();
  saga::StepDefinition& commit = definition.steps[3];
  commit.compensation = "Restock";
  commit.after = {"reserve", "authorize"};
  commit.beside_pivot = true;
  return definition;
}

}  // namespace orderflow::testing
