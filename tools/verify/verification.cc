#include "tools/verify/verification.h"

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"
#include "tools/verify/checks/fact_sources.h"
#include "tools/verify/fact_stream.h"

namespace orderflow::verify {
namespace {

absl::StatusOr<Finding> Run(const TableCheck& check) {
  Finding finding{
      .name = check.name, .promise = check.promise, .checked = 0, .violations = 0, .examples = {}};
  RETURN_IF_ERROR(
      check.pool->RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(check.statement));
        finding.checked = rows[0].Int(0);
        finding.violations = rows[0].Int(1);
        if (finding.violations > 0) {
          finding.examples = {rows[0].String(2)};
        }
        return absl::OkStatus();
      }));
  return finding;
}

absl::Status RunAll(const std::vector<TableCheck>& checks, std::vector<Finding>& findings) {
  for (const TableCheck& check : checks) {
    ASSIGN_OR_RETURN(Finding finding, Run(check));
    findings.push_back(std::move(finding));
  }
  return absl::OkStatus();
}

std::vector<TableCheck> Quiescence(const Databases& databases, const Demands& demands) {
  std::vector<TableCheck> checks = QuiescenceChecks(databases);
  if (!demands.pending_mail_ok) {
    checks.push_back(MailQuiescenceCheck(databases));
  }
  return checks;
}

}  // namespace

absl::StatusOr<VerificationResult> Verify(const Databases& databases, const Demands& demands) {
  OrderFindings orders({.quiesced = demands.quiesced});
  // Orders come first: what is at rest in the first snapshot is still so in the later ones, unless
  // a customer cancels meanwhile.
  RETURN_IF_ERROR(ForEachOrder(
      {OrderFactSource(databases.orders), PaymentFactSource(databases.payments),
       ProviderFactSource(databases.provider), ReservationFactSource(databases.inventory),
       NotificationFactSource(databases.notifications)},
      [&](const OrderFacts& facts) { orders.Visit(facts); }));
  VerificationResult result{.orders = orders.orders(), .findings = orders.findings()};
  RETURN_IF_ERROR(RunAll(StockChecks(databases), result.findings));
  if (demands.quiesced) {
    RETURN_IF_ERROR(RunAll(Quiescence(databases, demands), result.findings));
  }
  return result;
}

bool OnlyNotificationsAreBehind(const VerificationResult& result) {
  return std::all_of(result.findings.begin(), result.findings.end(), [](const Finding& finding) {
    return finding.violations == 0 || finding.name == kNotificationsMatchOutcome ||
           finding.name == kNotificationsFinal;
  });
}

absl::StatusOr<int64_t> CountUnderWay(const Databases& databases, const Demands& demands) {
  std::vector<Finding> findings;
  RETURN_IF_ERROR(RunAll(Quiescence(databases, demands), findings));
  return CountViolations(findings);
}

}  // namespace orderflow::verify
