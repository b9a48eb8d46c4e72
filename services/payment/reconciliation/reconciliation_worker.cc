#include "services/payment/reconciliation/reconciliation_worker.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>

#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/transaction.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "services/payment/reconciliation/reconciler.h"

namespace orderflow::payment {
namespace {

constexpr char kRuns[] = "orderflow_payment_reconcile_runs_total";
constexpr char kRunsHelp[] = "Runs of the reconciler in the background, by how they ended.";

// One line per page that found anything: the findings themselves are in the table.
void LogDifferences(const ReconciliationStretch& page) {
  if (page.differences.empty()) {
    return;
  }
  const auto count = [&page](Closure closure) {
    return std::to_string(std::count_if(
        page.differences.begin(), page.differences.end(),
        [closure](const ReconciledDifference& found) { return found.closure == closure; }));
  };
  const Difference& first = page.differences.front().difference;
  telemetry::LogWarning("our books and the provider's differ",
                        {{"closed", count(Closure::kClosed)},
                         {"parked", count(Closure::kParked)},
                         {"waiting", count(Closure::kWaiting)},
                         {"order_id", first.payment_reference},
                         {"class", ToString(first.difference)},
                         {"reason", first.reason}});
}

}  // namespace

ReconciliationWorker::ReconciliationWorker(Reconciler& reconciler, ReconciliationStore& store,
                                           telemetry::Metrics& metrics,
                                           ReconciliationWorkerOptions options)
    : reconciler_(reconciler),
      store_(store),
      options_(options),
      complete_(metrics.AddCounter(kRuns, kRunsHelp, {{"result", "complete"}})),
      failed_(metrics.AddCounter(kRuns, kRunsHelp, {{"result", "failed"}})),
      open_findings_(
          metrics.AddGauge("orderflow_payment_reconcile_open_findings",
                           "Differences to the provider's books that wait for a person.")),
      last_complete_age_(
          metrics.AddGauge("orderflow_payment_reconcile_last_complete_age_seconds",
                           "Age of the last complete comparison with the provider's books; -1: "
                           "there was none yet.")) {}

void ReconciliationWorker::Run(std::stop_token stop) {
  Mutex mutex;
  ConditionVariable never;
  while (!stop.stop_requested()) {
    const absl::StatusOr<bool> ran = RunIfDue(stop);
    if (!ran.ok()) {
      failed_.Increment();
      telemetry::LogWarning(
          "the comparison with the provider's books was interrupted; it goes on from its cursor",
          {{"error", ran.status().ToString()}});
    }
    Measure();
    MutexLock lock(mutex);
    never.wait_for(mutex, stop, options_.look_interval, []() { return false; });
  }
}

absl::StatusOr<bool> ReconciliationWorker::RunIfDue(const std::stop_token& stop) {
  ASSIGN_OR_RETURN(const std::optional<RunLease> lease,
                   store_.Claim(options_.interval, options_.lease));
  if (!lease.has_value()) {
    return false;
  }
  std::string cursor = lease->cursor;
  const Reconciler::Fence fence = [&](postgres::Transaction& transaction, const std::string& next) {
    return store_.Advance(transaction, *lease, next, options_.lease);
  };
  int64_t compared = 0;
  bool complete = false;
  while (!complete && !stop.stop_requested()) {
    const absl::StatusOr<ReconciliationStretch> page =
        reconciler_.RunPage(cursor, BackgroundMandate(), fence);
    if (absl::IsInvalidArgument(page.status()) && !cursor.empty()) {
      cursor.clear();  // of another binary, or of books that the provider has restored: start again
      continue;
    }
    RETURN_IF_ERROR(page.status());
    LogDifferences(*page);
    compared += page->payments_compared;
    cursor = page->next_cursor;
    complete = cursor.empty();
  }
  if (complete) {
    complete_.Increment();
    telemetry::LogInfo("our books were compared with the provider's",
                       {{"payments", std::to_string(compared)}});
  }
  return true;
}

void ReconciliationWorker::Measure() {
  const absl::StatusOr<ReconciliationFigures> figures = store_.Measure();
  if (!figures.ok()) {
    return;  // RunIfDue meets the same database and says so
  }
  open_findings_.Set(static_cast<double>(figures->open_findings));
  last_complete_age_.Set(figures->last_complete_age.has_value()
                             ? std::chrono::duration<double>(*figures->last_complete_age).count()
                             : -1.0);
}

}  // namespace orderflow::payment
