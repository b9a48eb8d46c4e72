#pragma once

#include <vector>

#include "tools/verify/checks/table_checks.h"
#include "tools/verify/fact_source.h"

namespace orderflow::verify {

// What each database knows about orders.
FactSource OrderFactSource(postgres::Pool& orders);
FactSource PaymentFactSource(postgres::Pool& payments);
FactSource ProviderFactSource(postgres::Pool& provider);
FactSource ReservationFactSource(postgres::Pool& inventory);
FactSource NotificationFactSource(postgres::Pool& notifications);

// All of them. Orders first: what is at rest there has happened everywhere.
std::vector<FactSource> FactSources(const Databases& databases);

}  // namespace orderflow::verify
