#pragma once

#include "tests/simulation/inventory_node.h"
#include "tests/simulation/notification_node.h"
#include "tests/simulation/order_node.h"
#include "tests/simulation/payment_node.h"
#include "tests/simulation/provider_node.h"

namespace orderflow::simulation {

// What must hold once everything is at rest (docs/architecture.md, the promises): each order
// against its reservation, its payment, the ledger and the provider's books; stock against
// reservations; money in total; events without gaps. Written against the stored facts only, without
// the code that made them. Violations go to the environment.
void CheckInvariants(const OrderNode& orders, const InventoryNode& inventory,
                     const PaymentNode& payments, const ProviderNode& provider,
                     const Broker& broker, Environment& environment);

// The same of what customers were told: each outcome that their order had, and nothing else, by a
// mail that went out once; at most once where a refusal or a fault left it in doubt.
void CheckNotifications(const OrderNode& orders, const NotificationNode& notifications,
                        Environment& environment);

}  // namespace orderflow::simulation
