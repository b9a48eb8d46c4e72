#pragma once

// The column lists that several statements share; aggregate_loads.h decodes them.

#define ORDERFLOW_ORDER_COLUMNS                                                             \
  "order_id, customer_id, lines, currency_code, total_minor, email, payment_method_token, " \
  "history, "                                                                               \
  "cancel_request_id, saga_id"

#define ORDERFLOW_SAGA_COLUMNS                                                              \
  "saga_id, order_id, definition, definition_version, state, parked_from, steps, refusal, " \
  "traceparent, "                                                                           \
  "version, create_time, update_time, hold"
