#pragma once

#include <string>
#include <vector>

#include "libs/base/backoff.h"
#include "libs/base/clock.h"

namespace orderflow::saga {

// When to send a step's command again, and when to stop trying by itself.
struct RetryPolicy {
  int attempts_max = 10;
  BackoffPolicy backoff;  // after FAILED and UNKNOWN, before the command is sent again
  // No reply for so long: outcome unknown, ask again. A repetition waits a backoff longer.
  Duration reply_timeout{std::chrono::seconds(10)};
};

// One step. Commands are named as in the protos ("ReserveStock").
struct StepDefinition {
  std::string name;          // "reserve_stock"
  std::string command;       // what carries it out
  std::string compensation;  // what undoes it; empty at the pivot and for steps that wait for it
  // Steps that must be DONE first; steps without order between them run in parallel.
  std::vector<std::string> after;
  // The point of no return: once it is DONE the saga only goes forward.
  bool pivot = false;
  // Runs while the pivot may run, and does not wait for it. The pivot may be refused, so it has a
  // compensation; the pivot may be DONE first, so its participant must not refuse it for a business
  // reason: FAILED at most, until it can be done.
  bool beside_pivot = false;
  RetryPolicy retry;
  RetryPolicy compensation_retry;
};

// A saga as data. Immutable once published: a running saga keeps the version it began with.
struct SagaDefinition {
  std::string name;  // "place_order"
  int version = 1;
  std::vector<StepDefinition> steps;
};

// Every mistake of a definition, one sentence each; empty: sound. Rules: name, version and steps
// set; step names unique; `after` names earlier-declared steps only (so no cycles); exactly one
// pivot; each step that is not the pivot and does not come after it has a compensation; the pivot
// and every step after it has none; each step is an ancestor or a descendant of the pivot, or says
// that it runs beside it, and then is neither; commands set; attempts >= 1; timeouts > 0; backoff
// initial > 0 and <= max.
std::vector<std::string> Lint(const SagaDefinition& definition);

// The definition as a markdown table, for docs and --describe-sagas.
std::string ToMarkdown(const SagaDefinition& definition);

}  // namespace orderflow::saga
