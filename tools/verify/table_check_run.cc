#include "tools/verify/table_check_run.h"

#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"

namespace orderflow::verify {
namespace {

absl::StatusOr<Finding> Run(const TableCheck& check) {
  Finding finding{.name = check.name,
                  .promise = check.promise,
                  .checked = 0,
                  .violations = 0,
                  .examples = {},
                  .advisory = check.advisory};
  RETURN_IF_ERROR(check.pool->RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(check.statement, check.params));
    finding.checked = rows[0].Int(0);
    finding.violations = rows[0].Int(1);
    if (finding.violations > 0) {
      finding.examples = {rows[0].String(2)};
    }
    return absl::OkStatus();
  }));
  return finding;
}

}  // namespace

absl::Status RunAll(const std::vector<TableCheck>& checks, std::vector<Finding>& findings) {
  for (const TableCheck& check : checks) {
    ASSIGN_OR_RETURN(Finding finding, Run(check));
    findings.push_back(std::move(finding));
  }
  return absl::OkStatus();
}

}  // namespace orderflow::verify
