#include "tools/verify/verification.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "tools/verify/checks/changes.h"
#include "tools/verify/checks/fact_sources.h"
#include "tools/verify/fact_stream.h"
#include "tools/verify/table_check_run.h"

namespace orderflow::verify {
namespace {

std::vector<TableCheck> Quiescence(const Databases& databases, const Demands& demands) {
  std::vector<TableCheck> checks = QuiescenceChecks(databases);
  if (!demands.pending_mail_ok) {
    checks.push_back(MailQuiescenceCheck(databases));
  }
  return checks;
}

// Where a run begins: whatever is written later is met again by the next one.
absl::StatusOr<std::map<std::string, Position>> ReadPositions(const Databases& databases) {
  std::map<std::string, Position> positions;
  for (const ChangeFeed& feed : ChangeFeeds(databases)) {
    ASSIGN_OR_RETURN(Position position, ReadRunning(*feed.pool));
    SetSafeTime(nullptr, position);
    RETURN_IF_ERROR(feed.pool->RunReadOnly(
        [&](postgres::Transaction& transaction) { return FixSnapshot(transaction, position); }));
    positions[feed.database] = std::move(position);
  }
  return positions;
}

}  // namespace

RuleContext ContextOf(const Demands& demands, const Databases& databases) {
  return {.quiesced = demands.quiesced,
          .has_books = databases.provider != nullptr,
          .order_seconds_max = demands.bounds.order.count(),
          .notification_seconds_max = demands.bounds.notification.count()};
}

absl::StatusOr<VerificationResult> Verify(const Databases& databases, const Demands& demands,
                                          Checkpoint* next) {
  std::map<std::string, Position> positions;
  if (next != nullptr) {
    ASSIGN_OR_RETURN(positions, ReadPositions(databases));
  }
  CheckpointUpdate update(Checkpoint{}, std::move(positions), databases.provider != nullptr);
  OrderFindings orders(ContextOf(demands, databases));
  SecondLook second_look(orders, demands.second_look);
  const std::vector<FactSource> sources = FactSources(databases);
  RETURN_IF_ERROR(ForEachOrder(sources, {}, [&](const OrderFacts& facts) {
    if (demands.quiesced) {
      orders.Visit(facts);
    } else {
      second_look.Suspect(facts.order_id, orders.Check(facts));
    }
    if (next != nullptr) {
      update.Look(facts);
    }
  }));
  RETURN_IF_ERROR(second_look.Decide(sources, {}));
  VerificationResult result{.orders = orders.orders(), .findings = orders.findings()};
  RETURN_IF_ERROR(RunAll(
      {AnsweredCheck(databases, Timestamp{}), OnHandCheck(databases), ReservedCheck(databases)},
      result.findings));
  if (demands.quiesced) {
    RETURN_IF_ERROR(RunAll(Quiescence(databases, demands), result.findings));
  } else {
    result.findings.push_back(second_look.Undecided());
    RETURN_IF_ERROR(RunAll(TimelinessChecks(databases, demands.bounds), result.findings));
  }
  if (next != nullptr) {
    *next = std::move(update).Finish();
  }
  return result;
}

bool OnlyNotificationsAreBehind(const VerificationResult& result) {
  return std::all_of(result.findings.begin(), result.findings.end(), [](const Finding& finding) {
    return finding.violations == 0 || finding.advisory ||
           finding.name == kNotificationsMatchOutcome || finding.name == kNotificationsFinal;
  });
}

absl::StatusOr<int64_t> CountUnderWay(const Databases& databases, const Demands& demands) {
  std::vector<Finding> findings;
  RETURN_IF_ERROR(RunAll(Quiescence(databases, demands), findings));
  return CountViolations(findings);
}

}  // namespace orderflow::verify
