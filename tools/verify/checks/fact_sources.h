#pragma once

#include "tools/verify/fact_source.h"

namespace orderflow::verify {

// What each database knows about orders.
FactSource OrderFactSource(postgres::Pool& orders);
FactSource PaymentFactSource(postgres::Pool& payments);
FactSource ProviderFactSource(postgres::Pool& provider);
FactSource ReservationFactSource(postgres::Pool& inventory);
FactSource NotificationFactSource(postgres::Pool& notifications);

}  // namespace orderflow::verify
