#pragma once

#include <optional>
#include <string>

#include "services/payment/domain/payment_decisions.h"
#include "services/payment/domain/reconciliation.h"

namespace orderflow::payment {

// Closes a difference between our books and the provider's by its rule. `payment` is as it was when
// the difference was found; it is created when the provider holds what we have no payment for.
//
//  STORE_OUTCOME   the entry is judged like the answer to a look-up by key
//  VOID_HOLD       the payment goes to VOIDING and its void is asked for. A payment that is made
//  for
//                  it refuses an authorization that comes later.
//  REFUND_CAPTURE  the capture goes to the ledger, its refund is asked for. A void that is open
//  ends
//                  declined ("captured"); its step gets the refund's reply, since what it wants is
//                  that the customer has paid nothing.
//  SEND_AGAIN      the operation is asked about by key and sent again; nothing is stored
//
// Operations have the keys that the order's saga would use, so nothing can happen twice. Must not
// be called for a parked difference. Pure.
Reaction OnDifference(std::optional<Payment>& payment, const Difference& difference,
                      const DecisionPolicy& policy, double random01);

// For a person, what a rule has changed and sends: "payment VOIDED -> VOIDING; VOID none ->
// REQUESTED; sends VOID under the key '<order id>:VOID'". Never empty.
std::string DescribeEffects(const std::optional<Payment>& before,
                            const std::optional<Payment>& after, const OrderId& order_id,
                            const Reaction& reaction);

}  // namespace orderflow::payment
