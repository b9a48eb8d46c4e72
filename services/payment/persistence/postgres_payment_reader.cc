#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "libs/postgres/pool.h"
#include "services/payment/persistence/payment_rows.h"
#include "services/payment/persistence/postgres_payment_store.h"

namespace orderflow::payment {
namespace {

constexpr postgres::Statement kGet{"payment_get",
                                   "SELECT " ORDERFLOW_PAYMENT_COLUMNS
                                   " FROM payments p WHERE p.order_id = $1::uuid LIMIT 1"};

// One statement per customer filter, so that each gets the plan with its own index.
#define ORDERFLOW_PAYMENT_LIST(condition)                                 \
  "SELECT " ORDERFLOW_PAYMENT_COLUMNS " FROM payments p WHERE " condition \
  " AND p.order_id < $1::uuid AND ($2::text IS NULL OR p.state = $2)"     \
  " ORDER BY p.order_id DESC LIMIT $3"

constexpr postgres::Statement kList{"payment_list", ORDERFLOW_PAYMENT_LIST("true")};
constexpr postgres::Statement kListOfCustomer{"payment_list_of_customer",
                                              ORDERFLOW_PAYMENT_LIST("p.customer_id = $4")};

}  // namespace

absl::StatusOr<Payment> PostgresPaymentReader::Get(const OrderId& order_id) {
  std::vector<Payment> payments;
  const absl::Status status =
      pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Text(order_id.value());
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kGet, params));
        ASSIGN_OR_RETURN(payments, ReadPayments(rows));
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  if (payments.empty()) {
    return TypedError(absl::StatusCode::kNotFound,
                      fmt::format("order {} has no payment", order_id.value()), "PAYMENT_NOT_FOUND",
                      {{"order_id", order_id.value()}});
  }
  return std::move(payments.front());
}

absl::StatusOr<std::vector<Payment>> PostgresPaymentReader::List(const PaymentFilter& filter) {
  std::vector<Payment> payments;
  const absl::Status status = pool_.RunReadOnly([&](postgres::Transaction& transaction)
                                                    -> absl::Status {
    const bool of_customer = !filter.customer_id.empty();
    postgres::Params params;
    params.Text(postgres::BeforeOrLast(filter.before.value()));
    params.TextOrNull(filter.state.has_value() ? ToString(*filter.state) : "").Int(filter.limit);
    if (of_customer) {
      params.Text(filter.customer_id.value());
    }
    ASSIGN_OR_RETURN(const postgres::Rows rows,
                     transaction.Execute(of_customer ? kListOfCustomer : kList, params));
    ASSIGN_OR_RETURN(payments, ReadPayments(rows));
    return absl::OkStatus();
  });
  RETURN_IF_ERROR(status);
  return payments;
}

}  // namespace orderflow::payment
